"""What a recording is played against, and what the player itself knows of the book.

Players name orders by the recording's own ids and prices by its own integers. A `Target` carries
that to an engine or a venue; `Resting` is the player's memory of what it placed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from outcry.domain.order import Side

Fill = tuple[int, int, int]
"""(name of the resting order, lots, price)."""
Levels = list[tuple[int, int]]
"""(price, lots), best first."""

PROBLEMS_KEPT = 20


class Target(Protocol):
    """A book that orders can be sent to. Names are the recording's.

    `rest` and `reduce` may be held back until an answer is needed; what fails is then told to the
    report.
    """

    def rest(self, name: int, side: Side, price: int, lots: int) -> None:
        """Place a limit order that must join the book without trading."""

    def reduce(self, name: int, lots: int) -> None:
        """Take `lots` off a resting order; the rest keeps its place."""

    def take(self, side: Side, price: int, lots: int) -> list[Fill]:
        """Send an aggressive limit order whose rest is discarded; return its fills in order."""

    def depth(self, levels: int) -> tuple[Levels, Levels]:
        """Return (bids, asks), at most `levels` of each."""

    def at(self, time_ns: int) -> None:
        """Say that the recording has reached this time."""

    def finish(self) -> str:
        """Wait for what was held back; return the state's digest, "" where it is not to be had."""


class ReplayReport(msgspec.Struct):
    """What a replay did, and how much of it agreed with the recording."""

    format: str
    core: str
    operations: int = 0
    seconds: float = 0.0
    takes: int = 0
    takes_ok: int = 0
    rows: int = 0
    rows_ok: int = 0
    injected_levels: int = 0
    skipped: int = 0
    """Messages about orders that this player never saw."""
    digest: str = ""
    problem_count: int = 0
    problems: list[str] = []
    """The first few, in words."""

    def problem(self, text: str) -> None:
        """Note that something did not agree."""
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(text)

    @property
    def agrees(self) -> bool:
        """Whether everything that could be compared was equal."""
        complete = self.takes == self.takes_ok and self.rows == self.rows_ok
        return complete and not self.problem_count


@dataclass(slots=True)
class RestingOrder:
    """One order the player placed and what is left of it."""

    side: Side
    price: int
    open_lots: int


@dataclass(slots=True)
class Resting:
    """Every order the player placed that still rests, by name and by level, oldest first."""

    orders: dict[int, RestingOrder] = field(default_factory=dict)
    levels: dict[tuple[Side, int], dict[int, None]] = field(default_factory=dict)

    def add(self, name: int, side: Side, price: int, lots: int) -> None:
        """Remember an order that joined the back of its level."""
        self.orders[name] = RestingOrder(side, price, lots)
        self.levels.setdefault((side, price), {})[name] = None

    def take_off(self, name: int, lots: int) -> None:
        """Take lots off an order; at zero it is forgotten."""
        order = self.orders[name]
        order.open_lots -= lots
        if order.open_lots <= 0:
            del self.orders[name]
            level = self.levels[order.side, order.price]
            del level[name]
            if not level:
                del self.levels[order.side, order.price]

    def at_level(self, side: Side, price: int) -> list[int]:
        """Return the names at a level, oldest first."""
        return list(self.levels.get((side, price), ()))

    def prices(self, side: Side) -> Iterator[int]:
        """Yield the prices of one side's levels, in no particular order."""
        return (price for level_side, price in self.levels if level_side is side)


class Player:
    """What players of every format share: a target, a memory, a report."""

    def __init__(self, target: Target, report: ReplayReport) -> None:
        self.target = target
        self.report = report
        self.resting = Resting()

    def rest(self, name: int, side: Side, price: int, lots: int) -> None:
        """Place an order that must rest."""
        if name in self.resting.orders:
            self.report.problem(f"order {name} rests already")
            return
        self.target.rest(name, side, price, lots)
        self.resting.add(name, side, price, lots)

    def reduce(self, name: int, lots: int) -> bool:
        """Take lots off an order, keeping its place; return whether it had that many."""
        order = self.resting.orders.get(name)
        if order is None or order.open_lots < lots:
            return False
        self.target.reduce(name, lots)
        self.resting.take_off(name, lots)
        return True

    def take(self, side: Side, price: int, lots: int) -> list[Fill]:
        """Send an order whose rest is discarded; return its fills in order."""
        fills = self.target.take(side, price, lots)
        for name, filled, _ in fills:
            self.resting.take_off(name, filled)
        return fills

    def drop_level(self, side: Side, price: int) -> None:
        """Forget a whole level."""
        for name in self.resting.at_level(side, price):
            self.reduce(name, self.resting.orders[name].open_lots)

    def compare(self, where: str, given: tuple[Levels, Levels], levels: int) -> None:
        """Count one row and compare the book with it."""
        self.report.rows += 1
        found = self.target.depth(levels)
        if found == given:
            self.report.rows_ok += 1
            return
        side = "bids" if found[0] != given[0] else "asks"
        index = side == "asks"
        self.report.problem(f"{where}: {side} are {found[index]}, expected {given[index]}")
