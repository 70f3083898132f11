"""The arithmetic between units: worked numbers, rounding, and what no split can break."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.domain.market import tick_value_units
from outcry.domain.units import (
    PPM,
    UNITS_LIMIT,
    budget_lots,
    fee_units,
    hold_per_lot_units,
    notional_units,
    rebate_units,
)

steady = settings(deadline=None, derandomize=True)
rates = st.integers(0, PPM - 1)
amounts = st.integers(0, UNITS_LIMIT)


def test_the_worked_number_of_the_handbook() -> None:
    # Tick 0.05 INR, lot of one share, INR with 4 decimals: 100.05 is 2,001 ticks.
    value = tick_value_units(5, 2, lot_units=1, base_decimals=0, quote_decimals=4)
    assert value == 500
    assert notional_units(2_001, 3, value) == 3_001_500


@pytest.mark.parametrize(
    ("mantissa", "tick_decimals", "lot_units", "base_decimals", "quote_decimals", "value"),
    [
        (1, 2, 10_000, 8, 6, 1),  # 0.01 USDT x 0.0001 BTC = 0.000001 USDT
        (1, 2, 10_000, 8, 5, 0),  # a tenth of a unit
        (1, 2, 15_000, 8, 6, 0),  # one unit and a half
        (25, 2, 10_000, 8, 6, 25),
        (1, 0, 1, 0, 0, 1),
        (1, 18, 10**18, 18, 18, 1),
        (1, 18, 10**17, 18, 18, 0),
        (7, 0, 10**8, 8, 8, 7 * 10**8),
    ],
)
def test_a_tick_of_a_lot_is_a_whole_number_of_quote_units_or_nothing(
    mantissa: int,
    tick_decimals: int,
    lot_units: int,
    base_decimals: int,
    quote_decimals: int,
    value: int,
) -> None:
    found = tick_value_units(mantissa, tick_decimals, lot_units, base_decimals, quote_decimals)
    assert found == value


@pytest.mark.parametrize(
    ("amount", "rate_ppm", "fee"),
    [
        (0, 999_999, 0),
        (1, 0, 0),
        (1, 1, 1),
        (1_000_000, 1, 1),
        (1_000_001, 1, 2),
        (999_999, 1, 1),
        (10_100, 1_000, 11),
        (UNITS_LIMIT - 1, 1_000, 4_611_686_018_427_388),
    ],
)
def test_a_fee_is_rounded_up_to_a_unit(amount: int, rate_ppm: int, fee: int) -> None:
    assert fee_units(amount, rate_ppm) == fee


@steady
@given(amount=amounts, rate_ppm=rates)
def test_a_fee_is_the_least_whole_number_that_covers_the_rate(amount: int, rate_ppm: int) -> None:
    fee = fee_units(amount, rate_ppm)
    assert (fee - 1) * PPM < amount * rate_ppm <= fee * PPM


@pytest.mark.parametrize(
    ("notional", "rate_ppm", "taker_fee", "rebate"),
    [
        (30_300, -1_500, 61, 45),
        (30_300, -1_500, 44, 44),
        (30_300, -1_500, 0, 0),
        (666, -1_500, 99, 0),
        (667, -1_500, 99, 1),
    ],
)
def test_a_rebate_is_rounded_down_and_never_more_than_the_other_side_pays(
    notional: int, rate_ppm: int, taker_fee: int, rebate: int
) -> None:
    assert rebate_units(notional, rate_ppm, taker_fee) == rebate


@steady
@given(notional=amounts, taker_ppm=rates, maker_ppm=st.integers(1 - PPM, -1))
def test_a_rebate_never_costs_the_venue(notional: int, taker_ppm: int, maker_ppm: int) -> None:
    fee = fee_units(notional, taker_ppm)
    assert 0 <= rebate_units(notional, maker_ppm, fee) <= fee


@steady
@given(
    price=st.integers(1, 2**30),
    tick_value=st.integers(1, 2**20),
    cap_ppm=rates,
    parts=st.lists(st.tuples(st.integers(1, 50), st.integers(0, 2**30), rates), max_size=12),
)
def test_what_is_held_covers_any_split_into_fills(
    price: int, tick_value: int, cap_ppm: int, parts: list[tuple[int, int, int]]
) -> None:
    for lots, better_by, rate_ppm in parts:
        paid = notional_units(max(1, price - better_by), lots, tick_value)
        fee = fee_units(paid, min(rate_ppm, cap_ppm))
        assert paid + fee <= lots * hold_per_lot_units(price, tick_value, cap_ppm)


@steady
@given(budget=st.integers(1, UNITS_LIMIT - 1), lot_price=st.integers(1, 2**60), rate_ppm=rates)
def test_a_budget_buys_the_most_lots_that_it_pays_for(
    budget: int, lot_price: int, rate_ppm: int
) -> None:
    lots = budget_lots(budget, lot_price, rate_ppm)
    more = (lots + 1) * lot_price
    assert lots * lot_price + fee_units(lots * lot_price, rate_ppm) <= budget
    assert more + fee_units(more, rate_ppm) > budget
