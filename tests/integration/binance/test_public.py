"""What anybody may ask, and the calls about accounts and coins."""

from typing import Any

import pytest

from tests.support.binance import Trader
from tests.support.gateway import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(house: House, path: str, **parameters: Any) -> Any:
    """Return what a public call answers, good or bad."""
    return (await house.call("GET", f"/api/v3/{path}", **parameters)).body


async def test_exchange_information_has_what_clients_need(house: House) -> None:
    [symbol] = (await ask(house, "exchangeInfo", symbol="BTCUSDT"))["symbols"]
    filters = {row["filterType"]: row for row in symbol["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert filters["LOT_SIZE"] == {
        "filterType": "LOT_SIZE", "minQty": "0.00020000", "maxQty": "10.00000000",
        "stepSize": "0.00010000",
    }  # fmt: skip
    assert filters["MARKET_LOT_SIZE"]["maxQty"] == "5.00000000"
    assert filters["NOTIONAL"]["minNotional"] == "5.00000000"
    assert filters["NOTIONAL"]["maxNotional"] == "900000.00000000"
    assert symbol["permissionSets"] == [["SPOT"]]
    assert "NONE" not in symbol["allowedSelfTradePreventionModes"]
    everything = await ask(house, "exchangeInfo")
    assert {row["symbol"]: row["status"] for row in everything["symbols"]} == {
        "BTCUSDT": "TRADING", "TATAINR": "TRADING", "RESTINR": "HALT", "GONEINR": "END_OF_DAY",
        "LASTINR": "BREAK",
    }  # fmt: skip
    assert {row["rateLimitType"] for row in everything["rateLimits"]} == {
        "REQUEST_WEIGHT", "ORDERS",
    }  # fmt: skip
    two = await ask(house, "exchangeInfo", symbols='["BTCUSDT","TATAINR"]')
    assert [row["symbol"] for row in two["symbols"]] == ["BTCUSDT", "TATAINR"]
    assert (await ask(house, "exchangeInfo", symbols="BTCUSDT"))["code"] == -1100
    assert (await ask(house, "exchangeInfo", symbol="NOPE"))["code"] == -1121


async def test_depth_has_the_books_own_number(house: House, ann: Trader) -> None:
    before = await ask(house, "depth", symbol="BTCUSDT")
    await ann.order("BUY", "LIMIT", "0.5", price="20000")
    depth = await ask(house, "depth", symbol="BTCUSDT", limit=5)
    assert depth["lastUpdateId"] == before["lastUpdateId"] + 1
    assert depth["bids"] == [["20000.00000000", "0.50000000"]]
    native = await house.get("/api/v1/depth", market="BTC_USDT")
    assert native["sequence"] == depth["lastUpdateId"]
    assert (await ask(house, "depth", symbol="BTCUSDT", limit=0))["code"] == -1130
    assert (await ask(house, "depth"))["code"] == -1102


async def test_trades_candles_and_tickers(house: House, ann: Trader, bob: Trader) -> None:
    await bob.order("SELL", "LIMIT", "0.3", price="30000")
    await ann.order("BUY", "MARKET", "0.1")
    await ann.order("BUY", "MARKET", "0.2")
    await ann.order("BUY", "LIMIT", "0.01", price="29000")
    await bob.order("SELL", "MARKET", "0.01")
    trades = await ask(house, "trades", symbol="BTCUSDT")
    assert [(t["price"], t["qty"], t["quoteQty"], t["isBuyerMaker"]) for t in trades] == [
        ("30000.00000000", "0.10000000", "3000.00000000", False),
        ("30000.00000000", "0.20000000", "6000.00000000", False),
        ("29000.00000000", "0.01000000", "290.00000000", True),
    ]
    ids = [trade["id"] for trade in trades]
    assert await ask(house, "historicalTrades", symbol="BTCUSDT", fromId=ids[1]) == trades[1:]
    aggregates = await ask(house, "aggTrades", symbol="BTCUSDT", startTime=trades[1]["time"])
    assert aggregates[-1]["a"] == ids[-1]
    assert aggregates[-1].keys() == set("apqflTmM")
    until = await ask(house, "aggTrades", symbol="BTCUSDT", endTime=trades[0]["time"] - 1)
    assert until == []
    [candle] = (await ask(house, "klines", symbol="BTCUSDT", interval="1d"))[-1:]
    assert candle[1:6] == [
        "30000.00000000", "30000.00000000", "29000.00000000", "29000.00000000", "0.31000000",
    ]  # fmt: skip
    assert (candle[7], candle[8], len(candle)) == ("9290.00000000", 3, 12)
    assert candle[6] - candle[0] == 86_400_000 - 1
    assert (await ask(house, "klines", symbol="BTCUSDT", interval="2m"))["code"] == -1120
    average = await ask(house, "avgPrice", symbol="BTCUSDT")
    assert average["price"] == "29967.74193548"
    await check_tickers(house, ids)
    await ann.order("BUY", "LIMIT", "0.2", price="28000")
    best = await ask(house, "ticker/bookTicker", symbols='["BTCUSDT"]')
    assert (best[0]["bidPrice"], best[0]["bidQty"]) == ("28000.00000000", "0.20000000")


async def check_tickers(house: House, ids: list[int]) -> None:
    """Check every ticker of the day after these three trades."""
    day = await ask(house, "ticker/24hr", symbol="BTCUSDT")
    assert (day["lastPrice"], day["openPrice"], day["count"]) == (
        "29000.00000000", "30000.00000000", 3,
    )  # fmt: skip
    assert (day["priceChange"], day["priceChangePercent"]) == ("-1000.00000000", "-3.333")
    assert (day["firstId"], day["lastId"], day["weightedAvgPrice"]) == (
        ids[0], ids[-1], "29967.74193548",
    )  # fmt: skip
    for path in ("ticker", "ticker/tradingDay"):
        other = await ask(house, path, symbol="BTCUSDT")
        assert (other["volume"], other["count"]) == ("0.31000000", 3)
    mini = await ask(house, "ticker", symbol="BTCUSDT", windowSize="5m", type="MINI")
    assert mini["highPrice"] == "30000.00000000"
    assert "priceChange" not in mini
    assert (await ask(house, "ticker", symbol="BTCUSDT", windowSize="8d"))["code"] == -1100
    assert (await ask(house, "ticker"))["code"] == -1128
    assert len(await ask(house, "ticker/24hr")) == 5
    assert await ask(house, "ticker/price", symbol="BTCUSDT") == {
        "symbol": "BTCUSDT", "price": "29000.00000000",
    }  # fmt: skip


async def test_account_tells_every_asset_and_what_it_pays(ann: Trader) -> None:
    account = await ann.get("account")
    assert [row["asset"] for row in account["balances"]] == ["BTC", "USDT", "INR", "TATA"]
    assert account["commissionRates"]["taker"] == "0.00050000"
    assert (account["makerCommission"], account["takerCommission"]) == (2, 5)
    assert (account["canTrade"], account["accountType"]) == (True, "SPOT")
    commission = await ann.get("account/commission", symbol="TATAINR")
    assert commission["standardCommission"]["maker"] == "-0.00005000"
    assert [row["count"] for row in await ann.get("rateLimit/order")] == [0, 0]
    fees = await ann.get("/sapi/v1/asset/tradeFee", symbol="BTCUSDT")
    assert fees == [
        {"symbol": "BTCUSDT", "makerCommission": "0.00020000", "takerCommission": "0.00050000"}
    ]


async def test_coins_do_not_move_over_a_chain_yet(ann: Trader) -> None:
    coins = await ann.get("/sapi/v1/capital/config/getall")
    assert [coin["coin"] for coin in coins] == ["BTC", "USDT", "INR", "TATA"]
    assert not any(net["depositEnable"] for coin in coins for net in coin["networkList"])
    assert coins[0]["free"] == "10.00000000"
    await ann.house.venue.ledger.caught_up()
    deposits = await ann.get("/sapi/v1/capital/deposit/hisrec", coin="BTC")
    assert [(row["amount"], row["status"]) for row in deposits] == [("10.00000000", 1)]
    assert await ann.get("/sapi/v1/capital/withdraw/history") == []
    assert (await ann.call("GET", "/sapi/v1/capital/deposit/address", coin="BTC")).code == -4024
    closed = await ann.call(
        "POST", "/sapi/v1/capital/withdraw/apply", coin="BTC", address="x", amount="1"
    )
    assert closed.code == -4026
    assert (await ann.call("GET", "/sapi/v1/margin/allPairs", signed=False)).body == []
    assert (await ann.house.get("/sapi/v1/system/status"))["status"] == 0


async def test_listen_keys_are_of_one_account(ann: Trader, bob: Trader) -> None:
    key = (await ann.call("POST", "userDataStream", signed=False)).body["listenKey"]
    assert (await ann.call("POST", "userDataStream", signed=False)).body["listenKey"] == key
    foreign = await bob.call("PUT", "userDataStream", signed=False, listenKey=key)
    assert foreign.code == -1125
    assert (await ann.call("PUT", "userDataStream", signed=False, listenKey=key)).body == {}
    assert (await ann.call("DELETE", "userDataStream", signed=False, listenKey=key)).body == {}
    gone = await ann.call("PUT", "userDataStream", signed=False, listenKey=key)
    assert gone.code == -1125
