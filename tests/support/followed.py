"""A flow that has worked through some orders, and followers of it."""

from random import Random

from outcry.follower.follower import Follower, FollowerSettings, digest_of
from outcry.pipeline import PipelineSettings
from outcry.ports import LedgerStore
from tests.support.flow import Flow, reference
from tests.support.script import some_orders


def lived(commands: int = 60, flow: Flow | None = None) -> Flow:
    """Return a flow that has worked through some orders, one to three a batch."""
    random = Random(commands)
    flow = flow or Flow(settings=PipelineSettings(snapshot_commands=20)).opened()
    for record in some_orders(seed=5, count=commands):
        flow.clock.advance(1_000_000)
        flow.submit(record)
        if random.random() < 0.6:
            flow.run()
    flow.run()
    return flow


def follower_of(flow: Flow, store: LedgerStore, events_max: int = 10) -> Follower:
    settings = FollowerSettings(events_max)
    return Follower(flow.log, flow.snapshots, store, reference(), settings)


def finish(follower: Follower) -> None:
    while follower.step():
        pass


def notes(flow: Flow, after: int = 0) -> list[tuple[int, bytes]]:
    """Return what the venue would tell of its batches."""
    batches = (batch for batch in flow.collector.batches if batch.last_sequence > after)
    return [(batch.last_sequence, digest_of(batch)) for batch in batches]
