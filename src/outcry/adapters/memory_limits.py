"""Limits in the memory of one process: a restart forgets them."""

from typing_extensions import override

from outcry.ports import Bucket, Clock, Limits, Who

PEOPLE_MAX = 1_000_000
"""Of so many one bucket knows at once; one more in the same interval and it forgets them all."""


class MemoryBucket(Bucket):
    """Counts by whom, thrown away together when the interval ends."""

    __slots__ = ("_begins_ns", "_clock", "_ends_ns", "_used")

    def __init__(
        self, clock: Clock, name: str, tokens: int, interval_ns: int, reserve: int
    ) -> None:
        if tokens < 1 or interval_ns < 1 or reserve < 0:
            raise ValueError("a bucket has tokens, an interval, and a reserve or none")
        self.name = name
        self.tokens = tokens
        self.interval_ns = interval_ns
        self.reserve = reserve
        self._clock = clock
        self._begins_ns = self._ends_ns = 0
        self._used: dict[Who, int] = {}

    @override
    def take(self, who: Who, count: int = 1, *, reserve: bool = False) -> int:
        now_ns = self._clock.now_ns()
        # A clock that was set back begins an interval too: nobody waits for the old one to end.
        if not self._begins_ns <= now_ns < self._ends_ns:
            self._turn(now_ns)
        wanted = self._used.get(who, 0) + count
        if wanted > self.tokens and (not reserve or wanted > self.tokens + self.reserve):
            return self._ends_ns - now_ns
        if len(self._used) >= PEOPLE_MAX and who not in self._used:
            self._used.clear()
        self._used[who] = wanted
        return 0

    @override
    def used(self, who: Who) -> int:
        now_ns = self._clock.now_ns()
        if not self._begins_ns <= now_ns < self._ends_ns:
            self._turn(now_ns)
        return self._used.get(who, 0)

    def _turn(self, now_ns: int) -> None:
        self._begins_ns = now_ns - now_ns % self.interval_ns
        self._ends_ns = self._begins_ns + self.interval_ns
        self._used.clear()

    def changed(self, tokens: int, interval_ns: int, reserve: int) -> "MemoryBucket":
        """Return a bucket of another size that knows what was taken of this one."""
        other = MemoryBucket(self._clock, self.name, tokens, interval_ns, reserve)
        if interval_ns == self.interval_ns:
            other._begins_ns, other._ends_ns = self._begins_ns, self._ends_ns
            other._used = dict(self._used)
        return other


class MemoryLimits(Limits):
    """Limits of a venue that is one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, MemoryBucket] = {}
        self._shut_out: dict[Who, int] = {}

    @override
    def bucket(self, name: str, tokens: int, interval_ns: int, reserve: int = 0) -> Bucket:
        before = self._buckets.get(name)
        if before is None:
            made = MemoryBucket(self._clock, name, tokens, interval_ns, reserve)
        else:
            made = before.changed(tokens, interval_ns, reserve)
        self._buckets[name] = made
        return made

    @override
    def shut_out(self, who: Who, until_ns: int) -> None:
        if len(self._shut_out) >= PEOPLE_MAX:
            self._forget()
        self._shut_out[who] = until_ns

    @override
    def shut_out_until_ns(self, who: Who) -> int:
        if who not in self._shut_out:
            return 0
        until_ns = self._shut_out[who]
        if until_ns <= self._clock.now_ns():
            del self._shut_out[who]
            return 0
        return until_ns

    def _forget(self) -> None:
        """Forget those who may come in again; if there is none, the one shut out the longest."""
        now_ns = self._clock.now_ns()
        for who in [who for who, until_ns in self._shut_out.items() if until_ns <= now_ns]:
            del self._shut_out[who]
        if len(self._shut_out) >= PEOPLE_MAX:
            del self._shut_out[next(iter(self._shut_out))]

    @override
    def close(self) -> None:
        self._buckets.clear()
        self._shut_out.clear()
