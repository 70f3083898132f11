"""The second factor: the vectors of the RFCs, one use of each code, and what is no code."""

from base64 import b32encode
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from outcry.identity.totp import (
    STEP_NS,
    hotp,
    matching_step,
    new_recovery_codes,
    new_secret,
    otpauth_uri,
    recovery_digest,
    secret_bytes,
    step_at,
)

SECOND_NS = 1_000_000_000
SEED = b"12345678901234567890"
SECRET = b32encode(SEED).decode()
NOW_NS = 1_111_111_111 * SECOND_NS
STEP = 1_111_111_111 // 30


def code(step: int) -> str:
    return hotp(SEED, step)


def test_codes_of_counters_are_those_of_rfc_4226() -> None:
    expected = [
        "755224", "287082", "359152", "969429", "338314",
        "254676", "287922", "162583", "399871", "520489",
    ]  # fmt: skip
    assert [hotp(SEED, counter) for counter in range(10)] == expected


RFC_6238 = [
    (59, "94287082", "46119246", "90693936"),
    (1_111_111_109, "07081804", "68084774", "25091201"),
    (1_111_111_111, "14050471", "67062674", "99943326"),
    (1_234_567_890, "89005924", "91819424", "93441116"),
    (2_000_000_000, "69279037", "90698825", "38618901"),
    (20_000_000_000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize(("seconds", "sha1", "sha256", "sha512"), RFC_6238)
def test_codes_of_times_are_those_of_rfc_6238(
    seconds: int, sha1: str, sha256: str, sha512: str
) -> None:
    step = step_at(seconds * SECOND_NS)
    algorithms: tuple[Literal["sha1", "sha256", "sha512"], ...] = ("sha1", "sha256", "sha512")
    sizes = dict(zip(algorithms, (20, 32, 64), strict=True))
    found = [hotp((SEED * 4)[: sizes[a]], step, 8, a) for a in algorithms]
    assert found == [sha1, sha256, sha512]


@pytest.mark.parametrize(("steps", "fits"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_clock_may_be_off_by_one_step(steps: int, fits: int) -> None:
    expected = STEP + steps if fits else None
    assert matching_step(SECRET, code(STEP + steps), NOW_NS) == expected


def test_code_counts_once() -> None:
    step = matching_step(SECRET, code(STEP), NOW_NS)
    assert step == STEP
    assert matching_step(SECRET, code(STEP), NOW_NS, used_step=step) is None
    assert matching_step(SECRET, code(STEP - 1), NOW_NS, used_step=step) is None
    assert matching_step(SECRET, code(STEP + 1), NOW_NS + STEP_NS, used_step=step) == STEP + 1


def test_first_step_of_time_has_no_step_before_it() -> None:
    assert matching_step(SECRET, code(0), 0) == 0


@pytest.mark.parametrize(
    "wrong", ["", "12345", "1234567", "12345a", " 50471", "+50471", "０50471", "050471\n"]
)
def test_what_is_not_six_digits_is_no_code(wrong: str) -> None:
    assert matching_step(SECRET, wrong, NOW_NS) is None


def test_another_secret_has_other_codes() -> None:
    other = b32encode(b"09876543210987654321").decode()
    assert matching_step(other, code(STEP), NOW_NS) is None


def test_secrets_have_160_bits_and_are_not_alike() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(secret_bytes(secret)) for secret in secrets} == {20}


@pytest.mark.parametrize(
    "secret", ["", "a", "abcdefgh", "ABCDEFG1", "ABCDEFGH=", "A", "ABC", "ABCDEF"]
)
def test_secret_is_base32(secret: str) -> None:
    with pytest.raises(ValueError, match="base32"):
        secret_bytes(secret)


def test_app_is_told_everything_by_one_uri() -> None:
    uri = urlsplit(otpauth_uri(SECRET, "anna+a@x.org", "Out & Cry"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Out & Cry:anna+a@x.org"
    assert parse_qs(uri.query) == {
        "secret": [SECRET],
        "issuer": ["Out & Cry"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    assert "+" not in uri.query


def test_recovery_codes_are_ten_and_not_alike() -> None:
    codes = new_recovery_codes()
    assert len({recovery_digest(code) for code in codes}) == 10
    assert all(len(code) == 19 for code in codes)


def test_recovery_code_can_be_typed_as_people_type() -> None:
    digest = recovery_digest("0123-4567-89ab-cd1e")
    assert digest is not None
    for typed in ("0123456789abcd1e", "O123 4567 89AB CDIE", "0l23-4567-89AB-CDLE"):
        assert recovery_digest(typed) == digest
    assert recovery_digest("0123-4567-89ab-cd1f") != digest


@pytest.mark.parametrize(
    "typed", ["", "0123", "0123-4567-89ab-cd1e-0", "u" * 16, "é" * 16, "0" * 99]
)
def test_anything_else_is_no_recovery_code(typed: str) -> None:
    assert recovery_digest(typed) is None
