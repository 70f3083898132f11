"""Orders in decimal text become the words of a command."""

from typing import Any

import pytest

from outcry.domain.market import Asset
from outcry.venue import BadAmount, BadCommand
from outcry.venue.amounts import Scale
from outcry.venue.words.saying import order_words

SCALE = Scale(Asset(1, "BTC", 8, 8), Asset(2, "USDT", 6, 6), 1, 2, 10_000)
NOW_NS = 1_000
LIMIT = {"kind": "limit", "price_ticks": 500}
BUDGET = {"kind": "budget", "budget_units": 7_000_000}


def said(**order: Any) -> dict[str, Any]:
    words = order_words(SCALE, NOW_NS, {"side": "buy"} | order)
    assert words.pop("side") == "buy"
    return words


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"price": "5", "quantity": "1"}, LIMIT | {"lots": 10_000}),
        ({"quantity": "1"}, {"kind": "market", "lots": 10_000}),
        ({"budget": "7"}, BUDGET),
        ({"price": None, "budget": 7, "trigger": None}, BUDGET),
        ({"price": "5", "display": "0.1"}, LIMIT | {"display_lots": 1_000}),
        (
            {"trigger": "stop", "trigger_price": "4.99"},
            {"kind": "market", "trigger": "stop", "trigger_ticks": 499},
        ),
        (
            {"price": 5, "trigger": "trail", "trail_ppm": 7},
            LIMIT | {"trigger": "trail", "trail_ppm": 7},
        ),
        (
            {"price": 5, "peg": "mid", "peg_offset": "-0.03"},
            LIMIT | {"peg": "mid", "peg_offset_ticks": -3},
        ),
        (
            {"peg": "ask", "peg_offset": "0.03"},
            {"kind": "limit", "peg": "ask", "peg_offset_ticks": 3},
        ),
        ({"peg": "none"}, {"kind": "market", "peg": "none"}),
        (
            {"price": 5, "slices": 3, "interval_s": "0.5"},
            LIMIT | {"slices": 3, "interval_ns": 500_000_000},
        ),
        (
            {"price": 5, "expires_in_s": 2},
            LIMIT | {"time_in_force": "gtd", "expires_ns": 2 * 10**9 + NOW_NS},
        ),
        ({"price": 5, "slide": True}, LIMIT | {"slide": True, "post_only": True}),
        ({"price": 5, "slide": False}, LIMIT | {"slide": False}),
        ({"kind": "limit", "price_ticks": 500, "session": 9}, LIMIT | {"session": 9}),
    ],
)
def test_what_people_say_is_an_order(order: dict[str, Any], words: dict[str, Any]) -> None:
    assert said(**order) == words


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"display": 0.5}, "0.5 is a float"),
        ({"trigger_price": "5.001"}, "no multiple of 0.01"),
        ({"peg_offset": "--1"}, "no plain decimal number"),
        ({"interval_s": "0.0000000001"}, "at most 9 decimals"),
    ],
)
def test_amounts_that_are_not_exact_are_refused(order: dict[str, Any], told: str) -> None:
    with pytest.raises(BadAmount, match=told):
        said(**order)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(BadCommand, match="an order has no 'trigger_prize'; did you mean 'trigger_"):
        said(trigger_prize=5)
    with pytest.raises(BadCommand, match="an order has no 'account'"):
        said(account=5)
