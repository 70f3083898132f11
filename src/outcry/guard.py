"""The venue's guard: decides when trading has to stop, and when it may go on. Decisions only.

It holds the venue in a stricter mode while the ledger disagrees, is too far behind, or the disk
runs full. It never loosens what somebody else has decided: the venue's mode is the strictest of
what the operator wants and what the guard is concerned about.
"""

from collections import deque
from dataclasses import dataclass

from outcry.domain.market import VenueMode
from outcry.domain.trouble import Trouble
from outcry.follower.alarm import Alarm

RELEASE_SHARE = 10
"""Trading goes on once the lag is below this part of its limit."""
SAMPLE_S = 0.05
"""Batches that come within this time are one entry of the lag."""


# How far behind


@dataclass(slots=True)
class _Stretch:
    """Some batches in a row."""

    seen_s: float
    """When the first of them was published, on a clock that never goes back."""
    time_ns: int
    """The first one's stamp."""
    last_sequence: int
    events: int


class Lag:
    """How far the ledger is behind what the venue has published."""

    def __init__(self) -> None:
        self._stretches: deque[_Stretch] = deque()
        self.events = 0
        """Published and not in the store, up to a few that came close together."""

    def seen(self, sequence: int, time_ns: int, events: int, now_s: float) -> None:
        """Take in a batch that was published."""
        self.events += events
        stretches = self._stretches
        if stretches and now_s - stretches[-1].seen_s < SAMPLE_S:
            last = stretches[-1]
            last.last_sequence, last.events = sequence, last.events + events
        else:
            stretches.append(_Stretch(now_s, time_ns, sequence, events))

    def stored(self, sequence: int) -> None:
        """Take note that the store is complete up to a sequence."""
        stretches = self._stretches
        while stretches and stretches[0].last_sequence <= sequence:
            self.events -= stretches.popleft().events

    def seconds(self, now_s: float) -> float:
        """Return for how long the oldest of what is missing has been waiting."""
        return now_s - self._stretches[0].seen_s if self._stretches else 0.0

    @property
    def since_ns(self) -> int:
        """The stamp of the oldest batch that is missing; 0 where none is."""
        return self._stretches[0].time_ns if self._stretches else 0


# What is decided


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Where the limits are. Of a share and an amount of the disk the smaller counts."""

    interval_s: float = 0.5
    """Between two looks."""
    lag_s: float = 60.0
    lag_events: int = 1_000_000
    disk_alarm_share: float = 0.10
    disk_alarm_bytes: int = 2_000_000_000
    """Less than this is told of."""
    disk_reserve_share: float = 0.05
    disk_reserve_bytes: int = 1_000_000_000
    """With less than this nothing new is taken in, until there is more than the alarm again."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the guard sees when it looks."""

    confirmed_sequence: int
    """How far the follower of now is and has found nothing wrong; -1 while it has said nothing."""
    lag_s: float
    lag_events: int
    disk_free_bytes: int
    disk_total_bytes: int


@dataclass(frozen=True, slots=True)
class Concern:
    """A reason for a mode."""

    mode: VenueMode
    why: str
    trouble: Trouble = Trouble.HELD_OVER


