"""Which of a command's events answer it.

Others may come under the same sequence: what was due before it, and what followed from it, as the
end of the other order of a pair, or the firing of somebody's stop.
"""

from collections.abc import Iterable

from outcry.codec.layouts import NUMBER_OF, OUTSIDE_COMMANDS
from outcry.domain.commands import CancelReplace
from outcry.domain.events import CommandRejected, CommandReplayed, Event, OrderAccepted, OrderDone

_OUTSIDE = frozenset(layout.number for layout in OUTSIDE_COMMANDS)
_CANCEL_REPLACE = NUMBER_OF[CancelReplace]

Answer = OrderAccepted | CommandRejected | CommandReplayed


def answer_of(events: Iterable[Event]) -> Answer | None:
    """Return the event that says what became of a command; None where it changed orders only."""
    for event in events:
        if type(event) is OrderAccepted or type(event) is CommandReplayed:
            return event
        if type(event) is CommandRejected and event.command in _OUTSIDE:
            return event
    return None


def rejection_of(events: Iterable[Event]) -> CommandRejected | None:
    """Return the refusal of a command, None where it was carried out."""
    found = answer_of(events)
    return found if type(found) is CommandRejected else None


def was_replayed(events: list[Event]) -> bool:
    """Return whether a command was carried out before, and is only answered again."""
    return type(answer_of(events)) is CommandReplayed


def as_before(replayed: CommandReplayed) -> CommandRejected:
    """Return the refusal that a command got when it first came."""
    return CommandRejected(
        0, replayed.first_sequence, replayed.time_ns, replayed.account, 0,
        replayed.command, replayed.reason, replayed.order_id, 0, 0,
    )  # fmt: skip


def old_is_gone(events: Iterable[Event], rejected: CommandRejected) -> bool:
    """Return whether a cancel-replace that was refused had cancelled its old order already."""
    return rejected.command == _CANCEL_REPLACE and any(
        type(event) is OrderDone and event.account == rejected.account for event in events
    )
