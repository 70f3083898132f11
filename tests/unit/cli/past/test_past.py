"""`outcry inspect --at` and `outcry diff`: past states of a folder, found without touching it."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from outcry import Venue, codec
from outcry.adapters.memory import ManualClock
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.app import app
from outcry.ports import Batch, Snapshot
from outcry.sequencer.sequencer import Sequencer
from outcry.venue.words.read import Names, read_command
from tests.support.script import START_NS, fill, some_orders
from tests.support.venue import ANN, BOB, open_venue

MS = 1_000_000


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def asked(*arguments: object) -> dict[str, Any]:
    found = run(*arguments, "--json")
    assert found.exit_code == 0, found.output
    report: dict[str, Any] = json.loads(found.stdout)
    return report


def replayed(batches: list[Batch]) -> Venue:
    return Venue.replay(b"".join(batch.payload for batch in batches))


def snapshot_at(folder: Path, venue: Venue, batch: Batch) -> None:
    body = venue.at(batch.last_sequence).snapshot()
    store = SnapshotFiles(folder / "snapshots")
    store.save(Snapshot(batch.last_sequence, batch.epoch, batch.chain_hash, body))


@pytest.fixture
def batches(tmp_path: Path) -> list[Batch]:
    log = SqliteLog(tmp_path / "log.sqlite")
    written = fill(log, 5, 40)
    log.close()
    return written


@pytest.mark.parametrize("sequence", [0, 1, 14, 15, 60, 61, 62, 131])
def test_any_sequence_can_be_rebuilt(tmp_path: Path, batches: list[Batch], sequence: int) -> None:
    venue = replayed(batches)
    snapshot_at(tmp_path, venue, batches[15])
    report = asked("inspect", "--data", tmp_path, "--at", sequence)
    assert (report["sequence"], report["digest"]) == (sequence, venue.at(sequence).digest())
    from_snapshot = sequence >= batches[15].last_sequence
    assert report["rebuilt_from"] == (batches[15].last_sequence if from_snapshot else 0)


def test_a_time_names_a_state(tmp_path: Path, batches: list[Batch]) -> None:
    by_time = asked("inspect", "--data", tmp_path, "--at", (START_NS + 9 * MS) // MS)
    assert by_time["sequence"] == batches[9].last_sequence
    again = asked("inspect", "--data", tmp_path, "--at", by_time["time"])
    assert again == by_time


def test_books_and_balances_come_on_request(tmp_path: Path, batches: list[Batch]) -> None:
    venue = replayed(batches).at(60)
    asking = ("--market", "BTC_USDT", "--account", 1, "--account", 2, "--levels", 2)
    report = asked("inspect", "--data", tmp_path, "--at", 60, *asking)
    (book,) = report["books"]
    scale, shown = venue.scale("BTC_USDT"), venue.book("BTC_USDT", 2)
    assert book["bids"] == [[scale.price(p), scale.quantity(q)] for p, q in shown.bids]
    assert [a["account"] for a in report["accounts"]] == [1, 2]
    assert len(report["accounts"][0]["open_orders"]) == len(venue.orders(1))


def test_without_a_point_it_is_the_present(tmp_path: Path, batches: list[Batch]) -> None:
    report = asked("inspect", "--data", tmp_path, "--account", 3)
    assert (report["sequence"], report["accounts"][0]["status"]) == (131, "active")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("inspect", "--at", "999"), "999 has not come yet: the log ends at 131"),
        (("inspect", "--at", "noon"), "neither a sequence nor a time"),
        (("inspect", "--at", "5", "--account", "1"), "account 1 is not known at sequence 5"),
        (("inspect", "--market", "BTC_USD"), "did you mean 'BTC_USDT'?"),
        (("inspect", "--account", "0"), "--account"),
        (("diff", "30", "20"), "did you mean 20 30?"),
        (("diff", "30", "999"), "999 has not come yet"),
        (("diff", "30"), "Missing argument 'B'"),
    ],
)
def test_a_slip_is_told(
    tmp_path: Path, batches: list[Batch], arguments: tuple[str, ...], told: str
) -> None:
    found = run(*arguments, "--data", tmp_path)
    assert found.exit_code == 2
    assert told in found.stderr


def test_an_empty_folder_holds_no_venue(tmp_path: Path) -> None:
    for arguments in (("inspect", "--at", "0"), ("diff", "0", "0")):
        found = run(*arguments, "--data", tmp_path)
        assert (found.exit_code, "holds no venue" in found.stderr) == (2, True)


def test_a_bad_snapshot_is_passed_over(tmp_path: Path, batches: list[Batch]) -> None:
    venue = replayed(batches)
    for place in (10, 20, 30):
        snapshot_at(tmp_path, venue, batches[place])
    newest, *_ = sorted((tmp_path / "snapshots").iterdir(), reverse=True)
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")
    SnapshotFiles(tmp_path / "snapshots").save(
        Snapshot(batches[20].last_sequence, 1, bytes(32), venue.snapshot())
    )
    report = asked("inspect", "--data", tmp_path, "--at", 120)
    assert report["digest"] == venue.at(120).digest()
    assert report["rebuilt_from"] == batches[10].last_sequence
    assert "checksum" in report["warnings"][0]
    assert "another log" in report["warnings"][1]


def test_damage_on_the_way_is_told_and_exits_1(tmp_path: Path, batches: list[Batch]) -> None:
    path = tmp_path / "log.sqlite"
    spoiled, where = bytearray(path.read_bytes()), batches[20].payload[:40]
    spoiled[spoiled.index(where) + 20] ^= 1
    path.write_bytes(spoiled)
    for arguments in (("inspect", "--at", "120"), ("diff", "10", "120")):
        found = run(*arguments, "--data", tmp_path)
        assert (found.exit_code, "the log is damaged" in found.stderr) == (1, True)
    assert run("inspect", "--at", batches[19].last_sequence, "--data", tmp_path).exit_code == 0


def fingerprints(folder: Path) -> dict[str, str]:
    """Return a hash of each file but the two by which SQLite tells readers from writers."""
    shared = (".sqlite-shm", ".sqlite-wal")
    files = [p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(shared)]
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def test_nothing_in_the_folder_changes(tmp_path: Path, batches: list[Batch]) -> None:
    snapshot_at(tmp_path, replayed(batches), batches[15])
    before = fingerprints(tmp_path)
    assert run("inspect", "--data", tmp_path, "--at", 100).exit_code == 0
    assert run("diff", "20", "100", "--data", tmp_path).exit_code == 0
    assert fingerprints(tmp_path) == before


def test_a_venue_may_write_meanwhile(tmp_path: Path, batches: list[Batch]) -> None:
    log = SqliteLog(tmp_path / "log.sqlite")
    sequencer = Sequencer(log, ManualClock(START_NS), log.tail())
    sequencer.commit(b"".join(some_orders(9, 4)))
    assert asked("inspect", "--data", tmp_path, "--at", 133)["sequence"] == 133
    sequencer.commit(b"".join(some_orders(10, 4)))
    assert asked("diff", 133, 139, "--data", tmp_path)["commands"] == 6
    log.close()


@pytest.mark.parametrize(("first", "last"), [(0, 131), (20, 61), (61, 62), (70, 70)])
def test_diff_counts_what_the_events_tell(
    tmp_path: Path, batches: list[Batch], first: int, last: int
) -> None:
    venue = replayed(batches)
    told = [w for w in venue.events(first) if w["sequence"] <= last]
    names = [words["event"] for words in told]
    report = asked("diff", first, last, "--data", tmp_path, "--limit", 0)
    assert report["events"] == {name: names.count(name) for name in sorted(set(names))}
    assert [row["order_id"] for row in report["done"]] == [
        words["order_id"] for words in told if words["event"] == "OrderDone"
    ]
    assert (report["from"]["digest"], report["to"]["digest"]) == (
        venue.at(first).digest(),
        venue.at(last).digest(),
    )


def test_diff_shows_every_balance_that_differs(tmp_path: Path, batches: list[Batch]) -> None:
    venue = replayed(batches)
    before, after = venue.at(20), venue.at(61)
    report = asked("diff", 20, 61, "--data", tmp_path)
    expected = {
        (account, asset)
        for account in (1, 2, 3)
        for asset in ("BTC", "USDT")
        if before.balance(account, asset) != after.balance(account, asset)
    }
    assert {(row["account"], row["asset"]) for row in report["balances"]} == expected
    first = report["balances"][0]
    assert first["held_after"] == after.amount("BTC", after.balance(1, "BTC").held_units)


def write(folder: Path, venue: Venue) -> None:
    """Write a venue's commands as a log, ten a batch."""
    log, names = SqliteLog(folder / "log.sqlite"), Names(venue._registry)
    sequencer = Sequencer(log, ManualClock(START_NS), log.tail())
    records = [codec.encode_command(read_command(words, names)) for words in venue.commands()]
    for start in range(0, len(records), 10):
        sequencer.commit(b"".join(records[start : start + 10]))
    log.close()


