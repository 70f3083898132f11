"""Keccak-256 as Ethereum has it: before the padding that became SHA-3."""

from Cryptodome.Hash import keccak


def keccak_256(data: bytes) -> bytes:
    """Return the 32 bytes of the hash."""
    return keccak.new(digest_bits=256, data=data).digest()
