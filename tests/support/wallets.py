"""Wallets that sign what they are asked to."""

from typing import Any

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from outcry.gateway.native.parse import parse_time
from outcry.identity.wallet.address import address_of
from outcry.identity.wallet.delegation import Delegation
from outcry.identity.wallet.personal import personal_digest
from outcry.identity.wallet.sign_in import SignIn
from outcry.marketdata.text import time_text

FIVE_MINUTES_NS = 300 * 1_000_000_000


class Signer:
    """A wallet of one key."""

    def __init__(self, secret: int) -> None:
        self._key = PrivateKey.from_int(secret)
        self.address = address_of(self._key.public_key.format(compressed=False))
        self.private_key = Ed25519PrivateKey.generate()
        """Of the program it allows."""

    def sign(self, digest: bytes) -> str:
        """Return the signature of a digest."""
        signature = self._key.sign_recoverable(digest, hasher=None)
        return f"0x{signature[:64].hex()}{27 + signature[64]:02x}"

    def sign_in(self, given: dict[str, Any], /, **changes: Any) -> dict[str, str]:
        """Return what is sent to log in: a message for the nonce that was given out, signed."""
        issued = changes.pop("issued_at", None) or earlier(given["expires_at"])
        facts = {
            "domain": given["domain"],
            "address": self.address,
            "uri": f"http://{given['domain']}",
            "chain_id": 1,
            "nonce": given["nonce"],
            "issued_at": issued,
        }
        text = SignIn(**{**facts, **changes}).text()
        return {"message": text, "signature": self.sign(personal_digest(text.encode()))}

    def allow(self, nonce: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Return what is sent to allow a program's key."""
        facts: dict[str, Any] = {
            "wallet": self.address,
            "chain_id": 1,
            "key_type": "ed25519",
            "public_key": self.private_key.public_key().public_bytes_raw(),
            "scopes": ("read", "trade"),
            "markets": (),
            "cap": "",
            "cap_asset": "",
            "expires": nonce["expires_at"],
            "nonce": nonce["nonce"],
            **changes,
        }
        signature = self.sign(Delegation(**facts).digest())
        return {**facts, "public_key": facts["public_key"].hex(), "signature": signature}


def earlier(expires_at: str) -> str:
    """Return when a nonce was given out that ends at this time."""
    return time_text(parse_time(expires_at, "") - FIVE_MINUTES_NS)
