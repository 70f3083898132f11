"""API keys: what a program gets in with, and what it may do with it.

All keys are in memory: whoever asks for one reads no store, and a key that is revoked is so at
once. An HMAC secret is sealed before it is stored; of an Ed25519 key only the public half is known.
"""

import binascii
import hmac
import secrets
import string
from base64 import b64decode
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from outcry.identity.errors import BadKey, UnknownKey
from outcry.identity.records.kept import KEYS, SUB_ACCOUNTS, KeptKey
from outcry.identity.records.trail import NOWHERE, Origin, Trail
from outcry.identity.sealing import Seal
from outcry.ports import Clock, IdentityStore, IdentityUnusable

Kind = Literal["hmac", "ed25519"]
Network = IPv4Network | IPv6Network
READ, TRADE, WITHDRAW = "read", "trade", "withdraw"
SCOPES = (READ, TRADE, WITHDRAW)
KEY_CHARACTERS = 64
BLOCK_BYTES = 64
"""Of SHA-256."""
KEYS_MAX = 100
"""Keys of one person that are not revoked."""
NETWORKS_MAX = 30
LABEL_CHARACTERS_MAX = 64
PEM_CHARACTERS_MAX = 1_024
SIGNATURE_CHARACTERS_MAX = 128
_ALPHABET = string.ascii_letters + string.digits


class Hash(Protocol):
    """A hash of `hashlib` that has begun."""

    def copy(self) -> "Hash": ...  # noqa: D102
    def update(self, data: bytes, /) -> None: ...  # noqa: D102
    def digest(self) -> bytes: ...  # noqa: D102
    def hexdigest(self) -> str: ...  # noqa: D102


def hmac_pads(secret: bytes) -> tuple[Hash, Hash]:
    """Return the inner and the outer hash of HMAC-SHA256, each with its pad hashed (RFC 2104)."""
    key = (sha256(secret).digest() if len(secret) > BLOCK_BYTES else secret).ljust(
        BLOCK_BYTES, b"\0"
    )
    return sha256(bytes(byte ^ 0x36 for byte in key)), sha256(bytes(byte ^ 0x5C for byte in key))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as the doors see it."""

    key: str
    account: int
    """The account it speaks for."""
    kind: Kind
    scopes: frozenset[str]
    networks: tuple[Network, ...]
    """From where it may be used; empty: from anywhere."""
    expires_ns: int | None
    revoked: bool
    owner: int = 0
    """The person who made it."""
    secret: bytes = field(default=b"", repr=False)
    public_key: Ed25519PublicKey | None = field(default=None, repr=False)
    _pads: "tuple[Hash, Hash] | None" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Half of an HMAC is the same for every payload.
        pads = None if self.public_key is not None else hmac_pads(self.secret)
        object.__setattr__(self, "_pads", pads)

    def signed_by(self, payload: bytes, signature: str) -> bool:
        """Return whether a signature over these bytes was made with this key.

        HMAC-SHA256 in hexadecimal, any case; Ed25519 in base64. Sources: RFC 2104, RFC 8032.
        """
        if len(signature) > SIGNATURE_CHARACTERS_MAX or not signature.isascii():
            return False
        if self._pads is not None:
            inner, outer = self._pads[0].copy(), self._pads[1].copy()
            inner.update(payload)
            outer.update(inner.digest())
            return hmac.compare_digest(outer.hexdigest(), signature.lower())
        assert self.public_key is not None  # One of the two it has.
        try:
            self.public_key.verify(b64decode(signature, validate=True), payload)
        except (InvalidSignature, binascii.Error):
            return False
        return True

    def valid_at(self, now_ns: int) -> bool:
        """Return whether it is neither revoked nor expired."""
        return not self.revoked and (self.expires_ns is None or now_ns < self.expires_ns)

    def allows(self, address: str | None) -> bool:
        """Return whether it may be used from an IP address."""
        if not self.networks:
            return True
        try:
            found = ip_address(address or "")
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class NewKey:
    """What somebody wants of an API key."""

    kind: Kind
    scopes: Collection[str]
    label: str = ""
    networks: Collection[str] = ()
    """As CIDR; empty: anywhere."""
    expires_ns: int | None = None
    public_key: str | None = None
    """An Ed25519 key's public half, as PEM."""
    account: int | None = None
    """A sub-account of the owner; None: the owner's own."""


