"""Access tokens: JSON Web Tokens signed with HMAC-SHA256, verified without asking any store."""

from threading import Lock
from typing import Any, NamedTuple

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
_CLAIMS = ["iss", "aud", "sub", "sid", "iat", "exp"]
# Time is the venue's clock's and is judged below. The library would ask the machine's.
_OPTIONS: Any = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


class Facts(NamedTuple):
    """What a token says: who, in which session, from when and until when it is taken."""

    account: int
    session: str
    valid_ns: int
    expires_ns: int


class AccessTokens:
    """Issues tokens and remembers those it has verified, since a client shows one many times."""

    def __init__(self, secret: bytes, lifetime_s: int, clock: Clock) -> None:
        self._secret = secret
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._known: dict[str, Facts] = {}
        """Verified tokens, oldest first."""
        self._lock = Lock()

    def issue(self, account: int, session: str) -> tuple[str, int]:
        """Return a new token and the nanosecond from which it is no longer taken."""
        issued_s = self._clock.now_ns() // SECOND_NS
        expires_s = issued_s + self._lifetime_s
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(account),
            "sid": session,
            "iat": issued_s,
            "exp": expires_s,
        }
        return jwt.encode(claims, self._secret, ALGORITHM), expires_s * SECOND_NS

    def read(self, token: str) -> Facts | None:
        """Return what a token says; None if it is not ours, changed, expired or too early."""
        found = self._known.get(token) or self._verified(token)
        if found is None:
            return None
        return found if found.valid_ns <= self._clock.now_ns() < found.expires_ns else None

    def _verified(self, token: str) -> Facts | None:
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

    def _remember(self, token: str, found: Facts) -> None:
        with self._lock:
            if len(self._known) >= KNOWN_MAX:
                del self._known[next(iter(self._known))]
            self._known[token] = found


def _facts(claims: dict[str, Any]) -> Facts | None:
    subject, session = claims["sub"], claims["sid"]
    issued_s, expires_s = claims["iat"], claims["exp"]
    # Ours have no `nbf`; of one that has it, it holds.
    not_before_s = claims.get("nbf", issued_s)
    if not (subject.isascii() and subject.isdecimal()) or not int(subject):
        return None
    if any(type(time_s) is not int for time_s in (issued_s, expires_s, not_before_s)):
        return None
    if type(session) is not str or not session:
        return None
    valid_s = max(issued_s, not_before_s) - AHEAD_S
    return Facts(int(subject), session, valid_s * SECOND_NS, expires_s * SECOND_NS)
