"""The key that signs what a venue publishes: Ed25519, in one file of the data folder."""

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from outcry.adapters.sqlite_identity import secret_file


class SigningKey:
    """A private key, and what it is used for. It is never shown."""

    def __init__(self, path: Path) -> None:
        """Read the key's 32 bytes; make them if there is no such file, readable by its owner only.

        Raises:
            IdentityUnusable: The file has another length, or others may read it.
        """
        self._key = Ed25519PrivateKey.from_private_bytes(secret_file(path))
        self.public_key = self._key.public_key().public_bytes_raw()
        """32 bytes, as RFC 8032 has them."""

    def sign(self, text: bytes) -> bytes:
        """Return the signature of a text, 64 bytes."""
        return self._key.sign(text)


def check_signature(public_key: bytes, signature: bytes, text: bytes) -> bool:
    """Say whether a public key of 32 bytes has signed a text."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
