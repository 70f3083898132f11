"""python-binance: REST, streams, a depth cache, the user socket, the WebSocket API."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from binance import AsyncClient, BinanceSocketManager, DepthCacheManager
from binance.base_client import BaseClient
from binance.client import Client
from binance.exceptions import BinanceAPIException
from steps import Steps, need

SYMBOL = "ETHUSDT"


def point(steps: Steps) -> None:
    """Point the library at the venue."""
    BaseClient.API_URL = f"{steps.url}/api"
    BaseClient.MARGIN_API_URL = f"{steps.url}/sapi"
    BaseClient.WS_API_URL = f"{steps.ws}/ws-api/v3"
    BinanceSocketManager.STREAM_URL = f"{steps.ws}/"


def orders(steps: Steps, ann: Client) -> None:
    """Place each kind of order, look at them, change and cancel them."""
    limit = steps.step("limit", lambda: ann.order_limit_buy(
        symbol=SYMBOL, quantity=0.01, price="2000"))  # fmt: skip
    new = {"symbol": SYMBOL, "quantity": 0.01}
    kinds: dict[str, dict[str, Any]] = {
        "limit maker": {"side": "BUY", "type": "LIMIT_MAKER", "price": "2001"},
        "ioc": {"side": "BUY", "type": "LIMIT", "timeInForce": "IOC", "price": "2000"},
        "fok": {"side": "BUY", "type": "LIMIT", "timeInForce": "FOK", "price": "2000"},
        "market": {"side": "BUY", "type": "MARKET"},
        "stop": {"side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC",
                 "price": "2000", "stopPrice": "2100"},
        "stop market": {"side": "SELL", "type": "STOP_LOSS", "stopPrice": "2100"},
        "take-profit": {"side": "SELL", "type": "TAKE_PROFIT_LIMIT", "timeInForce": "GTC",
                        "price": "4000", "stopPrice": "3900"},
        "trailing": {"side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC",
                     "price": "2000", "trailingDelta": 500},
    }  # fmt: skip
    for name, kind in kinds.items():
        steps.step(name, lambda kind=kind: ann.create_order(**new, **kind))
    steps.step("iceberg", lambda: ann.create_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity=0.1, price="2000",
        icebergQty=0.01))  # fmt: skip
    steps.step("quote-market", lambda: ann.order_market_buy(symbol=SYMBOL, quoteOrderQty=50))
    steps.step("test order", lambda: need(ann.create_test_order(
        **new, side="BUY", type="MARKET") == {}))  # fmt: skip
    steps.step("pair", lambda: ann.create_oco_order(
        **new, side="SELL", aboveType="LIMIT_MAKER", abovePrice="4000",
        belowType="STOP_LOSS_LIMIT", belowStopPrice="2500", belowPrice="2400",
        belowTimeInForce="GTC"))  # fmt: skip
    steps.step("get", lambda: need(
        ann.get_order(symbol=SYMBOL, orderId=limit["orderId"])["status"] == "NEW"))  # fmt: skip
    steps.step("open", lambda: need(len(ann.get_open_orders(symbol=SYMBOL)) >= 8))
    steps.step("all", lambda: need(len(ann.get_all_orders(symbol=SYMBOL)) >= 12))
    replaced = steps.step("cancel-replace", lambda: ann.cancel_replace_order(
        **new, side="BUY", type="LIMIT", timeInForce="GTC", price="2002",
        cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=limit["orderId"]))  # fmt: skip
    steps.step("cancel", lambda: ann.cancel_order(
        symbol=SYMBOL, orderId=replaced["newOrderResponse"]["orderId"]))  # fmt: skip
    steps.step("cancel all", lambda: ann._delete("openOrders", True, data={"symbol": SYMBOL}))
    steps.step("nothing is open", lambda: need(ann.get_open_orders(symbol=SYMBOL) == []))


def reads(steps: Steps, ann: Client) -> None:
    """Ask for everything that is read."""
    calls: dict[str, Callable[[], Any]] = {
        "time": ann.get_server_time,
        "exchange info": ann.get_exchange_info,
        "account": ann.get_account,
        "book": lambda: ann.get_order_book(symbol=SYMBOL, limit=5),
        "trades": lambda: ann.get_recent_trades(symbol=SYMBOL),
        "aggregates": lambda: ann.get_aggregate_trades(symbol=SYMBOL),
        "candles": lambda: ann.get_klines(symbol=SYMBOL, interval="1m"),
        "average": lambda: ann.get_avg_price(symbol=SYMBOL),
        "ticker": lambda: ann.get_ticker(symbol=SYMBOL),
        "prices": ann.get_all_tickers,
        "best offers": ann.get_orderbook_tickers,
        "fees": lambda: ann.get_trade_fee(symbol=SYMBOL),
        "coins": ann.get_all_coins_info,
        "system": ann.get_system_status,
        "listen key": ann.stream_get_listen_key,
    }
    for name, call in calls.items():
        steps.step(name, lambda call=call: need(call()))


def refused(steps: Steps, ann: Client) -> None:
    """Expect each refusal with its code."""

    def code(name: str, wanted: int, act: Callable[[], Any]) -> None:
        def checked() -> None:
            try:
                found = act()
            except BinanceAPIException as error:
                need(error.code == wanted, f"{error.code}: {error.message}")
                return
            raise AssertionError(str(found)[:200])

        steps.step(name, checked)

    wrong = Client("x" * 64, "y", ping=False)
    code("wrong key", -2015, wrong.get_account)
    trader = steps.traders[0]
    code("bad signature", -1022, Client(trader["api_key"], "y", ping=False).get_account)
    late = Client(trader["api_key"], trader["api_secret"], ping=False)
    late.timestamp_offset = -60_000
    code("old timestamp", -1021, late.get_account)
    code("filter", -1013, lambda: ann.order_limit_buy(symbol=SYMBOL, quantity="0.00001",
                                                      price="2000"))  # fmt: skip
    code("funds", -2010, lambda: ann.order_limit_sell(symbol=SYMBOL, quantity=250, price="3100"))
    code("unknown order", -2013, lambda: ann.get_order(symbol=SYMBOL, orderId=99999999))
    code("cancel unknown", -2011, lambda: ann.cancel_order(symbol=SYMBOL, orderId=99999999))
    code("unknown symbol", -1121, lambda: ann.get_order_book(symbol="NO"))


async def first(steps: Steps, name: str, socket: Any, act: Callable[[], Awaitable[Any]]) -> None:
    """Follow one socket until it tells something."""

    async def told() -> None:
        # Left open on purpose: closing one waits for ten seconds inside the library.
        await socket.__aenter__()
        answer: dict[str, Any] = {}
        for _ in range(10):
            await asyncio.sleep(0.2)
            await act()
            try:
                answer = await asyncio.wait_for(socket.recv(), 2)
                break
            except TimeoutError:
                continue
        need(answer and "error" not in str(answer)[:30], str(answer)[:200])

    await steps.astep(name, told(), 30)


async def sockets(steps: Steps) -> None:
    """Follow each stream, keep a depth cache, be told of one's own orders."""
    trader = steps.traders[0]
    ann = await AsyncClient.create(trader["api_key"], trader["api_secret"])
    manager = BinanceSocketManager(ann)

    async def buy() -> None:
        await ann.order_market_buy(symbol=SYMBOL, quantity=0.01)

    opened = {
        "trade stream": manager.trade_socket(SYMBOL),
        "aggregate stream": manager.aggtrade_socket(SYMBOL),
        "depth stream": manager.depth_socket(SYMBOL),
        "partial depth stream": manager.depth_socket(SYMBOL, depth="5", interval=100),
        "candle stream": manager.kline_socket(SYMBOL),
        "all small tickers": manager.miniticker_socket(),
        "ticker stream": manager.symbol_ticker_socket(SYMBOL),
        "all tickers": manager.ticker_socket(),
        "best offers stream": manager.symbol_book_ticker_socket(SYMBOL),
        "combined streams": manager.multiplex_socket(["ethusdt@trade", "ethusdt@bookTicker"]),
        "user socket": manager.user_socket(),
    }
    await asyncio.gather(*(first(steps, name, one, buy) for name, one in opened.items()))
    await steps.astep("depth cache", keep_cache(steps, ann), steps.seconds + 30)
    await steps.astep("depth over ws", ann.ws_get_order_book(symbol=SYMBOL, limit=5))
    placed = await steps.astep("order over ws", ann.ws_create_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity=0.01, price="2000"
    ))  # fmt: skip
    await steps.astep("cancel over ws", ann.ws_cancel_order(
        symbol=SYMBOL, orderId=placed["orderId"]))  # fmt: skip


