"""What a backtest says was filled is what a venue fills: the same commands, all the way through.

Once through the flow of a venue (sequencer, log, engine, readers), with all that was recorded; once
over HTTP into a running one, as three people.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outcry import codec
from outcry.backtest import BacktestResult, FillRow, backtest
from outcry.backtest.floor import FLOW, STRATEGY, TAKERS
from outcry.client import Client
from outcry.domain import events as e
from outcry.domain.commands import PlaceOrder
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.strategy import Book, Strategy
from tests.support.flow import Flow
from tests.support.flow_files import random_lobster
from tests.support.process import venue_process
from tests.support.shared import shared

HOUR = "data/lobster/AAPL_2012-06-21_34200000_37800000_message_50.csv.xz"
FIRST, BOOK = (
    f"data/lobster/AAPL_2012-06-21_{name}_10_first999.csv.xz" for name in ("message", "orderbook")
)
TAPE = "data/tapes/tape_AAPL.jsonl.xz"
COUNT = 12_000
"""Messages of the hour that this test plays; the whole hour is a soak test."""
Filled = tuple[str, int, int, bool]
"""(side, price in ticks, lots, as maker)"""


class Trader(Strategy):
    """Joins both sides, moves with them, and now and then takes."""

    book_levels = 2

    def on_book(self, book: Book) -> None:
        if book.best_bid is None or book.best_ask is None:
            return
        for order in list(self.orders.values()):
            best = book.best_bid if order.side == "buy" else book.best_ask
            if order.is_confirmed and order.price_ticks not in {best, None}:
                if order.side == "buy":
                    self.replace(order.key, best, order.lots)
                else:
                    self.cancel(order.key)
        if self.open_lots("buy") < 100 and self.position.lots < 400:
            self.place("buy", book.best_bid, 100)
        if self.open_lots("sell") < 100 and self.position.lots > -400:
            self.place("sell", book.best_ask, 100, post_only=True)
        if abs(self.position.lots) >= 400:
            side, price = (
                ("sell", book.best_bid) if self.position.lots > 0 else ("buy", book.best_ask)
            )
            self.place(side, price, 100, time_in_force="ioc")  # type: ignore[arg-type]


def filled(rows: list[FillRow]) -> list[Filled]:
    return [(row.side, row.price_ticks, row.lots, row.is_maker) for row in rows]


# Through the flow


def through_the_flow(result: BacktestResult) -> list[Filled]:
    """Submit every command of a backtest to a venue's flow; return the strategy's fills."""
    return submitted(list(codec.split(result.venue.journal())))


def submitted(records: list[bytes]) -> list[Filled]:
    """Submit records to a venue's flow; return the strategy's fills."""
    flow = Flow(engine=Engine(choose("")()))
    found: list[Filled] = []
    for start in range(0, len(records), 100):
        flow.submit(*records[start : start + 100])
        flow.run()
        for event in flow.collector.events:
            if isinstance(event, e.Trade):
                found += fills_of(event)
        flow.collector.batches.clear()
    assert flow.pipeline.halted_reason == ""
    return found


def fills_of(trade: e.Trade) -> Iterator[Filled]:
    """Yield what a trade was to the strategy; a trade with itself is two."""
    told = (trade.price_ticks, trade.lots)
    if trade.maker_account == STRATEGY:
        yield ("sell" if trade.taker_side == 0 else "buy", *told, True)
    if trade.account == STRATEGY:
        yield ("buy" if trade.taker_side == 0 else "sell", *told, False)


def test_fills_on_the_aapl_flow_are_those_of_a_venue() -> None:
    result = backtest(Trader(), shared(HOUR), limit=COUNT)
    assert len(result.fills) > 100
    assert {fill.is_maker for fill in result.fills} == {True, False}
    assert filled(result.fills) == through_the_flow(result)


@pytest.mark.soak
def test_fills_on_the_whole_aapl_hour_are_those_of_a_venue() -> None:
    result = backtest(Trader(), shared(HOUR))
    assert len(result.fills) > 1_000
    assert filled(result.fills) == through_the_flow(result)


@pytest.mark.parametrize(("data", "book"), [(FIRST, BOOK), (TAPE, "")])
def test_fills_on_the_other_recordings_are_those_of_a_venue(data: str, book: str) -> None:
    result = backtest(Trader(), shared(data), book=shared(book) if book else None)
    assert len(result.fills) > 20
    assert filled(result.fills) == through_the_flow(result)


@pytest.mark.parametrize("seed", range(3))
def test_fills_on_a_random_flow_are_those_of_a_venue(tmp_path: Path, seed: int) -> None:
    result = backtest(Trader(), random_lobster(tmp_path / "flow.csv", seed, 600))
    assert result.fills
    assert filled(result.fills) == through_the_flow(result)


def test_fills_that_were_not_made_are_found(tmp_path: Path) -> None:
    """The negative control: one lot less in one order, and the fills are others."""
    result = backtest(Trader(), random_lobster(tmp_path / "flow.csv", 1, 600))
    records = [bytearray(record) for record in codec.split(result.venue.journal())]
    commands = [codec.decode_command(bytes(record)) for record in records]
    name = int(result.fills[0].key)
    own = [
        at for at, c in enumerate(commands) if isinstance(c, PlaceOrder) and c.account == STRATEGY
    ]
    changed = replace(commands[own[name - 1]], lots=commands[own[name - 1]].lots - 1)
    records[own[name - 1]] = bytearray(codec.encode_command(changed))
    assert submitted([bytes(record) for record in records]) != filled(result.fills)


# Over HTTP


class People:
    """The three accounts of a backtest as people of a running venue."""

    def __init__(self, client: Client, result: BacktestResult) -> None:
        self.client, self.result = client, result
        self.tokens: dict[int, str] = {}
        self.ids: dict[int, int] = {}
        self.totals: dict[int, int] = {}
        self.fills: list[Filled] = []
        client.register("operator@example.com", "correct horse battery")
        client.new_asset("SHARE", 0)
        client.new_asset("CASH", 4)
        limit = "100000000000000"
        client.new_market(
            "SHARE_CASH", tick="0.01", lot="1", open_orders_limit=1_000,
            order_notional_limit=limit, daily_notional_limit=limit, allow_self_trade=True,
        )  # fmt: skip
        for account, name in ((FLOW, "crowd"), (TAKERS, "takers"), (STRATEGY, "strategy")):
            session = client.register(f"{name}@example.com", "correct horse battery")
            self.tokens[account] = session.token
            for asset in ("SHARE", "CASH"):
                client.faucet(asset, 1_000_000_000_000)

    def say(self, words: dict[str, Any], events: list[dict[str, Any]]) -> None:
        """Send one command of the backtest, and take its fills in."""
        token = self.tokens[words["account"]]
        if words["command"] == "PlaceOrder":
            self._place(words, events, token)
        elif words["command"] == "ReduceOrder":
            self._reduce(words, token)
        elif words["command"] == "ReplaceOrder":
            body = {
                "order_id": self.ids[words["order_id"]],
                "price": str(self.result.terms.price(words["price_ticks"])),
                "quantity": str(words["lots"]),
            }
            self.client.call("PATCH", "/api/v1/order/", body, token)
        elif words["command"] == "CancelOrder":
            body = {"order_id": self.ids[words["order_id"]]}
            self.client.call("DELETE", "/api/v1/order/", body, token)
        elif words["command"] == "CancelAll":
            self.client.call("DELETE", "/api/v1/order/open", {"market": "SHARE_CASH"}, token)

    def _place(self, words: dict[str, Any], events: list[dict[str, Any]], token: str) -> None:
        limit = words["kind"] == "limit"
        body = {
            "market": "SHARE_CASH",
            "side": words["side"],
            "type": words["kind"],
            "quantity": str(words["lots"]),
            "self_trade_prevention": words["self_trade"],
        }
        if limit:
            body["price"] = str(self.result.terms.price(words["price_ticks"]))
            body["time_in_force"] = words["time_in_force"]
            body["post_only"] = words["post_only"]
        if events[0]["event"] == "CommandRejected":
            return
        order = self.client.post("/api/v1/order/", body, token)
        self.ids[events[0]["order_id"]] = order["order_id"]
        self.totals[events[0]["order_id"]] = words["lots"]

    def _reduce(self, words: dict[str, Any], token: str) -> None:
        name = words["order_id"]
        self.totals[name] -= words["lots"]
        order = self.client.get(f"/api/v1/order/{self.ids[name]}")
        if int(order["remaining_quantity"]) == words["lots"]:
            self.client.call("DELETE", "/api/v1/order/", {"order_id": self.ids[name]}, token)
            return
        body = {"order_id": self.ids[name], "price": order["price"]}
        self.client.call(
            "PATCH", "/api/v1/order/", body | {"quantity": str(self.totals[name])}, token
        )


def own_fills(client: Client, token: str) -> list[Filled]:
    """Return what the venue says that somebody traded, oldest first."""
    with Client(client.url, token) as own:
        rows, cursor = [], None
        while True:
            page = own.fills(market="SHARE_CASH", limit=1_000, cursor=cursor)
            rows += page.fills
            cursor = page.next_cursor
            if cursor is None:
                break
    rows.sort(key=lambda fill: fill.trade_id)
    return [
        (fill.side, round(float(fill.price) * 100), int(fill.quantity), fill.liquidity == "maker")
        for fill in rows
    ]


def test_fills_are_those_of_a_running_venue_over_http(tmp_path: Path) -> None:
    result = backtest(Trader(), shared(FIRST), book=shared(BOOK), limit=250)
    assert len(result.fills) > 8
    commands = [w for w in result.venue.commands(result.first_sequence)]
    told: dict[int, list[dict[str, Any]]] = {}
    for words in result.venue.events(result.first_sequence):
        told.setdefault(words["sequence"], []).append(words)
    with venue_process(tmp_path, "--demo") as venue, Client(venue.started()["url"]) as client:
        people = People(client, result)
        client.login("crowd@example.com", "correct horse battery")
        for sequence, words in enumerate(commands, result.first_sequence + 1):
            people.say(words, told[sequence])
        assert own_fills(client, people.tokens[STRATEGY]) == filled(result.fills)
        depth = client.depth("SHARE_CASH")
    book = result.venue.book("SHARE_CASH")
    scale = result.venue.scale("SHARE_CASH")
    assert depth.bids == [(scale.price(p), scale.quantity(n)) for p, n in book.bids][:100]
    assert depth.asks == [(scale.price(p), scale.quantity(n)) for p, n in book.asks][:100]
