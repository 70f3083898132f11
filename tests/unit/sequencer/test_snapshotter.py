"""When snapshots are taken."""

from collections.abc import Callable

from outcry.adapters.memory import MemorySnapshots
from outcry.ports import NEVER_NS, Batch, Snapshot
from outcry.sequencer.chain import GENESIS, linked
from outcry.sequencer.snapshotter import Snapshotter


class Desk:
    """A snapshotter with what surrounds it."""

    def __init__(self, every: int = 10, checkpoint: int = NEVER_NS) -> None:
        self.store = MemorySnapshots()
        self.checkpoint = checkpoint
        self.work: list[Callable[[], None]] = []
        self.alarms: list[str] = []
        self.snapshotter = Snapshotter(
            self.store,
            every,
            self.work.append,
            lambda: self.checkpoint,
            lambda what, _: self.alarms.append(what),
        )

    def write(self) -> None:
        self.work.pop(0)()


def batch_to(sequence: int) -> Batch:
    return linked(GENESIS, sequence, 5, b"")


def test_it_is_due_every_so_many_commands() -> None:
    desk = Desk(every=10)
    assert [desk.snapshotter.due(sequence) for sequence in (9, 10)] == [False, True]
    desk.snapshotter.take(batch_to(12), b"state")
    desk.write()
    assert [desk.snapshotter.due(sequence) for sequence in (21, 22)] == [False, True]


def test_it_stores_the_state_with_its_place_in_the_log() -> None:
    desk = Desk()
    desk.snapshotter.take(batch_to(12), b"state")
    desk.write()
    assert desk.store.load(12) == Snapshot(12, 1, batch_to(12).chain_hash, b"state")


def test_one_is_written_at_a_time() -> None:
    desk = Desk(every=10)
    desk.snapshotter.take(batch_to(12), b"state")
    assert not desk.snapshotter.due(1_000)
    desk.write()
    assert desk.snapshotter.due(1_000)


def test_it_waits_until_the_projections_have_passed_the_one_before() -> None:
    desk = Desk(every=10, checkpoint=0)
    desk.snapshotter.take(batch_to(12), b"state")
    desk.write()
    assert not desk.snapshotter.due(500)
    desk.checkpoint = 12
    assert desk.snapshotter.due(500)


def test_without_a_distance_only_the_last_one_is_taken() -> None:
    desk = Desk(every=0)
    assert not desk.snapshotter.due(10**9)
    assert desk.snapshotter.possible(1)


def test_it_goes_on_from_the_newest_one_stored() -> None:
    store = MemorySnapshots()
    store.save(Snapshot(40, 1, bytes(32), b""))
    again = Snapshotter(store, 10, lambda work: work(), lambda: NEVER_NS, lambda *_: None)
    assert [again.due(sequence) for sequence in (40, 49, 50)] == [False, False, True]


def test_failure_is_reported_and_the_next_one_is_tried() -> None:
    desk = Desk(every=10)
    desk.store.save = refuse  # type: ignore[method-assign]  # the disk is full
    desk.snapshotter.take(batch_to(12), b"state")
    desk.write()
    assert desk.alarms == ["snapshot 12 was not written"]
    assert (desk.snapshotter.failed, desk.snapshotter.saved) == (1, 0)
    assert desk.snapshotter.due(13)


def test_process_without_a_thread_to_spare_goes_on() -> None:
    def no_thread(work: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    alarms: list[str] = []
    snapshotter = Snapshotter(
        MemorySnapshots(), 10, no_thread, lambda: NEVER_NS, lambda what, _: alarms.append(what)
    )
    snapshotter.take(batch_to(12), b"state")
    assert alarms == ["snapshot 12 was not written"]
    assert snapshotter.due(13)


def refuse(snapshot: Snapshot) -> None:
    raise OSError(28, "No space left on device")
