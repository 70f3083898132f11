"""Limits in the memory of one process: a restart forgets them."""

from typing_extensions import override

from outcry.ports import Bucket, Limits, Who

PEOPLE_MAX = 1_000_000
"""Of so many one bucket knows at once; one more in the same interval and it forgets them all."""


class MemoryBucket(Bucket):
    """Counts by whom, thrown away together when the interval ends."""

    __slots__ = ("_begins_ns", "_ends_ns", "_used")

    def __init__(
        self, name: str, tokens: int, interval_ns: int, reserve: int, people_max: int
    ) -> None:
        if tokens < 1 or interval_ns < 1 or reserve < 0:
            raise ValueError("a bucket has tokens, an interval, and a reserve or none")
        self.name = name
        self.tokens = tokens
        self.interval_ns = interval_ns
        self.reserve = reserve
        self.people_max = people_max
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
        if wanted == count and len(used) >= self.people_max:
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
        other = MemoryBucket(self.name, tokens, interval_ns, reserve, self.people_max)
        if interval_ns == self.interval_ns:
            other._begins_ns, other._ends_ns = self._begins_ns, self._ends_ns
            other._used = dict(self._used)
        return other

    def known(self) -> tuple[int, dict[Who, int]]:
        """Return when the interval of the last count began, and what was taken in it."""
        return self._begins_ns, self._used


def plain_take_all(
    buckets: tuple[Bucket, ...], people: tuple[Who, ...], counts: tuple[int, ...], now_ns: int
) -> bool:
    """Take from each bucket, or from none. `compiled` has a twin of this."""
    wanted = list(zip(buckets, people, counts, strict=True))
    if any(bucket.used(who, now_ns) + count > bucket.tokens for bucket, who, count in wanted):
        return False
    for bucket, who, count in wanted:
        bucket.take(who, count, now_ns)
    return True


try:
    from outcry.adapters.compiled.limits import FastBucket, take_all
except ImportError:
    FastBucket, take_all = MemoryBucket, plain_take_all  # type: ignore[misc, assignment]


class MemoryLimits(Limits):
    """Limits of a venue that is one process."""

    def __init__(self, *, plain: bool = False) -> None:
        """Know of nobody; `plain` is for tests of the plain twin."""
        self._kind: type[MemoryBucket | FastBucket] = MemoryBucket if plain else FastBucket
        self._take_all = plain_take_all if plain else take_all
        self._buckets: dict[str, MemoryBucket | FastBucket] = {}
        self._shut_out: dict[Who, int] = {}

    @override
    def bucket(self, name: str, tokens: int, interval_ns: int, reserve: int = 0) -> Bucket:
        before = self._buckets.get(name)
        if before is None:
            made = self._kind(name, tokens, interval_ns, reserve, PEOPLE_MAX)
        else:
            made = before.changed(tokens, interval_ns, reserve)
        self._buckets[name] = made
        return made

    @override
    def take_all(
        self,
        buckets: tuple[Bucket, ...],
        people: tuple[Who, ...],
        counts: tuple[int, ...],
        now_ns: int,
    ) -> bool:
        return self._take_all(buckets, people, counts, now_ns)

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
