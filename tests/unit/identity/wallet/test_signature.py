"""Signatures over secp256k1: who signed, and what does not count."""

import json
import lzma
from hashlib import sha256

import pytest
from coincurve import PrivateKey, PublicKey

from outcry.identity.wallet.address import address_of
from outcry.identity.wallet.personal import personal_digest
from outcry.identity.wallet.signature import (
    ORDER,
    BadSignature,
    read_signature,
    recover,
    verify,
)
from tests.support.shared import shared

KEY = PrivateKey(sha256(b"a key of the tests").digest())
ADDRESS = address_of(KEY.public_key.format(compressed=False))
DIGEST = sha256(b"what is signed").digest()


def signed(digest: bytes = DIGEST, base: int = 27) -> bytes:
    """Return r, s and v of a signature."""
    raw = KEY.sign_recoverable(digest, hasher=None)
    return raw[:64] + bytes((raw[64] + base,))


def twin(signature: bytes) -> bytes:
    """Return the other signature that fits: n - s, and the other parity."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes((55 - signature[64],))


@pytest.mark.parametrize("base", [27, 0])
def test_signer_is_found(base: int) -> None:
    assert recover(DIGEST, signed(base=base)) == ADDRESS


def test_other_digest_or_other_parity_has_another_signer() -> None:
    signature = signed()
    assert recover(sha256(b"else").digest(), signature) != ADDRESS
    other = signature[:64] + bytes((55 - signature[64],))
    assert recover(DIGEST, other) != ADDRESS


def test_twin_of_a_signature_is_refused_though_it_fits() -> None:
    other = twin(signed())
    raw = other[:64] + bytes((other[64] - 27,))
    key = PublicKey.from_signature_and_message(raw, DIGEST, hasher=None)
    assert address_of(key.format(compressed=False)) == ADDRESS, "the library takes it: we do not"
    with pytest.raises(BadSignature, match="twin"):
        recover(DIGEST, other)
    assert not verify(KEY.public_key.format(), DIGEST, other[:64])


@pytest.mark.parametrize("v", [2, 3, 26, 29, 35, 37, 38, 255])
def test_other_recovery_ids_are_refused(v: int) -> None:
    with pytest.raises(BadSignature, match="v is 27 or 28"):
        recover(DIGEST, signed()[:64] + bytes((v,)))


@pytest.mark.parametrize("cut", [0, 1, 63, 64, 66, 130])
def test_other_lengths_are_refused_the_compact_form_too(cut: int) -> None:
    with pytest.raises(BadSignature, match="65 bytes"):
        recover(DIGEST, (signed() * 2)[:cut])


def numbers(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + b"\x1b"


@pytest.mark.parametrize(
    ("r", "s"), [(0, 1), (1, 0), (0, 0), (ORDER, 1), (1, ORDER), (ORDER + 1, 1), (2**256 - 1, 1)]
)
def test_numbers_out_of_range_are_refused(r: int, s: int) -> None:
    with pytest.raises(BadSignature, match="order of the curve"):
        recover(DIGEST, numbers(r, s))
    assert not verify(KEY.public_key.format(), DIGEST, numbers(r, s)[:64])


def test_signature_that_no_key_can_have_made_is_refused() -> None:
    with pytest.raises(BadSignature, match="no key"):
        recover(DIGEST, numbers(5, 1))  # 5 is not the x of a point.


@pytest.mark.parametrize(
    "text",
    ["", "0x", "0x" + "0" * 128, "0x" + "0" * 132, "0" * 130, "0x" + "g" * 130, "0X" + "0" * 130],
)
def test_signature_is_sent_as_hexadecimal_of_65_bytes(text: str) -> None:
    with pytest.raises(BadSignature):
        read_signature(text)
    assert read_signature("0x" + "0A" * 65) == b"\n" * 65


def test_known_key_is_verified_in_both_its_forms() -> None:
    compact = signed()[:64]
    for compressed in (True, False):
        assert verify(KEY.public_key.format(compressed), DIGEST, compact)
    assert not verify(PrivateKey(b"\2" * 32).public_key.format(), DIGEST, compact)
    assert not verify(b"\2" * 33, DIGEST, b"\1" * 63)
    assert not verify(b"\5" * 33, DIGEST, compact)


def test_digest_of_another_length_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        recover(b"short", signed())
    with pytest.raises(ValueError, match="32 bytes"):
        verify(KEY.public_key.format(), b"short", signed()[:64])


def test_personal_message_is_hashed_with_its_length_in_bytes() -> None:
    # From EIP-191's prefix, by hand: "é" has two bytes.
    assert personal_digest("é".encode()) != personal_digest(b"e")
    expected = "d9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68"
    assert personal_digest(b"hello world").hex() == expected


def compact_of(der: bytes) -> bytes | None:
    """Return r and s of a strict DER signature (BIP-66); None if it is not one."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    rest, found = der[2:], b""
    for _ in range(2):
        if len(rest) < 2 or rest[0] != 2 or len(rest) < 2 + rest[1]:
            return None
        number, rest = rest[2 : 2 + rest[1]], rest[2 + rest[1] :]
        minimal = len(number) < 2 or number[0] or number[1] & 0x80
        if not number or number[0] & 0x80 or not minimal or len(number.lstrip(b"\0")) > 32:
            return None
        found += int.from_bytes(number, "big").to_bytes(32, "big")
    return None if rest or len(der) != der[1] + 2 else found


def test_wycheproof_is_answered_as_it_says() -> None:
    path = shared("data/vectors/wycheproof_ecdsa_secp256k1_sha256_bitcoin_test.json.xz")
    counts = {"valid": 0, "invalid": 0}
    for group in json.loads(lzma.decompress(path.read_bytes()))["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["uncompressed"])
        for case in group["tests"]:
            digest = sha256(bytes.fromhex(case["msg"])).digest()
            compact = compact_of(bytes.fromhex(case["sig"]))
            fits = compact is not None and verify(key, digest, compact)
            assert fits == (case["result"] == "valid"), case
            counts[case["result"]] += 1
    assert counts == {"valid": 162, "invalid": 301}
