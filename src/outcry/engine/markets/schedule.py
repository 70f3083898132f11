"""The plan of a market's day: at which times it moves to which state."""

from collections.abc import Iterable, Sequence

from outcry.domain.commands import SetSchedule
from outcry.domain.events import ScheduleSet
from outcry.domain.market import MarketState
from outcry.domain.rejects import Reject
from outcry.domain.units import DAY_NS
from outcry.engine.hand import Hand
from outcry.engine.orders.expiry import NEVER_NS
from outcry.engine.orders.switches import Refusal

Entries = tuple[tuple[int, int], ...]
"""(time of the UTC day in ns, state), ascending."""


class Schedules:
    """The schedules by market, and the next entry of each."""

    def __init__(self, rows: Iterable[Sequence[int]]) -> None:
        """Take over from the notes (market, due, time, state, time, state ...)."""
        self._entries: dict[int, Entries] = {}
        self._due: dict[int, int] = {}
        for market, due_ns, *flat in rows:
            self._entries[market] = tuple(zip(flat[::2], flat[1::2], strict=True))
            self._due[market] = due_ns

    def notes(self) -> list[list[int]]:
        """Return the schedules, as the constructor takes them."""
        return [
            [market, self._due[market], *(word for entry in entries for word in entry)]
            for market, entries in sorted(self._entries.items())
        ]

    def set(self, hand: Hand, command: SetSchedule) -> Refusal:
        """Plan a market's day, from now on."""
        entries = command.entries
        times = [time_ns for time_ns, _ in entries]
        fits = (
            all(0 <= time_ns < DAY_NS for time_ns in times)
            and sorted(set(times)) == times
            and all(0 <= state < MarketState.RETIRED for _, state in entries)
        )
        if not fits:
            return Reject.SHAPE, 0, 0
        self.drop(command.market)
        if entries:
            self._entries[command.market] = tuple((t, s) for t, s in entries)
            self._due[command.market] = _next(self._entries[command.market], hand.now_ns)
        hand.say(ScheduleSet, 0, command.market, len(entries))
        return 0, 0, 0

    def drop(self, market: int) -> None:
        """Forget a market's schedule."""
        self._entries.pop(market, None)
        self._due.pop(market, None)

    def next(self) -> tuple[int, int]:
        """Return when the next entry is due, and of which market; never if none is."""
        if not self._due:
            return NEVER_NS, 0
        return min((ns, market) for market, ns in self._due.items())

    def pop(self) -> tuple[int, int]:
        """Return market and state of the next entry, and plan the one after it."""
        due_ns, market = self.next()
        entries = self._entries[market]
        state = dict(entries)[due_ns % DAY_NS]
        self._due[market] = _next(entries, due_ns)
        return market, state


def _next(entries: Entries, after_ns: int) -> int:
    """Return the first time after one at which an entry is due."""
    midnight = after_ns // DAY_NS * DAY_NS
    times = [midnight + day + time_ns for day in (0, DAY_NS) for time_ns, _ in entries]
    return min(time_ns for time_ns in times if time_ns > after_ns)
