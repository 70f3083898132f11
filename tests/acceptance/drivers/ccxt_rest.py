"""ccxt: markets, account, every kind of order, crossing, expected exceptions."""

from typing import Any

import ccxt
from steps import Steps, need

SYMBOL = "ETH/USDT"
HOSTS = [f"https://{name}.binance.com" for name in ("api", "dapi", "fapi", "eapi", "papi")]


def pointed(exchange: Any, url: str) -> Any:
    """Point a client at the venue."""
    for section, address in exchange.urls["api"].items():
        if isinstance(address, str):
            for host in HOSTS:
                address = address.replace(host, url)
            exchange.urls["api"][section] = address
    return exchange


def client(steps: Steps, trader: dict[str, str], **more: Any) -> Any:
    options = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}}
    settings = {
        "apiKey": trader["api_key"], "secret": trader["api_secret"], "enableRateLimit": False,
        "options": options, **more,
    }  # fmt: skip
    return pointed(ccxt.binance(settings), steps.url)


def place(steps: Steps, ann: Any) -> dict[str, Any]:
    """Place each kind of order; return those that are open."""
    made: dict[str, Any] = {}

    def order(
        name: str, kind: str, side: str, amount: float, price: float | None = None, **params: Any
    ) -> None:
        found = steps.step(
            f"place {name}", lambda: ann.create_order(SYMBOL, kind, side, amount, price, params)
        )
        if found is not None:
            made[name] = found

    order("limit", "limit", "buy", 0.01, 2000)
    order("post-only", "limit", "buy", 0.01, 2001, postOnly=True)
    order("ioc", "limit", "buy", 0.01, 2002, timeInForce="IOC")
    order("fok", "limit", "buy", 0.01, 2003, timeInForce="FOK")
    order("market", "market", "buy", 0.01)
    steps.step("place quote-market", lambda: ann.create_market_buy_order_with_cost(SYMBOL, 100))
    order("stop", "limit", "sell", 0.01, 2000, stopLossPrice=2100)
    order("take-profit", "limit", "sell", 0.01, 4000, takeProfitPrice=3900)
    order("iceberg", "limit", "buy", 0.1, 2004, icebergQty="0.01")
    steps.step("place pair", lambda: ann.private_post_orderlist_oco({
        "symbol": "ETHUSDT", "side": "SELL", "quantity": "0.01", "aboveType": "LIMIT_MAKER",
        "abovePrice": "4100", "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "2050",
        "belowPrice": "2040", "belowTimeInForce": "GTC",
    }))  # fmt: skip
    return made


def change(steps: Steps, ann: Any, made: dict[str, Any]) -> None:
    """Fetch, amend, cancel."""
    limit = made["limit"]["id"]

    def fetched() -> None:
        found = ann.fetch_order(limit, SYMBOL)
        need(found["status"] == "open" and found["remaining"] == 0.01, str(found))
        open_ids = {order["id"] for order in ann.fetch_open_orders(SYMBOL)}
        need(limit in open_ids and made["stop"]["id"] in open_ids, str(open_ids))
        need(len(ann.fetch_orders(SYMBOL)) >= 10, "fetch_orders")
        need(ann.fetch_order(made["fok"]["id"], SYMBOL)["status"] == "expired", "fok")

    steps.step("fetch orders", fetched)
    amended = steps.step("amend", lambda: ann.edit_order(limit, SYMBOL, "limit", "buy", 0.02, 1999))
    steps.step("cancel", lambda: ann.cancel_order(amended["id"], SYMBOL))
    steps.raises("cancel twice", ccxt.OrderNotFound, lambda: ann.cancel_order(limit, SYMBOL))
    steps.step("cancel all", lambda: ann.cancel_all_orders(SYMBOL))
    steps.step("nothing is open", lambda: need(ann.fetch_open_orders(SYMBOL) == []))


