"""Passwords, hashed with Argon2id. Every call here takes tens of milliseconds."""

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from outcry.identity.errors import WeakPassword

CHARACTERS_MIN = 12
CHARACTERS_MAX = 1_024


class Passwords:
    """Makes and checks hashes. Safe to call from several threads."""

    def __init__(self, time_cost: int, memory_kib: int, parallelism: int) -> None:
        self._hasher = PasswordHasher(time_cost, memory_kib, parallelism)
        # Nobody knows this password, so its hash can stand in for a person who does not exist.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))

    def hash(self, password: str) -> str:
        """Return the hash to store, with its parameters and salt.

        Raises:
            WeakPassword: fewer than 12 or more than 1,024 characters, or not encodable.
        """
        text = _canonical(password)
        if text is None or min(len(password), len(text)) < CHARACTERS_MIN:
            raise WeakPassword
        return self._hasher.hash(text)

    def fits(self, password: str, password_hash: str | None) -> bool:
        """Return whether the password is the hashed one. With no hash: false, after equal work."""
        text = _canonical(password)
        if text is None:
            return False
        try:
            self._hasher.verify(password_hash or self._nobody, text)
        except VerifyMismatchError:
            return False
        return password_hash is not None


def _canonical(password: str) -> str | None:
    """Return the same text for every keyboard's way to type it; None if it cannot be hashed."""
    if len(password) > CHARACTERS_MAX:
        return None
    text = unicodedata.normalize("NFKC", password)
    return None if any("\ud800" <= character <= "\udfff" for character in text) else text
