"""Numbers, parameters, signatures and WebSocket requests, read to the letter."""

import pytest

from outcry.gateway.binance.wire.decimals import Number, ppm_text, text_of
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.binance.wire.parameters import Parameters, as_ns, parsed, without_signature
from outcry.gateway.binance.ws_api.message import read

PRICE = ("price", "PRICE_FILTER", 2, 5)
"""Cents, in steps of five."""


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [(10_005, 2, "100.05000000"), (0, 8, "0.00000000"), (-5, 4, "-0.00050000"),
     (7, 0, "7.00000000"), (1, 12, "0.000000000001"), (1, 8, "0.00000001")],
)  # fmt: skip
def test_units_are_written_with_eight_places_or_more(units: int, decimals: int, text: str) -> None:
    assert text_of(units, decimals) == text


def test_a_rate_is_written_as_a_fraction() -> None:
    assert (ppm_text(500), ppm_text(-50)) == ("0.00050000", "-0.00005000")


@pytest.mark.parametrize(
    ("text", "units"),
    [("100.05", 2_001), ("100.050000000000", 2_001), ("00100.1", 2_002), ("5", 100)],
)
def test_numbers_are_read_exactly(text: str, units: int) -> None:
    number = Number(*PRICE)
    assert number.units(text) == number.units(text) == units


@pytest.mark.parametrize(
    ("text", "code"),
    [("100.01", -1013), ("100.051", -1013), ("0", -1013), ("0.00", -1013), ("1.123456789", -1111),
     ("-1", -1100), ("+1", -1100), ("1e2", -1100), ("1.", -1100), (".5", -1100), ("", -1100),
     ("1" * 21, -1100), ("1 ", -1100), ("١", -1100), ("NaN", -1100), ("9" * 20, -1013)],
)  # fmt: skip
def test_what_is_no_number_of_this_market_is_refused(text: str, code: int) -> None:
    with pytest.raises(BinanceError) as refused:
        Number(*PRICE).units(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("part", "signed"),
    [
        (b"a=1&signature=ff", b"a=1"),
        (b"signature=ff&a=1", b"a=1"),
        (b"a=1&signature=ff&b=2", b"a=1&b=2"),
        (b"a=1", b"a=1"),
        (b"", b""),
        (b"signature=ff", b""),
        (b"a=%20&b=+&signature=f%2Ff", b"a=%20&b=+"),
        (b"mysignature=1&signature=2", b"mysignature=1"),
        (b"mysignature=1", b"mysignature=1"),
        (b"a=1&mysignature=1&signature=2&c=3", b"a=1&mysignature=1&c=3"),
    ],
)
def test_what_was_signed_is_every_byte_but_the_signature(part: bytes, signed: bytes) -> None:
    assert without_signature(part) == signed


def test_parameters_are_decoded_once_and_come_once() -> None:
    found = parsed((b"a=1&b=%5B%22X%22%5D&c=x+y", b"d=%e2%82%ac&e="))
    assert found == {"a": "1", "b": '["X"]', "c": "x y", "d": "€", "e": ""}
    assert found.names("b") == ["X"]
    for twice in ((b"a=1&a=1", b""), (b"a=1", b"a=2"), (b"%61=1&a=1", b"")):
        with pytest.raises(BinanceError) as refused:
            parsed(twice)
        assert refused.value.code == -1101


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (b"a=1&&b=2&", {"a": "1", "b": "2"}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a&b=", {"a": "", "b": ""}),
        (b"=x", {"": "x"}),
        (b"=", {"": ""}),
        (b"&", {}),
        ("é=ü&a=1".encode(), {"é": "ü", "a": "1"}),
        (b"a=\xff", {"a": "\ufffd"}),
        (b'a b="1"', {"a b": '"1"'}),
    ],
)
def test_odd_pairs_are_read_too(part: bytes, found: dict[str, str]) -> None:
    assert parsed((part,)) == found


def test_a_hundred_parameters_are_enough() -> None:
    pairs = [b"p%d=1" % number for number in range(101)]
    assert len(parsed((b"&".join(pairs[:50]), b"&".join(pairs[50:100])))) == 100
    with pytest.raises(BinanceError) as caught:
        parsed((b"&".join(pairs[:50]), b"&".join(pairs[50:])))
    assert caught.value.code == -1101


def test_an_empty_parameter_is_not_there() -> None:
    params = Parameters(limit="", symbol="")
    assert params.integer("limit", 7) == 7
    with pytest.raises(BinanceError, match="Mandatory parameter 'symbol'"):
        params.need("symbol")


def test_times_are_milliseconds_or_microseconds() -> None:
    assert as_ns(1_700_000_000_000) == as_ns(1_700_000_000_000_000) == 1_700_000_000 * 10**9


def test_a_request_is_signed_as_it_is_written_and_read_without_exponents() -> None:
    message = read(
        b'{"id":"a-1","method":"m","params":{"q":1e-05,"p":"1e-05","l":["X"],"t":true,'
        b'"n":null,"signature":"s"}}'
    )
    assert (message.number, message.method) == ('"a-1"', "m")
    assert message.payload == b'l=["X"]&n=null&p=1e-05&q=1e-05&t=true'
    assert message.params == {
        "q": "0.00001", "p": "1e-05", "l": '["X"]', "t": "true", "signature": "s",
    }  # fmt: skip


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "1E400"])
def test_a_monstrous_number_costs_nothing(number: str) -> None:
    message = read(b'{"id":1,"method":"m","params":{"q":%s}}' % number.encode())
    assert message.params["q"] == number
    with pytest.raises(BinanceError):
        Number(*PRICE).units(message.params["q"])
