"""What a log did, order by order, replayed from its first command: judge of every fault test."""

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from outcry import codec
from outcry.adapters.sqlite_log import SqliteLog
from outcry.domain.events import OrderAccepted
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.recovery import applied
from tests.integration.kill import Driver


@dataclass
class Effects:
    """Every order that ever had an effect."""

    digest: str = ""
    accepted: Counter[str] = field(default_factory=Counter)
    """How often an order of this client id was accepted; never more than once."""
    order_ids: dict[str, int] = field(default_factory=dict)
    time_goes_back: bool = False


def effects_of(data: Path) -> Effects:
    """Replay a log and return what it did."""
    effects, engine, time_ns = Effects(), Engine(choose()()), 0
    with closing(SqliteLog(data / "log.sqlite", read_only=True)) as log:
        for batch in log.read(0):
            effects.time_goes_back |= batch.time_ns < time_ns
            time_ns = batch.time_ns
            for event in codec.decode_events(applied(engine, batch)):
                if isinstance(event, OrderAccepted) and event.key:
                    effects.accepted[event.key] += 1
                    effects.order_ids[event.key] = event.order_id
    effects.digest = engine.digest().hex()
    return effects


def lost_and_doubled(data: Path, driver: Driver) -> tuple[list[int], list[str]]:
    """Return the acknowledged orders a log does not hold as told, and those it holds twice."""
    effects = effects_of(data)
    lost = [
        number
        for number, (order_id, reason) in driver.acknowledged.items()
        if effects.order_ids.get(f"n{number}", 0) != order_id and not reason
    ]
    return lost, [key for key, count in effects.accepted.items() if count > 1]
