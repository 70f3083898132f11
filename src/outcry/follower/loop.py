"""The loop around a follower: when it writes, signs and tells, and whether it stands back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from outcry.follower.follower import NO_LIMIT, Follower

GRACE_S = 0.5
"""How long the venue's word is waited for before a batch is written without it."""
IDLE_S = 0.2
"""How long a follower sleeps that nobody wakes."""
PUBLISH_S = 1.0
"""Between two heads of the Merkle logs."""
TELL_S = 0.02
"""Between two reports, unless there is nothing else to do."""
PACE_S = 1.0
"""From the beginning of a transaction to that of the next, unless it was full, somebody waits or
there is enough for one. Each one writes the last page of every table and index again, however
little it adds."""
ENOUGH_COMMANDS = 10_000
"""So many are written without waiting for more: the venue keeps in memory what is not written."""
NEAR_COMMANDS, FAR_COMMANDS = 10_000, 200_000
"""Who lacks fewer has caught up; who stands back and lacks more needs its place again. The venue
goes on trading up to some 400,000, a million events."""
BUSY_COMMANDS, BUSY_S = 10_000, 10.0
"""With fewer in such a time nobody has to come first: who stands back is slow beside busy programs.
The demo's past, which it lives through in a few seconds, has some 6,000."""
HURRY = b"now"
"""The line that says that somebody waits."""


class FellBehind(Exception):
    """The follower stood back, and too little was left for it."""


class Inbox(Protocol):
    """Where the venue's notes arrive."""

    ended: bool
    """Nothing comes any more: the venue is gone, or has said everything."""
    hurried: bool
    """Somebody waits for what was noted so far; whoever reads it takes it back."""

    def take(self) -> list[tuple[int, bytes]]:
        """Return the notes that have arrived: (last sequence, digest)."""

    def wait(self, timeout_s: float) -> None:
        """Return when a note arrives, when nothing comes any more, or after a while."""


def notes_of(lines: Iterable[bytes]) -> list[tuple[int, bytes]]:
    """Return notes as (last sequence, digest) from lines of `<last sequence> <digest in hex>`."""
    words = (line.split() for line in lines if line != HURRY)
    return [(int(sequence), bytes.fromhex(digest.decode("ascii"))) for sequence, digest in words]


class Silence(Inbox):
    """Nobody says anything."""

    ended = True
    hurried = False

    def take(self) -> list[tuple[int, bytes]]:
        """Return nothing."""
        return []

    def wait(self, timeout_s: float) -> None:
        """Return at once."""


Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class StandBack:
    """How a follower lets everybody else come first, and after how much of its life it may."""

    call: Callable[[], object]
    after_s: float = 0.0


def _nothing() -> None:
    """Do nothing."""


def follow(
    follower: Follower,
    inbox: Inbox,
    tell: Tell,
    now_s: Callable[[], float],
    publish: Callable[[], object] = _nothing,
    stand_back: StandBack | None = None,
) -> None:
    """Follow until the inbox has ended and everything is written; tell of the position on the way.

    While notes come, nothing is written that the venue has not told of, so that it is compared
    before; where they stay away the log alone is followed. `publish` is called now and then, to
    sign what is stored by then; what was signed stays so for ever, so this does wait for the
    venue's word, or for the next follower if the venue is gone. It stands back once, when the venue
    is busy and all is caught up with, and tells of it first: after that nothing may be left to it.

    Raises:
        FellBehind: it stood back and fell far behind. Only a process that begins anew may have its
            place again: to take back a niceness is a privilege.
        LogDamaged, LedgerBroken, LedgerAltered, Disagreement, LedgerMoved: see `Follower.step`.
    """
    heard_s = due_s = now_s()
    told_s = published_s = float("-inf")
    untold = unpublished = True
    place = _Place(stand_back, now_s())
    while True:
        ended, moved = inbox.ended, False
        if _heard(inbox, follower):
            heard_s = now_s()
        begun_s = now_s()
        if ended or inbox.hurried or begun_s >= due_s or follower.unread >= ENOUGH_COMMANDS:
            inbox.hurried = False
            free = ended or begun_s - heard_s >= GRACE_S
            moved = follower.step(NO_LIMIT if free else follower.noted)
            due_s = begun_s + PACE_S if moved and not follower.full else begun_s
        untold, unpublished = untold or moved, unpublished or moved
        may_publish = unpublished and not follower.awaits_word
        if may_publish and now_s() - published_s >= PUBLISH_S:
            publish()
            published_s, unpublished = now_s(), False
        if untold and (not moved or now_s() - told_s >= TELL_S):
            tell(_report(follower, place.stands_back))
            told_s, untold = now_s(), False
        if not moved and ended:
            return
        if not inbox.ended and place.may_stand_back(follower, moved, now_s()):
            tell(_report(follower, stands_back=True))
            place.stand_back()
        if not moved:
            inbox.wait(due_s - begun_s if begun_s < due_s else IDLE_S)


class _Place:
    """Whether a follower stands back, and whether that leaves it enough."""

    def __init__(self, how: StandBack | None, now_s: float) -> None:
        self._how = how
        self._begun_s = self._since_s = now_s
        self._noted = 0
        """When the time that is counted began, and what was noted then."""
        self.stands_back = False

    def may_stand_back(self, follower: Follower, moved: bool, now_s: float) -> bool:
        """Return, after a turn of the loop, whether it is to stand back now.

        Raises:
            FellBehind: it does already, and needs its place again.
        """
        if self.stands_back:
            if follower.unwritten > FAR_COMMANDS:
                raise FellBehind
            return False
        if self._how is None or not self._is_busy(follower.noted, now_s):
            return False
        due = now_s - self._begun_s >= self._how.after_s
        return due and not moved and follower.lag < NEAR_COMMANDS

    def stand_back(self) -> None:
        """Do so, from now on."""
        assert self._how
        self.stands_back = True
        self._how.call()

    def _is_busy(self, noted: int, now_s: float) -> bool:
        """Return whether many commands came in the time that is counted."""
        if not self._noted or now_s - self._since_s > BUSY_S:
            self._since_s, self._noted = now_s, noted
        return noted - self._noted >= BUSY_COMMANDS


def _heard(inbox: Inbox, follower: Follower) -> bool:
    """Take in the notes that came; return whether any did, or whether none is waited for."""
    notes = inbox.take()
    for sequence, digest in notes:
        follower.note(sequence, digest)
    return bool(notes) or not follower.lacks_word


def _report(follower: Follower, stands_back: bool) -> dict[str, Any]:
    position = follower.position
    return {
        "position": position.sequence,
        "time_ns": position.time_ns,
        "lag": follower.lag,
        "rows": follower.rows,
        "stands_back": stands_back,
    }
