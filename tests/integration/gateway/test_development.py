"""The calls for play and tests: money, assets, markets, a reset; and that they can be absent."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway import TATA_INR, Answer, House, Person, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAUCET, ASSETS, MARKETS = "/api/v1/dev/faucet", "/api/v1/dev/assets", "/api/v1/dev/markets"
CALLS = (FAUCET, ASSETS, MARKETS, "/api/v1/dev/reset")


def definition(symbol: str, **changes: Any) -> dict[str, Any]:
    return {"symbol": symbol, "base": "TATA", "quote": "INR", "tick": "0.05", "lot": "1", **changes}


async def define(person: Person, symbol: str, **changes: Any) -> Answer:
    return await person.call("POST", MARKETS, definition(symbol, **changes))


async def test_faucet_adds_to_the_balance(house: House) -> None:
    ann = await house.person(INR="1.5")
    answer = await ann.call("POST", FAUCET, {"asset": "INR", "amount": "2.0001"})
    row = {"asset": "INR", "available": "3.5001", "held": "0.0000", "total": "3.5001"}
    assert (answer.status, answer.body) == (200, {"balances": [row]})


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"asset": "DOGE", "amount": "1"}, 404, "UNKNOWN_ASSET", "asset"),
        ({"asset": "inr", "amount": "1"}, 404, "UNKNOWN_ASSET", "asset"),
        ({"asset": "INR", "amount": "0"}, 422, "BAD_DECIMAL", "amount"),
        ({"asset": "INR", "amount": "-1"}, 422, "BAD_DECIMAL", "amount"),
        ({"asset": "INR", "amount": "0.00001"}, 422, "BAD_DECIMAL", "amount"),
        ({"asset": "INR", "amount": "99999999999999999999"}, 422, "BAD_DECIMAL", "amount"),
        ({"asset": "INR", "amount": 1}, 422, "BAD_TYPE", "amount"),
        ({"asset": "INR"}, 422, "MISSING_FIELD", "amount"),
        ({"asset": "INR", "amount": "1", "account": 1}, 422, "UNKNOWN_FIELD", "account"),
    ],
)
async def test_bad_wish_to_the_faucet_is_refused(
    house: House, ann: Person, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    before = house.state()
    answer = await ann.call("POST", FAUCET, body)
    assert (answer.status, answer.code, answer.error["field"]) == (status, code, field)
    assert house.state() == before


async def test_supply_has_an_end(house: House) -> None:
    ann = await house.person(INR="1")
    answers = [
        await ann.call("POST", FAUCET, {"asset": "INR", "amount": "400000000000000"})
        for _ in range(2)
    ]
    assert [answer.code for answer in answers] == ["", "OVERFLOW"]


async def test_new_asset_and_market_can_be_traded_at_once(house: House) -> None:
    ann, bob = await house.person(INR="1000"), await house.person(INR="1000")
    asset = await ann.call("POST", ASSETS, {"symbol": "GOLD", "decimals": 3})
    assert asset.body == {"asset": "GOLD", "decimals": 3, "chain_decimals": 3}
    market = await define(
        ann, "GOLD_INR", base=None, quote=None, tick="0.5", lot="0.01", min_quantity="0.02"
    )
    assert market.body == {"market": "GOLD_INR", "state": "trading"}
    await ann.call("POST", FAUCET, {"asset": "GOLD", "amount": "1"})
    await ann.place("sell", "100.5", "1.00", market="GOLD_INR")
    bought = await bob.place("buy", "100.5", "0.12", market="GOLD_INR")
    assert (bought["status"], bought["quote_filled"]) == ("filled", "12.0600")


async def test_rules_are_shown_as_they_were_defined(house: House, ann: Person) -> None:
    rules = {
        "base": "BTC", "quote": "USDT", "tick": "0.25", "lot": "0.001", "min_quantity": "0.002",
        "max_quantity": "9.000", "market_max_quantity": "5.000", "min_notional": "1.500000",
        "max_notional": "1000.000000", "fee_asset": "received", "maker_ppm": 10, "taker_ppm": 20,
    }  # fmt: skip
    await define(ann, "SHOWN_USDT", **rules)
    (shown,) = (await house.get("/api/v1/markets", market="SHOWN_USDT"))["markets"]
    assert shown == {**rules, "market": "SHOWN_USDT", "state": "trading", "version": 1}


async def test_same_definition_again_is_no_error(house: House, ann: Person) -> None:
    answers = [await define(ann, "TWICE_INR", taker_ppm=5) for _ in range(2)]
    answers += [
        await ann.call("POST", ASSETS, {"symbol": "AGAIN", "decimals": 2}) for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [200] * 4
    assert answers[0].body == answers[1].body


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"tick": "0.10"}, "tick"),
        ({"lot": "2"}, "lot"),
        ({"taker_ppm": 1}, "taker_ppm"),
        ({"fee_asset": "received"}, "fee_asset"),
        ({"min_quantity": "2", "max_quantity": "5"}, "min_quantity, max_quantity"),
        ({"base": "BTC"}, "base, lot"),
    ],
)
async def test_rules_of_a_market_that_traded_stay(
    house: House, ann: Person, bob: Person, change: dict[str, Any], named: str
) -> None:
    symbol = await house.market()
    await ann.place("sell", "10.00", "1", market=symbol)
    await bob.place("buy", "10.00", "1", market=symbol)
    before = house.state()
    answer = await define(ann, symbol, **change)
    assert (answer.status, answer.code) == (409, "EXISTS")
    assert answer.error["message"] == f"{symbol} exists with another {named}"
    assert house.state() == before


async def test_decimals_of_an_asset_stay(house: House, ann: Person) -> None:
    answer = await ann.call("POST", ASSETS, {"symbol": "INR", "decimals": 2})
    assert (answer.status, answer.code) == (409, "EXISTS")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"symbol": 'A"B_INR'}, "BAD_VALUE", "symbol"),
        ({"symbol": "tata_inr"}, "BAD_VALUE", "symbol"),
        ({"symbol": "TATAINR"}, "BAD_VALUE", "symbol"),
        ({"symbol": "_INR"}, "BAD_VALUE", "symbol"),
        ({"symbol": "А_INR"}, "BAD_VALUE", "symbol"),  # the first letter is Cyrillic
        ({"symbol": "A" * 30 + "_INR"}, "BAD_VALUE", "symbol"),
        ({"symbol": ""}, "BAD_VALUE", "symbol"),
        ({"tick": "0"}, "BAD_DECIMAL", "tick"),
        ({"tick": "1e-2"}, "BAD_DECIMAL", "tick"),
        ({"tick": "0." + "0" * 18 + "1"}, "BAD_DECIMAL", "tick"),
        ({"tick": "9" * 20}, "BAD_DECIMAL", "tick"),
        ({"tick": "0.00001"}, "CONTRADICTION", "tick"),
        ({"tick": 0.05}, "BAD_TYPE", "tick"),
        ({"lot": "0.5"}, "BAD_DECIMAL", "lot"),
        ({"lot": "2", "min_quantity": "3"}, "BAD_LOT", "min_quantity"),
        ({"base": "DOGE"}, "UNKNOWN_ASSET", "base"),
        ({"quote": "DOGE"}, "UNKNOWN_ASSET", "quote"),
        ({"maker_ppm": -6, "taker_ppm": 5}, "FEES", "taker_ppm"),
        ({"taker_ppm": -1}, "FEES", "taker_ppm"),
        ({"taker_ppm": 1_000_000}, "FEES", "taker_ppm"),
        ({"taker_ppm": 10**30}, "FEES", "taker_ppm"),
        ({"maker_ppm": -(10**30)}, "FEES", "taker_ppm"),
        ({"maker_ppm": -1, "taker_ppm": 5, "fee_asset": "received"}, "FEES", "maker_ppm"),
        ({"fee_asset": "base"}, "BAD_VALUE", "fee_asset"),
        ({"min_notional": "-1"}, "BAD_DECIMAL", "min_notional"),
        ({"open_orders_limit": "5"}, "BAD_TYPE", "open_orders_limit"),
        ({"state": "halted"}, "UNKNOWN_FIELD", "state"),
    ],
)
async def test_bad_market_is_refused_and_leaves_nothing(
    house: House, ann: Person, change: dict[str, Any], code: str, field: str
) -> None:
    before = house.state()
    answer = await ann.call("POST", MARKETS, {**definition("BAD_INR"), **change})
    assert (answer.code, answer.error["field"]) == (code, field)
    assert house.state() == before


@pytest.mark.parametrize(
    "change", [{"base": "INR"}, {"min_quantity": "5", "max_quantity": "4"}, {"symbol": "TA_TAINR"}]
)
async def test_market_that_the_engine_refuses_is_not_there(
    house: House, ann: Person, change: dict[str, Any]
) -> None:
    answer = await ann.call("POST", MARKETS, {**definition("BAD_INR"), **change})
    assert (answer.status, answer.code) in {(422, "CONTRADICTION"), (409, "EXISTS")}
    shown = await house.call("GET", "/api/v1/depth", market=change.get("symbol", "BAD_INR"))
    assert shown.code == "UNKNOWN_MARKET"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"symbol": "gold", "decimals": 2}, "BAD_VALUE", "symbol"),
        ({"symbol": "A" * 17, "decimals": 2}, "BAD_VALUE", "symbol"),
        ({"symbol": "", "decimals": 2}, "BAD_VALUE", "symbol"),
        ({"symbol": "X_Y", "decimals": 2}, "BAD_VALUE", "symbol"),
        ({"symbol": "X", "decimals": -1}, "BAD_VALUE", "decimals"),
        ({"symbol": "X", "decimals": 19}, "BAD_VALUE", "decimals"),
        ({"symbol": "X", "decimals": 10**30}, "BAD_VALUE", "decimals"),
        ({"symbol": "X", "decimals": 8, "chain_decimals": 7}, "BAD_VALUE", "decimals"),
        ({"symbol": "X", "decimals": 8, "chain_decimals": 37}, "BAD_VALUE", "decimals"),
        ({"symbol": "X", "decimals": "8"}, "BAD_TYPE", "decimals"),
        ({"symbol": "X", "decimals": True}, "BAD_TYPE", "decimals"),
        ({"symbol": "X"}, "MISSING_FIELD", "decimals"),
    ],
)
async def test_bad_asset_is_refused(
    house: House, ann: Person, body: dict[str, Any], code: str, field: str
) -> None:
    before = house.state()
    answer = await ann.call("POST", ASSETS, body)
    assert (answer.status, answer.code, answer.error["field"]) == (422, code, field)
    assert house.state() == before


async def test_definitions_at_the_same_moment_do_not_take_each_others_place(
    house: House, ann: Person
) -> None:
    answers = await asyncio.gather(
        *(define(ann, f"SAME{number}_INR") for number in range(8)),
        *(ann.call("POST", ASSETS, {"symbol": f"SAME{n}", "decimals": 2}) for n in range(8)),
    )
    assert [answer.status for answer in answers] == [200] * 16
    shown = [market["market"] for market in (await house.get("/api/v1/markets"))["markets"]]
    assert {f"SAME{number}_INR" for number in range(8)} <= set(shown)


async def test_reset_takes_every_order_and_every_balance(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        ann, bob = await house.person(), await house.person()
        await ann.place("sell", "10.00", "5")
        await bob.place("buy", "10.00", "3")
        await bob.place("buy", "9.00", "3")
        answer = await ann.call("POST", "/api/v1/dev/reset")
        assert answer.body == {"accounts": 2, "open_orders": 0}
        assert await bob.balances() == {}
        assert (await house.get("/api/v1/depth", market=TATA_INR))["bids"] == []
        assert house.venue.engine.core.conservation_failure() == 0


async def test_without_development_none_of_it_is_there(tmp_path: Path) -> None:
    async with open_house(tmp_path, development=False) as house:
        who = {"email": "ann@example.com", "password": "correct horse battery"}
        ann = Person(house, "", (await house.call("POST", "/register", who)).body)
        answers = [await ann.call("POST", path, {"asset": "INR", "amount": "1"}) for path in CALLS]
        assert [(a.status, a.code) for a in answers] == [(404, "NOT_FOUND")] * 4
        paths = (await house.get("/openapi.json"))["paths"]
        assert not any("/dev/" in path for path in paths)
        health = await house.call("GET", "/health")
        assert (health.body["development"], "X-Outcry-Mode" in health.headers) == (False, False)
