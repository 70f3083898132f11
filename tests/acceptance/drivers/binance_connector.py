"""binance-connector: REST with parameters in the query, streams, the WebSocket API."""

import json
import queue
from collections.abc import Callable
from typing import Any

from binance.error import ClientError
from binance.spot import Spot
from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient
from steps import Steps, need

SYMBOL = "ETHUSDT"
PATIENCE_S = 10


def rest(steps: Steps, ann: Spot, bob: Spot) -> None:
    """Read everything, then place, change and cancel."""
    calls: dict[str, Callable[[], Any]] = {
        "time": ann.time,
        "exchange info": lambda: ann.exchange_info(SYMBOL),
        "some symbols": lambda: ann.exchange_info(symbols=["ETHUSDT", "BTCUSDT"]),
        "book": lambda: ann.depth(SYMBOL, limit=5),
        "ticker": lambda: ann.ticker_24hr(SYMBOL),
        "rolling ticker": lambda: ann.rolling_window_ticker(SYMBOL),
        "trading day": lambda: ann.trading_day_ticker(SYMBOL),
        "prices": ann.ticker_price,
        "best offers": ann.book_ticker,
        "account": ann.account,
        "rates": lambda: ann.query_commission_rates(SYMBOL),
        "order counts": ann.get_order_rate_limit,
        "fees": ann.trade_fee,
        "coins": ann.coin_info,
        "listen key": ann.new_listen_key,
    }
    for name, call in calls.items():
        steps.step(name, lambda call=call: need(call()))
    new = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    placed = steps.step("limit", lambda: ann.new_order(**new, quantity=0.01, price=2000))
    steps.step("maker", lambda: ann.new_order(
        symbol=SYMBOL, side="BUY", type="LIMIT_MAKER", quantity=0.01, price=2001))  # fmt: skip
    steps.step("stop", lambda: ann.new_order(
        symbol=SYMBOL, side="SELL", type="STOP_LOSS_LIMIT", timeInForce="GTC", quantity=0.01,
        price=2000, stopPrice=2100))  # fmt: skip
    steps.step("test", lambda: ann.new_order_test(**new, quantity=0.01, price=2000))
    steps.step("get", lambda: need(
        ann.get_order(SYMBOL, orderId=placed["orderId"])["status"] == "NEW"))  # fmt: skip
    replaced = steps.step("cancel-replace", lambda: ann.cancel_and_replace(
        **new, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=placed["orderId"],
        quantity=0.01, price=2002))  # fmt: skip
    steps.step("cancel", lambda: ann.cancel_order(
        SYMBOL, orderId=replaced["newOrderResponse"]["orderId"]))  # fmt: skip
    steps.step("pair", lambda: ann.new_oco_order(
        symbol=SYMBOL, side="SELL", quantity=0.01, aboveType="LIMIT_MAKER", abovePrice=4000,
        belowType="STOP_LOSS_LIMIT", belowStopPrice=2500, belowPrice=2400,
        belowTimeInForce="GTC"))  # fmt: skip
    steps.step("open pairs", lambda: need(ann.get_oco_open_orders()))
    steps.step("cancel all", lambda: need(len(ann.cancel_open_orders(SYMBOL)) == 3))
    steps.step("rest", lambda: bob.new_order(
        **(new | {"side": "SELL"}), quantity=0.5, price=3000))  # fmt: skip
    steps.step("take", lambda: need(
        ann.new_order(**new, quantity=0.5, price=3000)["status"] == "FILLED"))  # fmt: skip
    steps.step("all orders", lambda: need(len(ann.get_orders(SYMBOL)) >= 6))


def refused(steps: Steps, ann: Spot) -> None:
    """Expect each refusal with its code."""

    def code(name: str, wanted: int, act: Callable[[], Any]) -> None:
        def checked() -> None:
            try:
                found = act()
            except ClientError as error:
                need(error.error_code == wanted, f"{error.error_code}: {error.error_message}")
                return
            raise AssertionError(str(found)[:200])

        steps.step(name, checked)

    trader = steps.traders[0]
    code("wrong key", -2015, Spot("x" * 64, "y", base_url=steps.url).account)
    code("bad signature", -1022, Spot(trader["api_key"], "y", base_url=steps.url).account)
    code("window", -1131, lambda: ann.account(recvWindow=70_000))
    code("funds", -2010, lambda: ann.new_order(
        symbol=SYMBOL, side="SELL", type="LIMIT", timeInForce="GTC", quantity=250, price=3100,
    ))  # fmt: skip
    code("unknown order", -2013, lambda: ann.get_order(SYMBOL, orderId=99999999))
    code("cancel unknown", -2011, lambda: ann.cancel_order(SYMBOL, orderId=99999999))


def sockets(steps: Steps, ann: Spot) -> None:
    """Follow streams, be told of one's own order, place it over the WebSocket API."""
    heard: queue.Queue[Any] = queue.Queue()

    def note(_: Any, text: str) -> None:
        heard.put(json.loads(text))

    def next_of(wanted: Callable[[Any], bool]) -> Any:
        while True:
            found = heard.get(timeout=PATIENCE_S)
            if wanted(found):
                return found

    streams = SpotWebsocketStreamClient(stream_url=steps.ws, on_message=note)
    streams.trade(SYMBOL.lower())
    streams.diff_book_depth(SYMBOL.lower(), speed=100)
    key = ann.new_listen_key()["listenKey"]
    streams.user_data(key)
    for _ in range(3):
        steps.step("subscribed", lambda: next_of(lambda told: told.get("result", 0) is None))
    trader = steps.traders[0]
    api = SpotWebsocketAPIClient(
        stream_url=f"{steps.ws}/ws-api/v3", api_key=trader["api_key"],
        api_secret=trader["api_secret"], on_message=note,
    )  # fmt: skip
    api.new_order(
        symbol=SYMBOL, side="BUY", type="MARKET", quantity=0.01, newOrderRespType="FULL", id=77
    )
    placed = steps.step("order over ws", lambda: next_of(lambda told: told.get("id") == 77))
    steps.step("it was placed", lambda: need(placed["status"] == 200, str(placed)))
    for kind in ("executionReport", "trade", "depthUpdate"):
        # In whatever order they come: each is asked for by an order of its own.
        api.new_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity=0.01)
        steps.step(f"told of {kind}", lambda kind=kind: next_of(
            lambda told: told.get("e") == kind))  # fmt: skip
    api.account(id=78)
    steps.step("account over ws", lambda: next_of(lambda told: told.get("id") == 78))
    streams.stop()
    api.stop()


def main() -> None:
    steps = Steps()
    ann, bob = (
        Spot(one["api_key"], one["api_secret"], base_url=steps.url) for one in steps.traders
    )
    rest(steps, ann, bob)
    refused(steps, ann)
    sockets(steps, ann)
    steps.facts["balances"] = [one.account()["balances"] for one in (ann, bob)]
    steps.facts["fills"] = [one.my_trades(SYMBOL, limit=1000) for one in (ann, bob)]
    steps.write()


if __name__ == "__main__":
    main()
