"""Hummingbot: its Binance connector under its own clock, for two accounts that trade.

Books, balances, orders and fills are those that the connector keeps by itself, from its order book
data source, its user stream data source and its polls.
"""

import asyncio
import json
import logging
import time
import urllib.request
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.binance import binance_constants
from hummingbot.connector.exchange.binance.binance_exchange import BinanceExchange
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent
from hummingbot.logger import NETWORK, HummingbotLogger
from plain import call
from steps import Steps, need

PAIR, OTHER, SYMBOL = "ETH-USDT", "BTC-USDT", "ETHUSDT"
LOT = Decimal("0.01")
FAR = Decimal(2000)
"""A price at which nothing trades."""
EVENTS = {
    "created": (MarketEvent.BuyOrderCreated, MarketEvent.SellOrderCreated),
    "completed": (MarketEvent.BuyOrderCompleted, MarketEvent.SellOrderCompleted),
    "filled": (MarketEvent.OrderFilled,),
    "cancelled": (MarketEvent.OrderCancelled,),
    "failed": (MarketEvent.OrderFailure,),
}


def point(steps: Steps) -> None:
    """Point the connector at the venue: it has no setting for that."""
    binance_constants.REST_URL = f"{steps.url}/api/"
    binance_constants.WSS_URL = f"{steps.ws}/ws"
    binance_constants.WSS_API_URL = f"{steps.ws}/ws-api/v3"
    # Its logger's own switch: otherwise warnings are shown in the application, which is not here.
    HummingbotLogger.is_testing_mode = staticmethod(lambda: True)


def public(steps: Steps, path: str) -> Any:
    """Return what anybody is told, without the connector."""
    with urllib.request.urlopen(f"{steps.url}/api/v3/{path}", timeout=10) as answer:
        return json.load(answer)


async def until(condition: Callable[[], Any], why: str, patience_s: float = 15.0) -> None:
    """Wait for something that the connector does by itself."""
    ends = time.monotonic() + patience_s
    while not condition():
        need(time.monotonic() < ends, why)
        await asyncio.sleep(0.01)


class Trouble(logging.Handler):
    """Keeps what the connector complains of."""

    def __init__(self) -> None:
        super().__init__(NETWORK)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno == NETWORK or record.levelno >= logging.ERROR:
            error = record.exc_info[1] if record.exc_info else None
            self.said.append(f"{text} {error!r}")


class Account:
    """A connector for one account, and what it has told."""

    def __init__(self, trader: dict[str, str]) -> None:
        self.exchange = BinanceExchange(
            trader["api_key"], trader["api_secret"], trading_pairs=[PAIR]
        )
        self.told: dict[str, dict[str, list[Any]]] = {name: {} for name in EVENTS}
        self._listeners = []
        for name, tags in EVENTS.items():
            listener = EventForwarder(lambda event, name=name: self._note(name, event))
            self._listeners.append(listener)  # The connector holds its listeners weakly.
            for tag in tags:
                self.exchange.add_listener(tag, listener)

    def _note(self, name: str, event: Any) -> None:
        self.told[name].setdefault(event.order_id, []).append(event)

    async def place(
        self, side: str, kind: OrderType, price: Any, wanted: str, lots: int = 1, pair: str = PAIR
    ) -> str:
        """Place an order and wait until the connector tells what was wanted; return its id."""
        order_id: str = getattr(self.exchange, side)(pair, LOT * lots, kind, Decimal(price))
        await until(
            lambda: order_id in self.told[wanted],
            f"{kind} is not {wanted}: {self.told['failed'].get(order_id)}",
        )
        return order_id

    async def cancelled(self, order_id: str, pair: str = PAIR) -> None:
        self.exchange.cancel(pair, order_id)
        await until(lambda: order_id in self.told["cancelled"], "not cancelled")

    def balances(self) -> list[dict[str, str]]:
        """Return what the connector holds for the account's balances."""
        free = self.exchange.available_balances
        return [
            {"asset": asset, "free": str(free[asset]), "locked": str(total - free[asset])}
            for asset, total in self.exchange.get_all_balances().items()
        ]

    def fills(self) -> list[dict[str, str]]:
        """Return every fill that the connector has told."""
        return [
            {"id": fill.exchange_trade_id, "price": str(fill.price), "qty": str(fill.amount),
             "commission": str(sum(fee.amount for fee in fill.trade_fee.flat_fees))}
            for fills in self.told["filled"].values() for fill in fills
        ]  # fmt: skip


