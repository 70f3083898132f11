"""Sessions: opened by a login, renewed by refresh tokens that each work once, ended for good.

A refresh token that comes twice was stolen from somebody, and nobody can say from whom: its whole
session ends. Access tokens of a session that has ended are refused at once, without a store.
"""

import secrets
from dataclasses import dataclass, field, replace
from hashlib import sha256

from outcry.identity.access_tokens import SECOND_NS, AccessTokens
from outcry.identity.errors import BadRefreshToken, UnknownSession
from outcry.identity.records.kept import REFRESH_TOKENS, SESSIONS, KeptSession, RefreshToken
from outcry.identity.records.migrations import SESSION_CHARACTERS
from outcry.identity.records.trail import NOWHERE, Origin, Trail
from outcry.ports import Clock, IdentityStore, IdentityWork

SESSIONS_MAX = 50
"""Of one person at once; one more ends the oldest."""
USED_KEPT = 100
"""Used refresh tokens of a session by which a thief is known: those of about a day."""
REFRESH_CHARACTERS_MAX = 128
AGENT_CHARACTERS_MAX = 128
_FORGET_USED = (
    "DELETE FROM session_token WHERE session = ? AND used_ns > 0 AND token_hash NOT IN "
    "(SELECT token_hash FROM session_token WHERE session = ? ORDER BY used_ns DESC LIMIT ?)"
)


@dataclass(frozen=True, slots=True)
class Session:
    """What somebody holds who is logged in."""

    account: int
    token: str = field(repr=False)
    expires_ns: int
    """When `token` ends, in nanoseconds since 1970."""
    refresh_token: str = field(repr=False)
    """Buys one new session; with that it is used up."""
    session: str = ""
    """Its name, by which it is listed and ended."""


