"""The rows of the bad-input catalogue that are about orders: a change of a good request, a refusal.

Each is shown to every door it can come through, see `doors.py` and the tests that take rows.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.support.doors import Fields
from tests.support.gateway import BTC_USDT, TATA_INR

ABSENT = object()
GOOD_ORDER: Fields = {"market": TATA_INR, "side": "buy", "price": "50.05", "quantity": "3"}
BITCOIN: Fields = {"market": BTC_USDT, "side": "buy", "price": "1000.00", "quantity": "1"}
TYPES = [
    "limit", "market", "pegged", "stop_limit", "stop_market", "take_profit_limit",
    "take_profit_market", "trailing_stop", "twap",
]  # fmt: skip
MARKET: Fields = {"type": "market", "price": ABSENT}


class Named(str):
    """The name of an order of the test; its id goes into the request."""


OPEN, PARTLY, FILLED, CANCELLED, FOREIGN = map(
    Named, ("open", "partly", "filled", "cancelled", "foreign")
)


class Row(NamedTuple):
    """A change of a good request, and the refusal. `by_engine`: it is sequenced."""

    name: str
    change: Fields
    code: str
    field: str | None = None
    valid: list[str] | None = None
    by_engine: bool = False


NOT_DECIMALS = {
    "zero": "0",
    "zero-with-decimals": "0.00",
    "negative": "-1",
    "minus-zero": "-0",
    "nan": "NaN",
    "infinity": "Infinity",
    "inf": "-inf",
    "exponent": "1e5",
    "huge-exponent": "1e1000000",
    "plus": "+1",
    "underscore": "1_000",
    "thousands": "1,000",
    "full-width": "１０",
    "arabic-digits": "١٠",
    "superscript": "1²",
    "space-before": " 1",
    "space-after": "1 ",
    "newline-after": "1\n",
    "nul-after": "1\0",
    "leading-zero": "01",
    "hex": "0x10",
    "no-digits-before": ".5",
    "no-digits-after": "5.",
    "empty": "",
    "words": "ten",
    "21-digits": "1" * 21,
    "19-decimals": "1." + "0" * 19,
    "long": "9" * 10_000,
    "markup": "<b>1</b>",
    "statement": "1; DROP TABLE orders",
}
NOT_TEXTS = {"int": 5, "float": 5.5, "true": True, "list": ["1"], "object": {"a": "1"}}
NOT_IDS = {
    "empty": "",
    "37-characters": "a" * 37,
    "space": "my order",
    "crlf": "a\r\nX-Admin: 1",
    "nul": "a\0",
    "newline-after": "a\n",
    "markup": "<script>alert(1)</script>",
    "accent": "é",
    "full-width": "ａ",
    "right-to-left": "a\u202eb",
    "dots": "../../etc/passwd",
}
NOT_MARKETS = {
    "unknown": "DOGE_INR",
    "lower-case": "tata_inr",
    "homoglyph": "ТATA_INR",  # the first letter is Cyrillic
    "zero-width": "TATA\u200b_INR",
    "space-after": "TATA_INR ",
    "no-underscore": "TATAINR",
    "slash": "TATA/INR",
    "empty": "",
    "nul": "TATA_INR\0",
    "long": "A" * 10_000,
}
NOT_YOURS_TO_SET = (
    "is_admin", "role", "account_id", "account", "balance", "status", "fee_rate", "id",
    "created_at", "order_id", "sequence", "fills", "fee", "Price", "price ", "__proto__", "",
)  # fmt: skip


def number_rows(field: str, **more: Any) -> Iterator[Row]:
    for name, text in NOT_DECIMALS.items():
        yield Row(f"{field}-{name}", {**more, field: text}, "BAD_DECIMAL", field)
    yield Row(f"{field}-20-digits", {**more, field: "9" * 20}, "NOTIONAL_OVERFLOW", field)


def type_rows(field: str, **more: Any) -> Iterator[Row]:
    for name, value in NOT_TEXTS.items():
        yield Row(f"{field}-{name}", {**more, field: value}, "BAD_TYPE", field)


def rule_rows() -> Iterator[Row]:
    """Yield what breaks a market's rules; the valid neighbours are named."""
    yield Row("tick", {"price": "50.03"}, "BAD_TICK", "price", ["50.00", "50.05"])
    yield Row("tick-too-fine", {"price": "50.051"}, "BAD_TICK", "price", ["50.05", "50.10"])
    yield Row("below-a-tick", {"price": "0.01"}, "BAD_TICK", "price", ["0.05"])
    yield Row("tick-18-decimals", {"price": "50." + "0" * 17 + "1"}, "BAD_TICK", "price")
    yield Row("lot", {"quantity": "1.5"}, "BAD_LOT", "quantity", ["1", "2"])
    yield Row("below-a-lot", {"quantity": "0.5"}, "BAD_LOT", "quantity", ["1"])


