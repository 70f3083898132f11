"""A circuit breaker: whoever fails again and again is left alone for a while, then tried once.

Without it every caller waits for a dependency that is down, and the waiting takes the venue along.
"""

from dataclasses import dataclass
from enum import IntEnum

SECOND_NS = 1_000_000_000


class State(IntEnum):
    """How a circuit is; as a number for metrics."""

    CLOSED = 0
    """Calls pass."""
    HALF_OPEN = 1
    """One call is on trial."""
    OPEN = 2
    """No call passes."""


@dataclass(frozen=True, slots=True)
class CircuitSettings:
    """When a dependency is left alone, and for how long."""

    failures_max: int = 5
    """So many failures, one after the other, open the circuit."""
    open_ns: int = SECOND_NS
    """For so long at first; twice as long after each trial that failed."""
    open_max_ns: int = 30 * SECOND_NS
    trial_ns: int = 10 * SECOND_NS
    """A trial that has not ended after so long is not waited for any more."""


class Circuit:
    """The state of one dependency. It is told the time and never waits; not for several threads."""

    def __init__(self, name: str, settings: CircuitSettings) -> None:
        self.name = name
        self.opened = 0
        """How often it has opened."""
        self.refused = 0
        """Calls that did not pass."""
        self._settings = settings
        self._state = State.CLOSED
        self._failures = 0
        self._open_for_ns = settings.open_ns
        self._until_ns = 0

    @property
    def state(self) -> State:
        """Return how it was when it was last asked."""
        return self._state

    def admit(self, now_ns: int) -> int:
        """Return 0 if a call may pass, else how long none will. Who passes tells how it ended."""
        if self._state is State.CLOSED:
            return 0
        if now_ns < self._until_ns:
            self.refused += 1
            return self._until_ns - now_ns
        self._state = State.HALF_OPEN
        self._until_ns = now_ns + self._settings.trial_ns
        return 0

    def succeeded(self) -> None:
        """Note that a call was answered."""
        self._state, self._failures = State.CLOSED, 0
        self._open_for_ns = self._settings.open_ns

    def failed(self, now_ns: int) -> None:
        """Note that a call was not answered."""
        self._failures += 1
        if self._state is State.HALF_OPEN:
            self._open_for_ns = min(2 * self._open_for_ns, self._settings.open_max_ns)
        elif self._state is State.OPEN or self._failures < self._settings.failures_max:
            return
        self._state = State.OPEN
        self._until_ns = now_ns + self._open_for_ns
        self.opened += 1
