"""ccxt.pro: every stream, a book kept through disconnects, one's own events, orders."""

import asyncio
import random
import time
from typing import Any

import ccxt.pro as ccxtpro
from ccxt_rest import SYMBOL, pointed
from steps import Steps, need


def client(steps: Steps, trader: dict[str, str]) -> Any:
    options = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}}
    exchange = ccxtpro.binance({
        "apiKey": trader["api_key"], "secret": trader["api_secret"], "enableRateLimit": False,
        "options": options,
    })  # fmt: skip
    exchange.urls["api"]["ws"]["spot"] = f"{steps.ws}/ws"
    exchange.urls["api"]["ws"]["ws-api"]["spot"] = f"{steps.ws}/ws-api/v3"
    return pointed(exchange, steps.url)


async def streams(steps: Steps, ann: Any, bob: Any) -> None:
    """Follow each stream until it has told something."""
    watched = {
        "trades": lambda: ann.watch_trades(SYMBOL),
        "ticker": lambda: ann.watch_ticker(SYMBOL),
        "tickers": lambda: ann.watch_tickers([SYMBOL]),
        "candles": lambda: ann.watch_ohlcv(SYMBOL, "1m"),
        "best offers": lambda: ann.watch_bids_asks([SYMBOL]),
        "book": lambda: ann.watch_order_book(SYMBOL),
        "trades of some": lambda: ann.watch_trades_for_symbols([SYMBOL, "BTC/USDT"]),
        "books of some": lambda: ann.watch_order_book_for_symbols([SYMBOL, "BTC/USDT"]),
    }
    tasks = [
        asyncio.create_task(steps.astep(f"watch {name}", watch()))
        for name, watch in watched.items()
    ]
    for _ in range(20):
        await asyncio.sleep(0.3)
        await bob.create_order(SYMBOL, "market", "buy", 0.01)
        if all(task.done() for task in tasks):
            break
    await asyncio.gather(*tasks)


async def own_events(steps: Steps, ann: Any) -> None:
    """Follow an order's life, through a disconnect too."""
    for life in ("first", "after a disconnect"):
        orders = asyncio.create_task(ann.watch_orders(SYMBOL))
        balance = asyncio.create_task(ann.watch_balance())
        await asyncio.sleep(1.0)
        placed = await steps.astep(
            f"order over ws, {life}", ann.create_order_ws(SYMBOL, "limit", "buy", 0.01, 2000)
        )
        told = await steps.astep(f"told of it, {life}", orders)
        need(told[-1]["id"] == placed["id"], "another order")
        await steps.astep(f"told of balances, {life}", balance)
        await steps.astep(f"cancel over ws, {life}", ann.cancel_order_ws(placed["id"], SYMBOL))
        await drop(ann, "ws-api")


async def drop(exchange: Any, part: str) -> None:
    """Cut the client's connections without a word."""
    for url, found in list(exchange.clients.items()):
        if part in url and found.connection is not None:
            response = found.connection._response
            if response is not None and response.connection is not None:
                response.connection.transport.abort()
    await asyncio.sleep(0.5)


async def keep_book(steps: Steps, ann: Any, bob: Any) -> None:
    """Keep a book while it changes and connections are cut; it must be REST's at the same id."""
    ends, compared, chance = time.monotonic() + steps.seconds, 0, random.Random(7)
    stop = asyncio.Event()

    async def watch() -> None:
        while not stop.is_set():
            try:
                await ann.watch_order_book(SYMBOL, 1000)
            except ccxtpro.NetworkError:
                await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    while time.monotonic() < ends:
        for _ in range(20):
            price = 2500 + chance.randrange(1000) / 10
            await bob.create_order(SYMBOL, "limit", "buy", 0.01, price)
        await bob.cancel_all_orders(SYMBOL)
        await bob.create_order(SYMBOL, "market", "buy", 0.01)
        await asyncio.sleep(0.4)
        compared += await same_book(ann)
        if chance.random() < 0.3:
            await drop(ann, "/ws/")
    stop.set()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    need(compared >= 3, f"compared {compared} times only")
    steps.facts["books_compared"] = compared


async def same_book(ann: Any) -> int:
    """Compare the kept book with REST's; 0 where they are not of one moment."""
    rest = await ann.fetch_order_book(SYMBOL, 5000)
    kept = ann.orderbooks.get(SYMBOL)
    if kept is None or kept["nonce"] != rest["nonce"]:
        return 0
    for side in ("bids", "asks"):
        need([row[:2] for row in kept[side]] == [row[:2] for row in rest[side]][: len(kept[side])],
             f"{side} differ at {rest['nonce']}")  # fmt: skip
    return 1


async def main() -> None:
    steps = Steps()
    ann, bob = (client(steps, trader) for trader in steps.traders)
    try:
        await steps.astep("load markets", ann.load_markets())
        await bob.load_markets()
        await streams(steps, ann, bob)
        await steps.astep("own events", own_events(steps, ann), 60)
        await steps.astep("open orders over ws", ann.fetch_open_orders_ws(SYMBOL))
        await steps.astep("balance over ws", ann.fetch_balance_ws())
        await steps.astep("trades over ws", ann.fetch_my_trades_ws(SYMBOL))
        await steps.astep("keep a book", keep_book(steps, ann, bob), steps.seconds + 60)
        facts = [await one.fetch_balance() for one in (ann, bob)]
        steps.facts["balances"] = [fact["info"]["balances"] for fact in facts]
        steps.facts["fills"] = [
            [trade["info"] for trade in await one.fetch_my_trades(SYMBOL, limit=1000)]
            for one in (ann, bob)
        ]
    finally:
        await ann.close()
        await bob.close()
    steps.write()


if __name__ == "__main__":
    asyncio.run(main())
