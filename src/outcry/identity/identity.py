"""Who somebody is: registering, logging in, and what a token or a key speaks for."""

from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from outcry.identity.access.credentials import Credentials
from outcry.identity.access.second_factor import SecondFactors
from outcry.identity.access.sessions import Session, Sessions
from outcry.identity.access.sub_accounts import SubAccounts
from outcry.identity.access.wallets import Signed, Wallets
from outcry.identity.access_tokens import AccessTokens, Facts
from outcry.identity.api_keys import WITHDRAW, ApiKey, ApiKeys, NewKey
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
from outcry.identity.records.directory import Directory
from outcry.identity.records.kept import (
    LOGINS,
    KeptKey,
    Login,
    Person,
    TrailEntry,
    Wallet,
)
from outcry.identity.records.people import add_person, person_by_account, person_by_email
from outcry.identity.records.trail import (
    NOWHERE,
    Origin,
    Trail,
    TrailReport,
    entries,
    entries_before,
    verify,
)
from outcry.identity.staff.requests import Requests
from outcry.identity.staff.roles import Roles
from outcry.identity.wallet.delegation import Delegation
from outcry.identity.wallet.grammar import time_ns
from outcry.identity.withdrawals.beneficiaries import Beneficiaries
from outcry.identity.withdrawals.withdrawals import Withdrawals
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
    chain_ids: tuple[int, ...] = (1, 31_337)
    """Chains whose wallets log in: the main one, and those of test nodes."""
    factor_required: bool = True
    """Whether what needs a second factor is refused to people without one."""

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_BYTES_MIN:
            raise ValueError(f"the secret has fewer than {SECRET_BYTES_MIN} bytes")
        if self.access_lifetime_s < 1 or self.refresh_lifetime_s < 1:
            raise ValueError("a session must last a second or more")


