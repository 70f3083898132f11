"""Sign-in messages: every letter of the standard, and everything that is not to the letter."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from outcry.identity.wallet.address import address_of
from outcry.identity.wallet.grammar import time_ns
from outcry.identity.wallet.personal import personal_digest
from outcry.identity.wallet.sign_in import (
    MESSAGE_CHARACTERS_MAX,
    Asked,
    BadSignIn,
    SignIn,
    SignInRefused,
    check,
    check_signature,
    parse,
)
from outcry.identity.wallet.signature import BadSignature, read_signature
from tests.support.shared import shared

KEY = PrivateKey(sha256(b"a key of the tests").digest())
ADDRESS = address_of(KEY.public_key.format(compressed=False))
WHOLE = SignIn(
    domain="example.com:8080",
    address=ADDRESS,
    uri="https://example.com:8080/login",
    chain_id=31337,
    nonce="abcDEF0123456789",
    issued_at="2026-01-01T00:00:00Z",
    scheme="https",
    statement="I accept the Terms: https://example.com/tos",
    expiration_time="2026-01-01T00:10:00Z",
    not_before="2026-01-01T00:00:00Z",
    request_id="req-1",
    resources=("https://example.com/a", "ipfs://b"),
)
LINES = WHOLE.text().split("\n")
"""0 domain, 1 address, 2 empty, 3 statement, 4 empty, 5 URI, 6 Version, 7 Chain ID, 8 Nonce,
9 Issued At, 10 Expiration Time, 11 Not Before, 12 Request ID, 13 Resources, 14 and 15 two."""
WANTS = " wants you to sign in with your Ethereum account:"
NOW_NS = 1_767_225_600 * 10**9 + 1
ASKED = Asked(domain="example.com:8080", nonce=WHOLE.nonce)


def vectors(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared(f"data/vectors/siwe_{name}.json").read_text())
    return found


def signed(text: str) -> bytes:
    raw = KEY.sign_recoverable(personal_digest(text.encode()), hasher=None)
    return raw[:64] + bytes((raw[64] + 27,))


def with_line(number: int, *lines: str) -> str:
    """Return the whole message with a line replaced by others, or by none."""
    return "\n".join([*LINES[:number], *lines, *LINES[number + 1 :]])


def swapped(first: int, second: int) -> str:
    lines = list(LINES)
    lines[first], lines[second] = lines[second], lines[first]
    return "\n".join(lines)


# What is read


def test_messages_of_others_are_read_field_by_field() -> None:
    names = {"chainId": "chain_id", "issuedAt": "issued_at"}
    cases = vectors("parsing_positive")
    assert len(cases) == 19
    for name, case in cases.items():
        message = parse(case["message"])
        assert message.text() == case["message"], name
        for field, value in case["fields"].items():
            if field == "version":
                continue  # It can only be 1.
            found = getattr(message, names.get(field, field))
            assert (list(found) if field == "resources" else found) == value, name


def test_signatures_of_others_are_those_of_their_addresses() -> None:
    names = {
        "domain": "domain", "address": "address", "statement": "statement", "uri": "uri",
        "nonce": "nonce", "issuedAt": "issued_at", "chainId": "chain_id",
        "expirationTime": "expiration_time", "notBefore": "not_before",
    }  # fmt: skip
    for case in vectors("verification_positive").values():
        message = SignIn(**{names[k]: v for k, v in case.items() if k in names})
        text = message.text()
        assert parse(text) == message
        now_ns = time_ns(case.get("time", "2026-01-01T00:00:00Z"))
        assert now_ns is not None
        check(message, Asked(message.domain, message.nonce), now_ns)
        check_signature(message, text, read_signature(case["signature"]))


def test_whole_message_is_read_and_written_alike() -> None:
    assert parse(WHOLE.text()) == WHOLE


@pytest.mark.parametrize(
    "optional",
    ["scheme", "statement", "expiration_time", "not_before", "request_id", "resources"],
)
def test_each_optional_field_can_be_left_out(optional: str) -> None:
    message = replace(WHOLE, **{optional: None})
    assert parse(message.text()) == message


@pytest.mark.parametrize(
    "message",
    [
        replace(WHOLE, resources=()),
        replace(WHOLE, request_id=""),
        replace(WHOLE, statement=" "),
        replace(WHOLE, statement="-._~:/?#[]@!$&'()*+,;="),
        replace(WHOLE, nonce="a" * 8),
        replace(WHOLE, domain="[::1]:80"),
        replace(WHOLE, statement="URI: https://example.com"),
        replace(WHOLE, chain_id=2**256 - 1),
    ],
)
def test_edges_of_the_grammar_are_inside(message: SignIn) -> None:
    assert parse(message.text()) == message


# What is refused, and how


BAD: dict[str, tuple[str, int]] = {
    # The whole
    "nothing": ("", 1),
    "one empty line": ("\n", 1),
    "a word": ("hello", 1),
    "trailing newline": (WHOLE.text() + "\n", 17),
    "trailing newline without resources": (replace(WHOLE, resources=None).text() + "\n", 14),
    "two trailing newlines": (WHOLE.text() + "\n\n", 17),
    "trailing blank": (WHOLE.text() + " ", 16),
    "leading newline": ("\n" + WHOLE.text(), 1),
    "leading blank": (" " + WHOLE.text(), 1),
    "byte order mark": ("\ufeff" + WHOLE.text(), 1),
    "CR LF": (WHOLE.text().replace("\n", "\r\n"), 1),
    "CR alone": (WHOLE.text().replace("\n", "\r"), 1),
    "line separator": (WHOLE.text().replace("\n", "\u2028"), 1),
    "one CR LF": (with_line(6, "Version: 1\r"), 7),
    "too long": (replace(WHOLE, statement="a" * MESSAGE_CHARACTERS_MAX).text(), 1),
    "extra line at the end": (WHOLE.text() + "\nMore: 1", 17),
    "second message behind it": (WHOLE.text() + "\n" + WHOLE.text(), 17),
    # The domain
    "no domain": (with_line(0, WANTS), 1),
    "no domain line": (with_line(0), 1),
    "domain line cut": (with_line(0, "example.com wants you to sign in"), 1),
    "domain line without colon": (with_line(0, LINES[0][:-1]), 1),
    "domain line in other case": (with_line(0, LINES[0].replace("Ethereum", "ethereum")), 1),
    "domain line of another chain": (with_line(0, LINES[0].replace("Ethereum", "Solana")), 1),
    "text before the domain": (with_line(0, f"hello example.com{WANTS}"), 1),
    "text behind the domain line": (with_line(0, LINES[0] + " now"), 1),
    "domain with a path": (with_line(0, f"example.com/login{WANTS}"), 1),
    "domain with a query": (with_line(0, f"example.com?a{WANTS}"), 1),
    "domain with a fragment": (with_line(0, f"example.com#a{WANTS}"), 1),
    "domain with a blank": (with_line(0, f"exam ple.com{WANTS}"), 1),
    "domain with other letters": (with_line(0, f"еxample.com{WANTS}"), 1),
    "domain with a percent": (with_line(0, f"example%.com{WANTS}"), 1),
    "domain of only a port": (with_line(0, f":8080{WANTS}"), 1),
    "domain with a word as port": (with_line(0, f"example.com:http{WANTS}"), 1),
    "domain of a broken IPv6": (with_line(0, f"[::cafe{WANTS}"), 1),
    "domain of a wrong IPv6": (with_line(0, f"[12345::]{WANTS}"), 1),
    "empty scheme": (with_line(0, f"://example.com{WANTS}"), 1),
    "scheme that begins with a digit": (with_line(0, f"1http://example.com{WANTS}"), 1),
    "two schemes": (with_line(0, f"https://https://example.com{WANTS}"), 1),
    "scheme without a domain": (with_line(0, f"https://{WANTS}"), 1),
    # The address
    "no address line": (with_line(1), 2),
    "empty address": (with_line(1, ""), 2),
    "address in lower case": (with_line(1, ADDRESS.lower()), 2),
    "address in upper case": (with_line(1, "0x" + ADDRESS[2:].upper()), 2),
    "address with a wrong checksum": (with_line(1, "0x" + ADDRESS[2:].swapcase()), 2),
    "address without 0x": (with_line(1, ADDRESS[2:]), 2),
    "address with 0X": (with_line(1, "0X" + ADDRESS[2:]), 2),
    "address too short": (with_line(1, ADDRESS[:-1]), 2),
    "address too long": (with_line(1, ADDRESS + "0"), 2),
    "address with a blank": (with_line(1, ADDRESS + " "), 2),
    "address of another digit": (with_line(1, ADDRESS[:-1] + "g"), 2),
    "name for an address": (with_line(1, "vitalik.eth"), 2),
    "two addresses": (with_line(1, ADDRESS, ADDRESS), 3),
    # The statement and the empty lines
    "no empty line after the address": (with_line(2), 3),
    "blank for an empty line": (with_line(2, " "), 3),
    "two empty lines after the address": (with_line(2, "", ""), 5),
    "no empty line after the statement": (with_line(4), 5),
    "two empty lines after the statement": (with_line(4, "", ""), 6),
    "one empty line where there is no statement": (
        replace(WHOLE, statement=None).text().replace("\n\n\n", "\n\n"), 5,
    ),
    "three empty lines where there is no statement": (
        replace(WHOLE, statement=None).text().replace("\n\n\n", "\n\n\n\n"), 5,
    ),
    "statement of two lines": (with_line(3, "one", "two"), 5),
    "statement of other letters": (with_line(3, "Ich möchte"), 4),
    "statement with a tab": (with_line(3, "a\tb"), 4),
    "statement with a quote": (with_line(3, 'a "b"'), 4),
    "statement with a percent": (with_line(3, "100%"), 4),
    "statement with a backslash": (with_line(3, "a\\b"), 4),
    "statement with angle brackets": (with_line(3, "<b>"), 4),
    "statement with a zero": (with_line(3, "a\0b"), 4),
    "statement with a CR": (with_line(3, "a\r"), 4),
    # The URI
    "no URI line": (with_line(5), 6),
    "empty URI": (with_line(5, "URI: "), 6),
    "URI without a blank": (with_line(5, "URI:https://example.com"), 6),
    "URI with two blanks": (with_line(5, "URI:  https://example.com"), 6),
    "URI in lower case": (with_line(5, "uri: https://example.com"), 6),
    "URI without a scheme": (with_line(5, "URI: example.com/login"), 6),
    "URI with a blank inside": (with_line(5, "URI: https://example.com/a b"), 6),
    "URI with a blank behind": (with_line(5, "URI: https://example.com "), 6),
    "URI with a wrong escape": (with_line(5, "URI: https://example.com/%g0"), 6),
    "URI of other letters": (with_line(5, "URI: https://exämple.com"), 6),
    "two URIs": (with_line(5, LINES[5], LINES[5]), 7),
    # The version
    "no version": (with_line(6), 7),
    "version 2": (with_line(6, "Version: 2"), 7),
    "version 0": (with_line(6, "Version: 0"), 7),
    "version 1.0": (with_line(6, "Version: 1.0"), 7),
    "version 01": (with_line(6, "Version: 01"), 7),
    "version 11": (with_line(6, "Version: 11"), 7),
    "version in words": (with_line(6, "Version: one"), 7),
    "version of a full-width digit": (with_line(6, "Version: １"), 7),
    "empty version": (with_line(6, "Version: "), 7),
    # The chain
    "no chain": (with_line(7), 8),
    "empty chain": (with_line(7, "Chain ID: "), 8),
    "chain in words": (with_line(7, "Chain ID: mainnet"), 8),
    "chain in hexadecimal": (with_line(7, "Chain ID: 0x1"), 8),
    "negative chain": (with_line(7, "Chain ID: -1"), 8),
    "chain with a sign": (with_line(7, "Chain ID: +1"), 8),
    "chain with a point": (with_line(7, "Chain ID: 1.0"), 8),
    "chain with an exponent": (with_line(7, "Chain ID: 1e3"), 8),
    "chain with a blank": (with_line(7, "Chain ID: 1 "), 8),
    "chain of full-width digits": (with_line(7, "Chain ID: １"), 8),
    "endless chain": (with_line(7, "Chain ID: " + "9" * 5_000), 8),
    "chain under another name": (with_line(7, "ChainID: 1"), 8),
    # The nonce
    "no nonce": (with_line(8), 9),
    "empty nonce": (with_line(8, "Nonce: "), 9),
    "nonce of seven": (with_line(8, "Nonce: 1234567"), 9),
    "nonce with a dash": (with_line(8, "Nonce: 1234-5678"), 9),
    "nonce with an underline": (with_line(8, "Nonce: 1234_5678"), 9),
    "nonce with a blank": (with_line(8, "Nonce: 1234 5678"), 9),
    "nonce of other letters": (with_line(8, "Nonce: abcdefgé"), 9),
    # The times
    "no time of issue": (with_line(9), 10),
    "empty time of issue": (with_line(9, "Issued At: "), 10),
    "issued on a day": (with_line(9, "Issued At: 2026-01-01"), 10),
    "issued without a zone": (with_line(9, "Issued At: 2026-01-01T00:00:00"), 10),
    "issued with a blank": (with_line(9, "Issued At: 2026-01-01 00:00:00Z"), 10),
    "issued on no day": (with_line(9, "Issued At: 2026-02-30T00:00:00Z"), 10),
    "issued at no hour": (with_line(9, "Issued At: 2026-01-01T25:00:00Z"), 10),
    "issued in seconds since 1970": (with_line(9, "Issued At: 1767225600"), 10),
    "issued as a mail says it": (with_line(9, "Issued At: Thu, 01 Jan 2026 00:00:00 GMT"), 10),
    "expires on no day": (with_line(10, "Expiration Time: 2026-13-01T00:00:00Z"), 11),
    "expires never": (with_line(10, "Expiration Time: never"), 11),
    "empty expiration": (with_line(10, "Expiration Time: "), 11),
    "not before no time": (with_line(11, "Not Before: tomorrow"), 12),
    "empty not before": (with_line(11, "Not Before: "), 12),
    # The rest
    "request id with a blank": (with_line(12, "Request ID: a b"), 13),
    "request id with a slash": (with_line(12, "Request ID: a/b"), 13),
    "request id with a wrong escape": (with_line(12, "Request ID: %2"), 13),
    "resources with something behind": (with_line(13, "Resources: "), 14),
    "resources in lower case": (with_line(13, "resources:"), 14),
    "resource without a dash": (with_line(14, "https://example.com"), 15),
    "resource without a blank": (with_line(14, "-https://example.com"), 15),
    "resource with a star": (with_line(14, "* https://example.com"), 15),
    "resource that is no URI": (with_line(14, "- example"), 15),
    "empty resource": (with_line(14, "- "), 15),
    "empty line among resources": (with_line(14, ""), 15),
    "resources without their head": (with_line(13), 14),
    # The order
    "address before the domain": (swapped(0, 1), 1),
    "version before the URI": (swapped(5, 6), 6),
    "chain before the version": (swapped(6, 7), 7),
    "nonce before the chain": (swapped(7, 8), 8),
    "issue before the nonce": (swapped(8, 9), 9),
    "expiration before the issue": (swapped(9, 10), 10),
    "not before before the expiration": (swapped(10, 11), 12),
    "request id before not before": (swapped(11, 12), 13),
    "resources before the request id": (swapped(12, 13), 14),
    "two expirations": (with_line(10, LINES[10], LINES[10]), 12),
    "two nonces": (with_line(8, LINES[8], LINES[8]), 10),
    "unknown field": (with_line(12, "Audience: me"), 13),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), BAD.values(), ids=BAD)
def test_message_that_is_not_to_the_letter_is_refused_by_its_line(text: str, line: int) -> None:
    with pytest.raises(BadSignIn) as caught:
        parse(text)
    assert caught.value.line == line, caught.value
    assert caught.value.valid


@pytest.mark.parametrize("field", range(len(LINES) - 6))
def test_no_line_that_must_be_there_can_be_left_out(field: int) -> None:
    with pytest.raises(BadSignIn):
        parse(with_line(field) if field != 3 else with_line(3, "", ""))


def test_refusal_says_what_would_be_valid() -> None:
    with pytest.raises(BadSignIn, match="line 9: .*; valid is 8 or more letters and digits"):
        parse(with_line(8, "Nonce: 1234567"))
    with pytest.raises(BadSignIn, match=f"line 2: .*right one it is {ADDRESS}"):
        parse(with_line(1, ADDRESS.lower()))


@given(st.data())
def test_message_with_a_letter_changed_is_never_taken_for_the_same(data: st.DataObject) -> None:
    text = WHOLE.text()
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != text[at]))
    changed = text[:at] + letter + text[at + 1 :]
    try:
        message = parse(changed)
    except BadSignIn:
        return
    assert message != WHOLE
    # What was not written in its one form, such as the zeros before a chain, keeps its meaning.
    assert parse(message.text()) == message


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(BadSignIn):
        parse(text)


# What was asked for


def test_message_that_says_what_was_asked_for_is_taken() -> None:
    asked = replace(
        ASKED,
        schemes=("https",),
        uris=(WHOLE.uri,),
        chain_ids=(31337,),
        issued_within_ns=(60 * 10**9, 0),
    )
    check(WHOLE, asked, NOW_NS)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (replace(ASKED, domain="example.com"), "domain"),
        (replace(ASKED, domain="EXAMPLE.com:8080"), "domain"),
        (replace(ASKED, domain="evil.example.com:8080"), "domain"),
        (replace(ASKED, nonce="abcDEF012345678"), "nonce"),
        (replace(ASKED, nonce=WHOLE.nonce.lower()), "nonce"),
        (replace(ASKED, schemes=("http",)), "scheme"),
        (replace(ASKED, uris=("https://example.com",)), "uri"),
        (replace(ASKED, chain_ids=(1, 5)), "chain_id"),
    ],
)
def test_message_for_somebody_else_is_refused(asked: Asked, field: str) -> None:
    with pytest.raises(SignInRefused) as caught:
        check(WHOLE, asked, NOW_NS)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("now", "field"),
    [
        ("2025-12-31T23:59:59.999Z", "not_before"),
        ("2026-01-01T00:00:00Z", None),
        ("2026-01-01T00:09:59.999Z", None),
        ("2026-01-01T00:10:00Z", "expiration_time"),
        ("2030-01-01T00:00:00Z", "expiration_time"),
    ],
)
def test_message_has_its_time(now: str, field: str | None) -> None:
    now_ns = time_ns(now)
    assert now_ns is not None
    if field is None:
        check(WHOLE, ASKED, now_ns)
        return
    with pytest.raises(SignInRefused) as caught:
        check(WHOLE, ASKED, now_ns)
    assert caught.value.field == field


@pytest.mark.parametrize("issued_at", ["2025-12-31T23:58:59Z", "2026-01-01T00:01:01Z"])
def test_message_was_issued_just_now(issued_at: str) -> None:
    asked = replace(ASKED, issued_within_ns=(60 * 10**9, 60 * 10**9))
    with pytest.raises(SignInRefused) as caught:
        check(replace(WHOLE, issued_at=issued_at), asked, NOW_NS)
    assert caught.value.field == "issued_at"


# Who signed


def test_address_in_the_message_has_to_have_signed_it() -> None:
    text = WHOLE.text()
    check_signature(WHOLE, text, signed(text))


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "I accept nothing"},
        {"domain": "evil.example"},
        {"nonce": "abcDEF0123456780"},
        {"chain_id": 1},
        {"address": "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"},
    ],
)
def test_signature_of_another_message_is_refused(change: dict[str, Any]) -> None:
    other = replace(WHOLE, **change)
    with pytest.raises(BadSignature):
        check_signature(other, other.text(), signed(WHOLE.text()))