def cross(steps: Steps, ann: Any, bob: Any) -> None:
    """Let two accounts trade with each other."""
    book = ann.fetch_order_book(SYMBOL, 5)
    price = (book["bids"][0][0] + book["asks"][0][0]) / 2
    for number in range(5):
        amount = 0.01 * (number + 1)
        steps.step(f"rest {number}", lambda a=amount: bob.create_order(
            SYMBOL, "limit", "sell", a, price))  # fmt: skip
        taken = steps.step(f"take {number}", lambda a=amount: ann.create_order(
            SYMBOL, "limit", "buy", a, price))  # fmt: skip
        steps.step(f"filled {number}", lambda t=taken: need(t["status"] == "closed", str(t)))


def refused(steps: Steps, ann: Any) -> None:
    """Expect each exception."""
    free = ann.fetch_balance()["ETH"]["free"]
    wrong_key = client(steps, {"api_key": "x" * 64, "api_secret": "y"})
    steps.raises("wrong key", ccxt.AuthenticationError, wrong_key.fetch_balance)
    wrong_secret = client(steps, {**steps.traders[0], "api_secret": "wrong"})
    steps.raises("bad signature", ccxt.AuthenticationError, wrong_secret.fetch_balance)
    late = client(steps, steps.traders[0])
    late.nonce = lambda: late.milliseconds() - 60_000
    steps.raises("old timestamp", ccxt.InvalidNonce, late.fetch_balance)
    steps.raises("filter", ccxt.InvalidOrder, lambda: ann.private_post_order({
        "symbol": "ETHUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
        "quantity": "0.00001", "price": "2000",
    }))  # fmt: skip
    steps.raises("funds", ccxt.InsufficientFunds, lambda: ann.create_order(
        SYMBOL, "limit", "sell", free + 1, 3100))  # fmt: skip
    steps.raises("post-only that takes", ccxt.OrderImmediatelyFillable, lambda: ann.create_order(
        SYMBOL, "limit", "buy", 0.01, 3100, {"postOnly": True}))  # fmt: skip
    steps.raises("unknown order", ccxt.OrderNotFound, lambda: ann.fetch_order("99999999", SYMBOL))
    steps.raises("unknown symbol", ccxt.BadSymbol, lambda: ann.public_get_depth({"symbol": "NO"}))


def main() -> None:
    steps = Steps()
    ann, bob = (client(steps, trader) for trader in steps.traders)
    markets = steps.step("load markets", ann.load_markets)
    need(markets and SYMBOL in markets, "no market")
    bob.load_markets()
    steps.step("time", lambda: need(abs(ann.fetch_time() - ann.milliseconds()) < 5_000))
    steps.step("balances", lambda: need(ann.fetch_balance()["ETH"]["total"] > 0))
    steps.step("currencies", lambda: need("ETH" in ann.fetch_currencies()))
    steps.step("fees", lambda: need(ann.fetch_trading_fees()[SYMBOL]["taker"] == 0.0005))
    steps.step("book", lambda: need(ann.fetch_order_book(SYMBOL)["bids"]))
    made = place(steps, ann)
    steps.step("candles", lambda: need(ann.fetch_ohlcv(SYMBOL, "1m")))
    steps.step("tickers", lambda: need(ann.fetch_tickers()[SYMBOL]["last"]))
    steps.step("public trades", lambda: need(ann.fetch_trades(SYMBOL)))
    change(steps, ann, made)
    cross(steps, ann, bob)
    refused(steps, ann)
    report(steps, (ann, bob))
    steps.write()


def report(steps: Steps, clients: tuple[Any, ...]) -> None:
    """Tell what the clients were told, for the ledger to be held against."""
    steps.facts["balances"] = [one.fetch_balance()["info"]["balances"] for one in clients]
    steps.facts["fills"] = [
        [trade["info"] for trade in one.fetch_my_trades(SYMBOL, limit=1000)] for one in clients
    ]


if __name__ == "__main__":
    main()