class Sessions:
    """The sessions of a venue. Safe to call from several threads."""

    def __init__(
        self,
        store: IdentityStore,
        clock: Clock,
        tokens: AccessTokens,
        trail: Trail,
        lifetimes_s: tuple[int, int],
    ) -> None:
        """`lifetimes_s` are those of an access token and of a refresh token."""
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._trail = trail
        self._access_ns, self._refresh_ns = (seconds * SECOND_NS for seconds in lifetimes_s)
        since_ns = clock.now_ns() - self._access_ns
        with store.work() as work:
            ended = SESSIONS.find(work, "ended_ns > ?", since_ns)
        self._ended = {row.session: row.ended_ns for row in ended}
        """Ended sessions whose access tokens may not have expired, oldest first."""

    def is_ended(self, session: str) -> bool:
        """Return whether a session was ended. Reads no store."""
        return session in self._ended

    def open(
        self, work: IdentityWork, account: int, origin: Origin, *, factor: bool
    ) -> tuple[Session, list[str]]:
        """Open a session. The second are those that end for it: `forget` them afterwards."""
        now_ns = self._clock.now_ns()
        # Whatever has expired goes, so that sessions nobody renews do not pile up.
        work.rows("DELETE FROM session_token WHERE expires_ns <= ?", now_ns)
        gone = "DELETE FROM session WHERE expires_ns <= ? AND ended_ns <= ?"
        work.rows(gone, now_ns, now_ns - self._access_ns)
        row = KeptSession(
            session=secrets.token_urlsafe(32)[:SESSION_CHARACTERS],
            account=account,
            created_ns=now_ns,
            renewed_ns=now_ns,
            expires_ns=now_ns + self._refresh_ns,
            ended_ns=0,
            factor_ns=now_ns if factor else 0,
            address=origin.address,
            agent=printable(origin.agent),
        )
        open_ones = self._open_of(work, account)
        SESSIONS.add(work, row)
        ended = [
            self._end(work, old, account, "too many", origin)
            for old in open_ones[SESSIONS_MAX - 1 :]
        ]
        return self._tokens_of(work, row), ended

    def renew(self, refresh_token: str, origin: Origin) -> Session:
        """Swap a refresh token for a new one and an access token.

        Raises:
            BadRefreshToken: unknown, used before, expired, or of a session that was ended.
        """
        if len(refresh_token) > REFRESH_CHARACTERS_MAX or not refresh_token.isascii():
            raise BadRefreshToken
        now_ns, ended = self._clock.now_ns(), ""
        with self._store.work() as work:
            found = REFRESH_TOKENS.one(work, "token_hash = ?", _digest(refresh_token))
            row = SESSIONS.one(work, "session = ?", found.session) if found else None
            if found is None or row is None or row.ended_ns or found.expires_ns <= now_ns:
                raise BadRefreshToken
            if not found.used_ns:
                REFRESH_TOKENS.put(work, replace(found, used_ns=now_ns))
                row = replace(row, renewed_ns=now_ns, expires_ns=now_ns + self._refresh_ns)
                SESSIONS.put(work, row)
                work.rows(_FORGET_USED, row.session, row.session, USED_KEPT)
                return self._tokens_of(work, row)
            ended = self._end(work, row, row.account, "refresh token used twice", origin)
        self.forget([ended])
        raise BadRefreshToken

    def of(self, account: int) -> list[KeptSession]:
        """Return somebody's open sessions, newest first."""
        with self._store.work() as work:
            return self._open_of(work, account)

    def end(self, account: int, session: str, actor: int, origin: Origin) -> None:
        """End one session of somebody.

        Raises:
            UnknownSession: they have none of this name that is open.
        """
        with self._store.work() as work:
            row = SESSIONS.one(work, "session = ? AND account = ?", session, account)
            if row is None or row.ended_ns:
                raise UnknownSession
            self._end(work, row, actor, "asked", origin)
        self.forget([session])

    def end_all(
        self, account: int, actor: int, why: str, origin: Origin = NOWHERE, keep: str = ""
    ) -> int:
        """End all sessions of somebody but one; return how many."""
        with self._store.work() as work:
            ended = self.end_within(work, account, actor, why, origin, keep)
        self.forget(ended)
        return len(ended)

    def end_within(
        self, work: IdentityWork, account: int, actor: int, why: str, origin: Origin, keep: str
    ) -> list[str]:
        """Do so in a transaction, for `forget` afterwards."""
        rows = [row for row in self._open_of(work, account) if row.session != keep]
        return [self._end(work, row, actor, why, origin) for row in rows]

    def forget(self, ended: list[str]) -> None:
        """Refuse the access tokens of these sessions from now on."""
        now_ns = self._clock.now_ns()
        for session in ended:
            self._ended[session] = now_ns
        for session, ended_ns in list(self._ended.items()):
            if ended_ns > now_ns - self._access_ns:
                break
            self._ended.pop(session, None)

    def factor_given(self, work: IdentityWork, session: str) -> None:
        """Note that a code of the second factor was given in a session."""
        row = SESSIONS.one(work, "session = ?", session)
        if row is None or row.ended_ns:
            raise UnknownSession
        SESSIONS.put(work, replace(row, factor_ns=self._clock.now_ns()))

    def factor_ns(self, session: str) -> int:
        """Return when a code was last given in a session; 0 for never."""
        with self._store.work() as work:
            row = SESSIONS.one(work, "session = ?", session)
        return row.factor_ns if row is not None and not row.ended_ns else 0

    def _open_of(self, work: IdentityWork, account: int) -> list[KeptSession]:
        where = "account = ? AND ended_ns = 0 AND expires_ns > ? ORDER BY created_ns DESC, session"
        return SESSIONS.find(work, where, account, self._clock.now_ns())

    def _end(
        self, work: IdentityWork, row: KeptSession, actor: int, why: str, origin: Origin
    ) -> str:
        SESSIONS.put(work, replace(row, ended_ns=self._clock.now_ns()))
        self._trail.add(
            work, "session_ended", actor, row.account, origin, session=row.session, why=why
        )
        return row.session

    def _tokens_of(self, work: IdentityWork, row: KeptSession) -> Session:
        # Guessing 256 random bits is hopeless, so a fast hash is enough to keep a stolen store
        # from being a stolen session.
        refresh_token = secrets.token_urlsafe(32)
        REFRESH_TOKENS.add(
            work, RefreshToken(_digest(refresh_token), row.session, row.expires_ns, 0)
        )
        token, expires_ns = self._tokens.issue(row.account, row.session)
        return Session(row.account, token, expires_ns, refresh_token, row.session)


def printable(text: str) -> str:
    """Return what can be shown of a text that a client sent, not too much of it."""
    shown = "".join(character if character.isprintable() else "?" for character in text)
    return shown[:AGENT_CHARACTERS_MAX]


def _digest(refresh_token: str) -> bytes:
    return sha256(refresh_token.encode()).digest()
