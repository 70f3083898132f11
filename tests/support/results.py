"""What the events of a command tell whoever sent it."""

from dataclasses import dataclass

from outcry.domain.events import CommandRejected, CommandReplayed, Event, OrderAccepted


@dataclass(frozen=True)
class Result:
    """Where a command stands in the log and what came of it."""

    sequence: int
    reason: int
    order_id: int


def result_of(events: list[Event]) -> Result:
    """Return what the events of one command tell its sender."""
    first = events[0]
    if isinstance(first, CommandReplayed):
        return Result(first.first_sequence, first.reason, first.order_id)
    reason = first.reason if isinstance(first, CommandRejected) else 0
    placed = isinstance(first, OrderAccepted | CommandRejected)
    order_id = first.order_id if placed else getattr(first, "order_id", 0)
    return Result(first.sequence, reason, order_id)
