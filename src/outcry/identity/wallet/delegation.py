"""A trading key that a wallet allows: typed data (EIP-712) that says what the key may do.

A wallet that signs every order is slow and asks its owner each time. It signs this once instead;
then the key signs, within what was allowed, until it expires. No such key can withdraw.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from coincurve import PublicKey

from outcry.domain.decimals import BadDecimal, parse_units
from outcry.identity.wallet.address import BadAddress, read_address
from outcry.identity.wallet.grammar import time_ns
from outcry.identity.wallet.signature import BadSignature, recover
from outcry.identity.wallet.typed_data import DOMAIN, DOMAIN_FIELDS, typed_digest

SCOPES = ("read", "trade")
KEY_BYTES = {"ed25519": 32, "secp256k1": 33}
"""The public keys that can be allowed; the second is the compressed form of a point."""
MARKETS_MAX, CAP_DECIMALS = 100, 18
PRIMARY = "TradingKey"
_MEMBERS = {
    "wallet": "address",
    "keyType": "string",
    "publicKey": "bytes",
    "scopes": "string[]",
    "markets": "string[]",
    "cap": "string",
    "capAsset": "string",
    "expires": "string",
    "nonce": "string",
}
_TYPES = {PRIMARY: [{"name": name, "type": kind} for name, kind in _MEMBERS.items()]}
_DOMAIN_TYPES = [
    {"name": name, "type": DOMAIN_FIELDS[name]} for name in ("name", "version", "chainId")
]
_SYMBOL = re.compile(r"[A-Z0-9_]{1,32}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9]{8,128}", re.ASCII)


class BadDelegation(ValueError):
    """What a wallet allows makes no sense, or is not what was asked for."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Delegation:
    """What a wallet allows a key.

    Raises:
        BadDelegation: a value makes no sense.
    """

    wallet: str
    """Its address, with the checksum."""
    chain_id: int
    key_type: str
    public_key: bytes
    scopes: tuple[str, ...]
    markets: tuple[str, ...]
    """The symbols of the markets it may trade in; none: all."""
    cap: str
    """What its orders may be worth, together, in one day of UTC; empty: no cap."""
    cap_asset: str
    """The quote asset that the cap is in."""
    expires: str
    """An RFC 3339 time."""
    nonce: str

    def __post_init__(self) -> None:
        self._check_key()
        known = set(self.scopes) <= set(SCOPES)
        if not self.scopes or not known or len(set(self.scopes)) != len(self.scopes):
            raise BadDelegation("scopes", f"scopes are {' and '.join(SCOPES)}, each once")
        sound = all(_SYMBOL.fullmatch(market) for market in self.markets)
        few = len(self.markets) <= MARKETS_MAX
        if not sound or not few or len(set(self.markets)) != len(self.markets):
            raise BadDelegation("markets", f"up to {MARKETS_MAX} symbols of markets, each once")
        self._check_cap()
        if time_ns(self.expires) is None:
            raise BadDelegation("expires", "expires is a time as 2030-01-31T23:59:59Z")
        if not _NONCE.fullmatch(self.nonce):
            raise BadDelegation("nonce", "a nonce has 8 to 128 letters and digits")

    def _check_key(self) -> None:
        try:
            read_address(self.wallet)
        except BadAddress as error:
            raise BadDelegation("wallet", str(error)) from None
        length = KEY_BYTES.get(self.key_type)
        if length is None:
            raise BadDelegation("key_type", f"a key is of {' or '.join(KEY_BYTES)}")
        if len(self.public_key) != length:
            raise BadDelegation("public_key", f"a key of {self.key_type} has {length} bytes")
        if self.key_type == "secp256k1":
            try:
                PublicKey(self.public_key)
            except ValueError:
                raise BadDelegation("public_key", "this is no point of the curve") from None

    def _check_cap(self) -> None:
        if not self.cap and not self.cap_asset:
            return
        try:
            positive = parse_units(self.cap, CAP_DECIMALS) > 0
        except BadDecimal:
            positive = False
        if not positive:
            raise BadDelegation("cap", "a cap is a decimal number above 0, or empty")
        if not _SYMBOL.fullmatch(self.cap_asset):
            raise BadDelegation("cap_asset", "a cap is in an asset")

    def typed_data(self) -> dict[str, Any]:
        """Return what a client hands to `eth_signTypedData_v4`."""
        return {
            "domain": {"name": "Outcry", "version": "1", "chainId": self.chain_id},
            "types": {DOMAIN: _DOMAIN_TYPES, **_TYPES},
            "primaryType": PRIMARY,
            "message": {
                "wallet": self.wallet,
                "keyType": self.key_type,
                "publicKey": f"0x{self.public_key.hex()}",
                "scopes": list(self.scopes),
                "markets": list(self.markets),
                "cap": self.cap,
                "capAsset": self.cap_asset,
                "expires": self.expires,
                "nonce": self.nonce,
            },
        }

    def digest(self) -> bytes:
        """Return what the wallet signs."""
        data = self.typed_data()
        return typed_digest(data["domain"], data["types"], PRIMARY, data["message"])


def check_delegation(
    given: Delegation, signature: bytes, chain_ids: Collection[int], now_ns: int, longest_ns: int
) -> None:
    """Make sure that the wallet allows this, for this venue and now. The nonce is the caller's.

    Raises:
        BadDelegation: it is for another chain, has expired, or lasts longer than `longest_ns`.
        BadSignature: the wallet did not sign it.
    """
    if given.chain_id not in chain_ids:
        raise BadDelegation("chain_id", f"the chain is {' or '.join(map(str, chain_ids))}")
    expires_ns = time_ns(given.expires)
    assert expires_ns is not None
    if expires_ns <= now_ns:
        raise BadDelegation("expires", "it has expired")
    if expires_ns - now_ns > longest_ns:
        days = longest_ns // (86_400 * 1_000_000_000)
        raise BadDelegation("expires", f"a key lasts at most {days} days")
    if recover(given.digest(), signature) != given.wallet:
        raise BadSignature("somebody else signed this")
