"""The model's formulas, with numbers worked by hand."""

import math

import pytest

from outcry.maker.model import NS_PER_S, Inventory, Volatility


def test_spread_is_equation_30_of_the_paper() -> None:
    """g=0.01, v=2^2, T=60, k=0.2: 0.01*4*60 + (2/0.01)*ln(1+0.01/0.2) = 2.4 + 200*0.04879..."""
    model = Inventory(risk_aversion=0.01, arrival_decay=0.2, horizon_s=60)
    assert model.spread_bps(2) == pytest.approx(2.4 + 9.758032833886, abs=1e-9)


def test_paper_s_own_example_has_its_spread_and_price() -> None:
    """Section 3.3: s=100, T=1, sigma=2, g=0.1, k=1.5 give a spread of 1.29 with T-t near 0."""
    model = Inventory(risk_aversion=0.1, arrival_decay=1.5, horizon_s=1)
    assert model.spread_bps(0) == pytest.approx(20 * math.log(1 + 0.1 / 1.5), abs=1e-12)
    assert round(model.spread_bps(0), 2) == 1.29
    assert model.lean_bps(1, 2) == pytest.approx(-0.4)


@pytest.mark.parametrize(
    ("clips", "lean_bps"), [(0, 0.0), (1, -2.4), (3, -7.2), (-3, 7.2), (-0.5, 1.2)]
)
def test_quotes_lean_against_the_inventory(clips: float, lean_bps: float) -> None:
    model = Inventory(risk_aversion=0.01, horizon_s=60)
    assert model.lean_bps(clips, 2) == pytest.approx(lean_bps)


def test_volatility_of_steady_steps_is_their_size() -> None:
    """A price that moves by a basis point a second has a volatility of one."""
    volatility, price = Volatility(half_life_s=10, start_bps=5), 100.0
    for second in range(400):
        volatility.take(price, second * NS_PER_S)
        price *= 1 + (1e-4 if second % 2 else -1e-4)
    assert volatility.bps == pytest.approx(1.0, rel=1e-3)


def test_half_life_halves_what_was_known() -> None:
    volatility = Volatility(half_life_s=10, start_bps=4)
    volatility.take(100, 0)
    assert volatility.bps == 4
    volatility.take(100, 10 * NS_PER_S)
    assert volatility.bps == pytest.approx(math.sqrt(16 / 2))


def test_two_prices_of_one_moment_say_nothing() -> None:
    volatility = Volatility()
    volatility.take(100, NS_PER_S)
    volatility.take(200, NS_PER_S)
    volatility.take(100, 2 * NS_PER_S)
    assert volatility.bps < 1
