"""Limits in the memory of one process: a restart forgets them."""

from typing_extensions import override

from outcry.ports import Bucket, Limits, Who

PEOPLE_MAX = 1_000_000
"""Of so many one bucket knows at once; one more in the same interval and it forgets them all."""


class MemoryBucket(Bucket):
    """Counts by whom, thrown away together when the interval ends."""

    __slots__ = ("_begins_ns", "_ends_ns", "_used")

    def __init__(self, name: str, tokens: int, interval_ns: int, reserve: int) -> None:
        if tokens < 1 or interval_ns < 1 or reserve < 0:
            raise ValueError("a bucket has tokens, an interval, and a reserve or none")
        self.name = name
        self.tokens = tokens
        self.interval_ns = interval_ns
        self.reserve = reserve
        self._begins_ns = self._ends_ns = 0
        self._used: dict[Who, int] = {}

    @override
    def take(self, who: Who, count: int, now_ns: int, reserve: bool = False) -> int:
        # A clock that was set back begins an interval too: nobody waits for the old one to end.
        if not self._begins_ns <= now_ns < self._ends_ns:
            self._turn(now_ns)
        used = self._used
        wanted = used.get(who, 0) + count
        if wanted > self.tokens and (not reserve or wanted > self.tokens + self.reserve):
            return self._ends_ns - now_ns
        if wanted == count and len(used) >= PEOPLE_MAX:
            used.clear()
        used[who] = wanted
        return 0

    @override
    def used(self, who: Who, now_ns: int) -> int:
        if not self._begins_ns <= now_ns < self._ends_ns:
            self._turn(now_ns)
        return self._used.get(who, 0)

    @override
    def used_up(self, now_ns: int) -> list[tuple[Who, int]]:
        if not self._begins_ns <= now_ns < self._ends_ns:
            self._turn(now_ns)
        return [(who, used) for who, used in self._used.items() if used >= self.tokens]

    def _turn(self, now_ns: int) -> None:
        self._begins_ns = now_ns - now_ns % self.interval_ns
        self._ends_ns = self._begins_ns + self.interval_ns
        self._used.clear()

    def changed(self, tokens: int, interval_ns: int, reserve: int) -> "MemoryBucket":
        """Return a bucket of another size that knows what was taken of this one."""
        other = MemoryBucket(self.name, tokens, interval_ns, reserve)
        if interval_ns == self.interval_ns:
            other._begins_ns, other._ends_ns = self._begins_ns, self._ends_ns
            other._used = dict(self._used)
        return other


class MemoryLimits(Limits):
    """Limits of a venue that is one process."""

    def __init__(self) -> None:
        self._buckets: dict[str, MemoryBucket] = {}
        self._shut_out: dict[Who, int] = {}

    @override
    def bucket(self, name: str, tokens: int, interval_ns: int, reserve: int = 0) -> Bucket:
        before = self._buckets.get(name)
        if before is None:
            made = MemoryBucket(name, tokens, interval_ns, reserve)
        else:
            made = before.changed(tokens, interval_ns, reserve)
        self._buckets[name] = made
        return made

    @override
    def shut_out(self, who: Who, until_ns: int) -> None:
        if len(self._shut_out) >= PEOPLE_MAX and who not in self._shut_out:
            del self._shut_out[min(self._shut_out, key=self._shut_out.__getitem__)]
        self._shut_out[who] = until_ns

    @override
    def shut_out_until_ns(self, who: Who) -> int:
        return self._shut_out.get(who, 0)

    @override
    def shut_out_at(self, now_ns: int) -> list[tuple[Who, int]]:
        return [(who, until_ns) for who, until_ns in self._shut_out.items() if until_ns > now_ns]

    @override
    def close(self) -> None:
        self._buckets.clear()
        self._shut_out.clear()