def engine_rows() -> Iterator[Row]:
    """Yield what only the engine refuses: it depends on state, and is sequenced."""
    too_much = {"price": "100000000000.00", "quantity": "100000000000"}
    many = {**BITCOIN, "price": "0.01"}
    for name, change, code in (
        ("overflow", too_much, "NOTIONAL_OVERFLOW"),
        ("overflow-of-words", {"price": "9" * 17, "quantity": "9" * 18}, "NOTIONAL_OVERFLOW"),
        ("limit-of-an-order", {"price": "20000.00", "quantity": "1000"}, "ORDER_NOTIONAL"),
        ("funds", {"side": "sell", "quantity": "10001"}, "INSUFFICIENT_FUNDS"),
        ("halted", {"market": "REST_INR"}, "HALTED"),
        ("closed", {"market": "GONE_INR"}, "MARKET_CLOSED"),
        ("cancel-only", {"market": "LAST_INR"}, "CANCEL_ONLY"),
        ("retired", {"market": "DONE_INR"}, "MARKET_CLOSED"),
        ("band", {"market": "BAND_INR", "price": "105.05"}, "PRICE_BAND"),
        ("min-quantity", {**BITCOIN, "price": "90000.00", "quantity": "0.0001"}, "MIN_QTY"),
        ("max-quantity", {**many, "quantity": "10.0001"}, "MAX_QTY"),
        ("min-notional", {**many, "quantity": "1"}, "MIN_NOTIONAL"),
        ("no-notional", {**many, "quantity": "0.0002"}, "MIN_NOTIONAL"),
        ("max-notional", {**BITCOIN, "price": "900000.01"}, "MAX_NOTIONAL"),
    ):
        yield Row(name, change, code, by_engine=True)


def placing_rows() -> Iterator[Row]:
    """Yield what all doors that place have in common."""
    for field in ("price", "quantity"):
        yield from number_rows(field)
        yield Row(f"{field}-missing", {field: ABSENT}, "MISSING_FIELD", field)
        yield Row(f"{field}-null", {field: None}, "BAD_TYPE", field)
    yield from rule_rows()
    for name, symbol in NOT_MARKETS.items():
        yield Row(f"market-{name}", {"market": symbol}, "UNKNOWN_MARKET", "market")
    for field in ("market", "side"):
        yield from type_rows(field)
        yield Row(f"{field}-null", {field: None}, "BAD_TYPE", field)
        yield Row(f"{field}-missing", {field: ABSENT}, "MISSING_FIELD", field)
    yield Row("side-unknown", {"side": "hold"}, "BAD_VALUE", "side", ["buy", "sell"])
    for name in NOT_YOURS_TO_SET:
        yield Row(f"unknown-field-{name}", {name: "1"}, "UNKNOWN_FIELD", name)
    yield Row("market-order-with-price", {"type": "market"}, "CONTRADICTION", "price")
    yield Row(
        "market-order-of-nothing", {**MARKET, "quantity": ABSENT}, "CONTRADICTION", "quantity"
    )
    yield from engine_rows()


def full_rows() -> Iterator[Row]:
    """Yield what only the doors with every field can be shown."""
    for field in ("price", "quantity"):
        yield from type_rows(field)
    yield from number_rows("budget", **MARKET, quantity=ABSENT)
    yield from type_rows("budget", **MARKET, quantity=ABSENT)
    too_fine = {**MARKET, "quantity": ABSENT, "budget": "1.00001"}
    yield Row("budget-too-fine", too_fine, "BAD_DECIMAL", "budget", ["1.0000", "1.0001"])
    for name, text in NOT_IDS.items():
        yield Row(f"client-id-{name}", {"client_order_id": text}, "BAD_ID", "client_order_id")
    yield from type_rows("client_order_id")
    yield from type_rows("time_in_force")
    for name, value in (("text", "true"), ("number", 1), ("null", None)):
        yield Row(f"post-only-{name}", {"post_only": value}, "BAD_TYPE", "post_only")
    yield Row("type-unknown", {"type": "stop"}, "BAD_VALUE", "type", TYPES)
    for field, text in (("time_in_force", "gtx"), ("self_trade_prevention", "all")):
        yield Row(f"{field}-unknown", {field: text}, "BAD_VALUE", field)
    yield Row("limit-with-budget", {"budget": "5"}, "CONTRADICTION", "budget")
    yield Row("market-post-only", {**MARKET, "post_only": True}, "CONTRADICTION", "post_only")
    yield Row("market-both-sizes", {**MARKET, "budget": "5"}, "CONTRADICTION", "quantity")
    for name, change in (
        ("post-only-ioc", {"post_only": True, "time_in_force": "ioc"}),
        ("market-fok", {**MARKET, "time_in_force": "fok"}),
        ("self-trade-not-allowed", {"self_trade_prevention": "none"}),
    ):
        yield Row(name, change, "CONTRADICTION", by_engine=True)
    market_order = {**BITCOIN, **MARKET, "quantity": "5.0001"}
    yield Row("market-max-quantity", market_order, "MARKET_MAX_QTY", by_engine=True)
    small = {**MARKET, "quantity": ABSENT, "budget": "0.0001"}
    yield Row("budget-min-notional", {**BITCOIN, **small}, "MIN_NOTIONAL", by_engine=True)


