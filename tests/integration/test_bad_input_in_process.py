"""The catalogue of bad input, shown to `outcry.Venue`.

What is no order raises and changes nothing. What the engine refuses changes neither book nor money.
In process some words are wider than at the other doors: `WIDER` says which, and why.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from outcry import Venue
from outcry.domain.rejects import Reject
from outcry.gateway.errors import CODE_OF_REJECT
from outcry.venue import BadAmount, BadCommand
from tests.support.bad_input import GOOD_ORDER, Fields, Row, changed, full_rows, placing_rows
from tests.support.cores import CORES, core_factory
from tests.support.venue import START_NS

ANN, BOB, CAT = 7, 8, 9
INR = 10**4
MARKETS = ("TATA_INR", "REST_INR", "GONE_INR", "LAST_INR", "DONE_INR", "BAND_INR")

RAISED: dict[str, tuple[type[Exception], ...]] = {
    "BAD_DECIMAL": (BadAmount,),
    "BAD_TICK": (BadAmount,),
    "BAD_LOT": (BadAmount,),
    "BAD_TYPE": (BadAmount, BadCommand),
    "BAD_ID": (BadCommand,),
    "BAD_VALUE": (BadCommand,),
    "UNKNOWN_FIELD": (BadCommand,),
    "UNKNOWN_MARKET": (BadCommand,),
    "MISSING_FIELD": (TypeError,),
}
"""What a refusal of the other doors is in process. Codes not named here are the engine's."""
BY_ENGINE = {
    "price-zero", "price-zero-with-decimals", "quantity-zero", "quantity-zero-with-decimals",
    "budget-zero", "budget-zero-with-decimals", "quantity-null", "quantity-missing", "side-int",
    "time_in_force-int",
}  # fmt: skip
"""An exact number, or no number, that no order can have: the engine refuses its shape."""
TOO_LARGE = {"price-20-digits", "quantity-20-digits", "budget-20-digits"}
"""No record can hold it."""
WIDER = {
    "price-null": "no price is a market order",
    "price-missing": "no price is a market order",
    "price-int": "a whole number is exact",
    "quantity-int": "a whole number is exact",
    "budget-int": "a whole number is exact",
    "market-int": "a market may be named by its id",
    "post-only-number": "0 and 1 are False and True",
    "post-only-null": "None is left out",
    "client-id-empty": "no key",
    "client-id-37-characters": "a key has at most 64 characters",
    "client-id-space": "a key is any ASCII",
    "client-id-crlf": "a key is any ASCII",
    "client-id-nul": "a key is any ASCII",
    "client-id-newline-after": "a key is any ASCII",
    "client-id-markup": "a key is any ASCII",
    "client-id-dots": "a key is any ASCII",
    "type-unknown": "the price says of what type an order is",
    "market-order-with-price": "the price says of what type an order is",
    "unknown-field-account": "it is the caller who says for whom",
}


@pytest.fixture(scope="module", params=CORES)
def venue(request: pytest.FixtureRequest) -> Venue:
    """A venue with the markets of the tests of the gateway."""
    core_factory(request.param)
    venue = Venue(request.param, time_ns=START_NS)
    for symbol, decimals in (("BTC", 8), ("USDT", 6), ("INR", 4), ("TATA", 0)):
        venue.asset(symbol, decimals)
    venue.market(
        "BTC_USDT", tick="0.01", lot="0.0001", fee_asset="received", min_lots=2,
        max_lots=100_000, market_max_lots=50_000, min_notional_units=5 * 10**6,
        max_notional_units=900_000 * 10**6, limit_order_notional_units=500_000 * 10**6,
    )  # fmt: skip
    for symbol in MARKETS:
        state = None if symbol == "GONE_INR" else "trading"
        limits = {"limit_order_notional_units": 1_000_000 * INR, "limit_open_orders": 10_000}
        venue.market(symbol, base="TATA", quote="INR", tick="0.05", lot="1", state=state, **limits)
    for account in (ANN, BOB, CAT):
        funds = {"BTC": "10", "USDT": 1_000_000, "INR": 10_000_000, "TATA": 10_000}
        venue.account(account, funds)
    venue.place(CAT, "BAND_INR", "sell", "100.00", "1")
    venue.place(BOB, "BAND_INR", "buy", "100.00", "1")
    for command, market, more in (
        ("SetState", "REST_INR", {"state": "halted"}),
        ("SetState", "LAST_INR", {"state": "cancel_only"}),
        ("RetireMarket", "DONE_INR", {}),
        ("SetRules", "BAND_INR", {"dynamic_ppm": 50_000}),
    ):
        venue.apply({"command": command, "market": market, **more})
    return venue


