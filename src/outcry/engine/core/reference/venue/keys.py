"""The idempotency table: which keyed commands were seen, and what became of them."""

from collections import deque
from dataclasses import dataclass

from outcry.domain.units import DAY_NS

KEYS_OF_AN_ACCOUNT = 65_536
KEYS_OF_THE_VENUE = 10_000_000


@dataclass(slots=True)
class KeyEntry:
    """The first command under a key.

    `number` counts keys of the venue, `account_number` of the account (0 for the venue's own).
    """

    digest: bytes
    account: int
    order_id: int
    command: int
    reason: int
    first_sequence: int
    time_ns: int
    number: int
    account_number: int


class KeyTable:
    """Live keys by hash. An entry is live while it is young and recent enough, see `is_live`."""

    def __init__(self) -> None:
        self.count = 0
        self.entries: dict[bytes, KeyEntry] = {}
        self._oldest: deque[tuple[int, bytes]] = deque()

    def is_live(self, entry: KeyEntry, now_ns: int, account_key_count: int) -> bool:
        """Return whether an entry still answers.

        For 24 h of sequenced time, among the last 65,536 keys of its account and the last 10
        million of the venue.
        """
        return (
            entry.time_ns + DAY_NS > now_ns
            and entry.number > self.count - KEYS_OF_THE_VENUE
            and (
                entry.account == 0 or entry.account_number > account_key_count - KEYS_OF_AN_ACCOUNT
            )
        )

    def find(self, key_hash: bytes, now_ns: int, account_key_count: int) -> KeyEntry | None:
        """Return the live entry of a key."""
        entry = self.entries.get(key_hash)
        if entry is not None and self.is_live(entry, now_ns, account_key_count):
            return entry
        return None

    def add(self, key_hash: bytes, entry: KeyEntry) -> None:
        """Store an entry, whose number is one above the last; forget two that time has ended."""
        self.count = entry.number
        self.entries[key_hash] = entry
        self._oldest.append((entry.number, key_hash))
        for _ in range(2):
            number, oldest_hash = self._oldest[0]
            oldest = self.entries.get(oldest_hash)
            if oldest is not None and oldest.number == number:
                young = oldest.time_ns + DAY_NS > entry.time_ns
                if young and number > self.count - KEYS_OF_THE_VENUE:
                    return
                del self.entries[oldest_hash]
            self._oldest.popleft()
