from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry import codec
from outcry.domain.commands import CancelOrder, PlaceOrder
from outcry.domain.market import Asset, FeeAsset, Market, MarketState, VenueMode
from outcry.gateway.errors import ApiError
from outcry.gateway.native.parse import Number, name_order, parse_time
from outcry.gateway.native.schemas import CancelIn, PlainOrder, ReplaceIn
from outcry.gateway.special.wanted import OrderParser
from outcry.marketdata.registry import Registry
from outcry.ports import NEVER_NS

MARKET = Market(
    market=7, symbol="BTC_USDT", base=1, quote=2, tick_mantissa=5, tick_decimals=2,
    lot_units=10_000, tick_value_units=5, min_lots=1, max_lots=0, market_max_lots=0,
    min_notional_units=0, max_notional_units=0, fee_asset=FeeAsset.QUOTE, allow_self_trade=False,
    version=1, state=MarketState.TRADING, maker_ppm=0, taker_ppm=0, auction_ppm=0,
)  # fmt: skip


def parser() -> OrderParser:
    assets = [Asset(1, "BTC", 8, 8), Asset(2, "USDT", 6, 6)]
    return OrderParser(Registry(assets, [MARKET], VenueMode.NORMAL))


def placed(**fields: Any) -> PlaceOrder:
    order = PlainOrder(**{"market": "BTC_USDT", "side": "buy", **fields})
    command = codec.decode_command(parser().place(3, order))
    assert isinstance(command, PlaceOrder)
    return command


def refusal(call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as refused:
        call()
    return refused.value


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except ApiError as error:
        return error.kind.code
    return ""


def test_limit_order_becomes_ticks_and_lots() -> None:
    command = placed(price="100.05", quantity="0.0003", client_order_id="a", post_only=True)
    assert (command.account, command.market, command.key) == (3, 7, "a")
    assert (command.price_ticks, command.lots, command.flags) == (2_001, 3, 1)
    assert (command.side, command.kind, command.time_in_force) == (0, 0, 0)


def test_market_orders_are_immediate() -> None:
    by_size = placed(type="market", side="SELL", quantity="1")
    by_budget = placed(type="Market", budget="2.5")
    assert (by_size.kind, by_size.side, by_size.lots, by_size.time_in_force) == (1, 1, 10_000, 1)
    assert (by_budget.kind, by_budget.lots, by_budget.budget_units) == (2, 0, 2_500_000)


def shaken(name: str) -> st.SearchStrategy[str]:
    """Return the spellings of a name in any case."""
    return st.tuples(*(st.sampled_from([c.lower(), c.upper()]) for c in name)).map("".join)


@given(shaken("sell"), shaken("limit"), shaken("ioc"), shaken("expire_maker"))
def test_names_are_known_in_any_case(side: str, kind: str, in_force: str, mode: str) -> None:
    usual = {"side": "sell", "type": "limit", "time_in_force": "ioc"}
    names = {"side": side, "type": kind, "time_in_force": in_force}
    size = {"price": "1", "quantity": "1"}
    command = placed(**names, **size, self_trade_prevention=mode)
    assert command == placed(**usual, **size, self_trade_prevention="expire_maker")


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("side", "\u017fell"),  # a long s
        ("side", "ѕell"),  # a Cyrillic one
        ("side", "ｂuy"),  # a wide b
        ("type", "mar\u212aet"),  # the sign of Kelvin, whose lower case is a k
        ("type", "l\u0130mit"),  # a dotted I
        ("time_in_force", "GT\u216d"),  # the Roman hundred
        ("self_trade_prevention", "e\u00d7pire_taker"),
        ("side", " buy"),
        ("side", ""),
    ],
)
def test_names_that_only_look_alike_are_refused(field: str, name: str) -> None:
    error = refusal(lambda: placed(**{"price": "1", "quantity": "1", field: name}))
    assert (error.kind.code, error.body.field, error.body.given) == ("BAD_VALUE", field, name)


@given(st.integers(0, 10**25), st.integers(0, 18), st.integers(1, 1_000), st.integers(0, 18))
def test_number_is_exact_or_refused_with_its_neighbours(
    digits: int, places: int, step: int, decimals: int
) -> None:
    text = str(digits).rjust(places + 1, "0")
    text = f"{text[:-places]}.{text[-places:]}" if places else text
    number = Number("price", "BAD_TICK", decimals, step)
    exact = Fraction(digits, 10**places) * 10**decimals / step
    try:
        units = number.units(text)
    except ApiError as error:
        _check_refusal(error, exact, number, text)
    else:
        assert units == exact > 0
        assert number.units(text) == units


