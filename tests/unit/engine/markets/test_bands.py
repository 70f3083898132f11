"""Where bands end, and what a window remembers."""

from fractions import Fraction

import pytest

from outcry.domain.commands import PutBand, SetRules
from outcry.domain.units import PPM
from outcry.engine.markets.bands import NO_BAND, NO_HIGH, NO_LOW, Bands, high_ticks, low_ticks

SECOND_NS = 10**9
START_NS = 1_700_000_000 * SECOND_NS


@pytest.mark.parametrize(
    ("price", "ppm", "low", "high"),
    [
        (100, 100_000, 90, 110),
        (101, 15_000, 100, 102),
        (1, 100_000, 1, 1),
        (1, 999_999, 1, 1),
        (3, 500_000, 2, 4),
        (7, 0, 7, 7),
        (1_000_000, 1, 999_999, 1_000_001),
        (999_999, 1, 999_999, 999_999),
        ((1 << 62) - 1, 1, 4_611_681_406_741_369_476, 4_611_690_630_113_406_330),
    ],
)
def test_ends_are_rounded_inwards(price: int, ppm: int, low: int, high: int) -> None:
    assert (low_ticks(price, ppm), high_ticks(price, ppm)) == (low, high)


@pytest.mark.parametrize("ppm", [0, 1, 333_333, 500_000, 999_999])
def test_ends_are_the_last_ticks_inside(ppm: int) -> None:
    for price in (1, 2, 3, 99, 100, 101, 999_983, 10**15 + 7, (1 << 62) - 1):
        exact = Fraction(price * (PPM - ppm), PPM), Fraction(price * (PPM + ppm), PPM)
        low, high = low_ticks(price, ppm), high_ticks(price, ppm)
        assert exact[0] <= low < exact[0] + 1
        assert exact[1] - 1 < high <= exact[1] or high == NO_HIGH


def test_an_end_beyond_all_prices_is_none() -> None:
    assert high_ticks(NO_HIGH - 1, 999_999) == NO_HIGH


def test_without_a_reference_there_is_no_band() -> None:
    rules = SetRules(market=1, dynamic_ppm=1, static_ppm=1, window_ppm=1, window_ns=16)
    assert Bands(rules).now(0, START_NS) == NO_BAND == (NO_LOW, NO_HIGH, NO_LOW, NO_HIGH)


def test_without_rules_there_is_no_band() -> None:
    bands = Bands(SetRules(market=1), static_ticks=100)
    bands.see(100, START_NS)
    assert bands.now(100, START_NS) == NO_BAND


@pytest.mark.parametrize(
    ("dynamic", "static", "expected"),
    [
        (100_000, 0, (99, 121, 99, 121)),
        (0, 100_000, (90, 110, 90, 110)),
        (100_000, 100_000, (99, 110, 99, 110)),
        (10_000, 500_000, (109, 111, 109, 111)),
    ],
)
def test_bands_intersect(dynamic: int, static: int, expected: tuple[int, ...]) -> None:
    rules = SetRules(market=1, dynamic_ppm=dynamic, static_ppm=static)
    assert Bands(rules, static_ticks=100).now(110, START_NS) == expected


def window(ppm: int = 100_000) -> Bands:
    """Return bands with a window of 16 buckets of a second."""
    return Bands(SetRules(market=1, window_ppm=ppm, window_ns=16 * SECOND_NS))


def test_a_window_binds_each_side_to_its_own_extreme() -> None:
    bands = window()
    for price in (105, 100, 109):
        bands.see(price, START_NS)
    assert bands.now(109, START_NS) == (NO_LOW, 110, 99, NO_HIGH)


@pytest.mark.parametrize(
    ("after_ns", "expected"),
    [
        (0, (NO_LOW, 110, 90, NO_HIGH)),
        (15 * SECOND_NS, (NO_LOW, 110, 90, NO_HIGH)),
        (16 * SECOND_NS - 1, (NO_LOW, 110, 90, NO_HIGH)),
        (16 * SECOND_NS, NO_BAND),
    ],
)
def test_a_window_is_this_bucket_and_the_fifteen_before(
    after_ns: int, expected: tuple[int, ...]
) -> None:
    bands = window()
    bands.see(100, START_NS)
    assert bands.next_roll_ns() == START_NS + 16 * SECOND_NS
    assert bands.now(100, START_NS + after_ns) == expected


def test_a_bucket_goes_as_one_whenever_its_prints_came() -> None:
    bands = window()
    bands.see(100, START_NS + SECOND_NS - 1)
    bands.see(200, START_NS + SECOND_NS)
    assert bands.now(200, START_NS + 16 * SECOND_NS) == (NO_LOW, 220, 180, NO_HIGH)
    assert bands.next_roll_ns() == START_NS + 17 * SECOND_NS


def test_a_window_and_a_dynamic_band_intersect() -> None:
    rules = SetRules(
        market=1, window_ppm=100_000, window_ns=16 * SECOND_NS, dynamic_ppm=50_000
    )  # fmt: skip
    bands = Bands(rules)
    bands.see(100, START_NS)
    bands.see(108, START_NS)
    assert bands.now(108, START_NS) == (103, 110, 103, 113)


def test_a_window_shorter_than_its_buckets_has_buckets_of_a_nanosecond() -> None:
    bands = Bands(SetRules(market=1, window_ppm=100_000, window_ns=1))
    bands.see(100, START_NS)
    assert bands.now(100, START_NS + 15) == (NO_LOW, 110, 90, NO_HIGH)
    assert bands.now(100, START_NS + 16) == NO_BAND


def test_nothing_is_remembered_without_a_window() -> None:
    bands = Bands(SetRules(market=1, dynamic_ppm=1))
    bands.see(100, START_NS)
    assert bands.window == {}
    assert bands.next_roll_ns() == NO_HIGH


def test_the_core_is_given_the_band_as_it_is() -> None:
    bands = window()
    command = bands.command(7, (1, 2, 3, 4))
    assert command == PutBand(
        market=7, buy_low_ticks=1, buy_high_ticks=2, sell_low_ticks=3, sell_high_ticks=4
    )
    assert bands.put == (1, 2, 3, 4)


def test_notes_tell_everything() -> None:
    rules = SetRules(
        market=3, dynamic_ppm=1, static_ppm=2, window_ppm=3, window_ns=160, collar_ppm=4, halt_ns=5,
        auction_ns=6, extension_ns=7, on_band=1,
    )  # fmt: skip
    bands = Bands(rules, static_ticks=100)
    for price, at_ns in ((100, 1_000), (90, 1_000), (120, 1_020)):
        bands.see(price, at_ns)
    bands.command(3, bands.now(120, 1_020))
    assert Bands.restored(3, *bands.notes()) == bands  # type: ignore[arg-type]
