# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, overflowcheck=True
"""The twin of `memory_limits.MemoryBucket` and of how `MemoryLimits` takes from several."""

from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.stdint cimport int64_t


cdef class FastBucket:
    """See `memory_limits.MemoryBucket`."""

    cdef readonly str name
    cdef readonly int64_t tokens
    cdef readonly int64_t interval_ns
    cdef readonly int64_t reserve
    cdef readonly Py_ssize_t people_max
    cdef int64_t begins_ns
    cdef int64_t ends_ns
    cdef dict counts

    def __init__(self, str name not None, tokens, interval_ns, reserve, people_max):
        if tokens < 1 or interval_ns < 1 or reserve < 0:
            raise ValueError("a bucket has tokens, an interval, and a reserve or none")
        self.name, self.tokens, self.interval_ns, self.reserve = name, tokens, interval_ns, reserve
        self.people_max = people_max
        self.begins_ns = self.ends_ns = 0
        self.counts = {}

    def take(self, who, int64_t count, int64_t now_ns, bint reserve=False):
        """See `ports.Bucket`."""
        cdef int64_t wanted = self.taken(who, now_ns) + count
        if wanted > self.tokens and (not reserve or wanted > self.tokens + self.reserve):
            return self.ends_ns - now_ns
        self.put(who, wanted, count)
        return 0

    def used(self, who, int64_t now_ns):
        """See `ports.Bucket`."""
        return self.taken(who, now_ns)

    def used_up(self, int64_t now_ns):
        """See `ports.Bucket`."""
        self.turn(now_ns)
        return [(who, used) for who, used in self.counts.items() if used >= self.tokens]

    def changed(self, tokens, interval_ns, reserve):
        """See `memory_limits.MemoryBucket`."""
        cdef FastBucket other = FastBucket(self.name, tokens, interval_ns, reserve, self.people_max)
        if other.interval_ns == self.interval_ns:
            other.begins_ns, other.ends_ns = self.begins_ns, self.ends_ns
            other.counts = dict(self.counts)
        return other

    def known(self):
        """See `memory_limits.MemoryBucket`."""
        return self.begins_ns, self.counts

    cdef int turn(self, int64_t now_ns) except -1:
        """Begin a new interval where the one before has ended."""
        if not self.begins_ns <= now_ns < self.ends_ns:
            self.begins_ns = now_ns - now_ns % self.interval_ns
            self.ends_ns = self.begins_ns + self.interval_ns
            self.counts.clear()
        return 0

    cdef int64_t taken(self, object who, int64_t now_ns) except? -1:
        """Return what somebody has taken in this interval."""
        self.turn(now_ns)
        cdef PyObject *found = PyDict_GetItem(self.counts, who)
        return <object>found if found is not NULL else 0

    cdef int put(self, object who, int64_t wanted, int64_t count) except -1:
        """Note what somebody has taken now that it is `count` more."""
        if wanted == count and len(self.counts) >= self.people_max:
            self.counts.clear()
        self.counts[who] = wanted
        return 0


def take_all(tuple buckets not None, tuple people not None, tuple counts not None, int64_t now_ns):
    """See `ports.Limits.take_all`."""
    cdef Py_ssize_t place, several = len(buckets)
    cdef FastBucket bucket
    cdef int64_t count
    if len(people) != several or len(counts) != several:
        raise ValueError("each bucket has somebody and a count")
    for place in range(several):
        bucket, count = <FastBucket?>buckets[place], counts[place]
        if bucket.taken(people[place], now_ns) + count > bucket.tokens:
            return False
    for place in range(several):
        bucket, count = <FastBucket>buckets[place], counts[place]
        bucket.put(people[place], bucket.taken(people[place], now_ns) + count, count)
    return True
