"""What a kept book and REST have said, by the id of the last change."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from steps import Steps, need

KEPT = 500
"""Ids that are remembered of each; a book that is late is still compared."""
LOOK_EVERY_S = 0.01

Sides = tuple[list[list[float]], list[list[float]]]


class SeenBooks:
    """Compares whatever both have said of one id."""

    def __init__(self) -> None:
        self._seen: tuple[dict[int, Sides], dict[int, Sides]] = ({}, {})
        self.compared = 0
        self.made_anew = 0
        """How often the client had to begin from a snapshot."""

    def kept(self, number: int, bids: Any, asks: Any) -> None:
        """Take in the book that a client keeps."""
        self._add(0, number, bids, asks)

    def rest(self, number: int, bids: Any, asks: Any) -> None:
        """Take in the book that REST has told."""
        self._add(1, number, bids, asks)

    def _add(self, who: int, number: int, *sides: Any) -> None:
        mine, theirs = self._seen[who], self._seen[1 - who]
        told = [[[float(price), float(lots)] for price, lots, *_ in side] for side in sides]
        if number not in mine and number in theirs:
            self.compared += 1
        mine[number] = (told[0], told[1])
        if number in theirs:
            need(mine[number] == theirs[number], f"the books differ at {number}")
        while len(mine) > KEPT:
            del mine[min(mine)]

    def note(self, steps: Steps) -> None:
        """Write down what was compared."""
        steps.facts["compared"] = self.compared
        steps.facts["made_anew"] = self.made_anew


async def until(steps: Steps, seen: SeenBooks, work: Callable[[], Awaitable[None]]) -> None:
    """Do something over and over, for as long as was planned and until enough was compared."""
    ends = time.monotonic() + steps.seconds
    patience = ends + 30
    while time.monotonic() < ends or (seen.compared < 5 and time.monotonic() < patience):
        await work()
