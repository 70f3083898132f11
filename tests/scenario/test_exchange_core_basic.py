"""The basic feature of exchange-core, step for step.

Differences, and how they are bridged:
- Its lot of the quote currency is 10 units, and nobody pays a fee: one tick of one lot is 10 units.
- `reservePrice` does not exist here: a buy holds its own limit price.
- `EUR_USD` is a margin contract there, so nobody has EUR. Here every market is a spot market: both
  symbols run on a market whose base asset the seller owns.
- "moves a price" is a replace; "cancels the remaining size" is a cancel.
"""

import re
from collections.abc import Sequence

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event, Trade
from outcry.domain.order import Side, TimeInForce
from tests.support.cores import CORES, core_factory
from tests.support.desk import BASE, MARKET, QUOTE, Desk
from tests.support.shared import shared

FEATURE = "data/scenarios/exchange_core_basic.feature"
QUOTE_STEP = 10
ACCOUNTS = {"Alice": 1, "Bob": 2, "Charlie": 3}
ASSETS = {"EUR": BASE, "ETH": BASE, "USD": QUOTE, "XBT": QUOTE}
Table = list[list[str]]


class Feature:
    """Understands the sentences of the feature file."""

    def __init__(self, core: str) -> None:
        self.desk = Desk(core_factory(core), QUOTE_STEP)
        self.events: Sequence[Event] = []
        self.owners: dict[str, int] = {}
        self.sentences = {
            r"New client (\w+) has a balance": self.new_client,
            r"client (\w+) places an (ASK|BID) order (\d+) at (\d+)@(\d+) \(type: (\w+)": (
                self.place
            ),
            r"order book is": self.order_book,
            r"No trade events": self.no_trade,
            r"client (\w+) orders": self.orders,
            r"order (\d+) is (?:partially|fully) matched. LastPx: (\d+), LastQty: (\d+)": self.hit,
            r"client (\w+) moves a price to (\d+) of the order (\d+)": self.move,
            r"balance of a client (\w+)": self.balance,
            r"client (\w+) cancels the remaining size \d+ of the order (\d+)": self.cancel,
            r"client (\w+) does not have active orders": self.no_orders,
        }

    def say(self, sentence: str, table: Table) -> None:
        for pattern, act in self.sentences.items():
            if found := re.search(pattern, sentence):
                act(table, *found.groups())
                return
        raise AssertionError(f"not understood: {sentence}")

    def new_client(self, table: Table, name: str) -> None:
        funds = {ASSETS[symbol]: int(units) for symbol, units in table}
        # The seller owns what it sells; see the top of the file.
        funds.setdefault(BASE, 0 if name == "Charlie" else 10**8)
        self.desk.open(ACCOUNTS[name], [(a, units) for a, units in funds.items() if units])

    def place(self, _: Table, name: str, side: str, order: str, *rest: str) -> None:
        price, lots, force = rest
        self.owners[order] = ACCOUNTS[name]
        self.events = self.desk.send(
            c.PlaceOrder(
                account=ACCOUNTS[name],
                market=MARKET,
                key=order,
                side=Side.SELL if side == "ASK" else Side.BUY,
                time_in_force=TimeInForce[force],
                price_ticks=int(price),
                lots=int(lots),
            )
        )

    def target(self, order: str) -> bytes:
        return codec.key_hash(self.owners[order], order)

    def id_of(self, order: str) -> int:
        found = self.desk.engine.core.find_key(self.owners[order], order)
        assert found is not None
        return found[0]

    def move(self, _: Table, name: str, price: str, order: str) -> None:
        resting = self.desk.engine.core.order(self.id_of(order))
        assert resting is not None
        self.events = self.desk.send(
            c.ReplaceOrder(
                account=ACCOUNTS[name],
                target=self.target(order),
                price_ticks=int(price),
                lots=resting[5],
            )
        )

    def cancel(self, _: Table, name: str, order: str) -> None:
        self.events = self.desk.send(
            c.CancelOrder(account=ACCOUNTS[name], target=self.target(order))
        )

    def trades(self) -> list[Trade]:
        return [event for event in self.events if isinstance(event, Trade)]

    def no_trade(self, _: Table) -> None:
        assert self.trades() == []

    def hit(self, _: Table, order: str, price: str, lots: str) -> None:
        found = [(t.maker_order_id, t.price_ticks, t.lots) for t in self.trades()]
        assert found == [(self.id_of(order), int(price), int(lots))]

    def order_book(self, table: Table) -> None:
        bids, asks = self.desk.book()
        shown = [["", str(p), str(n)] for p, n in reversed(asks)]
        shown += [[str(n), str(p), ""] for p, n in bids]
        assert shown == [row for row in table if row != ["bid", "price", "ask"]]

    def orders(self, table: Table, name: str) -> None:
        expected = []
        for order, price, size, filled, _reserve, side in table[1:]:
            expected.append(
                (
                    self.id_of(order),
                    Side.SELL if side == "ASK" else Side.BUY,
                    int(price),
                    int(size),
                    int(size) - int(filled),
                )
            )
        found = self.desk.engine.core.open_orders(ACCOUNTS[name])
        assert [(row[0], *row[3:7]) for row in found] == expected

    def no_orders(self, _: Table, name: str) -> None:
        assert self.desk.engine.core.open_orders(ACCOUNTS[name]) == []

    def balance(self, table: Table, name: str) -> None:
        core = self.desk.engine.core
        for symbol, units in table:
            assert core.balance(ACCOUNTS[name], ASSETS[symbol])[0] == int(units)


def scenarios(text: str) -> dict[str, list[tuple[str, Table]]]:
    """Return the sentences of each scenario, those of the background first, with their tables."""
    found: dict[str, list[tuple[str, Table]]] = {}
    current: list[tuple[str, Table]] = []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("Examples"):
            current = []
        elif line.startswith("Scenario"):
            current = found[line.partition(":")[2].strip()] = list(found["Background"])
        elif line.startswith("Background"):
            current = found["Background"] = []
        elif line.startswith("|") and current:
            current[-1][1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif re.match(r"(Given|When|And|Then)\b", line):
            current.append((line, []))
    return found


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    ("name", "steps"), [("basic full cycle test", 16), ("cancel BID order", 10)]
)
def test_scenario_goes_as_the_feature_says(name: str, steps: int, core: str) -> None:
    story = scenarios(shared(FEATURE).read_text())[name]
    feature = Feature(core)
    for sentence, table in story:
        feature.say(sentence, table)
    assert len(story) == steps
