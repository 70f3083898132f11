"""Stops guessing: too many failures in a while, and nothing is looked at for as long.

Counted are failures of one name from one address, of one name from anywhere, and of one address
against anybody. A name is counted whether or not somebody has it, so a lock tells nobody apart.
"""

from collections import deque
from threading import Lock

from outcry.identity.access_tokens import SECOND_NS
from outcry.identity.errors import LockedOut
from outcry.ports import Clock

FAILURES_MAX = 10
"""Of one name from one address."""
FAILURES_MAX_WIDE = 100
"""Of one name from anywhere, and of one address: others may share it, or somebody's name."""
WINDOW_S = 900
PLACES_MAX = 100_000

_Place = tuple[str, str]


class Lockout:
    """Failures of the last quarter of an hour, in memory. Safe to call from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[_Place, deque[int]] = {}
        """When each place has failed, the place that failed last at the end."""
        self._lock = Lock()

    def check(self, name: str, address: str) -> None:
        """Let an attempt pass, or not.

        Raises:
            LockedOut: too many have failed.
        """
        now_ns = self._clock.now_ns()
        with self._lock:
            left_ns = max(self._left_ns(place, now_ns) for place in _places(name, address))
        if left_ns > 0:
            raise LockedOut(-(-left_ns // SECOND_NS))

    def fail(self, name: str, address: str) -> bool:
        """Note a failure; return whether it is the one that locks."""
        now_ns = self._clock.now_ns()
        with self._lock:
            for place in _places(name, address):
                times = self._failures.pop(place, None) or deque(maxlen=_most(place))
                times.append(now_ns)
                self._failures[place] = times
            while len(self._failures) > PLACES_MAX:
                del self._failures[next(iter(self._failures))]
            return max(self._left_ns(place, now_ns) for place in _places(name, address)) > 0

    def clear(self, name: str, address: str) -> None:
        """Forget what somebody did wrong before they got it right."""
        with self._lock:
            self._failures.pop((name, address), None)

    def _left_ns(self, place: _Place, now_ns: int) -> int:
        times = self._failures.get(place)
        window_ns = WINDOW_S * SECOND_NS
        if times is None or len(times) < _most(place) or times[-1] - times[0] >= window_ns:
            return 0
        return times[-1] + window_ns - now_ns


def _places(name: str, address: str) -> tuple[_Place, _Place, _Place]:
    return (name, address), (name, "*"), ("*", address)


def _most(place: _Place) -> int:
    return FAILURES_MAX_WIDE if "*" in place else FAILURES_MAX
