"""What the venue in process raises. Every one is a `ValueError`, and none of them changed a thing.

A refusal by the rules is never raised by `Venue.apply`: it is the event `CommandRejected`.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any


class VenueError(ValueError):
    """The root of all of them."""


class BadCommand(VenueError):
    """Words that are no command: a name, a type or a size that no record can hold."""


class BadAmount(VenueError):
    """An amount that is not exact: a float, no plain decimal, or between two valid ones."""


class OutOfHistory(VenueError):
    """A sequence that this venue has not reached, or that lies before what it remembers."""


class CommandRefused(VenueError):
    """A step of `asset`, `market` or `account` was refused; `event` is the `CommandRejected`."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        facts = f"given {event['given']}, bound {event['bound']}"
        super().__init__(f"{event['command']} was refused: {event['reason']} ({facts})")
        self.event = dict(event)


def suggest(name: object, valid: Iterable[str]) -> str:
    """Return the end of a message: the nearest valid name, then all of them."""
    names = list(valid)
    near = get_close_matches(str(name), names, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}valid: {', '.join(names) or 'nothing'}"
