"""Personal messages (EIP-191, version 0x45): what `personal_sign` signs."""

from outcry.identity.wallet.keccak import keccak_256


def personal_digest(message: bytes) -> bytes:
    """Return what a wallet signs of a message."""
    head = b"\x19Ethereum Signed Message:\n%d" % len(message)
    return keccak_256(head + message)
