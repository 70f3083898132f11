"""What each field of an order with terms becomes, and every combination that is refused here."""

from typing import Any

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import Asset, FeeAsset, Market, MarketState, VenueMode
from outcry.domain.order import Peg, TimeInForce, Trigger
from outcry.gateway.errors import ApiError
from outcry.gateway.special.schemas import read_order
from outcry.gateway.special.wanted import TYPES, OrderParser
from outcry.marketdata.registry import Registry
from outcry.ports import NEVER_NS

MARKET = Market(
    market=7, symbol="A_B", base=1, quote=2, tick_mantissa=5, tick_decimals=2,
    lot_units=10, tick_value_units=5, min_lots=1, max_lots=0, market_max_lots=0,
    min_notional_units=0, max_notional_units=0, fee_asset=FeeAsset.QUOTE, allow_self_trade=False,
    version=1, state=MarketState.TRADING, maker_ppm=0, taker_ppm=0, auction_ppm=0,
)  # fmt: skip
PARSER = OrderParser(
    Registry([Asset(1, "A", 2, 2), Asset(2, "B", 4, 4)], [MARKET], VenueMode.NORMAL)
)
SIZE = {"market": "A_B", "side": "buy", "quantity": "5"}
PRICED = {**SIZE, "price": "10.00"}
STOP = {**PRICED, "type": "stop_limit", "stop_price": "11.00"}
TRAIL = {**PRICED, "type": "trailing_stop", "trailing_percent": "2.5"}
PEGGED = {**PRICED, "type": "pegged", "peg": "mid"}
TWAP = {**PRICED, "type": "twap", "slices": 3, "slice_interval_ms": 1_000}
LATER = "2030-01-01T00:00:00Z"


def placed(order: dict[str, Any], session: int | None = None) -> Any:
    record = PARSER.place_special(3, read_order(order), session)
    assert session is not None or record == PARSER.place(3, read_order(order))
    return codec.decode_command(record)


def refused(order: dict[str, Any]) -> ApiError:
    with pytest.raises(ApiError) as error:
        placed(order)
    return error.value


