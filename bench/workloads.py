"""Workload files: a book that breathes around its target size while its price wanders.

Each record has 32 bytes, `<BBBBIQqq`: operation (0 add, 1 cancel), side (0 buy), time in force,
padding, account, order id, price, quantity. Buyers have even accounts and sellers odd ones, so
nobody meets themselves. Beside each file its expected result is written as JSON.
"""

import json
import random
import struct
from dataclasses import dataclass
from pathlib import Path

from bench.plain_book import Order, PlainBook, Trade

RECORD = struct.Struct("<BBBBIQqq")
ADD, CANCEL = 0, 1
AGGRESSIVE_SHARE = 0.1
MEAN_DISTANCE = 60.0
ACCOUNTS = 1_000


@dataclass(frozen=True)
class Shape:
    """What makes one workload differ from another."""

    name: str
    resting: int
    """Orders the book holds when it is full; so many adds come before the rest."""
    middle: int
    step: int
    """Prices between two neighbouring levels' worth of distance."""


SHAPES = (
    Shape("narrow", 5_000, 1_000_000, 1),
    Shape("wide", 5_000, 10_000_000_000, 100_000),
    Shape("deep", 500_000, 100_000_000, 1_000),
)


class Generator:
    """Writes one workload. The same shape and seed give the same bytes."""

    def __init__(self, shape: Shape, seed: int = 11) -> None:
        self._shape = shape
        self._random = random.Random(seed)
        self._book = PlainBook()
        self._trades: list[Trade] = []
        self._names: list[int] = []
        self._records = bytearray()
        self._middle = float(shape.middle)
        self._count = 0

    def write(self, path: Path, operations: int) -> None:
        """Write `operations` after the book was filled, and the expected result."""
        for _ in range(self._shape.resting):
            self._rest()
        for _ in range(operations):
            self._middle += (self._random.random() - 0.5) * self._shape.step / 2
            self._step()
        path.write_bytes(self._records)
        turnover = sum(trade.price * trade.lots for trade in self._trades)
        expected = {"trades": len(self._trades), "sumqp": turnover}
        path.with_name(path.name + ".json").write_text(json.dumps(expected))

    def _step(self) -> None:
        share = self._random.random()
        missing = 1 - len(self._book.orders) / self._shape.resting
        if share < AGGRESSIVE_SHARE:
            self._cross()
        elif self._random.random() < 0.5 + 2 * missing:
            self._rest()
        else:
            self._cancel()

    def _rest(self) -> None:
        side = self._random.getrandbits(1)
        step = self._shape.step
        distance = int(self._random.expovariate(1 / MEAN_DISTANCE) * step) + step
        price = int(self._middle) + (distance if side else -distance)
        self._add(side, max(price, 1), 1 + self._random.randrange(100))

    def _cross(self) -> None:
        side = self._random.getrandbits(1)
        best = self._book.best(1 - side)
        if best is None:
            return self._rest()
        through = self._random.randrange(4 * self._shape.step)
        price = best - through if side else best + through
        return self._add(side, max(price, 1), 1 + self._random.randrange(150))

    def _add(self, side: int, price: int, lots: int) -> None:
        self._count += 1
        account = 2 * self._random.randrange(ACCOUNTS // 2) + side
        self._trades += self._book.add(Order(self._count, account, side, price, lots))
        if self._count in self._book.orders:
            self._names.append(self._count)
        self._records += RECORD.pack(ADD, side, 0, 0, account, self._count, price, lots)

    def _cancel(self) -> None:
        """Cancel a random order that rests; names of orders that are gone are swept on the way."""
        names = self._names
        while names:
            index = self._random.randrange(len(names))
            names[index], names[-1] = names[-1], names[index]
            name = names.pop()
            if name in self._book.orders:
                self._book.cancel(name)
                self._records += RECORD.pack(CANCEL, 0, 0, 0, 0, name, 0, 0)
                return
