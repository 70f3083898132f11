"""One mailbox is one address."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.identity.email import normalise
from outcry.identity.errors import BadEmail


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada.Lovelace@Example.COM\n", "ada.lovelace@example.com"),
        ("ada+orders@mail.example.co", "ada+orders@mail.example.co"),
        ("\uff41da\uff20example.com", "ada@example.com"),
        ("\u212aim@example.com", "kim@example.com"),
        ("o'neil_1@xn--bcher-kva.example", "o'neil_1@xn--bcher-kva.example"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_address_is_brought_into_one_form(typed: str, address: str) -> None:
    assert normalise(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada@example.c",
        "ada@-example.com",
        "ada@example-.com",
        "ada@example..com",
        "ada@example.com.",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "a da@example.com",
        '"a da"@example.com',
        "ada@eve@example.com",
        "Ada <ada@example.com>",
        "ada@example.com\nbcc: eve@example.com",
        "ada@example.com\x00",
        "ad\u0430@example.com",
        "ada\u200b@example.com",
        "ad\ud800@example.com",
        "a" * 65 + "@example.com",
        "ada@" + "b" * 64 + ".com",
        "ada@" + "b." * 124 + "com",
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(BadEmail, match="like name@example.com"):
        normalise(typed)


def test_the_longest_address_has_254_characters() -> None:
    longest = "ada@" + "b." * 123 + "comm"
    assert len(longest) == 254
    assert normalise(longest) == longest
    with pytest.raises(BadEmail):
        normalise(longest + "m")


@given(
    st.from_regex(r"[ A-Za-z.@\uff20\u00c5\u0130\u212a+-]{1,30}@[A-Za-z.\u017f-]{1,12}\.[a-z]{2,3}")
)
def test_normalised_address_stays_as_it_is(typed: str) -> None:
    try:
        address = normalise(typed)
    except BadEmail:
        return
    assert normalise(address) == address
    assert address.isascii()


@pytest.mark.parametrize("piece", ["a.", "a", "a@", "a-", "\ufdfa"])
def test_long_nonsense_is_refused_at_once(piece: str) -> None:
    started = time.perf_counter()
    with pytest.raises(BadEmail):
        normalise("a@" + piece * 20_000)
    assert time.perf_counter() - started < 1
