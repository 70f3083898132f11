"""What waiting stops cost: orders that fire none of them, and orders that fire one."""

import gc
from collections.abc import Sequence
from statistics import median
from time import process_time

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import MarketState
from outcry.domain.order import Kind, Trigger
from outcry.engine.core import choose
from outcry.engine.engine import Engine

COUNTS = (0, 1_000, 10_000, 100_000)
OWNERS = 100
MAKER, TAKER, FIRST_OWNER = 1, 2, 3
MARKET, MIDDLE_TICKS = 1, 1_000_000
ORDERS = 40_000
FIRED = 400
BATCH = 1_024


class Book:
    """A market whose stops lie one a tick above the price, oldest nearest.

    With `waiting` False plain orders far from the price are open instead: what any open order
    costs, by the memory it takes.
    """

    def __init__(self, stops: int, *, waiting: bool = True) -> None:
        self.waiting = waiting
        self.engine = Engine(choose()())
        self.send(
            [
                c.SetAsset(asset=1, symbol="BASE", unit_decimals=0, chain_decimals=0),
                c.SetAsset(asset=2, symbol="QUOTE", unit_decimals=0, chain_decimals=0),
                c.SetMarket(
                    market=MARKET, symbol="BASE_QUOTE", base=1, quote=2, tick_mantissa=1,
                    tick_decimals=0, lot_units=1, limit_open_orders=-1,
                ),
                c.SetState(market=MARKET, state=MarketState.TRADING),
                *(c.OpenAccount(account=a) for a in range(1, FIRST_OWNER + OWNERS)),
                *(
                    c.SetLimits(account=a, open_orders_total=1_000_000)
                    for a in range(1, FIRST_OWNER + OWNERS)
                ),
                *(
                    c.Deposit(account=a, asset=asset, amount_units=1 << 52)
                    for a in range(1, FIRST_OWNER + OWNERS)
                    for asset in (1, 2)
                ),
            ]
        )  # fmt: skip
        self.send([self._stop(number) for number in range(stops)])

    def _stop(self, number: int) -> c.Command:
        if not self.waiting:
            return c.PlaceOrder(
                account=FIRST_OWNER + number % OWNERS, market=MARKET, side=0, lots=1,
                price_ticks=1 + number,
            )  # fmt: skip
        return c.PlaceSpecial(
            account=FIRST_OWNER + number % OWNERS, market=MARKET, side=0, kind=Kind.MARKET, lots=1,
            trigger=Trigger.STOP, trigger_ticks=MIDDLE_TICKS + 10 + number,
        )  # fmt: skip

    def send(self, commands: Sequence[c.Command]) -> float:
        """Apply commands in batches; return the CPU seconds of that alone."""
        batches = []
        sequence = self.engine.core.sequence + 1
        for start in range(0, len(commands), BATCH):
            part = b"".join(codec.encode_command(one) for one in commands[start : start + BATCH])
            records = bytearray(part)
            codec.stamp(records, sequence + start, 0)
            batches.append(bytes(records))
        began = process_time()
        for records in batches:
            self.engine.apply(records)
        return process_time() - began

    def trade(self, price_ticks: int, count: int, step: int = 0) -> float:
        """Let a maker and a taker trade one lot `count` times; return ns a trade of two orders."""
        commands: list[c.Command] = []
        for number in range(count):
            price = price_ticks + number * step
            commands += [
                c.PlaceOrder(account=MAKER, market=MARKET, side=1, price_ticks=price, lots=1),
                c.PlaceOrder(account=TAKER, market=MARKET, side=0, price_ticks=price, lots=1),
            ]
        return self.send(commands) * 1e9 / count


def measure(rounds: int) -> list[list[str]]:
    """Return rows of a count of orders and what a trade costs beside so many.

    In ns beside stops of which it fires none, and beside plain orders that rest; in us where it
    fires one stop.
    """
    idle: dict[int, list[float]] = {count: [] for count in COUNTS}
    plain: dict[int, list[float]] = {count: [] for count in COUNTS}
    firing: dict[int, list[float]] = {count: [] for count in COUNTS}
    for _ in range(rounds):
        for count in COUNTS:
            idle[count] += _idle(book := Book(count))
            if count >= FIRED:
                firing[count].append(book.trade(MIDDLE_TICKS + 10, FIRED, step=1))
            plain[count] += _idle(Book(count, waiting=False))
    return [
        [
            f"{count:,}",
            f"{median(idle[count]):,.0f}",
            f"{median(plain[count]):,.0f}",
            f"{median(firing[count]) / 1_000:,.0f}" if firing[count] else "-",
        ]
        for count in COUNTS
    ]


def _idle(book: Book) -> list[float]:
    """Time trades that touch nothing of what is open, the first ones left out."""
    gc.collect()
    gc.disable()
    times = [book.trade(MIDDLE_TICKS, ORDERS // 8) for _ in range(5)][1:]
    gc.enable()
    return times


if __name__ == "__main__":
    for row in measure(3):
        print(" | ".join(row))