def rows() -> Iterator[Row]:
    """Yield every row of an order that in-process words can say."""
    for row in (*placing_rows(), *full_rows()):
        if row.name not in WIDER:
            yield row


def place(venue: Venue, order: Fields) -> Any:
    """Place an order as it would be said in process."""
    names = {"self_trade_prevention": "self_trade", "client_order_id": "key"}
    said = {names.get(name, name): value for name, value in order.items() if name != "type"}
    return venue.place(ANN, **said)


def belongings(venue: Venue) -> Any:
    """Return what an order could change."""
    books = [venue.book(market.market) for market in venue.markets()]
    return books, venue.balances(ANN), venue.orders(ANN)


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row.name)
def test_bad_order_is_refused_and_changes_nothing(venue: Venue, row: Row) -> None:
    before, things = venue.digest(), belongings(venue)
    order = changed(GOOD_ORDER, row)
    raised = (BadCommand,) if row.name in TOO_LARGE else RAISED.get(row.code)
    if raised is not None and row.name not in BY_ENGINE:
        with pytest.raises(raised):
            place(venue, order)
        assert venue.digest() == before
        return
    answer = place(venue, order)
    assert not answer.accepted
    code = CODE_OF_REJECT[Reject[answer.reason.upper()]]
    assert code == ("CONTRADICTION" if row.name in BY_ENGINE else row.code)
    assert belongings(venue) == things


def test_what_is_wider_is_a_row_of_the_catalogue() -> None:
    names = {row.name for row in (*placing_rows(), *full_rows())}
    assert set(WIDER) | BY_ENGINE | TOO_LARGE <= names


@pytest.mark.parametrize("text", ["50.03", "50.051"])
def test_refusal_says_what_would_be_right(venue: Venue, text: str) -> None:
    with pytest.raises(BadAmount, match=r"nearest: 50\.\d\d or 50\.\d\d"):
        venue.place(ANN, "TATA_INR", "buy", text, "1")


