"""A venue that stops itself: the ledger disagrees, it is behind, the disk is full, an operator."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from outcry.adapters.control_socket import ControlError, ask
from outcry.adapters.operations import read_operations
from outcry.cli.app import app
from outcry.config import LedgerSettings
from outcry.domain.market import VenueMode
from outcry.follower import follower, loop
from outcry.follower.follower import digest_of
from outcry.guard import GuardSettings
from outcry.ports import EventBatch
from tests.support.gateway import TATA_INR, Answer, House, Person, open_house
from tests.support.ledger_files import change, check_against_the_log, forge_next

QUICK = GuardSettings(interval_s=0.02)
PROCESS, THREAD = LedgerSettings(run="process"), LedgerSettings(run="thread")
ORDER = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1"}
WAIT_S = 30.0


@asynccontextmanager
async def guarded(
    data: Path, ledger: LedgerSettings = THREAD, guard: GuardSettings = QUICK
) -> AsyncIterator[House]:
    async with open_house(data, ledger=ledger, guard=guard) as house:
        yield house


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, what
        await asyncio.sleep(0.01)


async def mode(house: House, wanted: str) -> dict[str, Any]:
    """Wait for a mode; return the status then."""
    await until(lambda: house.venue.desk.mode.name.lower() == wanted, f"it never got {wanted}")
    await until(lambda: not house.venue.lookout._lock.locked(), "the change never ended")
    status: dict[str, Any] = await house.get("/api/v1/status")
    assert status["mode"] == wanted
    return status


async def stored(house: House) -> None:
    await until(lambda: not house.venue.ledger.lag_commands, "the ledger never caught up")


async def place(person: Person, **changed: str) -> Answer:
    return await person.call("POST", "/api/v1/order/", ORDER | changed)


async def operator(house: House, wanted: str, reason: str = "a drill") -> dict[str, Any]:
    request = {"op": "mode", "mode": wanted, "reason": reason, "by": "ann"}
    path = Path(house.venue.settings.data) / "control"
    return await asyncio.to_thread(ask, path, request)


def told(house: House) -> list[tuple[str, str, str]]:
    """Return (by, from, to) of what the journal says was done."""
    entries, _ = read_operations(
        Path(house.venue.settings.data) / "operations.jsonl", house.venue.log_id
    )
    return [(entry.by, entry.before, entry.after) for entry in entries if entry.act == "done"]


# The ledger disagrees


DISAGREES = [("guard", "normal", "cancel_only"), ("guard", "cancel_only", "halted")]


async def test_changed_row_stops_trading_and_then_halts(tmp_path: Path) -> None:
    async with guarded(tmp_path, PROCESS) as house:
        ann = await house.person()
        await stored(house)
        sql = f"UPDATE balances SET balance_units = balance_units + 1 WHERE owner = {ann.account}"
        assert change(tmp_path / "ledger.sqlite", sql) > 0
        # Who has the balances in memory writes what is right; the next one reads them.
        os.kill(house.venue.ledger.facts.pid, signal.SIGKILL)
        status = await mode(house, "halted")
        assert told(house) == DISAGREES
        assert (status["ledger"]["doubted"], status["by"]) == (True, "guard")
        assert status["runbook"] == "docs/runbook/ledger-disagrees.md"
        assert "(store): " in status["reason"]
        assert f"owner {ann.account}" in status["reason"]
        answer = await place(ann)
        assert (answer.status, answer.code) == (503, "VENUE_HALTED")
        ready = await house.call("GET", "/ready")
        assert (ready.status, "disagrees" in ready.error["message"]) == (503, True)
        assert (await ann.get("/api/v1/balances"))["balances"]
        assert house.venue.ledger.facts.alarms == 2


async def test_halt_over_the_ledger_lasts_until_an_operator_has_mended_it(tmp_path: Path) -> None:
    async with guarded(tmp_path) as house:
        ann = await house.person()
        await stored(house)
        forge_next(tmp_path / "ledger.sqlite", "postings", "posting")
        assert (await place(ann)).status == 201
        assert "(store): " in (await mode(house, "halted"))["reason"]
        assert told(house) == DISAGREES
        assert len((await ann.get("/api/v1/orders"))["orders"]) == 1
    async with guarded(tmp_path) as house:
        assert (await mode(house, "halted"))["ledger"]["doubted"] is True
        await operator(house, "normal", "I believe it")
        await until(lambda: len(told(house)) == 5, "the guard did not look again")
        assert told(house)[2:] == [("operator", "halted", "normal"), *DISAGREES]
        await mode(house, "halted")
    remove_ledger(tmp_path)
    async with guarded(tmp_path) as house:
        ann.house = house
        await operator(house, "normal", "it is made anew")
        await stored(house)
        assert (await place(ann)).status == 201
        await stored(house)
        assert (await mode(house, "normal"))["ledger"]["doubted"] is False
    check_against_the_log(tmp_path, tmp_path)


def remove_ledger(folder: Path) -> None:
    for path in folder.glob("ledger.sqlite*"):
        path.unlink()


async def test_second_follower_that_agrees_lets_trading_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glitches = 1

    def digest(batch: EventBatch) -> bytes:
        """Let a bit fall over, once, in the memory of the first follower."""
        nonlocal glitches
        right = digest_of(batch)
        glitches -= 1
        return right if glitches else bytes(16)

    monkeypatch.setattr(loop, "GRACE_S", WAIT_S)  # However late the venue speaks.
    async with guarded(tmp_path) as house:
        ann = await house.person()
        await stored(house)
        monkeypatch.setattr(follower, "digest_of", digest)
        await ann.place("buy", "5.00", "1")
        await until(lambda: len(told(house)) == 2, "the guard did not stop and start trading")
        assert told(house) == [
            ("guard", "normal", "cancel_only"), ("guard", "cancel_only", "normal"),
        ]  # fmt: skip
        status = await mode(house, "normal")
        assert house.venue.ledger.facts.alarms == 1
        assert status["reason"].startswith("over: the ledger disagrees")
        assert (await place(ann)).status == 201
        await stored(house)
    check_against_the_log(tmp_path, tmp_path)


# It is behind


async def test_stopped_follower_is_traded_past_until_it_is_too_far_behind(tmp_path: Path) -> None:
    async with guarded(tmp_path, PROCESS, replace(QUICK, lag_events=100)) as house:
        ann = await house.person()
        await stored(house)
        pid = house.venue.ledger.facts.pid
        os.kill(pid, signal.SIGSTOP)
        placed = await ann.place("buy", "5.00", "1")
        gone = await ann.place("buy", "5.00", "1")
        await ann.call("DELETE", "/api/v1/order/", order_id=gone["order_id"])
        assert house.venue.desk.mode == VenueMode.NORMAL
        for _ in range(2):
            await ann.call("POST", "/api/v1/orders/", {"orders": [ORDER] * 80})
        status = await mode(house, "cancel_only")
        assert "behind" in status["reason"]
        assert status["runbook"] == "docs/runbook/ledger-behind.md"
        assert status["ledger"]["lag_events"] > 100
        assert status["ledger"]["stale_since"] is not None
        assert (await place(ann)).code == "VENUE_CANCEL_ONLY"
        # Nothing is missing from an answer, though the ledger has none of it.
        answer = await ann.call("GET", "/api/v1/orders", limit=1_000)
        shown = [(order["order_id"], order["status"]) for order in answer.body["orders"]]
        assert shown[-2:] == [(gone["order_id"], "cancelled"), (placed["order_id"], "open")]
        assert len(shown) == 162
        assert int(answer.headers["X-Outcry-Ledger-Sequence"]) < status["sequence"]
        os.kill(pid, signal.SIGCONT)
        await mode(house, "normal")
        assert told(house) == [
            ("guard", "normal", "cancel_only"), ("guard", "cancel_only", "normal"),
        ]  # fmt: skip
        assert (await place(ann)).status == 201
        await stored(house)
        assert house.venue.ledger.facts.restarts == 0
    check_against_the_log(tmp_path, tmp_path)


async def test_killed_follower_is_replaced_and_leaves_no_gap(tmp_path: Path) -> None:
    async with guarded(tmp_path, PROCESS) as house:
        ann = await house.person()
        await stored(house)
        for kill in range(1, 3):
            os.kill(house.venue.ledger.facts.pid, signal.SIGKILL)
            orders = [ann.place("buy", "5.00", "1", post_only=True) for _ in range(20)]
            assert len(await asyncio.gather(*orders)) == 20
            await until(lambda kill=kill: house.venue.ledger.facts.restarts == kill, "no restart")
            await stored(house)
        assert (await house.get("/api/v1/status"))["mode"] == "normal"
        last = house.venue.engine.core.sequence
    assert check_against_the_log(tmp_path, tmp_path) == last


async def test_drain_leaves_a_complete_ledger_and_a_snapshot_beside_it(tmp_path: Path) -> None:
    async with guarded(tmp_path, PROCESS) as house:
        ann = await house.person()
        placing = [ann.place("buy", "5.00", "1") for _ in range(50)]
        await asyncio.gather(*placing)
        last = house.venue.engine.core.sequence
    assert check_against_the_log(tmp_path, tmp_path) == last
    async with guarded(tmp_path) as house:
        assert house.venue.recovered.replayed == 0
        assert house.venue.recovered.snapshot_sequence == last


async def test_venue_without_a_ledger_trades_and_says_so(tmp_path: Path) -> None:
    off = LedgerSettings(run="off")
    async with guarded(tmp_path, off) as house:
        ann = await house.person()
        assert (await place(ann)).status == 201
        status = await house.get("/api/v1/status")
        assert (status["ledger"]["run"], status["ledger"]["sequence"]) == ("off", 0)
        assert (status["ledger"]["lag_events"], status["mode"]) == (0, "normal")
        await operator(house, "halted")
        last = house.venue.engine.core.sequence
    async with guarded(tmp_path, off) as house:
        await operator(house, "normal")
        assert (await mode(house, "normal"))["sequence"] == last + 1
    async with guarded(tmp_path) as house:
        await stored(house)
    assert check_against_the_log(tmp_path, tmp_path) == last + 1


# The disk


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Return a folder in memory, where nobody else writes much."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


MB = 1 << 20


def limits(folder: Path, alarm: int, reserve: int) -> GuardSettings:
    """Return limits that are so many bytes below what is free now."""
    place = os.statvfs(folder)
    free = place.f_bavail * place.f_frsize
    return GuardSettings(
        interval_s=0.02,
        disk_alarm_share=1.0,
        disk_reserve_share=1.0,
        disk_alarm_bytes=free - alarm,
        disk_reserve_bytes=free - reserve,
    )


def use(folder: Path, size: int) -> None:
    """Use so much of the disk, and no more."""
    with (folder / "ballast").open("wb") as file:
        if size:
            os.posix_fallocate(file.fileno(), 0, size)


async def test_disk_that_runs_full_stops_trading_until_it_is_no_alarm_any_more(
    small_disk: Path,
) -> None:
    settings = limits(small_disk, alarm=64 * MB, reserve=128 * MB)
    async with guarded(small_disk / "venue", guard=settings) as house:
        ann = await house.person()
        status = await house.get("/api/v1/status")
        assert (status["disk"], status["runbook"]) == ("ok", None)
        use(small_disk, 96 * MB)
        await until(lambda: house.venue.lookout.guard.disk == "low", "no alarm")
        page = "docs/runbook/disk-reserve.md"
        assert (await house.get("/api/v1/status"))["runbook"] == page
        assert (await place(ann)).status == 201
        use(small_disk, 160 * MB)
        status = await mode(house, "cancel_only")
        assert status["disk"] == "reserve"
        assert "bytes left" in status["reason"]
        assert status["runbook"] == page
        use(small_disk, 96 * MB)
        await asyncio.sleep(0.1)
        assert (await place(ann)).code == "VENUE_CANCEL_ONLY"
        use(small_disk, 0)
        assert (await mode(house, "normal"))["disk"] == "ok"
        assert (await place(ann)).status == 201


async def test_guard_undoes_after_a_restart_what_it_did_before(small_disk: Path) -> None:
    settings = limits(small_disk, alarm=64 * MB, reserve=128 * MB)
    use(small_disk, 160 * MB)
    async with guarded(small_disk / "venue", guard=settings) as house:
        await mode(house, "cancel_only")
    use(small_disk, 0)
    async with guarded(small_disk / "venue", guard=settings) as house:
        await mode(house, "normal")
        assert told(house) == [
            ("guard", "normal", "cancel_only"), ("guard", "cancel_only", "normal"),
        ]  # fmt: skip


async def test_guard_leaves_after_a_restart_what_an_operator_did(small_disk: Path) -> None:
    settings = limits(small_disk, alarm=64 * MB, reserve=128 * MB)
    use(small_disk, 160 * MB)
    async with guarded(small_disk / "venue", guard=settings) as house:
        await mode(house, "cancel_only")
        await operator(house, "cancel-only", "it suits me")
    use(small_disk, 0)
    async with guarded(small_disk / "venue", guard=settings) as house:
        await asyncio.sleep(0.1)
        status = await mode(house, "cancel_only")
        assert (status["wanted_mode"], status["held"]) == ("cancel_only", None)
        assert status["disk"] == "ok"
        assert status["runbook"] == "docs/runbook/set-by-operator.md"


# An operator


async def test_operator_changes_the_mode_and_everybody_can_see_it(tmp_path: Path) -> None:
    async with guarded(tmp_path) as house:
        ann = await house.person()
        stream = await house.stream()
        snapshot = await stream.ask(op="subscribe", channels=["status"])
        assert snapshot == {"channels": ["status"]}
        assert (await stream.event("status"))["mode"] == "normal"
        for wanted, code in (
            ("cancel-only", "VENUE_CANCEL_ONLY"), ("read-only", "VENUE_READ_ONLY"),
            ("halted", "VENUE_HALTED"),
        ):  # fmt: skip
            answer = await operator(house, wanted, f"drill {wanted}")
            assert (answer["mode"], answer["reason"]) == (
                wanted.replace("-", "_"),
                f"drill {wanted}",
            )
            assert (await place(ann)).code == code
            assert (await stream.event("status"))["mode"] == wanted.replace("-", "_")
            for path in ("/health", "/api/v1/status"):
                seen = await house.get(path)
                assert (seen["mode"], seen["by"]) == (answer["mode"], "operator ann")
                assert seen["since"] == answer["since"]
            assert (await house.call("GET", "/ready")).status == 503
        await operator(house, "normal")
        assert (await place(ann)).status == 201
        assert [entry[0] for entry in told(house)] == ["operator"] * 4


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        ({"op": "mode", "mode": "asleep", "reason": "r", "by": "b"}, "there are normal, cancel-"),
        ({"op": "mode", "mode": "halted", "reason": "", "by": "b"}, "reason"),
        ({"op": "mode", "mode": "halted", "reason": "r"}, "by"),
        ({"op": "mode", "mode": "halted", "reason": "r" * 201, "by": "b"}, "reason"),
        ({"op": "mode", "mode": "halted", "reason": "two\nlines", "by": "b"}, "one line"),
        ({"op": "mode", "mode": "halted", "reason": "r", "by": "\x1b[31m"}, "one line"),
        ({"op": "mode", "mode": "halted", "reason": "r", "by": "\u202eb"}, "one line"),
        ({"op": "mode", "mode": 3, "reason": "r", "by": "b"}, "mode"),
        ({"op": "mode", "mode": "halted", "reason": "r", "by": "b", "more": 1}, "more"),
        ({"op": "shutdown"}, "there are mode, status and staff"),
        ({}, "there are mode, status and staff"),
    ],
)
async def test_request_that_is_none_changes_nothing(
    house: House, request_: dict[str, Any], named: str
) -> None:
    before = house.state()
    with pytest.raises(ControlError, match=named):
        await asyncio.to_thread(ask, Path(house.venue.settings.data) / "control", request_)
    assert house.state() == before


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with guarded(tmp_path) as house:
        yield house


@pytest.mark.parametrize("last", list(VenueMode))
async def test_venue_comes_back_in_the_mode_it_was_in(tmp_path: Path, last: VenueMode) -> None:
    name = last.name.lower()
    async with guarded(tmp_path) as house:
        if last:
            await operator(house, name, "before the end")
    async with guarded(tmp_path) as house:
        await asyncio.sleep(0.05)
        status = await mode(house, name)
        assert status["reason"] == ("before the end" if last else None)
        assert status["wanted_mode"] == name
        await operator(house, "normal")
        ann = await house.person()
        assert (await place(ann)).status == 201


def drilled(folder: Path) -> Path:
    """Let an operator halt a venue and start it again; return the journal."""

    async def drill() -> None:
        async with guarded(folder) as house:
            await operator(house, "halted")
            await operator(house, "normal")

    asyncio.run(drill())
    return folder / "operations.jsonl"


def test_venue_with_a_changed_journal_of_operations_does_not_start(tmp_path: Path) -> None:
    journal = drilled(tmp_path)
    journal.write_bytes(journal.read_bytes().replace(b'"name":"ann"', b'"name":"bob"', 1))
    for command in (["up", "--port", "0"], ["inspect"]):
        found = CliRunner().invoke(app, [*command, "--data", str(tmp_path)])
        assert found.exit_code == 1
        unwrapped = "".join(found.output.replace("│", "").split())
        assert "operations.jsonl:line1doesnotfollow" in unwrapped, found.output


@pytest.mark.parametrize("kept", [0, 2])
def test_operation_that_was_cut_off_the_journal_is_missed_in_the_log(
    tmp_path: Path, kept: int
) -> None:
    journal = drilled(tmp_path)
    inspected = CliRunner().invoke(app, ["inspect", "--json", "--data", str(tmp_path)])
    assert (inspected.exit_code, '"operations":4' in inspected.output) == (0, True)
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:kept]))
    inspected = CliRunner().invoke(app, ["inspect", "--json", "--data", str(tmp_path)])
    assert inspected.exit_code == 1
    assert inspected.output.count("is missing") == (4 - kept) // 2


async def test_command_line_sees_and_changes_the_mode(tmp_path: Path) -> None:
    async with guarded(tmp_path) as house:
        run = partial(asyncio.to_thread, outcry_mode, tmp_path)
        assert '"mode":"normal"' in await run("--json")
        assert '"mode":"halted"' in await run("halted", "--reason", "x", "--by", "ann", "--json")
        assert house.venue.desk.mode == VenueMode.HALTED
        assert "a --reason" in await run("normal", code=2)
        await run("normal", "--reason", "over", "--by", "ann")
    assert "no venue runs on" in await run("halted", "--reason", "x", code=1)


def outcry_mode(data: Path, *options: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["mode", "--data", str(data), *options])
    assert found.exit_code == code, found.output
    return found.output
