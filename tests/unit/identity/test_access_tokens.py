"""An access token is ours, unchanged and in its time, or it is nothing."""

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.adapters.memory import ManualClock
from outcry.identity import access_tokens
from outcry.identity.access_tokens import AHEAD_S, AUDIENCE, ISSUER, SECOND_NS, AccessTokens

SECRET = b"s" * 32
START_S = 1_800_000_000
LIFETIME_S = 900


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_S * SECOND_NS)


@pytest.fixture
def tokens(clock: ManualClock) -> AccessTokens:
    return AccessTokens(SECRET, LIFETIME_S, clock)


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good token; a change to None leaves the claim out."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "7",
        "sid": "s",
        "iat": START_S,
        "exp": START_S + LIFETIME_S,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(secret: bytes = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), secret, algorithm)


def account_of(tokens: AccessTokens, token: str) -> int | None:
    found = tokens.read(token)
    return None if found is None else found.account


def part(value: object) -> str:
    """Return one part of a token that nobody signed."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_issued_token_speaks_for_its_account(tokens: AccessTokens) -> None:
    token, expires_ns = tokens.issue(7, "s")
    assert account_of(tokens, token) == 7
    assert expires_ns == (START_S + LIFETIME_S) * SECOND_NS


def test_token_with_the_same_claims_and_secret_is_as_good(tokens: AccessTokens) -> None:
    assert account_of(tokens, signed()) == 7


@pytest.mark.parametrize("seen_before", [True, False])
def test_token_ends_at_its_nanosecond(
    tokens: AccessTokens, clock: ManualClock, seen_before: bool
) -> None:
    token, expires_ns = tokens.issue(7, "s")
    if seen_before:
        account_of(tokens, token)
    clock.set(expires_ns)
    assert account_of(tokens, token) is None
    clock.set(expires_ns - 1)
    assert account_of(tokens, token) == 7


def test_token_from_later_is_nothing_until_it_is_nearly_time(
    tokens: AccessTokens, clock: ManualClock
) -> None:
    token, _ = tokens.issue(7, "s")
    clock.set((START_S - AHEAD_S) * SECOND_NS)
    assert account_of(tokens, token) == 7
    clock.set((START_S - AHEAD_S) * SECOND_NS - 1)
    assert account_of(tokens, token) is None


def test_time_is_the_venues_clocks_and_not_the_machines(
    tokens: AccessTokens, clock: ManualClock
) -> None:
    clock.set(SECOND_NS)
    token, _ = tokens.issue(7, "s")
    assert account_of(tokens, token) == 7


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another"},
        {"iss": None},
        {"aud": "outcry-refresh"},
        {"aud": None},
        {"sub": None},
        {"iat": None},
        {"iat": str(START_S)},
        {"iat": True},
        {"iat": START_S + AHEAD_S + 1},
        {"exp": None},
        {"exp": START_S},
        {"exp": str(START_S + LIFETIME_S)},
        {"exp": float("inf")},
        {"exp": True},
        {"sub": ""},
        {"sub": "0"},
        {"sub": "-7"},
        {"sub": "7 "},
        {"sub": "\u0667"},
        {"sub": "ada"},
        {"sid": None},
        {"sid": ""},
        {"sid": 5},
        {"nbf": START_S + AHEAD_S + 1},
        {"nbf": str(START_S)},
        {"nbf": True},
    ],
    ids=str,
)
def test_token_with_other_claims_is_nothing(tokens: AccessTokens, changes: dict[str, Any]) -> None:
    assert account_of(tokens, signed(**changes)) is None


def test_subject_that_is_a_number_is_nothing(tokens: AccessTokens) -> None:
    body = json.dumps({**claims(), "sub": 7}).encode()
    assert account_of(tokens, jwt.api_jws.encode(body, SECRET, "HS256")) is None


def test_token_signed_with_another_secret_is_nothing(tokens: AccessTokens) -> None:
    assert account_of(tokens, signed(b"t" * 32)) is None


def test_token_signed_by_another_algorithm_is_nothing(tokens: AccessTokens) -> None:
    assert account_of(tokens, signed(SECRET * 2, "HS512")) is None
    assert (
        account_of(AccessTokens(SECRET * 2, 1, ManualClock()), signed(SECRET * 2, "HS512")) is None
    )


@pytest.mark.parametrize("algorithm", ["none", "None", "", None, [], {}, 1, ["HS256"]])
def test_token_that_nobody_signed_is_nothing(tokens: AccessTokens, algorithm: object) -> None:
    unsigned = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}."
    assert account_of(tokens, unsigned) is None
    assert account_of(tokens, unsigned + "AAAA") is None


def test_every_changed_character_makes_it_nothing(tokens: AccessTokens) -> None:
    token, _ = tokens.issue(7, "s")
    # The last character of 32 bytes in base64 carries two bits that mean nothing.
    for place in range(len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        assert account_of(tokens, token[:place] + other + token[place + 1 :]) is None


@given(st.text(max_size=600) | st.text("eyJ.[]{}-_A", max_size=600))
def test_any_text_is_nothing_and_raises_nothing(text: str) -> None:
    tokens = AccessTokens(SECRET, LIFETIME_S, ManualClock())
    assert account_of(tokens, text) is None


@pytest.mark.parametrize(
    "token",
    ["\ud800.a.b", part([[]] * 90) + ".e30.AA", "." * 512, "a" * 100_000, "W1tb" * 120 + ".e30.AA"],
    ids=["half a pair", "header that is a list", "dots", "long", "deep header"],
)
def test_hostile_text_is_nothing_and_raises_nothing(tokens: AccessTokens, token: str) -> None:
    assert account_of(tokens, token) is None


def test_tokens_remembered_are_bounded_and_the_oldest_goes_first(
    tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_tokens, "KNOWN_MAX", 2)
    issued = [tokens.issue(account, "s")[0] for account in (1, 2, 3)]
    assert [account_of(tokens, token) for token in issued] == [1, 2, 3]
    assert list(tokens._known) == issued[1:]
    assert account_of(tokens, issued[0]) == 1


def test_what_is_nothing_is_not_remembered(tokens: AccessTokens) -> None:
    for bad in ("", "a.b.c", signed(b"t" * 32), signed(sub="0")):
        account_of(tokens, bad)
    assert not tokens._known


def test_token_seen_before_is_not_verified_again(
    tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = tokens.issue(7, "s")
    account_of(tokens, token)
    monkeypatch.delattr(jwt, "decode")
    assert account_of(tokens, token) == 7