STOP: Fields = {"type": "stop_limit", "side": "sell", "price": "40.00", "stop_price": "45.00"}
PEGGED: Fields = {"type": "pegged", "peg": "mid"}
TWAP: Fields = {"type": "twap", "slices": 3, "slice_interval_ms": 60_000}


def short_rows() -> Iterator[Row]:
    """Yield what only the short form says: it knows two types."""
    for name in ("stop", "stop_limit", "twap"):
        yield Row(f"type-{name}", {"type": name}, "BAD_VALUE", "type", ["limit", "market"])


def special_rows() -> Iterator[Row]:
    """Yield what is wrong with orders with terms; every combination is in the unit tests."""
    trailing = {**STOP, "type": "trailing_stop", "trailing_percent": "2"}
    for field, order in (
        ("stop_price", STOP),
        ("trailing_percent", trailing),
        ("display_quantity", {}),
        ("peg_offset", PEGGED),
        ("protection_price", MARKET),
    ):
        # An offset may be below 0.
        skipped = {"peg_offset-negative", "trailing_percent-20-digits"}
        yield from (row for row in number_rows(field, **order) if row.name not in skipped)
        yield from type_rows(field, **order)
        yield Row(f"{field}-null", {**order, field: None}, "BAD_TYPE", field)
    for field in ("slices", "slice_interval_ms"):
        for name, value in (("text", "3"), ("float", 1.5), ("true", True), ("list", [3])):
            yield Row(f"{field}-{name}", {**TWAP, field: value}, "BAD_TYPE", field)
        for name, number in (("zero", 0), ("negative", -1), ("huge", 1 << 62)):
            yield Row(f"{field}-{name}", {**TWAP, field: number}, "BAD_VALUE", field)
    for field, value in (("slide", "yes"), ("slide", 1), ("peg", 1), ("expires_at", True)):
        yield Row(f"{field}-{value}", {field: value}, "BAD_TYPE", field)
    near = ["45.00", "45.05"]
    yield Row("stop-tick", {**STOP, "stop_price": "45.03"}, "BAD_TICK", "stop_price", near)
    yield Row("display-lot", {"display_quantity": "1.5"}, "BAD_LOT", "display_quantity", ["1", "2"])
    yield Row("display-more", {"display_quantity": "4"}, "BAD_VALUE", "display_quantity", ["3"])
    for name, text in (("words", "soon"), ("no-day", "2030-02-30T00:00:00Z"), ("nul", "2030\0")):
        yield Row(f"expires-{name}", {"expires_at": text}, "BAD_TIME", "expires_at")
    for field in ("stop_price", "trailing_percent", "peg_offset", "protection_price"):
        yield Row(f"{field}-of-limit", {field: "1.00"}, "CONTRADICTION", field)
    for name in NOT_YOURS_TO_SET:
        yield Row(f"special-unknown-field-{name}", {**STOP, name: "1"}, "UNKNOWN_FIELD", name)
    yield from special_engine_rows()


def special_engine_rows() -> Iterator[Row]:
    """Yield what only the engine refuses of them."""
    tiny = {**BITCOIN, **STOP, "quantity": "0.0001"}
    parts = {"display_quantity": "1", "price": "0.05", "quantity": "100001"}
    for name, change, code in (
        ("expires-past", {"expires_at": "2020-01-01T00:00:00Z"}, "CONTRADICTION"),
        ("stop-reached", {**STOP, "market": "BAND_INR", "stop_price": "200.00"}, "WOULD_TRIGGER"),
        ("stop-funds", {**STOP, "quantity": "10001"}, "INSUFFICIENT_FUNDS"),
        ("stop-halted", {**STOP, "market": "REST_INR"}, "HALTED"),
        ("stop-closed", {**STOP, "market": "GONE_INR"}, "MARKET_CLOSED"),
        ("stop-too-small", tiny, "MIN_QTY"),
        ("iceberg-of-too-many-parts", parts, "MAX_QTY"),
        ("peg-too-dear", {**PEGGED, "price": "20000.00", "quantity": "1000"}, "ORDER_NOTIONAL"),
    ):
        yield Row(name, change, code, by_engine=True)


