"""Which request a fault strikes, and which message is left out. No clock, no connection."""

from dataclasses import dataclass

from typing_extensions import override

from outcry.gateway.bench.schemas import FaultIn, FaultOut
from outcry.marketdata.feed import Feed
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.text import Body


@dataclass(slots=True)
class Fault:
    """One fault and what is left of it; `left` None is for ever."""

    asked: FaultIn
    left: int | None
    skip: int
    struck: int = 0

    def out(self) -> FaultOut:
        """Return how it stands."""
        asked = self.asked
        return FaultOut(
            asked.do, asked.method, asked.path, asked.when, self.left, self.skip, self.struck
        )


class Faults:
    """Faults in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, asked: FaultIn) -> None:
        """Let one more fault wait."""
        self._waiting.append(Fault(asked, asked.count, asked.skip))

    def clear(self) -> None:
        """Take all faults back."""
        self._waiting.clear()

    def strike(self, method: str, path: str) -> FaultIn | None:
        """Return what happens to a request: the first fault that fits and has not been used up."""
        for fault in self._waiting:
            asked = fault.asked
            if asked.method not in {None, method} or not path.startswith(asked.path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.left == 0:
                continue
            if fault.left is not None:
                fault.left -= 1
            fault.struck += 1
            return asked
        return None

    def out(self) -> list[FaultOut]:
        """Return every fault as it stands."""
        return [fault.out() for fault in self._waiting]


class LeakyFeed(Feed):
    """A feed that leaves out what it is told to: whoever follows has a gap."""

    def __init__(self, data: MarketData) -> None:
        super().__init__(data)
        self.gaps: dict[str, int] = {}

    @override
    def collect(self, now_ns: int) -> list[tuple[str, Body]]:
        kept = []
        for channel, message in super().collect(now_ns):
            left = self.gaps.get(channel, 0)
            if not left:
                kept.append((channel, message))
            elif left == 1:
                del self.gaps[channel]
            else:
                self.gaps[channel] = left - 1
        return kept