class Identity:
    """Registers people, logs them in, and says whom a token or a key speaks for.

    Everything but `account_of`, `caller_of`, `api_key`, `unknown_key` and `roles.of` reads or
    writes the store; `register`, `login` and whatever else takes a password also hash for tens of
    milliseconds. Those belong in a worker thread; all of it may be called from several.
    """

    def __init__(self, store: IdentityStore, clock: Clock, settings: IdentitySettings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._tokens = AccessTokens(settings.secret, settings.access_lifetime_s, clock)
        self._passwords = Passwords(
            settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism
        )
        self._trail = Trail(clock, settings.secret)
        lifetimes_s = (settings.access_lifetime_s, settings.refresh_lifetime_s)
        self.sessions = Sessions(store, clock, self._tokens, self._trail, lifetimes_s)
        factors = SecondFactors(clock, settings.secret, required=settings.factor_required)
        self.credentials = Credentials(
            store, clock, self._trail, self._passwords, self.sessions, factors
        )
        self.keys = ApiKeys(store, clock, settings.secret, self._trail)
        self.roles = Roles(store, self._trail)
        self.requests = Requests(store, clock, self._trail, self.roles)
        self.wallets = Wallets(store, clock, self._trail, settings.chain_ids)
        self.sub_accounts = SubAccounts(store, clock, self._trail)
        self.withdrawals = Withdrawals(store, clock, self._trail, self.roles)
        self.directory = Directory(store)
        self.beneficiaries = Beneficiaries(store, clock, self._trail)

    @property
    def refresh_lifetime_s(self) -> int:
        """How long a refresh token is good."""
        return self._settings.refresh_lifetime_s

    # Getting in

    def register(self, email: str, password: str, origin: Origin = NOWHERE) -> Session:
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
            self._trail.add(work, "registered", person.account, person.account, origin)
            session, _ = self.sessions.open(work, person.account, origin, factor=False)
        return session

    def login(
        self, email: str, password: str, code: str | None = None, origin: Origin = NOWHERE
    ) -> Session:
        """Log somebody in. An unknown e-mail costs as long as a wrong password.

        Raises:
            WrongCredentials: no such e-mail, or not its password.
            FactorNeeded: the password is right, and a code is wanted besides.
            WrongCode: it is not this one.
            LockedOut: too many attempts have failed; nothing was looked at.
        """
        name = _name(email)
        self.credentials.lockout.check(name, origin.address)
        person = self._find(email)
        fits = self._passwords.fits(password, person.password_hash if person else None)
        if person is None or not fits:
            self.credentials.failed(name, person, "wrong password", origin)
            raise WrongCredentials
        factor = self.credentials.check_code(person, code, origin)
        self.credentials.lockout.clear(name, origin.address)
        with self._store.work() as work:
            session, ended = self.sessions.open(work, person.account, origin, factor=factor)
            self.credentials.note_login(work, person.account, "ok", origin)
            self._trail.add(
                work, "logged_in", person.account, person.account, origin, session=session.session
            )
        self.sessions.forget(ended)
        return session

    def wallet_login(
        self, signed: Signed, code: str | None = None, origin: Origin = NOWHERE
    ) -> Session:
        """Log the owner of a wallet in; whoever signs for the first time gets an account.

        Raises:
            BadWallet: it is no message, or no signature. WalletRefused: it is not what was asked.
            FactorNeeded, WrongCode, LockedOut: as for `login`.
        """
        address = self.wallets.signer(signed)
        with self._store.work() as work:
            person = self.wallets.person(work, address, origin)
        factor = self.credentials.check_code(person, code, origin)
        with self._store.work() as work:
            session, ended = self.sessions.open(work, person.account, origin, factor=factor)
            self.credentials.note_login(work, person.account, "ok", origin)
            facts = {"session": session.session, "wallet": address}
            self._trail.add(work, "logged_in", person.account, person.account, origin, **facts)
        self.sessions.forget(ended)
        return session

    def refresh(self, refresh_token: str, origin: Origin = NOWHERE) -> Session:
        """Swap a refresh token for a new one. It works once; twice ends the session.

        Raises:
            BadRefreshToken: unknown, used before or expired. It is a `WrongCredentials`.
        """
        return self.sessions.renew(refresh_token, origin)

    def session_for(self, account: int) -> Session:
        """Return a session of a registered account, without a password: for the venue's own.

        Raises:
            WrongCredentials: nobody has this account.
        """
        with self._store.work() as work:
            if person_by_account(work, account) is None:
                raise WrongCredentials("Nobody is registered with this account.")
            session, ended = self.sessions.open(work, account, NOWHERE, factor=False)
            self._trail.add(work, "logged_in", 0, account, session=session.session)
        self.sessions.forget(ended)
        return session

    # Who asks

    def account_of(self, token: str) -> int | None:
        """Return the account an access token speaks for; None if it is not valid now.

        Reads no store. A microsecond for a token seen before, some twenty for a new one.
        """
        found = self.caller_of(token)
        return None if found is None else found.account

    def caller_of(self, token: str) -> Facts | None:
        """Return account and session of an access token; None if it is not valid now."""
        found = self._tokens.read(token)
        return None if found is None or self.sessions.is_ended(found.session) else found

    def api_key(self, key: str) -> ApiKey | None:
        """Return an API key by its name; None where there is none. Reads no store."""
        return self.keys.get(key)

    def unknown_key(self) -> ApiKey:
        """Return a key of nobody, for the same work where there is none."""
        return self.keys.unknown()

    def person(self, account: int) -> Person | None:
        """Return the person with this account."""
        with self._store.work() as work:
            return person_by_account(work, account)

    def count(self) -> int:
        """Return how many people there are."""
        with self._store.work() as work:
            ((count,),) = work.rows("SELECT count(*) FROM person")
        return int(count)

    def person_of(self, email: str) -> Person | None:
        """Return the person with this e-mail, however written."""
        return self._find(email)

    def logins(self, account: int) -> list[Login]:
        """Return the newest attempts to log in as somebody, newest first."""
        with self._store.work() as work:
            return LOGINS.find(work, "account = ? ORDER BY number DESC", account)

    def note(
        self,
        actor: int,
        act: str,
        subject: int,
        origin: Origin,
        **details: Any,  # noqa: ANN401 - whatever the act has
    ) -> None:
        """Write an act of staff down that nothing else here knows of."""
        with self._store.work() as work:
            self._trail.add(work, act, actor, subject, origin, **details)

    def trail_entries(self, after: int, limit: int) -> list[TrailEntry]:
        """Return entries of the trail after a number, oldest first."""
        with self._store.work() as work:
            return entries(work, after, limit)

    def trail_before(self, before: int, limit: int) -> list[TrailEntry]:
        """Return entries of the trail before a number, newest first."""
        with self._store.work() as work:
            return entries_before(work, before, limit)

    def trail_report(self) -> TrailReport:
        """Look at the whole trail; it takes as long as there is much of it."""
        with self._store.work() as work:
            return verify(work, self._settings.secret)

    def create_key(
        self, caller: Facts, wanted: NewKey, origin: Origin = NOWHERE
    ) -> tuple[KeptKey, str | None]:
        """Make an API key; see `ApiKeys.create`.

        Raises:
            BadKey: it cannot be.
            FactorNeeded: no code of the second factor was given just now.
        """
        self.credentials.require_fresh(caller)
        made = self.keys.create(caller.account, wanted, origin)
        if WITHDRAW in wanted.scopes:
            with self._store.work() as work:
                self.credentials.changed(work, caller.account, "withdraw key made", origin)
        return made

    # Wallets

    def link_wallet(self, caller: Facts, signed: Signed, origin: Origin = NOWHERE) -> Wallet:
        """Let a wallet in as the caller from now on.

        Raises:
            BadWallet, WalletRefused: as for `wallet_login`. WalletTaken: it is somebody's.
            FactorNeeded: no code of the second factor was given just now.
        """
        self.credentials.require_fresh(caller)
        address = self.wallets.signer(signed)
        with self._store.work() as work:
            row = self.wallets.link(work, caller.account, address)
            self.credentials.changed(work, caller.account, f"wallet {address} linked", origin)
        return row

    def unlink_wallet(self, caller: Facts, address: str, origin: Origin = NOWHERE) -> None:
        """Let a wallet in no more.

        Raises:
            UnknownWallet: the caller has no such wallet. WalletTaken: it is the only way in.
            FactorNeeded: no code of the second factor was given just now.
        """
        self.credentials.require_fresh(caller)
        with self._store.work() as work:
            self.wallets.unlink(work, caller.account, address)
            self.credentials.changed(work, caller.account, f"wallet {address} unlinked", origin)

    def create_delegated_key(
        self, given: Delegation, signature: str, origin: Origin = NOWHERE
    ) -> KeptKey:
        """Make the API key that a wallet allows.

        Raises:
            BadWallet: it makes no sense. WalletRefused: the wallet did not sign it, or is nobody's.
            BadKey: it cannot be.
        """
        self.wallets.allowed(given, signature)
        public_key = Ed25519PublicKey.from_public_bytes(given.public_key)
        pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        wanted = NewKey(
            kind="ed25519",
            scopes=given.scopes,
            label=f"allowed by {given.wallet}",
            expires_ns=time_ns(given.expires),
            public_key=pem.decode(),
        )
        return self.keys.create(self.wallets.owner(given.wallet), wanted, origin)[0]

    # Within

    def _find(self, email: str) -> Person | None:
        try:
            address = normalise(email)
        except BadEmail:
            return None
        with self._store.work() as work:
            return person_by_email(work, address)


def _name(email: str) -> str:
    """Return under what name failures of an e-mail are counted, whether or not it is one."""
    try:
        return normalise(email)
    except BadEmail:
        return email[:64].lower()