def _check_refusal(error: ApiError, exact: Fraction, number: Number, text: str) -> None:
    code, valid = error.kind.code, error.body.valid
    if len(text.partition(".")[0]) > 20 or exact == 0:
        assert code == "BAD_DECIMAL"
    elif exact.denominator != 1:
        floor = int(exact)
        assert (code, valid) == ("BAD_TICK", [number.text(n) for n in (floor, floor + 1) if n])
    else:
        assert (code, exact >= 1 << 62) == ("NOTIONAL_OVERFLOW", True)


def test_numbers_that_are_remembered_are_bounded() -> None:
    number = Number("price", "BAD_TICK", 0, 1)
    for digits in range(1, 40_000):
        assert number.units(str(digits)) == digits


@given(st.text(max_size=45))
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    codes = {"", "BAD_DECIMAL", "BAD_TICK", "NOTIONAL_OVERFLOW"}
    assert code_of(lambda: Number("price", "BAD_TICK", 2, 5).units(text)) in codes


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"price": "1"}, "MISSING_FIELD", "quantity"),
        ({"quantity": "1"}, "MISSING_FIELD", "price"),
        ({"price": "1", "quantity": "1", "budget": "1"}, "CONTRADICTION", "budget"),
        ({"type": "market"}, "CONTRADICTION", "quantity"),
        ({"type": "market", "quantity": "1", "budget": "1"}, "CONTRADICTION", "quantity"),
        ({"type": "market", "quantity": "1", "price": "1"}, "CONTRADICTION", "price"),
        ({"side": "buyy", "price": "1", "quantity": "1"}, "BAD_VALUE", "side"),
        ({"market": "btc_usdt", "price": "1", "quantity": "1"}, "UNKNOWN_MARKET", "market"),
    ],
)
def test_order_that_says_too_little_or_too_much_is_refused(
    fields: dict[str, Any], code: str, field: str
) -> None:
    error = refusal(lambda: placed(**fields))
    assert (error.kind.code, error.body.field) == (code, field)


def test_rules_that_change_are_read_again() -> None:
    registry = Registry([Asset(1, "BTC", 8, 8), Asset(2, "USDT", 6, 6)], [MARKET], VenueMode.NORMAL)
    known = OrderParser(registry)
    before = known.rules("BTC_USDT")
    assert known.rules("BTC_USDT") is before
    registry._put(MARKET.__class__(**{f: getattr(MARKET, f) for f in MARKET.__slots__}))
    assert known.rules("BTC_USDT") is not before


def test_replaced_order_keeps_what_is_not_named() -> None:
    rules = parser().rules("BTC_USDT")
    now = (2_000, 30)
    assert parser().replaced(rules, ReplaceIn(order_id=1, price="1.00"), now) == (20, 30)
    assert parser().replaced(rules, ReplaceIn(order_id=1, quantity="0.0001"), now) == (2_000, 1)


@pytest.mark.parametrize(
    ("order_id", "key", "code"),
    [
        (None, None, "CONTRADICTION"),
        (1, "a", "CONTRADICTION"),
        (0, None, "UNKNOWN_ORDER"),
        (-1, None, "UNKNOWN_ORDER"),
        (1 << 63, None, "UNKNOWN_ORDER"),
        (None, "", "BAD_ID"),
        (None, "a" * 37, "BAD_ID"),
        (None, "a\n", "BAD_ID"),
    ],
)
def test_order_is_named_once_and_well(order_id: int | None, key: str | None, code: str) -> None:
    assert refusal(lambda: name_order(1, order_id, key)).kind.code == code


def test_client_order_id_is_the_accounts_own() -> None:
    assert name_order(1, None, "a") != name_order(2, None, "a")
    command = codec.decode_command(parser().cancel(1, CancelIn(client_order_id="a")))
    assert isinstance(command, CancelOrder)
    assert (command.order_id, command.target) == name_order(1, None, "a")


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("0", 0),
        ("1500", 1_500_000_000),
        ("1970-01-01T00:00:01Z", 1_000_000_000),
        ("1970-01-01T05:30:01+05:30", 1_000_000_000),
        ("1970-01-01T05:30:01 05:30", 1_000_000_000),
        ("1970-01-01T00:00:00.000001Z", 1_000),
        ("1970-01-02", 86_400 * 10**9),
        ("999999999999999", NEVER_NS),
        ("9999-12-31T23:59:59Z", NEVER_NS),
        ("9999-12-31T23:59:59-23:59", NEVER_NS),
    ],
)
def test_time_is_read_in_both_forms(text: str, time_ns: int) -> None:
    assert parse_time(text, "start_time") == time_ns


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59.999999Z", "soon", "", "1e3", "-1"]
)
def test_time_that_is_none_is_refused(text: str) -> None:
    assert refusal(lambda: parse_time(text, "start_time")).kind.code == "BAD_TIME"


@given(st.text(max_size=30) | st.text("0123456789-:TZ+. W", max_size=30))
def test_any_text_is_a_time_or_a_refusal(text: str) -> None:
    assert code_of(lambda: parse_time(text, "end_time")) in {"", "BAD_TIME"}
