"""Access tokens: JSON Web Tokens signed with HMAC-SHA256, verified without asking any store."""

from threading import Lock
from typing import Any

import jwt

from outcry.ports import Clock

ALGORITHM = "HS256"
ISSUER = "outcry"
AUDIENCE = "outcry-access"
TOKEN_CHARACTERS_MAX = 512
"""Ours have under 300; a longer one is refused before anything in it is parsed."""
KNOWN_MAX = 65_536
AHEAD_S = 60
"""How far the clock of whoever issued a token may have been ahead. One from later is not taken: a
clock that went back must not lengthen the life of what was issued before."""
SECOND_NS = 1_000_000_000
_CLAIMS = ["iss", "aud", "sub", "iat", "exp"]
# Time is the venue's clock's and is judged below. The library would ask the machine's.
_OPTIONS: Any = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False}

_Facts = tuple[int, int, int]
"""Account, from when and until when a token is taken, in nanoseconds."""


class AccessTokens:
    """Issues tokens and remembers those it has verified, since a client shows one many times."""

    def __init__(self, secret: bytes, lifetime_s: int, clock: Clock) -> None:
        self._secret = secret
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._known: dict[str, _Facts] = {}
        """Verified tokens, oldest first."""
        self._lock = Lock()

    def issue(self, account: int) -> tuple[str, int]:
        """Return a new token and the nanosecond from which it is no longer taken."""
        issued_s = self._clock.now_ns() // SECOND_NS
        expires_s = issued_s + self._lifetime_s
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(account),
            "iat": issued_s,
            "exp": expires_s,
        }
        return jwt.encode(claims, self._secret, ALGORITHM), expires_s * SECOND_NS

    def account_of(self, token: str) -> int | None:
        """Return whom a token speaks for; None if it is not ours, changed, expired or too early."""
        found = self._known.get(token) or self._verified(token)
        if found is None:
            return None
        account, valid_ns, expires_ns = found
        return account if valid_ns <= self._clock.now_ns() < expires_ns else None

    def _verified(self, token: str) -> _Facts | None:
        if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
            return None
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options=_OPTIONS,
            )
        except jwt.InvalidTokenError:
            return None
        found = _facts(claims)
        if found is not None:
            self._remember(token, found)
        return found

    def _remember(self, token: str, found: _Facts) -> None:
        with self._lock:
            if len(self._known) >= KNOWN_MAX:
                del self._known[next(iter(self._known))]
            self._known[token] = found


def _facts(claims: dict[str, Any]) -> _Facts | None:
    subject, issued_s, expires_s = claims["sub"], claims["iat"], claims["exp"]
    if not (subject.isascii() and subject.isdecimal()):
        return None
    if type(issued_s) is not int or type(expires_s) is not int or not int(subject):
        return None
    return int(subject), (issued_s - AHEAD_S) * SECOND_NS, expires_s * SECOND_NS