class ApiKeys:
    """The API keys of a venue. Making and revoking write the store; asking does not."""

    def __init__(self, store: IdentityStore, clock: Clock, secret: bytes, trail: Trail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._seal = Seal(secret, "api keys")
        self._nobody = _dead("", secrets.token_hex(32).encode())
        with store.work() as work:
            kept = KEYS.find(work, "revoked_ns = 0")
        self._keys = {row.key: self._opened(row) for row in kept}

    def get(self, key: str) -> ApiKey | None:
        """Return a key by its name; None if there never was one, or it is revoked for long."""
        return self._keys.get(key)

    def unknown(self) -> ApiKey:
        """Return a key of nobody: checking a signature against it costs as much, and fails."""
        return self._nobody

    def create(
        self, owner: int, wanted: NewKey, origin: Origin = NOWHERE
    ) -> tuple[KeptKey, str | None]:
        """Make a key. The second is its secret, told this once; None for an Ed25519 key.

        Raises:
            BadKey: it cannot be; `field` says why.
        """
        now_ns = self._clock.now_ns()
        key, secret = _random(), None
        if wanted.kind == "hmac":
            if wanted.public_key is not None:
                raise BadKey("An HMAC key has no public key.", "public_key")
            secret = _random()
            kept_secret = self._seal.close(secret.encode(), key)
        else:
            kept_secret = _raw_public_key(wanted.public_key)
        account = owner if wanted.account is None else wanted.account
        row = KeptKey(
            key=key,
            owner=owner,
            account=account,
            kind=wanted.kind,
            secret=kept_secret,
            label=_label(wanted.label),
            scopes=_scopes(wanted.scopes),
            networks=_networks(wanted.networks),
            created_ns=now_ns,
            expires_ns=_expiry(wanted.expires_ns, now_ns),
            revoked_ns=0,
        )
        self._add(row, origin)
        self._keys[key] = self._opened(row)
        return row, secret

    def of(self, owner: int) -> list[KeptKey]:
        """Return what somebody has made, newest first, the revoked ones too."""
        with self._store.work() as work:
            return KEYS.find(work, "owner = ? ORDER BY created_ns DESC, key", owner)

    def revoke(self, owner: int, key: str, origin: Origin = NOWHERE) -> KeptKey:
        """Revoke one's key, at once and for good; again it is as it was.

        Raises:
            UnknownKey: it is nobody's, or somebody else's.
        """
        with self._store.work() as work:
            row = KEYS.one(work, "key = ? AND owner = ?", key, owner)
            if row is None:
                raise UnknownKey
            if not row.revoked_ns:
                row = replace(row, revoked_ns=self._clock.now_ns())
                KEYS.put(work, row)
                self._trail.add(work, "key_revoked", owner, row.account, origin, key=key)
        known = self._keys.get(key)
        if known is not None:
            self._keys[key] = replace(known, revoked=True)
        return row

    def _add(self, row: KeptKey, origin: Origin) -> None:
        with self._store.work() as work:
            if row.account != row.owner and not SUB_ACCOUNTS.find(
                work, "account = ? AND owner = ?", row.account, row.owner
            ):
                raise BadKey("You have no such sub-account.", "account")
            if len(KEYS.find(work, "owner = ? AND revoked_ns = 0", row.owner)) >= KEYS_MAX:
                raise BadKey(f"You have {KEYS_MAX} API keys; revoke one first.", "label")
            KEYS.add(work, row)
            facts = {"kind": row.kind, "scopes": row.scopes, "networks": row.networks}
            self._trail.add(work, "key_made", row.owner, row.account, origin, key=row.key, **facts)

    def _opened(self, row: KeptKey) -> ApiKey:
        """Return a key ready for use; one whose secret was sealed by another venue's is dead."""
        secret, public_key = b"", None
        if row.kind == "hmac":
            try:
                secret = self._seal.open(row.secret, row.key)
            except IdentityUnusable:
                return _dead(row.key, secrets.token_bytes(32))
        else:
            public_key = Ed25519PublicKey.from_public_bytes(row.secret)
        return ApiKey(
            key=row.key,
            account=row.account,
            kind="hmac" if row.kind == "hmac" else "ed25519",
            scopes=frozenset(row.scopes.split(",")),
            networks=tuple(ip_network(text) for text in row.networks.split(",") if text),
            expires_ns=row.expires_ns or None,
            revoked=bool(row.revoked_ns),
            owner=row.owner,
            secret=secret,
            public_key=public_key,
        )


def _dead(key: str, secret: bytes) -> ApiKey:
    return ApiKey(key, 0, "hmac", frozenset(), (), None, revoked=True, secret=secret)


def _random() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(KEY_CHARACTERS))


def _raw_public_key(pem: str | None) -> bytes:
    if pem is None:
        raise BadKey("An Ed25519 key needs its public key, as PEM.", "public_key")
    if len(pem) > PEM_CHARACTERS_MAX or not pem.isascii():
        raise BadKey("The public key is not the PEM of an Ed25519 key.", "public_key")
    try:
        found = load_pem_public_key(pem.strip().encode())
    except ValueError:
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise BadKey("The public key is not the PEM of an Ed25519 key.", "public_key")
    return found.public_bytes_raw()


def _label(text: str) -> str:
    if len(text) > LABEL_CHARACTERS_MAX or not text.isprintable():
        why = f"A label has at most {LABEL_CHARACTERS_MAX} characters that can be printed."
        raise BadKey(why, "label")
    return text


def _scopes(wanted: Collection[str]) -> str:
    if not wanted or not set(wanted) <= set(SCOPES):
        raise BadKey(f"The scopes are some of {', '.join(SCOPES)}.", "scopes")
    return ",".join(scope for scope in SCOPES if scope in wanted)


def _networks(wanted: Collection[str]) -> str:
    if len(wanted) > NETWORKS_MAX:
        raise BadKey(f"At most {NETWORKS_MAX} networks can be named.", "networks")
    try:
        # The strict form: bits of a host in a network are a slip of whoever wrote it.
        return ",".join(str(ip_network(text)) for text in wanted)
    except ValueError as error:
        raise BadKey(f"A network is written like 192.0.2.0/24: {error}"[:200], "networks") from None


def _expiry(expires_ns: int | None, now_ns: int) -> int:
    if expires_ns is None:
        return 0
    if expires_ns <= now_ns:
        raise BadKey("The key would be expired already.", "expires_at")
    return expires_ns
