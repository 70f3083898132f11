"""Decimal text at the edge: what is a number, and how many units it is."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.domain.decimals import BadDecimal, TooPrecise, format_units, parse_units

steady = settings(deadline=None, derandomize=True)
GOOD = [
    ("0", 0, 0),
    ("0", 18, 0),
    ("1", 0, 1),
    ("1", 2, 100),
    ("1.5", 2, 150),
    ("1.50", 2, 150),
    ("1.500000000000000000", 2, 150),
    ("0.01", 2, 1),
    ("0.00", 2, 0),
    ("7.0", 0, 7),
    ("100.05", 4, 1_000_500),
    ("99999999999999999999", 0, 99_999_999_999_999_999_999),
    ("99999999999999999999.999999999999999999", 18, 10**38 - 1),
    ("0.000000000000000001", 18, 1),
]
BAD = [
    "", " ", "1 ", " 1", "\n1", "1\n", "+1", "-1", "-0", ".5", "5.", "1.", ".", "00", "01", "00.1",
    "1,5", "1_000", "1e5", "1E5", "1e1000000", "0x10", "1.2.3", "NaN", "nan", "Infinity", "inf",
    "١", "\uff11", "1\u0660", "½", "²", "1\u200b", "1\x00", "100000000000000000000", "0" * 21,
    "0.0000000000000000001", "9" * 10_000, "true", "None", "1/2", "1+1",
]  # fmt: skip
FINER = [
    ("0.001", 2, 0, 1),
    ("1.999", 2, 199, 200),
    ("100.051", 2, 10_005, 10_006),
    ("0.5", 0, 0, 1),
    ("1.000000000000000001", 17, 10**17, 10**17 + 1),
]


@pytest.mark.parametrize(("text", "decimals", "units"), GOOD)
def test_a_plain_decimal_is_read_exactly(text: str, decimals: int, units: int) -> None:
    assert parse_units(text, decimals) == units


@pytest.mark.parametrize("text", BAD, ids=ascii)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadDecimal):
        parse_units(text, 8)


@pytest.mark.parametrize(("text", "decimals", "lower", "upper"), FINER)
def test_what_is_finer_than_a_unit_names_its_neighbours(
    text: str, decimals: int, lower: int, upper: int
) -> None:
    with pytest.raises(TooPrecise) as refused:
        parse_units(text, decimals)
    assert (refused.value.lower, refused.value.upper) == (lower, upper)


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [
        (0, 0, "0"),
        (0, 2, "0.00"),
        (5, 0, "5"),
        (5, 2, "0.05"),
        (10_000, 2, "100.00"),
        (-5, 2, "-0.05"),
        (-12_345, 2, "-123.45"),
        (2**62 - 1, 18, "4.611686018427387903"),
        (1, 18, "0.000000000000000001"),
    ],
)
def test_units_are_written_with_all_their_decimals(units: int, decimals: int, text: str) -> None:
    assert format_units(units, decimals) == text


@steady
@given(units=st.integers(0, 2**62), decimals=st.integers(0, 18))
def test_what_is_written_is_read_back(units: int, decimals: int) -> None:
    assert parse_units(format_units(units, decimals), decimals) == units


@steady
@given(text=st.text(alphabet="0123456789.eE+-_ ", max_size=12), decimals=st.integers(0, 18))
def test_whatever_is_read_is_the_number_python_reads(text: str, decimals: int) -> None:
    try:
        units = parse_units(text, decimals)
    except (BadDecimal, TooPrecise):
        return
    assert Decimal(units).scaleb(-decimals) == Decimal(text)
