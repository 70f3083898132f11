"""ECDSA signatures over secp256k1, in the one form that counts.

Of every signature there is a twin that anybody can make: `s` counts only up to half the order of
the curve (EIP-2, BIP-62). On the wire a wallet's signature is 65 bytes, r, s and 27 or 28; 0 and 1
are taken for these, as some hardware wallets send them. The 64 bytes of EIP-2098 are refused: a
second form of the same signature has been used to play one twice.
"""

import re

from coincurve import PublicKey
from coincurve.ecdsa import cdata_to_der, deserialize_compact

from outcry.identity.wallet.address import ZERO, address_of

ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
DIGEST_BYTES, SIGNATURE_BYTES, COMPACT_BYTES = 32, 65, 64
_PARITIES = {0: 0, 1: 1, 27: 0, 28: 1}
_HEX = re.compile(r"0x[0-9A-Fa-f]{130}", re.ASCII)


class BadSignature(ValueError):
    """Nobody signed this, or not in the form that counts; the message says what would."""


def read_signature(text: str) -> bytes:
    """Return the bytes of a wallet's signature, sent as hexadecimal.

    Raises:
        BadSignature: it is not 0x and 130 digits.
    """
    if _HEX.fullmatch(text) is None:
        raise BadSignature("a signature is 0x and 130 hexadecimal digits: r, s and v")
    return bytes.fromhex(text[2:])


def recover(digest: bytes, signature: bytes) -> str:
    """Return the address that signed a digest.

    Raises:
        BadSignature: it is not one, or it is the twin of one.
    """
    _check_digest(digest)
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature(f"a signature has {SIGNATURE_BYTES} bytes, not {len(signature)}")
    _check_range(signature[:COMPACT_BYTES])
    parity = _PARITIES.get(signature[COMPACT_BYTES])
    if parity is None:
        raise BadSignature(f"v is 27 or 28, not {signature[COMPACT_BYTES]}")
    try:
        key = PublicKey.from_signature_and_message(
            signature[:COMPACT_BYTES] + bytes((parity,)), digest, hasher=None
        )
    except ValueError:
        raise BadSignature("there is no key that could have signed this") from None
    address = address_of(key.format(compressed=False))
    if address == ZERO:
        raise BadSignature("the zero address signs nothing")
    return address


def verify(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """Return whether a key signed a digest. The signature is r and s, 64 bytes."""
    _check_digest(digest)
    try:
        _check_range(signature)
        key = PublicKey(public_key)
    except ValueError:
        return False
    return key.verify(cdata_to_der(deserialize_compact(signature)), digest, hasher=None)


def _check_digest(digest: bytes) -> None:
    if len(digest) != DIGEST_BYTES:
        raise ValueError(f"a digest has {DIGEST_BYTES} bytes, not {len(digest)}")


def _check_range(compact: bytes) -> None:
    if len(compact) != COMPACT_BYTES:
        raise BadSignature(f"r and s have {COMPACT_BYTES} bytes, not {len(compact)}")
    r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:], "big")
    if not 0 < r < ORDER or not 0 < s < ORDER:
        raise BadSignature("r and s are from 1 to the order of the curve")
    if s > ORDER // 2:
        raise BadSignature("s is above half the order of the curve: send its twin")
