"""Requests that are signed with an API key.

Signed are, a line each: the time, the window, the method, the host, and the path with its query as
they are sent; then come the bytes of the body. Every part is as it goes over the wire, nothing is
encoded anew. Whoever changes one of them, or sends it later, or again, is refused.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from outcry.gateway.errors import ApiError
from outcry.identity.api_keys import ApiKey
from outcry.identity.identity import Identity
from outcry.ports import Clock

KEY, TIME, WINDOW, SIGNATURE = (
    "X-Outcry-Key",
    "X-Outcry-Time",
    "X-Outcry-Window",
    "X-Outcry-Signature",
)
HEADERS = (KEY, TIME, WINDOW, SIGNATURE)
WINDOW_DEFAULT, WINDOW_MAX_MS = "5000", 60_000
AHEAD_MS = 1_000
"""How far the clock of a client may be ahead."""
MILLISECOND_NS = 1_000_000
_TURN_NS = (WINDOW_MAX_MS + 2 * AHEAD_MS) * MILLISECOND_NS
"""After so long nothing that was signed before is taken any more."""
_MILLISECONDS = re.compile(r"[0-9]{13}", re.ASCII)
_WINDOW = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request says of its signature, and what it signs besides."""

    key: str
    time_ms: str
    window_ms: str
    signature: str
    method: str
    host: str
    target: str
    body: bytes

    @property
    def payload(self) -> bytes:
        """The bytes that are signed."""
        lines = (self.time_ms, self.window_ms, self.method, self.host, self.target, "")
        return "\n".join(lines).encode("utf-8", "surrogateescape") + self.body


class SignedRequests:
    """Judges requests that are signed; remembers those that changed something, for once only."""

    def __init__(self, identity: Identity, clock: Clock) -> None:
        self._identity = identity
        self._clock = clock
        self._since_ms = clock.now_ns() // MILLISECOND_NS
        """What was signed before is not known here: it may have been taken already."""
        self._seen: set[bytes] = set()
        self._seen_before: set[bytes] = set()
        self._turned_ns = clock.now_ns()

    def key_of(self, signed: Signed, address: str | None, *, once: bool) -> ApiKey:
        """Return the key that has signed a request; `once`: it is not taken a second time.

        Raises:
            ApiError: `BAD_TIMESTAMP`, `BAD_SIGNATURE`, `KEY_ADDRESS`, `REPLAYED`.
        """
        now_ns = self._clock.now_ns()
        self._check_time(signed, now_ns // MILLISECOND_NS, once=once)
        key = self._identity.api_key(signed.key) or self._identity.unknown_key()
        payload = signed.payload
        if not key.signed_by(payload, signed.signature) or not key.valid_at(now_ns):
            raise ApiError("BAD_SIGNATURE")
        if not key.allows(address):
            raise ApiError("KEY_ADDRESS")
        if once:
            self._check_once(signed.key, payload, now_ns)
        return key

    def still(self, key: ApiKey) -> bool:
        """Return whether a key that was taken before is still taken."""
        found = self._identity.api_key(key.key)
        return found is not None and found.valid_at(self._clock.now_ns())

    def _check_time(self, signed: Signed, now_ms: int, *, once: bool) -> None:
        if not _MILLISECONDS.fullmatch(signed.time_ms):
            why = f"{TIME} is in milliseconds since 1970"
            raise ApiError("BAD_TIMESTAMP", why, field=TIME, given=signed.time_ms)
        if not _WINDOW.fullmatch(signed.window_ms) or int(signed.window_ms) > WINDOW_MAX_MS:
            why = f"{WINDOW} is 1 to {WINDOW_MAX_MS} milliseconds"
            raise ApiError("BAD_TIMESTAMP", why, field=WINDOW, given=signed.window_ms)
        time_ms = int(signed.time_ms)
        late = time_ms + int(signed.window_ms) < now_ms or (once and time_ms < self._since_ms)
        if late or time_ms > now_ms + AHEAD_MS:
            why = f"the request is outside its window; here it is {now_ms}"
            raise ApiError("BAD_TIMESTAMP", why, field=TIME, given=signed.time_ms)

    def _check_once(self, key: str, payload: bytes, now_ns: int) -> None:
        if now_ns - self._turned_ns > _TURN_NS:
            self._seen_before, self._seen, self._turned_ns = self._seen, set(), now_ns
        # Not the signature: the same one can be written in several ways.
        digest = sha256(key.encode() + b"\n" + payload).digest()
        if digest in self._seen or digest in self._seen_before:
            raise ApiError("REPLAYED")
        self._seen.add(digest)
