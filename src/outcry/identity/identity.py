"""Sessions: how somebody registers, logs in and stays logged in."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from outcry.identity.access_tokens import SECOND_NS, AccessTokens
from outcry.identity.api_keys import ApiKey, ApiKeys
from outcry.identity.email import normalise
from outcry.identity.errors import (
    BadEmail,
    BadRefreshToken,
    EmailTaken,
    IdentityError,
    WeakPassword,
    WrongCredentials,
)
from outcry.identity.passwords import Passwords
from outcry.identity.records.kept import REFRESH_TOKENS, Person, RefreshToken
from outcry.identity.records.people import add_person, person_by_account, person_by_email
from outcry.ports import Clock, IdentityStore

__all__ = [
    "DAY_S",
    "SECRET_BYTES_MIN",
    "BadEmail",
    "BadRefreshToken",
    "EmailTaken",
    "Identity",
    "IdentityError",
    "IdentitySettings",
    "Session",
    "WeakPassword",
    "WrongCredentials",
]

SECRET_BYTES_MIN = 32
DAY_S = 86_400
_REFRESH_CHARACTERS_MAX = 128


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """How long sessions last and what a password guess costs.

    The Argon2id parameters are the second recommended option of RFC 9106, on one lane.
    """

    secret: bytes = field(repr=False)
    """Signs access tokens. 32 bytes or more, from a random source."""
    access_lifetime_s: int = 900
    refresh_lifetime_s: int = 30 * DAY_S
    argon2_time_cost: int = 3
    argon2_memory_kib: int = 65_536
    argon2_parallelism: int = 1

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_BYTES_MIN:
            raise ValueError(f"the secret has fewer than {SECRET_BYTES_MIN} bytes")
        if self.access_lifetime_s < 1 or self.refresh_lifetime_s < 1:
            raise ValueError("a session must last a second or more")


@dataclass(frozen=True, slots=True)
class Session:
    """What somebody holds who is logged in."""

    account: int
    token: str = field(repr=False)
    expires_ns: int
    """When `token` ends, in nanoseconds since 1970."""
    refresh_token: str = field(repr=False)
    """Buys one new session; with that it is used up."""


class Identity:
    """Registers people, logs them in, and says whom a token speaks for.

    Everything but `account_of` reads or writes the store; `register` and `login` also hash for
    tens of milliseconds. Those belong in a worker thread; all of it may be called from several.
    """

    def __init__(self, store: IdentityStore, clock: Clock, settings: IdentitySettings) -> None:
        self._store = store
        self._clock = clock
        self._refresh_lifetime_ns = settings.refresh_lifetime_s * SECOND_NS
        self._tokens = AccessTokens(settings.secret, settings.access_lifetime_s, clock)
        self._passwords = Passwords(
            settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism
        )
        self.keys = ApiKeys(store, clock, settings.secret)

    def register(self, email: str, password: str) -> Session:
        """Make somebody known under the next account number and log them in.

        Raises:
            BadEmail: it is not an address.
            WeakPassword: fewer than 12 or more than 1,024 characters.
            EmailTaken: somebody has it.
        """
        address = normalise(email)
        password_hash = self._passwords.hash(password)
        with self._store.work() as work:
            person = add_person(work, address, password_hash, self._clock.now_ns())
        if person is None:
            raise EmailTaken
        return self._open_session(person.account)

    def login(self, email: str, password: str) -> Session:
        """Log somebody in. An unknown e-mail costs as long as a wrong password.

        Raises:
            WrongCredentials: no such e-mail, or not its password.
        """
        person = self._find(email)
        fits = self._passwords.fits(password, person.password_hash if person else None)
        if person is None or not fits:
            raise WrongCredentials
        return self._open_session(person.account)

    def refresh(self, refresh_token: str) -> Session:
        """Swap a refresh token for a new session. It works once.

        Raises:
            BadRefreshToken: unknown, used before or expired. It is a `WrongCredentials`.
        """
        if len(refresh_token) > _REFRESH_CHARACTERS_MAX or not refresh_token.isascii():
            raise BadRefreshToken
        now_ns = self._clock.now_ns()
        token_hash = _digest(refresh_token)
        with self._store.work() as work:
            # Whatever has expired goes too, so that sessions nobody renews do not pile up.
            work.rows("DELETE FROM refresh_token WHERE expires_ns <= ?", now_ns)
            found = REFRESH_TOKENS.one(work, "token_hash = ?", token_hash)
            work.rows("DELETE FROM refresh_token WHERE token_hash = ?", token_hash)
        if found is None:
            raise BadRefreshToken
        return self._open_session(found.account)

    def session_for(self, account: int) -> Session:
        """Return a session of a registered account, without a password: for the demo's traders.

        Raises:
            WrongCredentials: nobody has this account.
        """
        with self._store.work() as work:
            person = person_by_account(work, account)
        if person is None:
            raise WrongCredentials("Nobody is registered with this account.")
        return self._open_session(account)

    def account_of(self, token: str) -> int | None:
        """Return the account an access token speaks for; None if it is not valid now.

        Reads no store. A microsecond for a token seen before, some twenty for a new one.
        """
        return self._tokens.account_of(token)

    def api_key(self, key: str) -> ApiKey | None:
        """Return an API key by its name; None where there is none. Reads no store."""
        return self.keys.get(key)

    def unknown_key(self) -> ApiKey:
        """Return a key of nobody, for the same work where there is none."""
        return self.keys.unknown()

    def _find(self, email: str) -> Person | None:
        try:
            address = normalise(email)
        except BadEmail:
            return None
        with self._store.work() as work:
            return person_by_email(work, address)

    def _open_session(self, account: int) -> Session:
        token, expires_ns = self._tokens.issue(account)
        # Guessing 256 random bits is hopeless, so a fast hash is enough to keep a stolen store
        # from being a stolen session.
        refresh_token = secrets.token_urlsafe(32)
        refresh_expires_ns = self._clock.now_ns() + self._refresh_lifetime_ns
        kept = RefreshToken(_digest(refresh_token), account, refresh_expires_ns)
        with self._store.work() as work:
            REFRESH_TOKENS.add(work, kept)
        return Session(account, token, expires_ns, refresh_token)


def _digest(refresh_token: str) -> bytes:
    return sha256(refresh_token.encode()).digest()
