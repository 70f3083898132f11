"""Listen keys: names under which a stream tells an account's events, good for an hour."""

from secrets import choice
from string import ascii_letters, digits

from outcry.gateway.binance.wire.errors import NO_LISTEN_KEY
from outcry.gateway.binance.wire.signing import Call
from outcry.ports import Clock

LIFE_NS = 3_600 * 10**9
LENGTH = 60
KEYS_MAX = 100_000
_ALPHABET = ascii_letters + digits


class ListenKeys:
    """The listen keys there are. They live in memory: after a restart clients ask for new ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[str, tuple[int, int]] = {}
        """Of each key (account, when it expires)."""

    def account_of(self, key: str) -> int | None:
        """Return the account whose events a key tells; None where it tells nobody's."""
        found = self._found.get(key)
        return found[0] if found and found[1] > self._clock.now_ns() else None

    def _key_of(self, account: int) -> str | None:
        for key, (owner, _) in self._found.items():
            if owner == account and self.account_of(key) is not None:
                return key
        return None

    async def create(self, call: Call) -> str:
        """POST /api/v3/userDataStream: a key that is there already lives for another hour."""
        now_ns = self._clock.now_ns()
        key = self._key_of(call.account) or "".join(choice(_ALPHABET) for _ in range(LENGTH))
        if len(self._found) >= KEYS_MAX:
            self._found = {name: row for name, row in self._found.items() if row[1] > now_ns}
        while len(self._found) >= KEYS_MAX:
            del self._found[next(iter(self._found))]
        self._found[key] = (call.account, now_ns + LIFE_NS)
        return f'{{"listenKey":"{key}"}}'

    async def renew(self, call: Call) -> str:
        """PUT /api/v3/userDataStream."""
        self._found[self._own(call)] = (call.account, self._clock.now_ns() + LIFE_NS)
        return "{}"

    async def close(self, call: Call) -> str:
        """DELETE /api/v3/userDataStream."""
        del self._found[self._own(call)]
        return "{}"

    def _own(self, call: Call) -> str:
        key = call.params.need("listenKey")
        if self.account_of(key) != call.account:
            raise NO_LISTEN_KEY()
        return key
