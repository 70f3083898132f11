"""A conductor's hand that leaves something undone."""

from typing import Any


class Without:
    """A hand that does not carry out one kind of command."""

    def __init__(self, hand: Any, kind: type) -> None:
        self._hand = hand
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hand, name)

    def do(self, command: Any) -> Any:
        """Carry out a command, unless it is of that kind."""
        return [] if isinstance(command, self._kind) else self._hand.do(command)