async def reads(steps: Steps, account: Account) -> None:
    """Hold rules and prices against what the venue says."""
    rules = account.exchange.trading_rules
    for one in (await asyncio.to_thread(public, steps, "exchangeInfo"))["symbols"]:
        rule = rules[f"{one['baseAsset']}-{one['quoteAsset']}"]
        filters = {each["filterType"]: each for each in one["filters"]}
        need(rule.min_price_increment == Decimal(filters["PRICE_FILTER"]["tickSize"]), "tick")
        need(rule.min_base_amount_increment == Decimal(filters["LOT_SIZE"]["stepSize"]), "step")
        need(rule.min_order_size == Decimal(filters["LOT_SIZE"]["minQty"]), "least quantity")
    prices = await account.exchange.get_last_traded_prices([PAIR])
    need(prices[PAIR] > 0, f"last prices {prices}")
    need(len(await account.exchange.get_all_pairs_prices()) == len(rules), "best offers")


async def orders(steps: Steps, ann: Account, bob: Account) -> None:
    """Place each kind of order it has, cancel them one by one and all at once, trade with bob."""
    limit = await steps.astep("limit", ann.place("buy", OrderType.LIMIT, FAR, "created"))
    await steps.astep("limit maker", ann.place("buy", OrderType.LIMIT_MAKER, FAR + 1, "created"))
    await steps.astep("sell", ann.place("sell", OrderType.LIMIT, FAR * 2, "created"))
    await steps.astep("market", ann.place("buy", OrderType.MARKET, "NaN", "completed"))
    await steps.astep("market sell", bob.place("sell", OrderType.MARKET, "NaN", "completed"))
    await steps.astep("status", ann.exchange._update_orders())
    await steps.astep("cancel", ann.cancelled(limit))
    done = await steps.astep("cancel all", ann.exchange.cancel_all(10))
    steps.step("all were cancelled", lambda: need([one.success for one in done] == [True, True]))
    await steps.astep("nothing is open", until(lambda: not ann.exchange.in_flight_orders, "open"))
    for number in range(3):
        await steps.astep(f"cross {number}", cross(ann, bob))
    await steps.astep("maker refused", ann.place("buy", OrderType.LIMIT_MAKER, FAR * 2, "failed"))
    await steps.astep("funds", ann.place("sell", OrderType.LIMIT, 3100, "failed", 25_000))


async def cross(ann: Account, bob: Account) -> None:
    """Let bob rest inside the spread, and ann take it in two parts."""
    offered = Decimal(str(bob.exchange.get_price(PAIR, True))) - Decimal("0.02")
    resting = await bob.place("sell", OrderType.LIMIT_MAKER, offered, "created", 2)
    first = await ann.place("buy", OrderType.LIMIT, offered, "completed")
    second = await ann.place("buy", OrderType.LIMIT, offered, "completed")
    await until(lambda: resting in bob.told["completed"], "the maker was not told")
    mine = [fill for each in (first, second) for fill in ann.told["filled"][each]]
    theirs = bob.told["filled"][resting]
    need([fill.exchange_trade_id for fill in mine] == [fill.exchange_trade_id for fill in theirs])


