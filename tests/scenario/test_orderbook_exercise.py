"""A widely copied interview exercise: `A` accepted, `R` rejected, `B` best, `T` trade.

Differences, and how they are bridged:
- The exercise rejects whatever would cross, so each limit order is post-only. Price 0 is a market
  order.
- Its scenarios 13 and 14 have output but no input: they are its scenarios 5 and 3 "with trading
  turned on", so those run again with plain limit orders.
- It acknowledges a cancel with `A` as well.
"""

import re
from collections.abc import Iterator, Sequence

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, Event, OrderAccepted, Trade
from outcry.domain.order import Kind, OrderFlag, Side
from tests.support.cores import CORES, core_factory
from tests.support.desk import BASE, MARKET, QUOTE, Desk
from tests.support.shared import shared

FOLDER = "data/scenarios/orderbook_exercise/"
TRADING = {13: 5, 14: 3}
"""Scenarios with trading, and whose orders they use."""
USERS = (1, 2)
Row = list[str]


def rows(text: str) -> dict[int, list[Row]]:
    """Return the rows of each scenario, by its number."""
    found: dict[int, list[Row]] = {}
    number = 0
    for line in text.splitlines():
        if heading := re.match(r"#\s*name:\s*scenario\s+(\d+)", line):
            number = int(heading[1])
        elif line.strip() and not line.startswith("#") and number:
            found.setdefault(number, []).append([word.strip() for word in line.split(",")])
    return found


class Exercise:
    """Runs rows of input and says what happened in rows of output."""

    def __init__(self, core: str, *, trading: bool) -> None:
        self.desk = Desk(core_factory(core))
        self.flags = 0 if trading else OrderFlag.POST_ONLY
        self.names: dict[int, Row] = {}
        self.best: list[Row] = [["-", "-"], ["-", "-"]]
        for user in USERS:
            self.desk.open(user, ((BASE, 10**6), (QUOTE, 10**6)))

    def run(self, row: Row) -> Iterator[Row]:
        """Yield what one row of input leads to."""
        if row[0] == "F":
            return
        user, name = row[1], row[-1]
        if row[0] == "N":
            events = self.desk.send(self._order(row))
        else:
            target = codec.key_hash(int(user), name)
            events = self.desk.send(c.CancelOrder(account=int(user), target=target))
        for event in events:
            if isinstance(event, OrderAccepted):
                self.names[event.order_id] = [user, name]
        refused = any(isinstance(event, CommandRejected) for event in events)
        yield ["R" if refused else "A", user, name]
        yield from self._trades(events)
        yield from self._best()

    def _order(self, row: Row) -> c.PlaceOrder:
        _, user, _, price, lots, side, name = row
        market = price == "0"
        return c.PlaceOrder(
            account=int(user),
            market=MARKET,
            key=name,
            side=Side.BUY if side == "B" else Side.SELL,
            kind=Kind.MARKET if market else Kind.LIMIT,
            flags=0 if market else self.flags,
            price_ticks=int(price),
            lots=int(lots),
        )

    def _trades(self, events: Sequence[Event]) -> Iterator[Row]:
        for event in events:
            if isinstance(event, Trade):
                orders = [event.taker_order_id, event.maker_order_id]
                buyer, seller = orders if event.taker_side == Side.BUY else orders[::-1]
                size = [str(event.price_ticks), str(event.lots)]
                yield ["T", *self.names[buyer], *self.names[seller], *size]

    def _best(self) -> Iterator[Row]:
        for side, levels in enumerate(self.desk.book()):
            best = [str(number) for number in levels[0]] if levels else ["-", "-"]
            if best != self.best[side]:
                self.best[side] = best
                yield ["B", "BS"[side], *best]


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("number", range(1, 15))
def test_scenario_gives_the_lines_of_the_exercise(number: int, core: str) -> None:
    orders = rows(shared(FOLDER + "input_file.csv").read_text())
    expected = rows(shared(FOLDER + "output_file.csv").read_text())
    exercise = Exercise(core, trading=number in TRADING)
    given = orders[TRADING.get(number, number)]
    assert [line for row in given for line in exercise.run(row)] == expected[number]
