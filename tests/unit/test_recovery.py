"""Coming back after an end of any kind."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from outcry.adapters.memory import ManualClock, MemoryLog, MemorySnapshots
from outcry.engine.engine import Engine
from outcry.pipeline import Hooks, PipelineSettings
from outcry.ports import Checkpoint, LogDamaged, Snapshot
from outcry.recovery import Recovered, inspect, recover
from outcry.sequencer.sequencer import Sequencer
from tests.support.flow import Collector, Flow, reference
from tests.support.script import some_orders

GENESIS = Checkpoint()


def lived(commands: int = 60, snapshot_every: int = 20) -> Flow:
    """Return a flow that has worked through some orders, one a batch."""
    flow = Flow(settings=PipelineSettings(snapshot_commands=snapshot_every)).opened()
    for record in some_orders(seed=5, count=commands):
        flow.clock.advance(1_000)
        flow.submit(record)
        flow.run()
    return flow


def checkpoint_at(flow: Flow, sequence: int) -> Checkpoint:
    chain_hash = flow.log.chain_hash_at(sequence)
    assert chain_hash is not None
    return Checkpoint(1, sequence, chain_hash)


def back(flow: Flow, checkpoint: Checkpoint = GENESIS, **changes: object) -> Recovered:
    given: dict[str, object] = {"log": flow.log, "snapshots": flow.snapshots, **changes}
    return recover(
        given["log"],  # type: ignore[arg-type]
        given["snapshots"],  # type: ignore[arg-type]
        reference(),
        checkpoint,
        given.get("readers", []),  # type: ignore[arg-type]
    )


def test_empty_log_gives_genesis() -> None:
    flow = Flow()
    recovered = back(flow)
    assert recovered.engine.digest() == flow.engine.digest()
    assert (recovered.tail, recovered.replayed) == (flow.log.tail(), 0)


def test_replay_of_everything_gives_the_digest_that_was_live() -> None:
    flow = lived()
    recovered = back(flow)
    assert recovered.engine.digest() == flow.engine.digest()
    assert (recovered.snapshot_sequence, recovered.replayed) == (0, 74)


def test_snapshot_and_tail_give_the_digest_that_was_live() -> None:
    flow = lived()
    recovered = back(flow, checkpoint_at(flow, 74))
    assert recovered.engine.digest() == flow.engine.digest()
    assert (recovered.snapshot_sequence, recovered.replayed) == (60, 14)


def test_snapshot_the_projections_have_not_reached_is_not_used() -> None:
    flow = lived()
    assert flow.snapshots.sequences() == [60, 40, 20]
    assert back(flow, checkpoint_at(flow, 59)).snapshot_sequence == 40
    assert back(flow, checkpoint_at(flow, 60)).snapshot_sequence == 60


@pytest.mark.parametrize("at", [0, 14, 40, 59, 74])
def test_readers_get_exactly_what_their_rows_lack(at: int) -> None:
    flow = lived()
    collector = Collector()
    back(flow, checkpoint_at(flow, at), readers=[collector])
    wanted = [batch for batch in flow.collector.batches if batch.first_sequence > at]
    assert collector.batches == wanted


@pytest.mark.parametrize("at", [0, 40, 59, 74])
def test_readers_are_filled_where_their_rows_end(at: int) -> None:
    flow = lived()
    seen: list[tuple[int, int]] = []
    readers: list[Collector] = []

    def fill(engine: Engine) -> None:
        readers.append(Collector())
        seen.append((engine.core.sequence, len(readers[0].batches)))

    recover(flow.log, flow.snapshots, reference(), checkpoint_at(flow, at), readers, fill)
    assert seen == [(at, 0)]
    assert sum(b.last_sequence - b.first_sequence + 1 for b in readers[0].batches) == 74 - at


def test_recovered_venue_goes_on_where_it_was() -> None:
    flow = lived()
    recovered = back(flow, checkpoint_at(flow, 60))
    sequencer = Sequencer(flow.log, ManualClock(), recovered.tail)
    batch = sequencer.commit(some_orders(seed=6, count=1)[0])
    recovered.engine.apply(batch.payload)
    assert back(flow).engine.digest() == recovered.engine.digest()


# Snapshots in doubt


def test_damaged_snapshot_gives_way_to_an_older_one() -> None:
    flow = lived()
    assert isinstance(flow.snapshots, MemorySnapshots)
    flow.snapshots.damage(60)
    recovered = back(flow, checkpoint_at(flow, 74))
    assert recovered.engine.digest() == flow.engine.digest()
    assert recovered.snapshot_sequence == 40
    assert recovered.warnings == ["snapshot 60: wrong checksum"]


def test_without_a_good_snapshot_everything_is_replayed() -> None:
    flow = lived()
    assert isinstance(flow.snapshots, MemorySnapshots)
    for sequence in flow.snapshots.sequences():
        flow.snapshots.damage(sequence)
    recovered = back(flow, checkpoint_at(flow, 74))
    assert recovered.engine.digest() == flow.engine.digest()
    assert (recovered.replayed, len(recovered.warnings)) == (74, 3)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[:-8],
        lambda body: body + bytes(8),
        lambda body: b"",
        lambda body: bytes(8) + body[8:],
    ],
)
def test_snapshot_that_does_not_restore_is_passed_over(spoil: Callable[[bytes], bytes]) -> None:
    flow = lived()
    snapshot = flow.snapshots.load(60)
    assert snapshot
    flow.snapshots.save(replace(snapshot, body=spoil(snapshot.body)))
    recovered = back(flow, checkpoint_at(flow, 74))
    assert recovered.engine.digest() == flow.engine.digest()
    assert recovered.warnings[0].startswith("snapshot 60: ")


def test_snapshot_of_another_moment_is_passed_over() -> None:
    flow = lived()
    snapshot, older = flow.snapshots.load(60), flow.snapshots.load(40)
    assert snapshot
    assert older
    flow.snapshots.save(replace(snapshot, body=older.body))
    recovered = back(flow, checkpoint_at(flow, 74))
    assert recovered.engine.digest() == flow.engine.digest()


def test_snapshot_of_another_log_stops_the_start() -> None:
    flow = lived()
    snapshot = flow.snapshots.load(60)
    assert snapshot
    flow.snapshots.save(replace(snapshot, chain_hash=bytes(32)))
    with pytest.raises(LogDamaged, match="a snapshot at 60 belongs to another log"):
        back(flow)


def test_snapshot_ahead_of_the_log_stops_the_start() -> None:
    flow = lived()
    flow.snapshots.save(Snapshot(90, 1, bytes(32), b""))
    with pytest.raises(LogDamaged, match="went back: it ends at 74, a snapshot is at 90"):
        back(flow)


# The log in doubt


def test_log_that_went_back_behind_the_projections_stops_the_start() -> None:
    flow = lived()
    checkpoint = checkpoint_at(flow, 74)
    short = MemoryLog()
    short.batches = list(flow.log.read(0))[:20]
    with pytest.raises(LogDamaged, match=r"went back: it ends at \d+, the projections"):
        back(flow, checkpoint, log=short, snapshots=MemorySnapshots())


def test_other_log_under_the_projections_stops_the_start() -> None:
    flow = lived()
    with pytest.raises(LogDamaged, match="checkpoint at 74 belongs to another log"):
        back(flow, Checkpoint(1, 74, bytes(32)))


def test_checkpoint_inside_a_batch_belongs_to_another_log() -> None:
    flow = lived()
    with pytest.raises(LogDamaged, match="checkpoint at 7 belongs to another log"):
        back(flow, Checkpoint(1, 7, bytes(32)))


@pytest.mark.parametrize(
    "change", [{"payload": b""}, {"time_ns": 1}, {"chain_hash": bytes(32)}, {"version": 9}]
)
def test_changed_batch_is_named(change: dict[str, object]) -> None:
    flow = lived()
    assert isinstance(flow.log, MemoryLog)
    flow.log.batches[30] = replace(flow.log.batches[30], **change)
    with pytest.raises(LogDamaged, match="batch 44 to 44"):
        back(flow)


def test_records_that_do_not_apply_are_named() -> None:
    flow = lived()
    assert isinstance(flow.log, MemoryLog)
    sequencer = Sequencer(flow.log, ManualClock(), flow.log.tail())
    sequencer.commit(b"\x24" + bytes(35))
    with pytest.raises(LogDamaged, match="batch 75 to 75 does not apply"):
        back(flow)


# The report


def test_report_says_what_the_log_holds() -> None:
    flow = lived()
    report = inspect(flow.log, flow.snapshots, reference())
    assert (report.sequence, report.batches, report.damage) == (74, 61, [])
    assert report.digest == flow.engine.digest()
    assert [snapshot.sequence for snapshot in report.snapshots] == [60, 40, 20]


def test_report_shows_that_every_asset_adds_up() -> None:
    flow = lived()
    report = inspect(flow.log, flow.snapshots, reference())
    assert [(asset.symbol, asset.balanced) for asset in report.assets] == [
        ("BTC", True),
        ("USDT", True),
    ]
    assert report.assets[1].credited == 3 * 10**12
    assert report.assets[1].fees > 0


def test_report_lists_damage_and_describes_the_state_before_it() -> None:
    flow = lived()
    assert isinstance(flow.log, MemoryLog)
    assert isinstance(flow.snapshots, MemorySnapshots)
    flow.snapshots.damage(20)
    flow.log.batches[40] = replace(flow.log.batches[40], time_ns=1)
    report = inspect(flow.log, flow.snapshots, reference())
    assert report.sequence == 53
    assert [line.split(": ", 1)[0] for line in report.damage] == [
        "batch 54 to 54",
        "snapshot 60",
        "snapshot 20",
    ]


def test_report_finds_a_snapshot_that_the_log_does_not_lead_to() -> None:
    flow = lived()
    snapshot, older = flow.snapshots.load(60), flow.snapshots.load(40)
    assert snapshot
    assert older
    flow.snapshots.save(replace(snapshot, body=older.body))
    report = inspect(flow.log, flow.snapshots, reference())
    assert report.damage == ["snapshot 60: differs from the state that the log leads to"]


def test_snapshots_are_spaced_so_that_recovery_finds_one() -> None:
    position = [0]
    flow = Flow(
        settings=PipelineSettings(snapshot_commands=5),
        hooks=Hooks(checkpoint=lambda: position[0]),
    ).opened()
    for number, record in enumerate(some_orders(seed=5, count=200)):
        flow.submit(record)
        flow.run()
        if number % 23 == 0:
            position[0] = flow.pipeline.counters.last_sequence
        usable = [s for s in flow.snapshots.sequences() if s <= position[0]]
        assert usable or position[0] < 14 or number < 5
    assert back(flow, checkpoint_at(flow, position[0])).replayed < 60
