"""Words that are no command are refused by name, and change nothing."""

from typing import Any

import pytest

from outcry import Venue
from outcry.venue import BadCommand
from tests.support.venue import ANN, open_venue

ORDER = {"command": "PlaceOrder", "account": ANN, "market": "BTC_USDT", "side": "buy", "lots": 1}


def wrong(venue: Venue, words: Any) -> str:
    """Return what is said to these words; check that nothing happened."""
    before = venue.sequence, venue.digest()
    with pytest.raises(BadCommand) as caught:
        venue.apply(words)
    assert (venue.sequence, venue.digest()) == before
    return str(caught.value)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({}, "has no 'command'"),
        ({"command": "PlaceOder"}, "did you mean 'PlaceOrder'?"),
        ({"command": 1}, "1 (int) is no command"),
        ("Tick", "a command is a dict"),
        (ORDER | {"price": 5}, "PlaceOrder has no 'price'; did you mean 'price_ticks'?"),
        (ORDER | {"sequence": 5}, "PlaceOrder has no 'sequence'"),
        (ORDER | {"internal": True}, "PlaceOrder has no 'internal'"),
        (ORDER | {"booked": True}, "PlaceOrder has no 'booked'"),
        ({"command": "PlaceOrder", "account": ANN}, "PlaceOrder needs side"),
        ({"command": "SetFees", "market": 1}, "SetFees needs maker_ppm, taker_ppm"),
        (ORDER | {"lots": 1.0}, "PlaceOrder.lots: 1.0 (float) is not a whole number"),
        (ORDER | {"lots": "1"}, "PlaceOrder.lots: '1' (str) is not a whole number"),
        (ORDER | {"lots": True}, "PlaceOrder.lots: True (bool)"),
        (ORDER | {"lots": None}, "PlaceOrder.lots: None"),
        (ORDER | {"lots": 2**63}, "does not fit"),
        (ORDER | {"account": -1}, "0 to 4294967295 do"),
        (ORDER | {"time_ns": -1}, "does not fit"),
        (ORDER | {"side": "byu"}, "did you mean 'buy'? valid: buy, sell"),
        (ORDER | {"side": True}, "is not one of buy, sell, or its number"),
        (ORDER | {"post_only": "yes"}, "PlaceOrder.post_only: 'yes' (str) is not True or False"),
        (ORDER | {"market": "BTC_USD"}, "no market 'BTC_USD'; did you mean 'BTC_USDT'?"),
        (ORDER | {"market": 1.5}, "is not a symbol or an id"),
        (ORDER | {"key": "k" * 65}, "at most 64 ASCII characters"),
        (ORDER | {"key": "ключ"}, "at most 64 ASCII characters"),
        (ORDER | {"key": 5}, "PlaceOrder.key: 5 (int) is not text"),
        ({"command": "CancelOrder", "target": 5}, "is not the key of an order"),
        ({"command": "CancelOrder", "target": "k" * 65}, "at most 64 ASCII characters"),
        ({"command": "Deposit", "asset": "EUR", "amount_units": 1}, "no asset 'EUR'"),
        ({"command": "SetMode", "mode": "trading"}, "valid: normal, cancel_only"),
    ],
)
def test_words_that_are_no_command(words: Any, told: str) -> None:
    assert told in wrong(open_venue(), words)


def test_one_bad_command_stops_its_whole_batch() -> None:
    venue = open_venue()
    before = venue.digest()
    with pytest.raises(BadCommand, match=r"^\[1\] .*sel"):
        venue.apply_many([ORDER, ORDER | {"side": "sel"}])
    assert venue.digest() == before


def test_an_empty_batch_is_nothing() -> None:
    venue = open_venue()
    assert (venue.apply_many([]), venue.sequence, venue.at(12).sequence) == ([], 12, 12)


def test_numbers_mean_what_their_names_mean() -> None:
    named, numbered = open_venue(), open_venue()
    words = ORDER | {"price_ticks": 5, "time_in_force": "ioc", "self_trade": "decrement"}
    numbers = ORDER | {"market": 1, "side": 0, "time_in_force": 1, "self_trade": 3}
    assert named.apply(words) == numbered.apply(numbers | {"kind": 0, "price_ticks": 5})


def test_flags_are_booleans_or_bits() -> None:
    first, second = open_venue(), open_venue()
    words = ORDER | {"price_ticks": 5}
    assert first.apply(words | {"post_only": True}) == second.apply(words | {"flags": 1})


def test_a_number_that_means_nothing_is_for_the_engine_to_refuse() -> None:
    (refused,) = open_venue().apply(ORDER | {"side": 9, "price_ticks": 5})
    assert (refused["event"], refused["reason"]) == ("CommandRejected", "shape")


def test_an_id_that_nobody_knows_is_for_the_engine_to_refuse() -> None:
    (refused,) = open_venue().apply(ORDER | {"market": 99, "price_ticks": 5})
    assert (refused["reason"], refused["given"]) == ("unknown_market", 99)


def test_an_order_is_named_by_its_key() -> None:
    venue = open_venue()
    venue.apply(ORDER | {"price_ticks": 5, "key": "mine"})
    (done,) = venue.apply({"command": "CancelOrder", "account": ANN, "target": "mine"})
    assert (done["event"], done["reason"]) == ("OrderDone", "cancelled")


def test_a_batch_may_use_what_it_defines() -> None:
    venue = Venue()
    market = {"symbol": "A_B", "base": "A", "quote": "B", "tick_mantissa": 1, "tick_decimals": 0}
    asset = {"unit_decimals": 2, "chain_decimals": 2}
    outcomes = venue.apply_many([
        {"command": "SetAsset", "asset": 1, "symbol": "A"} | asset,
        {"command": "SetAsset", "asset": 2, "symbol": "B"} | asset,
        {"command": "SetMarket", "market": 1, "lot_units": 100} | market,
        {"command": "SetState", "market": "A_B", "state": "trading"},
    ])  # fmt: skip
    assert [events[0]["event"] for events in outcomes[2:]] == ["MarketSet", "StateChanged"]
    assert outcomes[2][0]["limit_order_notional_units"] == 1_000_000_00
    assert outcomes[2][0]["limit_daily_notional_units"] == 10_000_000_00


def test_limits_that_are_named_stay_and_huge_ones_are_capped() -> None:
    venue = Venue()
    venue.asset("A", decimals=18)
    venue.asset("B", decimals=18)
    venue.market("A_B", tick=1, lot=1, limit_daily_notional_units=-1)
    (found,) = (event for event in venue.events() if event["event"] == "MarketSet")
    assert found["limit_order_notional_units"] == 2**62 - 1
    assert found["limit_daily_notional_units"] == -1
    assert found["limit_open_orders"] == 100


def test_a_market_of_an_asset_that_nobody_knows_is_refused_by_the_engine() -> None:
    words = {"symbol": "A_B", "base": 8, "quote": 9, "tick_mantissa": 1, "tick_decimals": 0}
    (refused,) = Venue().apply({"command": "SetMarket", "market": 1, "lot_units": 1} | words)
    assert refused["reason"] == "unknown_asset"


def test_numbers_of_numpy_are_numbers() -> None:
    np = pytest.importorskip("numpy")
    first, second = open_venue(), open_venue()
    words = ORDER | {"price_ticks": np.int64(5), "lots": np.uint8(2)}
    assert first.apply(words) == second.apply(ORDER | {"price_ticks": 5, "lots": 2})