PLAIN = {"account": 3, "market": 7, "side": 0, "price_ticks": 200, "lots": 50}
READ: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "stop-limit": (STOP, {"trigger": Trigger.STOP, "trigger_ticks": 220}),
    "stop-market": (
        {**SIZE, "type": "stop_market", "stop_price": "11.00"},
        {"trigger": Trigger.STOP, "trigger_ticks": 220, "kind": 1, "price_ticks": 0},
    ),
    "take-limit": (
        {**STOP, "type": "take_profit_limit"}, {"trigger": Trigger.TAKE, "trigger_ticks": 220},
    ),
    "take-market": (
        {**SIZE, "type": "take_profit_market", "stop_price": "11.00", "time_in_force": "gtd",
         "expires_at": "1970-01-02T00:00:00Z"},
        {"trigger": Trigger.TAKE, "trigger_ticks": 220, "kind": 1, "price_ticks": 0,
         "time_in_force": TimeInForce.GTD, "expires_ns": 86_400 * 10**9},
    ),
    "trailing": (TRAIL, {"trigger": Trigger.TRAIL, "trail_ppm": 25_000}),
    "trailing-least": (
        {**TRAIL, "trailing_percent": "0.0001"}, {"trigger": Trigger.TRAIL, "trail_ppm": 1},
    ),
    "trailing-from": (
        {**TRAIL, "stop_price": "12.00", "trailing_percent": "99.9999"},
        {"trigger": Trigger.TRAIL, "trail_ppm": 999_999, "trigger_ticks": 240},
    ),
    "iceberg": ({**PRICED, "display_quantity": "0.1"}, {"display_lots": 1}),
    "gtd": (
        {**PRICED, "time_in_force": "GTD", "expires_at": 5_000},
        {"time_in_force": TimeInForce.GTD, "expires_ns": 5 * 10**9},
    ),
    "gtd-by-its-time": (
        {**PRICED, "expires_at": "1970-01-01T00:00:05Z"},
        {"time_in_force": TimeInForce.GTD, "expires_ns": 5 * 10**9},
    ),
    "gtd-for-ever": (
        {**PRICED, "expires_at": "9999-12-31T00:00:00Z"},
        {"time_in_force": TimeInForce.GTD, "expires_ns": NEVER_NS},
    ),
    "day": ({**PRICED, "time_in_force": "day"}, {"time_in_force": TimeInForce.DAY}),
    "slide": ({**PRICED, "post_only": True, "slide": True}, {"flags": 3}),
    "peg": (PEGGED, {"peg": Peg.MID}),
    "peg-offset": (
        {**PEGGED, "peg": "ASK", "peg_offset": "0.10"}, {"peg": Peg.ASK, "peg_offset_ticks": 2},
    ),
    "peg-below": (
        {**PEGGED, "peg": "bid", "peg_offset": "-0.05"}, {"peg": Peg.BID, "peg_offset_ticks": -1},
    ),
    "twap": (TWAP, {"slices": 3, "interval_ns": 10**9}),
    "stop-post-only": (
        {**STOP, "post_only": True}, {"trigger": 1, "trigger_ticks": 220, "flags": 1},
    ),
    "stop-fok": (
        {**STOP, "time_in_force": "fok"},
        {"trigger": 1, "trigger_ticks": 220, "time_in_force": TimeInForce.FOK},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_every_field_becomes_what_the_engine_calls_it(name: str) -> None:
    order, expected = READ[name]
    assert placed(order) == c.PlaceSpecial(**{**PLAIN, **expected})


@pytest.mark.parametrize(
    "order",
    [
        PRICED,
        {**PRICED, "slide": False, "cancel_on_disconnect": False},
        {**PRICED, "post_only": True, "slide": False},
        {**PRICED, "peg": None},
    ],
)
def test_order_without_terms_is_the_plain_one_however_it_is_said(order: dict[str, Any]) -> None:
    flags = int(bool(order.get("post_only")))
    assert placed(order) == c.PlaceOrder(**PLAIN, flags=flags)


@pytest.mark.parametrize("life", [None, "ioc", "gtc", "fok"])
def test_worst_price_makes_a_market_order_a_limit_that_does_not_rest(life: str | None) -> None:
    order = {**SIZE, "type": "market", "protection_price": "10.00"}
    order |= {"time_in_force": life} if life else {}
    wanted = TimeInForce.FOK if life == "fok" else TimeInForce.IOC
    assert placed(order) == c.PlaceOrder(**PLAIN, time_in_force=wanted)


def test_session_ties_an_order() -> None:
    assert placed(PRICED, session=9) == c.PlaceSpecial(**PLAIN, session=9)
    assert placed({**PRICED, "cancel_on_disconnect": True}, session=9).session == 9
    assert placed(PRICED, session=0) == c.PlaceOrder(**PLAIN)


def test_names_may_be_in_any_case_and_numbers_are_remembered_by_market() -> None:
    loud = {**STOP, "type": "STOP_LIMIT", "side": "BUY", "time_in_force": "Day"}
    quiet = {**STOP, "time_in_force": "day"}
    assert placed(loud) == placed(quiet)


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "stop-without": ({**PRICED, "type": "stop_limit"}, "MISSING_FIELD", "stop_price"),
    "stop-market-priced": ({**STOP, "type": "stop_market"}, "CONTRADICTION", "price"),
    "stop-market-fok": (
        {**SIZE, "type": "stop_market", "stop_price": "11.00", "time_in_force": "fok"},
        "CONTRADICTION", "time_in_force",
    ),
    "stop-market-post-only": (
        {**SIZE, "type": "stop_market", "stop_price": "11.00", "post_only": True},
        "CONTRADICTION", "post_only",
    ),
    "stop-price-of-limit": ({**PRICED, "stop_price": "11.00"}, "CONTRADICTION", "stop_price"),
    "stop-unpriced": (
        {**SIZE, "type": "stop_limit", "stop_price": "1.00"}, "MISSING_FIELD", "price",
    ),
    "stop-unsized": (
        {k: v for k, v in STOP.items() if k != "quantity"}, "MISSING_FIELD", "quantity",
    ),
    "stop-budget": ({**STOP, "budget": "5"}, "CONTRADICTION", "budget"),
    "stop-tick": ({**STOP, "stop_price": "11.01"}, "BAD_TICK", "stop_price"),
    "stop-slide": ({**STOP, "post_only": True, "slide": True}, "CONTRADICTION", "slide"),
    "trail-all": ({**TRAIL, "trailing_percent": "100"}, "BAD_VALUE", "trailing_percent"),
    "trail-fine": ({**TRAIL, "trailing_percent": "0.00001"}, "BAD_DECIMAL", "trailing_percent"),
    "trail-without": ({**PRICED, "type": "trailing_stop"}, "MISSING_FIELD", "trailing_percent"),
    "display-lot": ({**PRICED, "display_quantity": "0.05"}, "BAD_LOT", "display_quantity"),
    "display-more": ({**PRICED, "display_quantity": "5.1"}, "BAD_VALUE", "display_quantity"),
    "display-ioc": (
        {**PRICED, "display_quantity": "1", "time_in_force": "ioc"},
        "CONTRADICTION", "display_quantity",
    ),
    "display-market": (
        {**SIZE, "type": "market", "display_quantity": "1"}, "CONTRADICTION", "display_quantity",
    ),
    "slide-alone": ({**PRICED, "slide": True}, "CONTRADICTION", "slide"),
    "gtd-without": ({**PRICED, "time_in_force": "gtd"}, "CONTRADICTION", "expires_at"),
    "gtc-with": (
        {**PRICED, "time_in_force": "gtc", "expires_at": LATER}, "CONTRADICTION", "expires_at",
    ),
    "market-gtd": (
        {**SIZE, "type": "market", "expires_at": LATER}, "CONTRADICTION", "time_in_force",
    ),
    "market-day": (
        {**SIZE, "type": "market", "time_in_force": "day"}, "CONTRADICTION", "time_in_force",
    ),
    "time": ({**PRICED, "expires_at": "tomorrow"}, "BAD_TIME", "expires_at"),
    "time-before": ({**PRICED, "expires_at": -5}, "BAD_TIME", "expires_at"),
    "time-float": ({**PRICED, "expires_at": 5.5}, "BAD_TYPE", "expires_at"),
    "post-only-gtd-ioc": (
        {**PRICED, "slide": True, "post_only": True, "time_in_force": "ioc"},
        "CONTRADICTION", "post_only",
    ),
    "peg-unknown": ({**PEGGED, "peg": "middle"}, "BAD_VALUE", "peg"),
    "peg-without": ({**PRICED, "type": "pegged"}, "MISSING_FIELD", "peg"),
    "peg-unpriced-buy": ({**SIZE, "type": "pegged", "peg": "mid"}, "MISSING_FIELD", "price"),
    "peg-of-limit": ({**PRICED, "peg": "mid"}, "CONTRADICTION", "peg"),
    "peg-ioc": ({**PEGGED, "time_in_force": "ioc"}, "CONTRADICTION", "time_in_force"),
    "peg-post-only": ({**PEGGED, "post_only": True}, "CONTRADICTION", "post_only"),
    "peg-display": ({**PEGGED, "display_quantity": "1"}, "CONTRADICTION", "display_quantity"),
    "peg-offset-tick": ({**PEGGED, "peg_offset": "-0.01"}, "BAD_TICK", "peg_offset"),
    "peg-offset-zero": ({**PEGGED, "peg_offset": "0"}, "BAD_DECIMAL", "peg_offset"),
    "peg-offset-twice": ({**PEGGED, "peg_offset": "--1"}, "BAD_DECIMAL", "peg_offset"),
    "peg-offset-far": ({**PEGGED, "peg_offset": "-214748364.80"}, "BAD_VALUE", "peg_offset"),
    "twap-without": ({**PRICED, "type": "twap", "slices": 3}, "MISSING_FIELD", "slice_interval_ms"),
    "twap-none": ({**TWAP, "slices": 0}, "BAD_VALUE", "slices"),
    "twap-many": ({**TWAP, "slices": 1_001}, "BAD_VALUE", "slices"),
    "twap-at-once": ({**TWAP, "slice_interval_ms": 0}, "BAD_VALUE", "slice_interval_ms"),
    "twap-late": ({**TWAP, "slice_interval_ms": 10**12 + 1}, "BAD_VALUE", "slice_interval_ms"),
    "twap-text": ({**TWAP, "slices": "3"}, "BAD_TYPE", "slices"),
    "twap-day": ({**TWAP, "time_in_force": "day"}, "CONTRADICTION", "time_in_force"),
    "twap-post-only": ({**TWAP, "post_only": True}, "CONTRADICTION", "post_only"),
    "protection-of-limit": (
        {**PRICED, "protection_price": "1.00"}, "CONTRADICTION", "protection_price",
    ),
    "protection-and-price": (
        {**PRICED, "type": "market", "protection_price": "1.00"}, "CONTRADICTION", "price",
    ),
    "protection-and-budget": (
        {"market": "A_B", "side": "buy", "type": "market", "budget": "5",
         "protection_price": "1.00"},
        "CONTRADICTION", "protection_price",
    ),
    "tied-to-nothing": (
        {**PRICED, "cancel_on_disconnect": True}, "CONTRADICTION", "cancel_on_disconnect",
    ),
    "type": ({**STOP, "type": "stop"}, "BAD_VALUE", "type"),
    "type-look-alike": ({**STOP, "type": "\u017ftop_limit"}, "BAD_VALUE", "type"),
    "side": ({**STOP, "side": "hold"}, "BAD_VALUE", "side"),
    "self-trade": ({**STOP, "self_trade_prevention": "all"}, "BAD_VALUE", "self_trade_prevention"),
    "id": ({**STOP, "client_order_id": "a b"}, "BAD_ID", "client_order_id"),
    "market": ({**STOP, "market": "A_C"}, "UNKNOWN_MARKET", "market"),
    "unknown": ({**STOP, "trigger": "1"}, "UNKNOWN_FIELD", "trigger"),
    "null": ({**STOP, "stop_price": None}, "BAD_TYPE", "stop_price"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_go_together_is_refused_with_what_would(name: str) -> None:
    order, code, field = BAD[name]
    error = refused(order)
    assert (error.kind.code, error.body.field) == (code, field)
    if code not in {"UNKNOWN_MARKET", "BAD_ID", "BAD_TIME"}:
        assert error.body.message != error.kind.text


def test_every_type_is_shown() -> None:
    assert {order.get("type", "limit") for order, _ in READ.values()} | {"market"} == set(TYPES)