def replace_rows() -> Iterator[Row]:
    """Yield changes of `{"order_id": ..., "price": ...}`."""
    for field in ("price", "quantity"):
        yield from number_rows(field)
        yield from type_rows(field)
    yield from rule_rows()
    yield Row("nothing-new", {"price": ABSENT}, "MISSING_FIELD", "price")
    for name in ("is_admin", "account_id", "side", "status", "user_id"):
        yield Row(f"unknown-field-{name}", {name: "1"}, "UNKNOWN_FIELD", name)
    yield Row("cancel-first-text", {"cancel_first": "yes"}, "BAD_TYPE", "cancel_first")
    words = {"price": "9" * 17, "quantity": "9" * 18}
    yield Row("overflow-of-words", words, "NOTIONAL_OVERFLOW", by_engine=True)
    for name in (FILLED, CANCELLED, FOREIGN):
        yield Row(f"order-{name}", {"order_id": name}, "UNKNOWN_ORDER", "order_id")
    yield from naming_rows(in_body=True)


def atomic_rows() -> Iterator[Row]:
    """Yield changes that only a replace in place refuses: cancelled first, it is another order."""
    small = {"order_id": PARTLY, "price": ABSENT, "quantity": "1"}
    yield Row("below-filled", small, "BELOW_FILLED", by_engine=True)


def naming_rows(*, in_body: bool) -> Iterator[Row]:
    """Yield bad names of an order, for replacing and cancelling."""
    both = {"client_order_id": "abc"}
    yield Row("both-names", both, "CONTRADICTION", "order_id")
    yield Row("no-name", {"order_id": ABSENT}, "CONTRADICTION", "order_id")
    for name, order_id in (
        ("zero", 0),
        ("negative", -1),
        ("2-to-63", 1 << 63),
        ("2-to-100", 1 << 100),
    ):
        yield Row(f"order-id-{name}", {"order_id": order_id}, "UNKNOWN_ORDER", "order_id")
    for name, text in NOT_IDS.items():
        if in_body or name != "newline-after":
            change = {"order_id": ABSENT, "client_order_id": text}
            yield Row(f"client-id-{name}", change, "BAD_ID", "client_order_id")
    yield Row("market-unknown", {"market": "DOGE_INR"}, "UNKNOWN_MARKET", "market")
    if in_body:
        for name, value in (("text", "1"), ("float", 1.5), ("true", True), ("list", [1])):
            yield Row(f"order-id-{name}", {"order_id": value}, "BAD_TYPE", "order_id")
    else:
        for name, value in (("text", "x"), ("float", "1.5"), ("digits", "１"), ("long", "1" * 400)):
            yield Row(f"order-id-{name}", {"order_id": value}, "UNKNOWN_ORDER", "order_id")


def cancel_rows() -> Iterator[Row]:
    yield from naming_rows(in_body=True)
    for name in ("is_admin", "account_id", "side"):
        yield Row(f"unknown-field-{name}", {name: "1"}, "UNKNOWN_FIELD", name)
    yield from absent_order_rows()


def query_rows() -> Iterator[Row]:
    yield from naming_rows(in_body=False)
    yield Row("unknown-field", {"is_admin": "1"}, "UNKNOWN_FIELD", "is_admin")
    yield from absent_order_rows()


def absent_order_rows() -> Iterator[Row]:
    """Yield names that are well formed, of orders that are not there: only the engine knows."""
    yield Row("order-unknown", {"order_id": 999_999}, "UNKNOWN_ORDER", by_engine=True)
    yield Row("other-market", {"market": BTC_USDT}, "UNKNOWN_ORDER", by_engine=True)
    for name in (FILLED, CANCELLED, FOREIGN):
        yield Row(f"order-{name}", {"order_id": name}, "UNKNOWN_ORDER", by_engine=True)
    unknown = {"order_id": ABSENT, "client_order_id": "never-used"}
    yield Row("client-id-unknown", unknown, "UNKNOWN_ORDER", by_engine=True)


def changed(good: Fields, row: Row) -> Fields:
    """Return a good request with the change of a row."""
    return {name: value for name, value in {**good, **row.change}.items() if value is not ABSENT}
