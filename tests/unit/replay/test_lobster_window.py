"""LOBSTER pairs made from random books: only a window is published, and every row must agree."""

from random import Random

import pytest

from outcry.domain.order import Side
from outcry.replay.engine_target import EngineTarget
from outcry.replay.lobster import NO_PRICE, LobsterPlayer
from outcry.replay.target import ReplayReport
from tests.support.cores import core_factory

STEPS = 600


class Exchange:
    """A whole book, of which `levels` a side are published; what happens below them is not."""

    def __init__(self, seed: int, levels: int) -> None:
        self.random = Random(seed)
        self.levels = levels
        self.orders: dict[int, list[int]] = {}
        self.messages: list[bytes] = []
        self.rows: list[bytes] = []
        self.executions = 0

    def side(self, side: int) -> dict[int, int]:
        """Return the lots at each price of a side, best first."""
        found: dict[int, int] = {}
        for own, price, lots in self.orders.values():
            if own == side:
                found[price] = found.get(price, 0) + lots
        return dict(sorted(found.items(), reverse=side == Side.BUY))

    def window(self, side: int) -> list[int]:
        return list(self.side(side))[: self.levels]

    def step(self, number: int) -> None:
        act = self.random.choice((self.new, self.new, self.cancel, self.cancel, self.execute))
        if len(self.orders) < 4:
            act = self.new
        act(number)

    def new(self, number: int) -> None:
        side = self.random.getrandbits(1)
        best = self.window(1 - side)
        distance = self.random.randint(1, 12)
        middle = best[0] if best else 1_000
        price = middle + distance if side == Side.SELL else middle - distance
        lots = self.random.randint(1, 20)
        self.orders[number] = [side, price, lots]
        self.publish(1, number, lots, side, price, in_view=price in self.window(side))

    def cancel(self, _: int) -> None:
        name = self.random.choice(list(self.orders))
        side, price, lots = self.orders[name]
        in_view = price in self.window(side)
        part = self.random.randint(1, lots)
        self.take_off(name, part)
        self.publish(2 if part < lots else 3, name, part, side, price, in_view=in_view)

    def execute(self, number: int) -> None:
        side = self.random.getrandbits(1)
        best = self.window(side)
        if not best:
            self.new(number)
            return
        name = next(n for n, o in self.orders.items() if o[:2] == [side, best[0]])
        part = self.random.randint(1, self.orders[name][2])
        self.take_off(name, part)
        self.executions += bool(self.messages)
        self.publish(4, name, part, side, best[0], in_view=True)

    def take_off(self, name: int, lots: int) -> None:
        self.orders[name][2] -= lots
        if not self.orders[name][2]:
            del self.orders[name]

    def publish(
        self, kind: int, name: int, lots: int, side: int, price: int, *, in_view: bool
    ) -> None:
        if not in_view:
            return
        direction = 1 if side == Side.BUY else -1
        time = f"34200.{len(self.messages):09}"
        self.messages.append(f"{time},{kind},{name},{lots},{price},{direction}".encode())
        numbers = []
        sides = [list(self.side(s).items())[: self.levels] for s in (Side.SELL, Side.BUY)]
        for level in range(self.levels):
            for sign, shown in zip((1, -1), sides, strict=True):
                numbers += shown[level] if level < len(shown) else (sign * NO_PRICE, 0)
        self.rows.append(",".join(map(str, numbers)).encode())


@pytest.mark.parametrize("levels", [1, 3, 10])
@pytest.mark.parametrize("seed", range(8))
def test_every_row_follows_from_the_messages_and_the_returning_levels(
    seed: int, levels: int
) -> None:
    exchange = Exchange(seed, levels)
    for number in range(1, STEPS + 1):
        exchange.step(number)
    report = ReplayReport("lobster", "reference")
    target = EngineTarget(core_factory("reference"), report)
    LobsterPlayer(target, report).play(exchange.messages, exchange.rows)
    assert report.problems == []
    assert (report.rows_ok, report.takes_ok) == (len(exchange.rows), exchange.executions)
    assert report.injected_levels > 0 or levels == 10
