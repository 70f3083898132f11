"""The flow: what becomes one batch, who is told what, and how it ends."""

import asyncio
from pathlib import Path

import pytest

from outcry import codec
from outcry.adapters.memory import MemoryLog, MemorySnapshots
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected
from outcry.pipeline import (
    DRAINING,
    HALTED,
    RUNNING,
    Hooks,
    Pipeline,
    PipelineSettings,
)
from outcry.ports import EventBatch, EventReader, Outcomes, Refused
from outcry.sequencer.sequencer import Sequencer
from tests.support.flow import Flow
from tests.support.script import opening, order, some_orders

TICK = codec.encode_command(c.Tick())


def types(outcomes: Outcomes | None) -> list[list[str]]:
    assert outcomes is not None
    return [[type(event).__name__ for event in command] for command in outcomes]


# Batches


def test_what_was_submitted_since_the_last_step_is_one_append() -> None:
    log = MemoryLog()
    flow = Flow(log=log)
    for record in opening():
        flow.submit(record)
    assert len(flow.scheduled) == 1
    assert flow.run() == 1
    assert [batch.last_sequence for batch in log.batches] == [14]


def test_batch_is_bounded_and_the_rest_follows_at_once() -> None:
    log = MemoryLog()
    flow = Flow(log=log, settings=PipelineSettings(batch_commands=4))
    for record in opening():
        flow.submit(record)
    assert flow.run() == 4
    assert [batch.last_sequence for batch in log.batches] == [4, 8, 12, 14]


def test_step_without_work_does_nothing() -> None:
    log = MemoryLog()
    flow = Flow(log=log)
    assert flow.pipeline.step() is False
    assert log.batches == []


def test_submission_from_within_a_reply_makes_the_next_batch() -> None:
    flow = Flow()

    def again(_: Outcomes | None) -> None:
        flow.submit(opening()[1])

    flow.pipeline.submit(opening()[0], 1, again)
    assert flow.run() == 2
    assert types(flow.outcomes[0]) == [["AssetSet"]]


# Replies


def test_each_submission_hears_of_its_own_commands_in_order() -> None:
    flow = Flow().opened()
    flow.submit(order(1, "a", 1, 1000, 5), TICK)
    flow.submit(order(2, "b", 0, 1000, 2))
    flow.run()
    assert types(flow.outcomes[0]) == [["OrderAccepted"], []]
    assert types(flow.outcomes[1]) == [["OrderAccepted", "Trade", "OrderDone"]]


def test_refusal_by_the_core_is_an_outcome_like_another() -> None:
    flow = Flow().opened()
    flow.submit(order(9, "a", 1, 1000, 5))
    flow.run()
    outcomes = flow.outcomes[0]
    assert outcomes
    assert isinstance(outcomes[0][0], CommandRejected)


def test_nobody_is_told_before_log_and_readers_have_it() -> None:
    log = MemoryLog()
    flow = Flow(log=log)
    seen: list[tuple[int, int, int]] = []

    def done(_: Outcomes | None) -> None:
        seen.append((log.synced, flow.engine.core.sequence, len(flow.collector.batches)))

    flow.pipeline.submit(opening()[0], 1, done)
    flow.run()
    assert seen == [(1, 1, 1)]


def test_reply_that_fails_does_not_reach_the_next_one() -> None:
    flow = Flow()

    def broken(_: Outcomes | None) -> None:
        raise ConnectionResetError

    flow.pipeline.submit(opening()[0], 1, broken)
    flow.submit(opening()[1])
    flow.run()
    assert types(flow.outcomes[0]) == [["AssetSet"]]
    assert (flow.pipeline.state, flow.alarms) == (RUNNING, ["a reply failed"])
    assert flow.pipeline.counters.reply_failures == 1


# Readers


def test_readers_share_one_list_of_events() -> None:
    class Second(EventReader):
        def consume(self, batch: EventBatch) -> None:
            self.events = batch.events

    second = Second()
    flow = Flow(readers=[second])
    flow.submit(opening()[0])
    flow.run()
    assert second.events is flow.collector.batches[0].events


