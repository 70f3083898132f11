"""Wallets that let their owner in: a message of EIP-4361, over a nonce that is good once.

Who signs for the first time gets an account, without e-mail and password; whoever has one may link
wallets to it. A wallet may also allow a program's key to trade (EIP-712). Contracts that sign
(EIP-1271) need a chain to ask, and are not taken.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock

from outcry.identity.access_tokens import SECOND_NS
from outcry.identity.errors import BadWallet, UnknownWallet, WalletRefused, WalletTaken
from outcry.identity.records.kept import PEOPLE, WALLETS, Person, Wallet
from outcry.identity.records.people import next_account, person_by_email
from outcry.identity.records.trail import Origin, Trail
from outcry.identity.wallet.delegation import BadDelegation, Delegation, check_delegation
from outcry.identity.wallet.sign_in import (
    Asked,
    BadSignIn,
    SignInRefused,
    check,
    check_signature,
    parse,
)
from outcry.identity.wallet.signature import BadSignature, read_signature
from outcry.ports import Clock, IdentityStore, IdentityWork

NONCE_S = 300
NONCES_MAX = 10_000
ISSUED_WITHIN_NS = (NONCE_S * SECOND_NS, 60 * SECOND_NS)
KEY_LIFETIME_S = 90 * 86_400
WALLETS_MAX = 20
"""Of one person."""
NO_MAIL = "wallet.invalid"
"""Nobody has an address there (RFC 2606): it stands where people without e-mail have theirs."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-in message, its signature, and the domain it was asked for."""

    message: str
    signature: str
    domain: str


class Wallets:
    """The wallets of a venue, and the nonces they sign."""

    def __init__(
        self, store: IdentityStore, clock: Clock, trail: Trail, chain_ids: Collection[int]
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._chain_ids = chain_ids
        self._nonces: dict[str, int] = {}
        """When each ends that was not used, oldest first."""
        self._lock = Lock()

    def nonce(self) -> tuple[str, int]:
        """Return a new nonce and the nanosecond it ends at. It is good once."""
        nonce, ends_ns = secrets.token_hex(16), self._clock.now_ns() + NONCE_S * SECOND_NS
        with self._lock:
            if len(self._nonces) >= NONCES_MAX:
                del self._nonces[next(iter(self._nonces))]
            self._nonces[nonce] = ends_ns
        return nonce, ends_ns

    def signer(self, signed: Signed) -> str:
        """Return the address that signed a message which was asked for. The nonce is used up.

        Raises:
            BadWallet: it is no message of EIP-4361, or no signature.
            WalletRefused: it is for somebody else, or another time, or another's.
        """
        try:
            found, signature = parse(signed.message), read_signature(signed.signature)
        except BadSignIn as error:
            raise BadWallet(str(error), "message") from None
        except BadSignature as error:
            raise BadWallet(str(error), "signature") from None
        self._use(found.nonce)
        own = [f"{scheme}://{signed.domain}{end}" for scheme in ("http", "https") for end in _ENDS]
        asked = Asked(
            domain=signed.domain,
            nonce=found.nonce,
            schemes=("http", "https"),
            uris=own,
            chain_ids=self._chain_ids,
            issued_within_ns=ISSUED_WITHIN_NS,
        )
        try:
            check(found, asked, self._clock.now_ns())
            check_signature(found, signed.message, signature)
        except (SignInRefused, BadSignature) as error:
            raise WalletRefused(str(error)) from None
        return found.address

    def allowed(self, given: Delegation, signature: str) -> None:
        """Make sure that a wallet has allowed a key, just now. The nonce is used up.

        Raises:
            BadWallet: it makes no sense, or asks what no key is held to here.
            WalletRefused: the wallet did not sign this.
        """
        for field, wanted in (("markets", given.markets), ("cap", given.cap)):
            if wanted:
                # What a key is not held to must not look as if it were.
                raise BadWallet("Keys are not held to markets or a cap; leave it empty.", field)
        if given.key_type != "ed25519":
            raise BadWallet("Keys of requests are ed25519.", "key_type")
        try:
            read = read_signature(signature)
        except BadSignature as error:
            raise BadWallet(str(error), "signature") from None
        self._use(given.nonce)
        now_ns, longest_ns = self._clock.now_ns(), KEY_LIFETIME_S * SECOND_NS
        try:
            check_delegation(given, read, self._chain_ids, now_ns, longest_ns)
        except BadDelegation as error:
            raise BadWallet(str(error), error.field) from None
        except BadSignature as error:
            raise WalletRefused(str(error)) from None

    def owner(self, address: str) -> int:
        """Return whose wallet it is.

        Raises:
            WalletRefused: nobody's.
        """
        with self._store.work() as work:
            found = WALLETS.one(work, "address = ?", address)
        if found is None:
            raise WalletRefused("Nobody here has this wallet.")
        return found.account

    def person(self, work: IdentityWork, address: str, origin: Origin) -> Person:
        """Return the person with a wallet; somebody new if nobody has it.

        Raises:
            WalletRefused: it had an account of its own, and was taken away from it.
        """
        found = WALLETS.one(work, "address = ?", address)
        if found is not None:
            person = PEOPLE.one(work, "account = ?", found.account)
            assert person is not None
            return person
        name, now_ns = f"{address.lower()}@{NO_MAIL}", self._clock.now_ns()
        if person_by_email(work, name) is not None:
            raise WalletRefused("This wallet was taken away from its account.")
        account = next_account(work)
        # No password fits no hash.
        person = Person(account, name, "", now_ns)
        PEOPLE.add(work, person)
        WALLETS.add(work, Wallet(address, account, now_ns))
        self._trail.add(work, "registered", account, account, origin, wallet=address)
        return person

    def link(self, work: IdentityWork, account: int, address: str) -> Wallet:
        """Let a wallet in as somebody.

        Raises:
            WalletTaken: it lets somebody in already, or they have as many as there may be.
        """
        if WALLETS.find(work, "address = ?", address):
            raise WalletTaken
        if len(WALLETS.find(work, "account = ?", account)) >= WALLETS_MAX:
            raise WalletTaken(f"You have {WALLETS_MAX} wallets.")
        row = Wallet(address, account, self._clock.now_ns())
        WALLETS.add(work, row)
        return row

    def unlink(self, work: IdentityWork, account: int, address: str) -> None:
        """Let a wallet in no more.

        Raises:
            UnknownWallet: they have no such wallet.
            WalletTaken: it is the only way in.
        """
        rows = WALLETS.find(work, "account = ?", account)
        person = PEOPLE.one(work, "account = ?", account)
        if address not in {row.address for row in rows}:
            raise UnknownWallet
        if len(rows) == 1 and person is not None and not person.password_hash:
            raise WalletTaken("It is your only way in.")
        work.rows("DELETE FROM wallet WHERE address = ? AND account = ?", address, account)

    def of(self, account: int) -> list[Wallet]:
        """Return somebody's wallets, oldest first."""
        with self._store.work() as work:
            return WALLETS.find(work, "account = ? ORDER BY created_ns, address", account)

    def _use(self, nonce: str) -> None:
        with self._lock:
            ends_ns = self._nonces.pop(nonce, 0)
        if self._clock.now_ns() >= ends_ns:
            raise WalletRefused("The nonce is unknown, used before or expired.")


_ENDS = ("", "/", "/login")