def test_diff_tells_what_became_of_markets_and_mode(tmp_path: Path) -> None:
    venue = open_venue()
    venue.place(ANN, "BTC_USDT", "sell", "100", "1")
    venue.place(BOB, "BTC_USDT", "buy", "100", "1")
    start = venue.sequence
    market = next(w for w in venue.commands() if w["command"] == "SetMarket")
    venue.place(ANN, "BTC_USDT", "sell", "101", "2")
    venue.place(BOB, "BTC_USDT", "buy", "101", "2")
    venue.apply(market | {"tick_mantissa": 5, "tick_decimals": 1, "time_ns": 0})
    venue.place(ANN, "BTC_USDT", "sell", "100.5", "3")
    venue.place(BOB, "BTC_USDT", "buy", "100.5", "3")
    venue.apply({"command": "SetMode", "mode": "cancel_only"})
    venue.apply({"command": "Transfer", "account": ANN, "to_account": BOB, "staff": True,
                 "asset": "BTC", "amount_units": 5})  # fmt: skip
    write(tmp_path, venue)
    report = asked("diff", start, venue.sequence, "--data", tmp_path)
    assert [row["event"] for row in report["changes"]] == ["MarketSet", "ModeChanged"]
    assert [(row["last"], row["quantity"]) for row in report["trades"]] == [
        ("101.00", "2.0000"),
        ("100.5", "3.0000"),
    ]
    assert (report["to"]["mode"], report["orders_done"]) == ("cancel_only", {"filled": 4})
    assert report["opened"][2]["price"] == "100.5"


def test_people_get_tables(tmp_path: Path, batches: list[Batch]) -> None:
    found = run("diff", "0", "61", "--data", tmp_path, "--limit", "3")
    assert found.exit_code == 0
    for words in ("orders opened, the first 3 of", "changes of the venue", "balances"):
        assert words in found.stdout
    found = run("inspect", "--data", tmp_path, "--at", "61", "--market", "BTC_USDT")
    assert "book of BTC_USDT" in found.stdout