def test_events_say_where_in_the_log_they_come_from() -> None:
    flow = Flow().opened()
    flow.submit(order(1, "a", 1, 1000, 5))
    flow.submit(order(2, "b", 0, 1000, 2))
    flow.run()
    batch = flow.collector.batches[-1]
    assert (batch.first_sequence, batch.last_sequence) == (15, 16)
    assert (batch.time_ns, batch.chain_hash) == (flow.clock.now_ns(), flow.log.tail().chain_hash)
    assert [event.sequence for event in batch.events] == [15, 16, 16, 16]


# Limits


def test_full_queue_refuses_orders_but_still_takes_cancels() -> None:
    flow = Flow(settings=PipelineSettings(queue_commands=10))
    for _ in range(8):
        flow.submit(TICK)
    with pytest.raises(Refused, match="BUSY"):
        flow.submit(TICK)
    flow.submit(TICK, reserve=True)
    assert (flow.pipeline.counters.waiting, flow.pipeline.counters.refused) == (9, 1)
    flow.run()
    flow.submit(TICK)
    assert flow.pipeline.counters.commands == 9


def test_malformed_records_never_reach_the_log() -> None:
    log = MemoryLog()
    flow = Flow(log=log)
    with pytest.raises(codec.BadRecord):
        flow.submit(TICK[:-8])
    assert flow.run() == 0
    assert flow.pipeline.state == RUNNING


# Halting


@pytest.mark.parametrize("durable", [True, False])
def test_failed_append_halts_and_leaves_every_outcome_unknown(durable: bool) -> None:
    log = MemoryLog()
    flow = Flow(log=log, settings=PipelineSettings(batch_commands=2))
    log.fail_next(durable=durable)
    for _ in range(3):
        flow.submit(TICK)
    flow.run()
    assert flow.outcomes == [None, None, None]
    assert (flow.pipeline.state, flow.pipeline.halted_reason) == (
        HALTED,
        "LogFailed: the disk said no",
    )
    assert flow.alarms == ["halted: LogFailed: the disk said no"]


def test_halted_flow_takes_nothing_and_does_nothing() -> None:
    log = MemoryLog()
    flow = Flow(log=log)
    log.fail_next(durable=False)
    flow.submit(TICK)
    flow.run()
    with pytest.raises(Refused, match="HALTED"):
        flow.submit(TICK, reserve=True)
    assert flow.pipeline.step() is False
    assert (flow.engine.core.sequence, flow.collector.batches) == (0, [])


def test_unexpected_exception_of_the_engine_halts() -> None:
    flow = Flow()
    flow.engine.apply = broken_engine  # type: ignore[method-assign]  # what must never happen
    flow.submit(TICK)
    flow.run()
    assert flow.outcomes == [None]
    assert flow.pipeline.halted_reason == "ZeroDivisionError: a bug"
    assert flow.collector.batches == []


def broken_engine(records: bytes) -> bytes:
    raise ZeroDivisionError("a bug")


def test_reader_that_raises_halts_too() -> None:
    class Broken(EventReader):
        def consume(self, batch: EventBatch) -> None:
            raise KeyError("lost")

    flow = Flow(readers=[Broken()])
    flow.submit(TICK)
    flow.run()
    assert (flow.pipeline.state, flow.outcomes) == (HALTED, [None])


def test_broken_reply_to_a_halt_does_not_hide_it_from_others() -> None:
    log = MemoryLog()
    flow = Flow(log=log)
    log.fail_next(durable=False)

    def broken(_: Outcomes | None) -> None:
        raise ConnectionResetError

    flow.pipeline.submit(TICK, 1, broken)
    flow.submit(TICK)
    flow.run()
    assert flow.outcomes == [None]


# Snapshots