async def keep_cache(steps: Steps, ann: AsyncClient) -> None:
    """Keep a depth cache while the book moves; it must be REST's at the same id."""
    compared, ends = 0, time.monotonic() + steps.seconds
    cache = DepthCacheManager(ann, symbol=SYMBOL, ws_interval=100, limit=5000)
    await cache.__aenter__()
    number = 0
    while time.monotonic() < ends:
        number += 1
        await ann.order_limit_buy(symbol=SYMBOL, quantity=0.01, price=str(2500 + number % 7))
        await ann.order_market_buy(symbol=SYMBOL, quantity=0.01)
        if number % 5 == 0:
            await ann._delete("openOrders", True, data={"symbol": SYMBOL})
        await asyncio.sleep(0.3)
        kept = await asyncio.wait_for(cache.recv(), 5)
        rest = await ann.get_order_book(symbol=SYMBOL, limit=5000)
        while cache._last_update_id < rest["lastUpdateId"]:
            kept = await asyncio.wait_for(cache.recv(), 5)
        if cache._last_update_id == rest["lastUpdateId"]:
            for mine, theirs in ((kept.get_bids(), rest["bids"]), (kept.get_asks(), rest["asks"])):
                need(mine == [[float(p), float(q)] for p, q in theirs], f"differs at {number}")
            compared += 1
    need(compared >= 3, f"compared {compared} times only")
    steps.facts["books_compared"] = compared


def main() -> None:
    steps = Steps()
    point(steps)
    ann, bob = (Client(one["api_key"], one["api_secret"]) for one in steps.traders)
    orders(steps, ann)
    reads(steps, ann)
    for number in range(3):
        steps.step(f"rest {number}", lambda: bob.order_limit_sell(
            symbol=SYMBOL, quantity=0.02, price="3000"))  # fmt: skip
        steps.step(f"take {number}", lambda: need(ann.order_limit_buy(
            symbol=SYMBOL, quantity=0.02, price="3000")["status"] == "FILLED"))  # fmt: skip
    refused(steps, ann)
    asyncio.run(sockets(steps))
    steps.step("my trades", lambda: need(ann.get_my_trades(symbol=SYMBOL)))
    ann._delete("openOrders", True, data={"symbol": SYMBOL}) if ann.get_open_orders() else None
    steps.facts["balances"] = [one.get_account()["balances"] for one in (ann, bob)]
    steps.facts["fills"] = [one.get_my_trades(symbol=SYMBOL, limit=1000) for one in (ann, bob)]
    steps.write()


if __name__ == "__main__":
    main()
