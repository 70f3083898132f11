"""Who asks: the API key, the time, and the signature over the bytes as they were sent."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from outcry.gateway.binance.wire.errors import (
    AHEAD,
    BAD_KEY,
    BAD_KEY_FORMAT,
    BAD_SIGNATURE,
    BAD_WINDOW,
    OUTSIDE_WINDOW,
    illegal,
    missing,
)
from outcry.gateway.binance.wire.parameters import Parameters, as_ns
from outcry.ports import Clock

READ, TRADE, WITHDRAW = "read", "trade", "withdraw"
WINDOW_DEFAULT_MS, WINDOW_MAX_MS = 5_000, 60_000
AHEAD_MAX_NS = 1_000_000_000
_WINDOW = re.compile(r"([0-9]{1,9})(\.[0-9]{1,3})?", re.ASCII)
_KEY_CHARACTERS_MAX = 128


class Key(Protocol):
    """An API key as a door sees it."""

    @property
    def account(self) -> int:
        """The account it speaks for."""

    @property
    def scopes(self) -> frozenset[str]:
        """What it may do: `read`, `trade`, `withdraw`."""

    def signed_by(self, payload: bytes, signature: str) -> bool:
        """Return whether a signature over these bytes was made with this key."""

    def valid_at(self, now_ns: int) -> bool:
        """Return whether it is neither revoked nor expired."""

    def allows(self, address: str | None) -> bool:
        """Return whether it may be used from an IP address."""


class Keys(Protocol):
    """Who knows the API keys."""

    def api_key(self, key: str) -> Key | None:
        """Return a key by its name; None if there never was one."""


@lru_cache(maxsize=256)
def _window_ms(text: str) -> int:
    """Return how long ago a request may have been sent, which clients say alike every time.

    Raises:
        BinanceError: -1102, -1131.
    """
    window = _WINDOW.fullmatch(text or str(WINDOW_DEFAULT_MS))
    if window is None:
        raise illegal("recvWindow", r"^[0-9]{1,9}(\.[0-9]{1,3})?$")
    window_ms = int(window[1])
    if window_ms > WINDOW_MAX_MS:
        raise BAD_WINDOW()
    return window_ms


@dataclass(slots=True)
class Call:
    """One request whose caller, where it needs one, is known."""

    params: Parameters
    account: int = 0
    key: str = ""
    """The name of the API key it came with."""
    scopes: frozenset[str] = frozenset()
    address: str | None = None


class Guard:
    """Lets in who may come in."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def known(self, key: str, address: str | None, scope: str = READ) -> Key:
        """Return a key that may be used from an address for something.

        Raises:
            BinanceError: -2014, -2015.
        """
        if not key or len(key) > _KEY_CHARACTERS_MAX:
            raise BAD_KEY_FORMAT()
        found = self._keys.api_key(key)
        if found is None or not self.still(found, address, scope):
            raise BAD_KEY()
        return found

    def signer(self, name: str, address: str | None, scope: str, now_ns: int) -> Key | None:
        """Return a key as `known` does, at a time; None where that would refuse."""
        key = self._keys.api_key(name)
        if key is None or not key.valid_at(now_ns) or not key.allows(address):
            return None
        return key if scope in key.scopes else None

    def still(self, key: Key, address: str | None, scope: str = READ) -> bool:
        """Return whether a key may be used now, from an address, for something."""
        fits = key.valid_at(self._clock.now_ns()) and key.allows(address)
        return fits and scope in key.scopes

    def check_time(self, params: Parameters) -> None:
        """Refuse what was not sent just now, by the client's own clock.

        Raises:
            BinanceError: -1021, -1102, -1131.
        """
        window_ms = _window_ms(params.get("recvWindow", ""))
        params.need("timestamp")
        sent_ns, now_ns = as_ns(params.integer("timestamp")), self._clock.now_ns()
        if sent_ns >= now_ns + AHEAD_MAX_NS:
            raise AHEAD()
        if now_ns - sent_ns > window_ms * 1_000_000:
            raise OUTSIDE_WINDOW()

    def signed(
        self, name: str, params: Parameters, payload: bytes, address: str | None, scope: str
    ) -> Key:
        """Return the key that a request is signed with; its signature is taken off the parameters.

        Raises:
            BinanceError: as `known` and `check_time`, and -1022.
        """
        key = self.known(name, address, scope)
        signature = params.pop("signature", "")
        if not signature:
            raise missing("signature")
        self.check_time(params)
        if not key.signed_by(payload, signature):
            raise BAD_SIGNATURE()
        return key