def test_snapshot_is_taken_every_so_many_commands() -> None:
    flow = Flow(settings=PipelineSettings(snapshot_commands=20)).opened()
    for record in some_orders(seed=1, count=40):
        flow.submit(record)
        flow.run()
    assert flow.snapshots.sequences() == [40, 20]
    snapshot = flow.snapshots.load(40)
    assert snapshot
    assert snapshot.chain_hash == flow.log.chain_hash_at(40)
    assert flow.pipeline.counters.snapshot_sequence == 40


def test_snapshots_wait_for_the_projections() -> None:
    flow = Flow(
        settings=PipelineSettings(snapshot_commands=10), hooks=Hooks(checkpoint=lambda: 16)
    ).opened()
    for record in some_orders(seed=1, count=40):
        flow.submit(record)
        flow.run()
    assert flow.snapshots.sequences() == [24, 14]


def test_state_that_does_not_add_up_is_never_written_down() -> None:
    flow = Flow(settings=PipelineSettings(snapshot_commands=1))
    flow.engine.core.conservation_failure = lambda: 2  # type: ignore[method-assign]  # a bug
    flow.submit(TICK)
    flow.run()
    assert flow.snapshots.sequences() == []
    assert flow.pipeline.halted_reason == "ConservationBroken: the sums of asset 2 disagree"


# In the event loop


def pipeline_of(log: MemoryLog, snapshots: MemorySnapshots | SnapshotFiles) -> Pipeline:
    flow = Flow()
    return Pipeline(flow.engine, Sequencer(log, flow.clock, log.tail()), [], None, snapshots)


async def test_one_turn_of_the_loop_is_one_batch() -> None:
    log = MemoryLog()
    pipeline = pipeline_of(log, MemorySnapshots())
    replies: asyncio.Queue[Outcomes | None] = asyncio.Queue()
    for record in opening():
        pipeline.submit(record, 1, replies.put_nowait)
    for _ in opening():
        assert await replies.get()
    assert len(log.batches) == 1


async def test_drain_finishes_what_waits_refuses_what_comes_and_takes_a_snapshot(
    tmp_path: Path,
) -> None:
    log, snapshots = MemoryLog(), SnapshotFiles(tmp_path)
    pipeline = pipeline_of(log, snapshots)
    replies: list[Outcomes | None] = []
    for record in opening():
        pipeline.submit(record, 1, replies.append)
    await pipeline.drain(10)
    assert (len(replies), pipeline.state) == (14, DRAINING)
    assert snapshots.sequences() == [14]
    with pytest.raises(Refused, match="DRAINING"):
        pipeline.submit(TICK, 1, replies.append)


async def test_drain_of_an_idle_flow_needs_no_snapshot() -> None:
    snapshots = MemorySnapshots()
    pipeline = pipeline_of(MemoryLog(), snapshots)
    await pipeline.drain(10)
    await pipeline.drain(10)
    assert snapshots.sequences() == []


async def test_drain_that_takes_too_long_leaves_outcomes_unknown() -> None:
    log = MemoryLog()
    pipeline = pipeline_of(log, MemorySnapshots())
    replies: list[Outcomes | None] = []
    pipeline.submit(TICK, 1, replies.append)
    await pipeline.drain(0)
    assert (replies, log.batches, pipeline.state) == ([None], [], HALTED)


async def test_drain_of_a_halted_flow_ends() -> None:
    log = MemoryLog()
    pipeline = pipeline_of(log, MemorySnapshots())
    log.fail_next(durable=False)
    pipeline.submit(TICK, 1, lambda _: None)
    await pipeline.drain(10)
    assert pipeline.state == HALTED


def test_counters_count() -> None:
    flow = Flow().opened()
    flow.submit(order(1, "a", 1, 1000, 5))
    flow.submit(order(2, "b", 0, 1000, 2))
    flow.run()
    counters = flow.pipeline.counters
    assert (counters.commands, counters.batches, counters.events) == (16, 2, 18)
    assert (counters.last_sequence, counters.waiting) == (16, 0)
