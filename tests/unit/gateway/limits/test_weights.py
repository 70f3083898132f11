"""What calls weigh."""

from outcry.gateway.limits.rates import LimitSettings, rates_of
from outcry.gateway.limits.weights import WEIGHTS, weight_of
from outcry.gateway.openapi import ROUTES


def test_every_weight_is_of_a_call() -> None:
    assert set(WEIGHTS) <= {route.name for route in ROUTES}


def test_only_cancels_may_use_the_reserve() -> None:
    cancels = {route.name for route in ROUTES if weight_of(route.name).cancels}
    assert cancels == {"cancel", "cancel_all", "cancel_list", "dead_man_switch"}


def test_no_call_is_free_and_none_is_more_than_a_minute_has() -> None:
    weights = [weight_of(route.name).weight for route in ROUTES]
    assert min(weights) == 1
    assert max(weights) <= rates_of(LimitSettings(), development=False).ip.tokens // 10


def test_usual_limits_are_those_of_the_guide() -> None:
    rates = rates_of(LimitSettings(), development=False)
    weights = (rates.ip.tokens, rates.key.tokens, rates.account.tokens)
    assert weights == (6_000, 6_000, 12_000)
    assert (rates.orders_10s.tokens, rates.orders_1d.tokens) == (100, 200_000)
    assert (rates.sockets_per_account, rates.orders_10s.letter) == (10, "10S")
