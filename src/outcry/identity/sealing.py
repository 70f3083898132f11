"""Secrets that have to be read again, sealed before they are stored. AES-256-GCM under HKDF.

Source: RFC 5869 (HKDF), NIST SP 800-38D (GCM).
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outcry.ports import IdentityUnusable

_NONCE_BYTES = 12


class Seal:
    """Seals for one purpose: what is sealed for one is not opened for another."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        """`secret` is the venue's own, 32 random bytes or more."""
        info = f"outcry identity {purpose}".encode()
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=info).derive(secret))

    def close(self, plain: bytes, owner: str) -> bytes:
        """Return the sealed bytes; they open for the same owner alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """Return what was sealed.

        Raises:
            IdentityUnusable: it was changed, is somebody else's, or the venue's secret is another.
        """
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, owner.encode())
        except (InvalidTag, ValueError):
            raise IdentityUnusable(
                "a sealed secret does not open: the file `secret` is not the one of this store"
            ) from None
