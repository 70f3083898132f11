"""The drill: a backup of a running venue under load, restored elsewhere, started, and proven."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import pytest
from typer.testing import CliRunner

from outcry.cli.app import app
from outcry.client import Client
from tests.support.ledger_folder import write_trades
from tests.support.process import venue_process
from tests.support.scoreboard import note

pytestmark = pytest.mark.e2e

MARKET = "TATA_INR"
BEFORE, AFTER = 800, 400
"""Orders acknowledged before the backup begins, and after it has ended."""
BATCH, PAUSE_S = 10, 0.05
"""A trader's orders in one request, and how long it rests: the drill is about order, not speed."""
MILLION = 1_000_000


def outcry(*arguments: object) -> Any:
    """Run a command; return what it says in JSON."""
    found = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


class Load:
    """Two traders who send batches until they are told to stop, and keep what was acknowledged."""

    def __init__(self, url: str, tokens: list[str]) -> None:
        self._ended = threading.Event()
        self.acknowledged: list[tuple[int, int]] = []
        """(sequence, order id) of orders that were accepted, in the order of the answers."""
        self._more = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run, args=(url, token, number))
            for number, token in enumerate(tokens)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, orders: int) -> int:
        """Return how many are acknowledged once there are so many."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.acknowledged) >= orders, timeout=120)
            return len(self.acknowledged)

    def _run(self, url: str, token: str, number: int) -> None:
        random = Random(number)
        with Client(url, token) as client:
            while not self._ended.is_set():
                orders = [draw(random) for _ in range(BATCH)]
                results = client.post("/api/v1/orders/", {"orders": orders})["results"]
                with self._more:
                    self.acknowledged += [
                        (result["sequence"], result["order_id"])
                        for result in results
                        if "order_id" in result
                    ]
                    self._more.notify_all()
                self._ended.wait(PAUSE_S)


def draw(random: Random) -> dict[str, str]:
    """Return an order: most trade or end at once, and a few stay."""
    return {
        "market": MARKET,
        "side": random.choice(("buy", "sell")),
        "price": f"{random.randint(95, 105)}.00",
        "quantity": str(random.randint(1, 5)),
        "time_in_force": random.choice(("gtc", "ioc", "ioc", "ioc")),
    }


@contextmanager
def loaded_venue(data: Path) -> Iterator[tuple[Load, str]]:
    """Run a demo venue with traders at work; it has ended when the block has."""
    with venue_process(data, "--demo") as venue:
        url = venue.started()["url"]
        traders = json.loads((data / "demo.json").read_text())["traders"]
        tokens = [trader["token"] for trader in traders]
        with Load(url, tokens) as load:
            yield load, tokens[0]
        assert venue.end()[0] == 0


def orders_of(url: str, token: str) -> set[int]:
    """Return the ids of all orders of a trader."""
    found: set[int] = set()
    cursor: str | None = None
    with Client(url, token) as client:
        while True:
            page = client.orders(limit=1_000, cursor=cursor)
            found |= {order.order_id for order in page.orders}
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor


def test_backup_under_load_restores_to_the_same_venue(tmp_path: Path) -> None:
    data, copy, restored = tmp_path / "data", tmp_path / "backup", tmp_path / "restored"
    with loaded_venue(data) as (load, token):
        before = load.wait_for(BEFORE)
        known = load.acknowledged[:before]
        taken = outcry("backup", "--data", data, "--to", copy)
        load.wait_for(len(load.acknowledged) + AFTER)
    sequence = taken["sequence"]
    last = load.acknowledged[-1][0]
    assert max(acknowledged for acknowledged, _ in known) <= sequence < last
    assert taken["ledger_sequence"] <= sequence

    back = outcry("restore", "--from", copy, "--data", restored)
    original = outcry("inspect", "--data", data, "--at", sequence)
    assert back["digest"] == taken["digest"] == original["digest"]
    with venue_process(restored) as venue:
        started = venue.started()
        assert (started["recovered_sequence"], started["digest"]) == (sequence, back["digest"])
        mine = orders_of(started["url"], token)
        audited = outcry("audit", "--data", restored)
        assert (audited["proven"], audited["log_sequence"] >= sequence) == (True, True)
        assert audited["sequence"] >= taken["ledger_sequence"]
        assert venue.end()[0] == 0
    until_then = {order_id for at, order_id in load.acknowledged if at <= sequence}
    later = {order_id for at, order_id in load.acknowledged if at > sequence}
    assert mine <= until_then
    assert not mine & later
    assert len(mine) > BEFORE // 3
    note("R22", commands=sequence, lost=0, digest_equal=1, proven=1,
         backup_s=taken["seconds"], restore_s=back["seconds"])  # fmt: skip


@pytest.mark.soak
def test_backup_and_restore_of_a_million_commands(tmp_path: Path) -> None:
    data, copy, restored = tmp_path / "data", tmp_path / "backup", tmp_path / "restored"
    write_trades(data, MILLION // 2)
    started = perf_counter()
    taken = outcry("backup", "--data", data, "--to", copy)
    between = perf_counter()
    back = outcry("restore", "--from", copy, "--data", restored)
    ended = perf_counter()
    with venue_process(restored) as venue:
        assert venue.started()["digest"] == taken["digest"] == back["digest"]
        assert venue.end()[0] == 0
    millions = taken["sequence"] / MILLION
    minutes_per_10m = (ended - started) / 60 / millions * 10
    note("R22", target="release", commands=taken["sequence"], digest_equal=1,
         backup_s=round(between - started, 1), restore_s=round(ended - between, 1),
         minutes_per_10m_commands=round(minutes_per_10m, 2))  # fmt: skip
    assert minutes_per_10m <= 15


@pytest.mark.soak
def test_audit_and_rebuild_of_a_million_events(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_trades(data, MILLION // 5)
    audited = outcry("audit", "--data", data)
    rebuilt = outcry("rebuild", "--data", data, "--to", tmp_path / "new")
    assert audited["proven"]
    assert audited["events"] == rebuilt["events"] >= MILLION
    (tmp_path / "new" / "ledger.sqlite").replace(data / "ledger.sqlite")
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        (data / name).unlink(missing_ok=True)
    again = outcry("audit", "--data", data)
    assert (again["proven"], again["tables"]) == (True, audited["tables"])
    millions = audited["events"] / MILLION
    audit_s, rebuild_s = audited["seconds"] / millions, rebuilt["seconds"] / millions
    note("R16", target="release", audited_events=audited["events"],
         audit_s_per_million=round(audit_s, 1),
         rebuild_s_per_million=round(rebuild_s, 1))  # fmt: skip
    assert audit_s <= 60
    assert rebuild_s <= 120