async def keep_book(steps: Steps, ann: Account, bob: Account) -> None:
    """Compare the tracker's book with REST's while it moves; now and then its stream is cut."""
    book, source = ann.exchange.get_order_book(PAIR), ann.exchange._orderbook_ds
    compared = cuts = 0
    ends, next_cut = time.monotonic() + steps.seconds, time.monotonic() + 2
    await snapshot(ann)
    while time.monotonic() < ends or compared < 5:
        need(time.monotonic() < ends + 30, f"compared {compared} times only")
        resting = await ann.place("buy", OrderType.LIMIT, FAR + compared % 7, "created")
        rest = await asyncio.to_thread(public, steps, f"depth?symbol={SYMBOL}&limit=1000")
        await until(lambda rest=rest: book.last_diff_uid >= rest["lastUpdateId"], "late")
        if book.last_diff_uid == rest["lastUpdateId"] > book.snapshot_uid:
            for kept, side in ((book.bid_entries(), "bids"), (book.ask_entries(), "asks")):
                mine = [[row.price, row.amount] for row in kept]
                need(mine == [[float(p), float(q)] for p, q in rest[side]], f"{side} differ")
            compared += 1
        await ann.cancelled(resting)
        await bob.place("sell" if compared % 2 else "buy", OrderType.MARKET, "NaN", "completed")
        if time.monotonic() > next_cut:
            cuts, next_cut = cuts + 1, time.monotonic() + 10
            await source._ws_assistant.disconnect()
            await until(lambda: source._ws_assistant and source._ws_assistant._connection.connected,
                        "did not come back")  # fmt: skip
            await asyncio.sleep(0.5)
            await snapshot(ann)
    need(cuts, "was never cut")
    steps.facts |= {"books_compared": compared, "books_cut": cuts}


async def snapshot(account: Account) -> None:
    """Let it take the snapshot that it takes every hour, and otherwise not even after a cut."""
    tracker = account.exchange.order_book_tracker
    before = tracker.metrics.total_snapshots_processed
    await tracker.data_source._request_order_book_snapshots(tracker._order_book_snapshot_stream)
    await until(lambda: tracker.metrics.total_snapshots_processed > before, "no snapshot")


async def streams(steps: Steps, ann: Account) -> None:
    """Follow trades, take a second pair in and out while the connection stays."""
    tracker = ann.exchange.order_book_tracker
    pairs = tracker.metrics.per_pair_metrics
    steps.step("trade stream", lambda: need(pairs[PAIR].trades_processed > 5))
    steps.step("depth stream", lambda: need(pairs[PAIR].diffs_processed > 5))
    added = await steps.astep("one pair more", ann.exchange.add_trading_pair(OTHER))
    steps.step("it was added", lambda: need(added))

    async def followed() -> None:
        placed = await ann.place("buy", OrderType.LIMIT, FAR, "created", pair=OTHER)
        await until(lambda: OTHER in pairs and pairs[OTHER].diffs_processed, "no diff")
        await ann.cancelled(placed, OTHER)

    await steps.astep("its depth", followed())
    removed = await steps.astep("one pair less", ann.exchange.remove_trading_pair(OTHER))
    steps.step("it was removed", lambda: need(removed))


async def user_stream_is_cut(ann: Account) -> None:
    """Trade while nothing is told; the connector's poll finds the fill, and it connects again."""
    source = ann.exchange._user_stream_tracker.data_source
    cut = source._ws_assistant
    await cut.disconnect()
    order_id = ann.exchange.buy(PAIR, LOT, OrderType.MARKET)
    # It polls every two minutes.
    await until(lambda: order_id in ann.told["completed"], "the fill was lost", 150)
    await until(lambda: source.last_recv_time and source._ws_assistant is not cut, "stays away")
    await ann.cancelled(await ann.place("buy", OrderType.LIMIT, FAR, "created"))


