"""The recorded flow as it would have gone on beside somebody who was not there.

Resting orders of the recording trade with the strategy where they meet. What the strategy took off
an order is missing when the recording comes back to it; an order that outlived its recorded end,
because the strategy was hit in its place, goes when the recording deletes it.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from typing_extensions import override

from outcry.domain.order import Side
from outcry.replay.lobster import DELETE, NEW, LobsterPlayer, Message
from outcry.replay.tape import TapePlayer
from outcry.replay.target import Player, ReplayReport, Target

Hits = Callable[[int, int], None]
"""Told (name, lots) when somebody took from a recorded order."""


class FlowTarget(Target, Protocol):
    """A target that says what was left of an order that joined the book, or did not."""

    def rest_open(self, name: int, side: Side, price: int, lots: int) -> int:
        """Place an order; return what of it rests."""

    hit: Hits


class _Crowd(Player):
    """What both kinds of recording share."""

    target: FlowTarget

    def __init__(self, target: FlowTarget, report: ReplayReport) -> None:
        super().__init__(target, report)
        self.target = target
        target.hit = self._hit

    @override
    def rest(self, name: int, side: Side, price: int, lots: int) -> None:
        if name not in self.resting.orders:
            open_lots = self.target.rest_open(name, side, price, lots)
            if open_lots:
                self.resting.add(name, side, price, open_lots)

    def _hit(self, name: int, lots: int) -> None:
        if name in self.resting.orders:
            self.resting.take_off(name, lots)


class LobsterCrowd(_Crowd, LobsterPlayer):
    """A LOBSTER file."""

    @override
    def _cancel(self, message: Message) -> None:
        order = self.resting.orders.get(message.order_id)
        if self._is_flow and message.kind == DELETE and order is not None:
            self.reduce(message.order_id, order.open_lots)
            return
        super()._cancel(message)

    @override
    def _make_room(self, message: Message) -> None:
        """Do it only where the best price shows that there may be something to do."""
        bids, asks = self.target.depth(1)
        if message.kind == NEW:
            levels = asks if message.side is Side.BUY else bids
        else:
            levels = bids if message.side is Side.BUY else asks
        if levels:
            ahead = levels[0][0] - message.price
            if ahead >= 0 if levels is bids else ahead <= 0:
                super()._make_room(message)


class TapeCrowd(_Crowd, TapePlayer):
    """A tape."""


def crowd(
    target: FlowTarget, report: ReplayReport, lines: Iterable[bytes], book: Iterable[bytes] | None
) -> None:
    """Play a recording of the report's format, to its end.

    Raises:
        BadRecording: it is not of that format.
    """
    if report.format == "tape":
        TapeCrowd(target, report).play(lines)
    else:
        LobsterCrowd(target, report).play(lines, book)
