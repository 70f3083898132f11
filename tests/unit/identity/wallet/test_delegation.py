"""Trading keys that a wallet allows."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from coincurve import PrivateKey

from outcry.identity.wallet.address import address_of
from outcry.identity.wallet.delegation import (
    PRIMARY,
    BadDelegation,
    Delegation,
    check_delegation,
)
from outcry.identity.wallet.grammar import time_ns
from outcry.identity.wallet.signature import BadSignature
from outcry.identity.wallet.typed_data import Types, typed_digest

KEY = PrivateKey(sha256(b"a key of the tests").digest())
ADDRESS = address_of(KEY.public_key.format(compressed=False))
POINT = PrivateKey(b"\7" * 32).public_key.format()
GOOD = Delegation(
    wallet=ADDRESS,
    chain_id=31337,
    key_type="ed25519",
    public_key=bytes(range(32)),
    scopes=("read", "trade"),
    markets=("BTC_USDT", "TATA_INR"),
    cap="1000.50",
    cap_asset="USDT",
    expires="2026-02-01T00:00:00Z",
    nonce="abcDEF0123456789",
)
NOW_NS = 1_767_225_600 * 10**9
DAY_NS = 86_400 * 10**9


def signed(delegation: Delegation) -> bytes:
    raw = KEY.sign_recoverable(delegation.digest(), hasher=None)
    return raw[:64] + bytes((raw[64] + 27,))


def check(delegation: Delegation, signature: bytes, now_ns: int = NOW_NS) -> None:
    check_delegation(delegation, signature, (31337,), now_ns, 90 * DAY_NS)


def test_key_that_the_wallet_signed_is_allowed() -> None:
    check(GOOD, signed(GOOD))
    other = replace(GOOD, key_type="secp256k1", public_key=POINT, cap="", cap_asset="")
    check(other, signed(other))


def test_wallet_is_shown_every_word_of_it() -> None:
    data = GOOD.typed_data()
    assert data["message"]["publicKey"] == "0x" + bytes(range(32)).hex()
    assert data["primaryType"] == PRIMARY
    assert typed_digest(data["domain"], data["types"], PRIMARY, data["message"]) == GOOD.digest()
    assert Types(data["types"]).encoded_type(PRIMARY) == (
        "TradingKey(address wallet,string keyType,bytes publicKey,string[] scopes,"
        "string[] markets,string cap,string capAsset,string expires,string nonce)"
    )


CHANGES: list[dict[str, Any]] = [
    {"wallet": "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"},
    {"key_type": "secp256k1", "public_key": POINT},
    {"public_key": bytes(32)},
    {"scopes": ("trade",)},
    {"scopes": ("trade", "read")},
    {"markets": ()},
    {"markets": ("BTC_USDT",)},
    {"cap": "1000.5"},
    {"cap": "9999999"},
    {"cap_asset": "INR"},
    {"expires": "2026-02-01T00:00:01Z"},
    {"nonce": "abcDEF0123456780"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_signature_covers_every_field(change: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        check(replace(GOOD, **change), signed(GOOD))
    assert replace(GOOD, **change).digest() != GOOD.digest()


def test_signature_covers_the_chain() -> None:
    other = replace(GOOD, chain_id=1)
    with pytest.raises(BadSignature):
        check_delegation(other, signed(GOOD), (1,), NOW_NS, 90 * DAY_NS)
    with pytest.raises(BadDelegation, match="31337"):
        check(other, signed(other))


def test_key_ends_and_does_not_last_for_ever() -> None:
    ends_ns = time_ns(GOOD.expires)
    assert ends_ns is not None
    check(GOOD, signed(GOOD), ends_ns - 1)
    with pytest.raises(BadDelegation, match="expired"):
        check(GOOD, signed(GOOD), ends_ns)
    with pytest.raises(BadDelegation, match="90 days"):
        check(GOOD, signed(GOOD), ends_ns - 90 * DAY_NS - 1)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("wallet", {"wallet": ADDRESS.lower()}),
        ("wallet", {"wallet": ""}),
        ("key_type", {"key_type": "rsa"}),
        ("public_key", {"public_key": b""}),
        ("public_key", {"public_key": bytes(33)}),
        ("public_key", {"key_type": "secp256k1", "public_key": bytes(33)}),
        ("public_key", {"key_type": "secp256k1", "public_key": bytes(32)}),
        ("scopes", {"scopes": ()}),
        ("scopes", {"scopes": ("withdraw",)}),
        ("scopes", {"scopes": ("read", "read")}),
        ("scopes", {"scopes": ("read", "trade", "withdraw")}),
        ("markets", {"markets": ("btc_usdt",)}),
        ("markets", {"markets": ("",)}),
        ("markets", {"markets": ("BTC_USDT", "BTC_USDT")}),
        ("markets", {"markets": tuple(f"M{n}" for n in range(101))}),
        ("cap", {"cap": "0"}),
        ("cap", {"cap": "-1"}),
        ("cap", {"cap": "1e3"}),
        ("cap", {"cap": "0.0000000000000000001"}),
        ("cap", {"cap": ""}),
        ("cap_asset", {"cap_asset": ""}),
        ("cap_asset", {"cap_asset": "usdt"}),
        ("expires", {"expires": "tomorrow"}),
        ("expires", {"expires": "2026-02-30T00:00:00Z"}),
        ("nonce", {"nonce": "1234567"}),
        ("nonce", {"nonce": "1234-5678"}),
    ],
)
def test_what_makes_no_sense_is_refused(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(BadDelegation) as caught:
        replace(GOOD, **change)
    assert caught.value.field == field
