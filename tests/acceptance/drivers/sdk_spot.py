"""binance-sdk-spot: typed REST, streams on /stream, the WebSocket API with JSON numbers."""

import asyncio
from collections.abc import Callable
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_spot.spot import Spot
from steps import Steps, need

SYMBOL = "ETHUSDT"


def client(steps: Steps, trader: dict[str, str]) -> Spot:
    key, secret = trader["api_key"], trader["api_secret"]
    return Spot(
        config_rest_api=ConfigurationRestAPI(
            api_key=key, api_secret=secret, base_path=steps.url, retries=0
        ),
        config_ws_api=ConfigurationWebSocketAPI(
            api_key=key, api_secret=secret, stream_url=f"{steps.ws}/ws-api/v3"
        ),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=f"{steps.ws}/stream"),
    )


def rest(steps: Steps, ann: Any, bob: Any) -> None:
    """Read everything, then place, change and cancel."""
    calls: dict[str, Callable[[], Any]] = {
        "time": ann.time,
        "exchange info": lambda: ann.exchange_info(symbol=SYMBOL),
        "some symbols": lambda: ann.exchange_info(symbols=["ETHUSDT", "BTCUSDT"]),
        "book": lambda: ann.depth(SYMBOL, limit=5),
        "candles": lambda: ann.klines(SYMBOL, "1m"),
        "ticker": lambda: ann.ticker24hr(symbol=SYMBOL),
        "best offers": lambda: ann.ticker_book_ticker(symbol=SYMBOL),
        "average": lambda: ann.avg_price(SYMBOL),
        "account": ann.get_account,
        "rates": lambda: ann.account_commission(SYMBOL),
        "order counts": ann.rate_limit_order,
        "open pairs": ann.open_order_list,
    }
    for name, call in calls.items():
        steps.step(name, lambda call=call: need(call().data() is not None))
    placed = steps.step("limit", lambda: ann.new_order(
        SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity=0.01, price=2000).data())  # fmt: skip
    steps.step("iceberg", lambda: ann.new_order(
        SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity=0.1, price=2000,
        iceberg_qty=0.01).data())  # fmt: skip
    steps.step("get", lambda: need(
        ann.get_order(SYMBOL, order_id=placed.order_id).data().status == "NEW"))  # fmt: skip
    steps.step("amend", lambda: ann.order_amend_keep_priority(
        SYMBOL, new_qty=0.005, order_id=placed.order_id).data())  # fmt: skip
    steps.step("cancel", lambda: ann.delete_order(SYMBOL, order_id=placed.order_id).data())
    steps.step("pair", lambda: ann.order_list_oco(
        SYMBOL, "SELL", 0.01, "LIMIT_MAKER", "STOP_LOSS_LIMIT", above_price=4000,
        below_stop_price=2500, below_price=2400, below_time_in_force="GTC").data())  # fmt: skip
    steps.step("cancel all", lambda: need(ann.delete_open_orders(SYMBOL).data()))
    steps.step("rest", lambda: bob.new_order(
        SYMBOL, "SELL", "LIMIT", time_in_force="GTC", quantity=0.5, price=3000).data())  # fmt: skip
    steps.step("take", lambda: need(ann.new_order(
        SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity=0.5, price=3000
    ).data().status == "FILLED"))  # fmt: skip
    steps.step("my trades", lambda: need(ann.my_trades(SYMBOL).data()))


def refused(steps: Steps, ann: Any) -> None:
    """Expect each exception."""
    wrong = client(steps, {"api_key": "x" * 64, "api_secret": "y"}).rest_api
    steps.raises("wrong key", UnauthorizedError, wrong.get_account)
    forged = client(steps, {**steps.traders[0], "api_secret": "y"}).rest_api
    steps.raises("bad signature", BadRequestError, forged.get_account)
    steps.raises("funds", BadRequestError, lambda: ann.new_order(
        SYMBOL, "SELL", "LIMIT", time_in_force="GTC", quantity=250, price=3100))  # fmt: skip
    steps.raises("unknown order", BadRequestError, lambda: ann.get_order(SYMBOL, order_id=99999999))


async def sockets(steps: Steps, ann: Spot) -> None:
    """Follow streams and one's own events, and trade over the WebSocket API."""
    streams = await ann.websocket_streams.create_connection()
    api = await ann.websocket_api.create_connection()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    for opened in (
        await streams.trade(SYMBOL.lower()),
        await streams.diff_book_depth(SYMBOL.lower()),
        await streams.book_ticker(SYMBOL.lower()),
    ):
        opened.on("message", heard.put_nowait)
    events = await api.user_data_stream_subscribe_signature()
    events.stream.on("message", heard.put_nowait)
    placed = await steps.astep("order over ws", api.order_place(
        SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity=0.01, price=2000.5))  # fmt: skip
    order_id = placed.data().result.order_id
    await steps.astep("status over ws", api.order_status(SYMBOL, order_id=order_id))
    await steps.astep("cancel over ws", api.order_cancel(SYMBOL, order_id=order_id))
    await steps.astep("book over ws", api.depth(SYMBOL, limit=5))
    await steps.astep("account over ws", api.account_status())
    await steps.astep("market over ws", api.order_place(SYMBOL, "BUY", "MARKET", quantity=0.01))

    async def told() -> None:
        words: set[str] = set()
        wanted = {"executionReport", "trade", "depthUpdate"}
        while not wanted <= words:
            text = str(await heard.get())
            words |= {word for word in wanted if word in text or _is(text, word)}

    await steps.astep("told of everything", told())
    await streams.close_connection(close_session=True)
    await api.close_connection(close_session=True)


def _is(text: str, word: str) -> bool:
    """Return whether a message that was given a type is of a kind."""
    return {"trade": "t=", "depthUpdate": "U=", "executionReport": "x="}[word] in text


def main() -> None:
    steps = Steps()
    clients = [client(steps, trader) for trader in steps.traders]
    ann, bob = (one.rest_api for one in clients)
    rest(steps, ann, bob)
    refused(steps, ann)
    asyncio.run(sockets(steps, clients[0]))
    accounts = [one.get_account().data() for one in (ann, bob)]
    steps.facts["balances"] = [
        [{"asset": row.asset, "free": row.free, "locked": row.locked} for row in found.balances]
        for found in accounts
    ]
    steps.facts["fills"] = [
        [{"id": row.id, "price": row.price, "qty": row.qty, "commission": row.commission}
         for row in one.my_trades(SYMBOL, limit=1000).data()]
        for one in (ann, bob)
    ]  # fmt: skip
    steps.write()


if __name__ == "__main__":
    main()