MOVES: dict[str, tuple[dict[str, Any], str]] = {
    "withdraw-more-than-there-is": (
        {"command": "Withdraw", "asset": "TATA", "amount_units": 10**9}, "funds",
    ),
    "withdraw-nothing": ({"command": "Withdraw", "asset": "TATA", "amount_units": 0}, "shape"),
    "transfer-to-oneself": (
        {"command": "Transfer", "asset": "TATA", "amount_units": 1, "to_account": ANN}, "shape",
    ),
    "transfer-to-nobody": (
        {"command": "Transfer", "asset": "TATA", "amount_units": 1, "to_account": 999},
        "unknown_account",
    ),
    "transfer-to-a-stranger": (
        {"command": "Transfer", "asset": "TATA", "amount_units": 1, "to_account": BOB},
        "unknown_account",
    ),
    "transfer-more-than-there-is": (
        {"command": "Transfer", "asset": "TATA", "amount_units": 10**9, "to_account": BOB,
         "staff": True}, "funds",
    ),
    "market-of-one-asset": (
        {"command": "SetMarket", "market": 99, "symbol": "TATA_TATA", "base": "TATA",
         "quote": "TATA", "tick_mantissa": 1, "tick_decimals": 0, "lot_units": 1}, "shape",
    ),
    "stop-already-reached": (
        {"command": "PlaceSpecial", "market": "BAND_INR", "side": "buy", "kind": "limit",
         "price_ticks": 2_000, "lots": 1, "trigger": "stop", "trigger_ticks": 1_000},
        "would_trigger",
    ),
    "end-in-the-past": (
        {"command": "PlaceSpecial", "market": "TATA_INR", "side": "buy", "price_ticks": 100,
         "lots": 1, "time_in_force": "gtd", "expires_ns": 1}, "shape",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVES)
def test_bad_move_is_refused_by_the_engine(venue: Venue, name: str) -> None:
    words, reason = MOVES[name]
    things = belongings(venue)
    answer = venue.ask({"account": ANN, **words})
    assert (answer.accepted, answer.reason) == (False, reason)
    assert belongings(venue) == things


def test_same_money_leaves_once(venue: Venue) -> None:
    available = venue.balance(CAT, "TATA").available_units
    asked = {"command": "Withdraw", "account": CAT, "asset": "TATA", "amount_units": available}
    first, second = venue.ask(asked), venue.ask(asked)
    assert (first.accepted, second.reason) == (True, "funds")


@pytest.mark.parametrize("core", CORES)
def test_a_thousand_stops_fire_a_bounded_number_at_a_time(core: str) -> None:
    """Each stop lifts the price to where the next one fires; ticks bring on what is left."""
    core_factory(core)
    venue = Venue(core, time_ns=START_NS)
    venue.asset("TATA", 0), venue.asset("INR", 4)
    limits = {"limit_open_orders": 2_000, "limit_stop_orders": 2_000}
    venue.market("TATA_INR", tick="0.05", lot="1", protection_ppm=900_000, **limits)
    for account in (ANN, BOB):
        venue.account(account, {"TATA": 10_000, "INR": 10_000_000})
        words = {"command": "SetLimits", "account": account, "open_orders_total": 2_000}
        venue.apply(words)
    order = {"market": "TATA_INR", "lots": 1}
    offers = [{"command": "PlaceOrder", "account": BOB, "side": "sell", "price_ticks": 2_000 + n,
               **order} for n in range(1_001)]  # fmt: skip
    stops = [{"command": "PlaceSpecial", "account": ANN, "side": "buy", "kind": "market",
              "trigger": "stop", "trigger_ticks": 2_000 + n, "time_in_force": "ioc", **order}
             for n in range(1_000)]  # fmt: skip
    for events in venue.apply_many(offers + stops):
        assert events[0]["event"] != "CommandRejected", events
    fired = [venue.apply({"command": "PlaceOrder", "account": ANN, "side": "buy",
                          "price_ticks": 2_000, **order})]  # fmt: skip
    for _ in range(20):
        fired.append(venue.advance("0.001"))
    counts = [sum(event["event"] == "OrderTriggered" for event in events) for events in fired]
    assert (max(counts), sum(counts)) == (100, 1_000)


def dust(venue: Venue, fills: int) -> None:
    """Let two people trade the smallest lot at the smallest price: no fill may cost the house."""
    venue.apply({"command": "SetFees", "market": "TATA_INR", "maker_ppm": -50, "taker_ppm": 500})
    order = {"command": "PlaceOrder", "market": "TATA_INR", "price_ticks": 1, "lots": 1}
    pair = [{**order, "account": CAT, "side": "buy"}, {**order, "account": BOB, "side": "sell"}]
    venue.apply({"command": "Deposit", "account": BOB, "asset": "TATA", "amount_units": fills})
    fees = venue.conservation()["INR"].fees
    for _ in range(fills // 500):
        venue.apply_many(pair * 500)
        totals = venue.conservation()["INR"]
        assert totals.balanced
        assert totals.fees >= fees + 500
        fees = totals.fees


def test_tiny_fills_never_cost_the_house(venue: Venue) -> None:
    dust(venue, 2_000)


@pytest.mark.soak
def test_a_hundred_thousand_tiny_fills_never_cost_the_house(venue: Venue) -> None:
    dust(venue, 100_000)