class Guard:
    """Concerns, and the mode they call for.

    Invariant: `wanted` is never looser than `base`.
    """

    def __init__(
        self, settings: GuardSettings, base: VenueMode, held: Concern | None = None
    ) -> None:
        """Begin with what everybody else wants; `held` is what the life before had set itself."""
        self.base = base
        """The mode the venue would be in without the guard."""
        self.concerns: dict[str, Concern] = {}
        self.disk = "ok"
        """`ok`, `low` or `reserve`."""
        self._settings = settings
        self._pass_at = 0
        if held is not None:
            self.concerns["ledger" if held.mode == VenueMode.HALTED else "before"] = held

    @property
    def wanted(self) -> VenueMode:
        """The mode the venue should be in."""
        return max([self.base, *(concern.mode for concern in self.concerns.values())])

    @property
    def why(self) -> str:
        """What the strictest concerns are; empty where there is none."""
        found = self.concerns.values()
        worst = max((concern.mode for concern in found), default=None)
        return "; ".join(concern.why for concern in found if concern.mode == worst)

    @property
    def trouble(self) -> Trouble | None:
        """What the strictest concern is about, or what may become one; None where all is well."""
        found = self.concerns.values()
        if found:
            return max(found, key=lambda concern: concern.mode).trouble
        return Trouble.DISK_RESERVE if self.disk == "low" else None

    @property
    def doubts_ledger(self) -> bool:
        """Whether no other follower is to look: two have disagreed, or another cannot tell."""
        concern = self.concerns.get("ledger")
        return concern is not None and concern.mode == VenueMode.HALTED

    def started(self, last_sequence: int) -> None:
        """Begin at a sequence: what the life before held is over once the ledger has passed it."""
        self._pass_at = last_sequence

    def decided(self, mode: VenueMode) -> None:
        """Take note that somebody else has decided on a mode.

        A doubt about the ledger that halted the venue is theirs to settle: it is looked into anew.
        """
        self.base = mode
        if self.doubts_ledger and mode < VenueMode.HALTED:
            del self.concerns["ledger"]

    def alarmed(self, alarm: Alarm, last_sequence: int) -> None:
        """Take in what a follower found, when the venue was at a sequence.

        The first time a second follower has to look; if that one finds something too, or the doubt
        is of before, or what is in doubt was written already, the venue is halted.
        """
        place = f"{alarm.sequence}.{alarm.event_index}"
        what = f"the ledger disagrees at event {place} ({alarm.kind}): {alarm.what}"
        if alarm.written:
            what += ", and it is written"
        if again := "ledger" in self.concerns:
            what += ", twice"
        halts = again or alarm.written
        self.concerns["ledger"] = Concern(
            VenueMode.HALTED if halts else VenueMode.CANCEL_ONLY, what, Trouble.LEDGER_DISAGREES
        )
        self._pass_at = max(self._pass_at, last_sequence)

    def look(self, sight: Sight) -> None:
        """Take in how things are."""
        self._look_at_ledger(sight)
        self._look_at_lag(sight)
        self._look_at_disk(sight)

    def _look_at_ledger(self, sight: Sight) -> None:
        if sight.confirmed_sequence < self._pass_at or self.doubts_ledger:
            return
        for name in ("ledger", "before"):
            self.concerns.pop(name, None)

    def _look_at_lag(self, sight: Sight) -> None:
        limits, behind = self._settings, (sight.lag_s, sight.lag_events)
        bounds = limits.lag_s, limits.lag_events
        if any(lag > bound for lag, bound in zip(behind, bounds, strict=True)):
            why = f"the ledger is {sight.lag_s:.0f} s and {sight.lag_events} events behind"
            concern = Concern(VenueMode.CANCEL_ONLY, why, Trouble.LEDGER_BEHIND)
            self.concerns.setdefault("lag", concern)
        elif all(lag * RELEASE_SHARE < bound for lag, bound in zip(behind, bounds, strict=True)):
            self.concerns.pop("lag", None)

    def _look_at_disk(self, sight: Sight) -> None:
        limits, free, total = self._settings, sight.disk_free_bytes, sight.disk_total_bytes
        alarm = min(limits.disk_alarm_share * total, limits.disk_alarm_bytes)
        reserve = min(limits.disk_reserve_share * total, limits.disk_reserve_bytes)
        if free < reserve:
            why = f"the disk has {free} bytes left of {total}"
            concern = Concern(VenueMode.CANCEL_ONLY, why, Trouble.DISK_RESERVE)
            self.concerns.setdefault("disk", concern)
        elif free >= alarm:
            self.concerns.pop("disk", None)
        self.disk = "reserve" if "disk" in self.concerns else "ok" if free >= alarm else "low"
