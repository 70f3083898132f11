"""How long a message is on its way: a fixed time and some chance, from a seed."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """In nanoseconds: one way to the venue and one way back, each with up to `jitter_ns` more."""

    to_ns: int = 250_000
    from_ns: int = 250_000
    jitter_ns: int = 50_000
    seed: int = 0


class Wire:
    """One direction. Messages arrive in the order in which they were sent."""

    def __init__(self, fixed_ns: int, jitter_ns: int, seed: int) -> None:
        self._fixed_ns, self._jitter_ns = fixed_ns, jitter_ns
        self._random = Random(seed)  # noqa: S311  # a model of a network
        self._last_ns = 0

    def arrives_ns(self, sent_ns: int) -> int:
        """Return when something arrives that is sent now."""
        chance_ns = self._random.randrange(self._jitter_ns + 1)
        self._last_ns = max(self._last_ns, sent_ns + self._fixed_ns + chance_ns)
        return self._last_ns
