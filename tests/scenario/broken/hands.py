"""A conductor's hand that does something else than it is told."""

from dataclasses import replace
from typing import Any

from outcry.domain.commands import PlaceChildren


class Hand:
    """A hand that does what it is told."""

    def __init__(self, hand: Any) -> None:
        self._hand = hand

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hand, name)


class Without(Hand):
    """A hand that does not carry out one kind of command."""

    def __init__(self, hand: Any, kind: type) -> None:
        super().__init__(hand)
        self._kind = kind

    def do(self, command: Any) -> Any:
        """Carry out a command, unless it is of that kind."""
        return [] if isinstance(command, self._kind) else self._hand.do(command)


class OneByOne(Hand):
    """A hand that places the two of a pair one by one."""

    def do(self, command: PlaceChildren) -> Any:
        """Place children."""
        second = command.second_order_id
        events = self._hand.do(replace(command, second_order_id=0))
        if second:
            events += self._hand.do(replace(command, first_order_id=second, second_order_id=0))
        return events
