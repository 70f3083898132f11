"""The process that writes a ledger for another: what is its own, besides what every store does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from outcry.adapters import ledger_aside, sqlite_ledger
from outcry.adapters.ledger_aside import PIECE_BYTES, LedgerAside, LedgerUnwritten
from outcry.adapters.sqlite_ledger import LedgerUnusable, SqliteLedger
from outcry.engine.core import choose
from outcry.follower.follower import Follower, FollowerSettings
from outcry.ledger.tables import TRADES
from outcry.ports import Checkpoint, LedgerMoved, LedgerRows
from tests.unit.test_follower import lived

SOON_S = 10.0
COUNT = "SELECT count(*) FROM trades"
MANY = 20_000


def rows(sequence: int) -> LedgerRows:
    """Return a transaction with one trade."""
    trade = tuple(range(sequence, sequence + len(TRADES.columns)))
    return LedgerRows(Checkpoint(1, sequence, bytes(32)), {"trades": [trade]})


def many_rows() -> LedgerRows:
    """Return a transaction of megabytes."""
    trades = [tuple(range(at, at + len(TRADES.columns))) for at in range(MANY)]
    return LedgerRows(Checkpoint(1, MANY, bytes(32)), {"trades": trades})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[LedgerAside]:
    store = LedgerAside(path)
    yield store
    store.close()


def test_caller_goes_on_while_rows_are_written(store: LedgerAside) -> None:
    os.kill(store.writer, signal.SIGSTOP)
    assert not store.begin(rows(1))
    assert store.checkpoint() == Checkpoint()
    os.kill(store.writer, signal.SIGCONT)
    assert not store.begin(rows(2))
    assert store.checkpoint().sequence >= 1
    store.settle()
    assert store.checkpoint() == rows(2).checkpoint
    assert store.query(COUNT, ()) == [(2,)]


def test_megabytes_arrive_and_others_can_have_the_core_after_every_piece(
    store: LedgerAside, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[None] = []
    monkeypatch.setattr(ledger_aside, "give_way", lambda: given.append(None))
    store.write(many_rows())
    assert len(given) > MANY * len(TRADES.columns) * 8 // PIECE_BYTES
    assert store.query(COUNT, ()) == [(MANY,)]


def test_others_can_have_the_core_while_rows_are_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[None] = []
    monkeypatch.setattr(sqlite_ledger, "stands_back", lambda: True)
    monkeypatch.setattr(os, "sched_yield", lambda: given.append(None))
    with closing(SqliteLedger(path)) as written:
        written.write(many_rows())
    assert len(given) > MANY / 100


def test_what_the_writer_refuses_is_raised_by_whoever_comes_next(
    path: Path, store: LedgerAside
) -> None:
    other = SqliteLedger(path)
    other.write(rows(1))
    other.close()
    assert not store.begin(rows(5))
    with pytest.raises(LedgerMoved):
        store.begin(rows(6))
    assert store.query(COUNT, ()) == [(1,)]


def test_transaction_of_a_writer_that_dies_is_not_there_and_is_not_said_to_be(
    path: Path, store: LedgerAside
) -> None:
    store.write(rows(1))
    os.kill(store.writer, signal.SIGSTOP)
    store.begin(rows(2))
    os.kill(store.writer, signal.SIGKILL)
    with pytest.raises(LedgerUnwritten):
        store.settle()
    with pytest.raises(LedgerUnwritten):
        store.write(rows(2))
    again = SqliteLedger(path)
    assert (again.checkpoint(), again.query(COUNT, ())) == (rows(1).checkpoint, [(1,)])
    again.close()


def test_ledger_that_is_none_is_refused_by_name(path: Path) -> None:
    path.write_bytes(b"This is no ledger at all. " * 100)
    with pytest.raises(LedgerUnusable, match="ledger.sqlite"):
        LedgerAside(path)


def test_writer_ends_when_whoever_it_writes_for_is_killed(path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from outcry.adapters.ledger_aside import LedgerAside\n"
        "print(LedgerAside(Path(sys.argv[1]))._process.pid, flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        writer = int(process.stdout.readline())
        assert Path(f"/proc/{writer}").exists()
        process.kill()
        deadline = time.monotonic() + SOON_S
        while Path(f"/proc/{writer}/cmdline").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not Path(f"/proc/{writer}/cmdline").exists() or _is_dead(writer)


def _is_dead(pid: int) -> bool:
    """Return whether a process has ended and nobody has asked how."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return told.rpartition(")")[2].split()[0] == "Z"


def test_follower_never_says_that_it_is_further_than_its_store(store: LedgerAside) -> None:
    flow = lived(100)
    follower = Follower(flow.log, flow.snapshots, store, choose("reference"), FollowerSettings(1))
    behind = 0
    while follower.step():
        assert follower.position.sequence <= store.checkpoint().sequence
        behind += follower.position.sequence < flow.log.tail().sequence
    assert behind > 10
    assert follower.position == flow.log.tail()
    assert store.checkpoint().sequence == flow.log.tail().sequence