async def refused(steps: Steps) -> None:
    """Expect each refusal, and that the connector knows those that it acts upon."""
    trader = steps.traders[0]
    key, secret = trader["api_key"], trader["api_secret"]
    spare = BinanceExchange(key, secret, trading_pairs=[PAIR])
    kind = {"trade_type": TradeType.BUY, "order_type": OrderType.LIMIT}
    unknown = InFlightOrder(client_order_id="unknown", trading_pair=PAIR, amount=LOT, price=FAR,
                            creation_timestamp=1.0, **kind)  # fmt: skip

    async def code(name: str, wanted: int, act: Awaitable[Any]) -> Exception:
        async def checked() -> Exception:
            try:
                found = await act
            except OSError as error:
                need(f'"code":{wanted},' in str(error).replace(" ", ""), str(error))
                return error
            raise AssertionError(str(found)[:200])

        return await steps.astep(name, checked()) or Exception()

    def late(exchange: BinanceExchange, ms: int, samples: int) -> BinanceExchange:
        clock = exchange._time_synchronizer
        right = clock.time_offset_ms
        clock.clear_time_offset_ms_samples()
        for _ in range(samples):
            clock.add_time_offset_ms_sample(right - ms)
        return exchange

    await code("wrong key", -2015, BinanceExchange("x" * 64, "y")._update_balances())
    await code("bad signature", -1022, BinanceExchange(key, "y")._update_balances())
    error = await code("unknown order", -2013, spare._request_order_status(unknown))
    steps.step("it knows that", lambda: need(
        spare._is_order_not_found_during_status_update_error(error)))  # fmt: skip
    error = await code("cancel unknown", -2011, spare._place_cancel("unknown", unknown))
    steps.step("it knows that too", lambda: need(
        spare._is_order_not_found_during_cancelation_error(error)))  # fmt: skip
    await code("filter", -1013, spare._place_order(
        "small", PAIR, Decimal("0.00001"), price=FAR, **kind))  # fmt: skip
    await code("unknown symbol", -1121, spare._api_get(path_url="/depth", params={"symbol": "NO"}))
    await steps.astep("a clock that is late is set", late(spare, 6_000, 1)._update_balances())
    steps.step("it was set", lambda: need(len(spare._time_synchronizer._time_offset_ms) == 2))
    await code("old timestamp", -1021, late(spare, 60_000, 5)._update_balances())


async def told_of_balances(steps: Steps, accounts: list[Account]) -> None:
    """Wait until the connectors hold the balances that the venue tells."""
    for trader, account in zip(steps.traders, accounts, strict=True):
        rows = (await asyncio.to_thread(call, steps.url, trader, "GET", "/api/v3/account"))[
            "balances"
        ]
        theirs = {row["asset"]: Decimal(row["free"]) for row in rows}
        await until(lambda account=account, theirs=theirs: theirs == {
            row["asset"]: Decimal(row["free"]) for row in account.balances()
        }, "balances differ")  # fmt: skip


async def session(steps: Steps, accounts: list[Account], trouble: Trouble) -> None:
    """Do all steps while the clock runs."""
    ann, bob = accounts
    for name, account in (("ann", ann), ("bob", bob)):
        await steps.astep(f"{name} is ready", until(lambda one=account: one.exchange.ready,
                          "not ready"), 30)  # fmt: skip
    await steps.astep("balances", told_of_balances(steps, accounts))
    await orders(steps, ann, bob)
    await steps.astep("rules and prices", reads(steps, ann))
    await steps.astep("book", keep_book(steps, ann, bob), steps.seconds + 60)
    await streams(steps, ann)
    await steps.astep("user stream is cut", user_stream_is_cut(ann), 180)
    wanted = [one for one in trouble.said if "-2010" in one]
    steps.step("refusals were told", lambda: need(len(wanted) == 2, str(trouble.said)))
    steps.step("nothing else was wrong", lambda: need(
        len(trouble.said) == len(wanted), "\n".join(trouble.said)))  # fmt: skip
    await refused(steps)
    await steps.astep("balances at the end", told_of_balances(steps, accounts))


async def main() -> None:
    steps, trouble = Steps(), Trouble()
    point(steps)
    logging.getLogger().addHandler(trouble)
    logging.getLogger("hummingbot").setLevel(NETWORK)
    accounts = [Account(trader) for trader in steps.traders]
    clock = Clock(ClockMode.REALTIME)
    for account in accounts:
        clock.add_iterator(account.exchange)
    with clock:
        ticking = asyncio.create_task(clock.run())
        await session(steps, accounts, trouble)
        ticking.cancel()
    await asyncio.sleep(0.5)  # The connectors end in the background.
    steps.facts["balances"] = [account.balances() for account in accounts]
    steps.facts["fills"] = [account.fills() for account in accounts]
    steps.write()


if __name__ == "__main__":
    asyncio.run(main())
