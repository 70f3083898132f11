"""Addresses: 20 bytes, written with a checksum in the case of their letters (EIP-55)."""

import re

from outcry.identity.wallet.keccak import keccak_256

ADDRESS_BYTES = 20
ZERO = "0x" + "0" * 40
_ADDRESS = re.compile(r"0x[0-9A-Fa-f]{40}", re.ASCII)
_KEY_BYTES = 65
_CAPITAL_FROM = 8


class BadAddress(ValueError):
    """This is not an address; the message says what would be."""


def checksummed(address: bytes) -> str:
    """Return 20 bytes as text with its checksum."""
    if len(address) != ADDRESS_BYTES:
        raise BadAddress(f"an address has {ADDRESS_BYTES} bytes, not {len(address)}")
    text = address.hex()
    marks = keccak_256(text.encode()).hex()
    return "0x" + "".join(
        letter.upper() if int(mark, 16) >= _CAPITAL_FROM else letter
        for letter, mark in zip(text, marks, strict=False)
    )


def read_address(text: str, *, lower_case: bool = False) -> bytes:
    """Return the bytes of an address whose checksum is right.

    With `lower_case` one in lower case alone is taken as well: it has no checksum.

    Raises:
        BadAddress: it is none, or its checksum is wrong.
    """
    if _ADDRESS.fullmatch(text) is None:
        raise BadAddress("an address is 0x and 40 hexadecimal digits")
    address = bytes.fromhex(text[2:])
    right = checksummed(address)
    if text != right and not (lower_case and text == right.lower()):
        raise BadAddress(f"the checksum is wrong; with the right one it is {right}")
    return address


def address_of(public_key: bytes) -> str:
    """Return the address of an uncompressed public key: 65 bytes that begin with 4."""
    if len(public_key) != _KEY_BYTES or public_key[0] != 4:
        raise ValueError("this is not an uncompressed public key")
    return checksummed(keccak_256(public_key[1:])[-ADDRESS_BYTES:])
