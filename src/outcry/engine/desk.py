"""All that stands above the core behind one face: what is due, what follows, in which order.

After a command its reactions run, each to completion and then from the top: a breaker, the cancels
of lists, the queue of triggers, the children of lists; at the end, once, the pegs. Before a command
what is due happens in the order of its time, and of one time in the order of `_due`.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event
from outcry.domain.market import VenueMode
from outcry.domain.rejects import Reject
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.markets.life import Life
from outcry.engine.markets.schedule import Schedules
from outcry.engine.markets.tiers import Tiers
from outcry.engine.orders.expiry import NEVER_NS, Expiry
from outcry.engine.orders.lists import Lists
from outcry.engine.orders.pegs import Pegs
from outcry.engine.orders.slices import Slices
from outcry.engine.orders.switches import Refusal, Switches
from outcry.engine.orders.triggers import ALL_PRINTS, Triggers

_TICK = codec.NUMBER_OF[c.Tick]
_NOTHING: dict[str, Any] = {
    "trails": [], "queue": [], "parents": [], "ready": [], "slices": [], "switches": [],
    "markets": [], "schedules": [], "tiers": [],
}  # fmt: skip


_UNREADABLE = (
    LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError,
)  # fmt: skip
"""How the parts of this desk refuse notes, and how JSON does."""


def _whole_numbers(notes: dict[str, Any]) -> dict[str, Any]:
    """Return notes that are lists of whole numbers, however deep.

    Raises:
        TypeError: there is something else in them.
    """
    left = list(notes.values())
    while left:
        found = left.pop()
        if type(found) is list:
            left += found
        elif type(found) is not int:
            raise TypeError(f"{found!r:.40} where a whole number stands")
    return notes


class Desk:
    """Invariant: together with the core its notes are all there is to know."""

    def __init__(self, core: Core) -> None:
        """Take over a core and the notes in it.

        Raises:
            ValueError: the notes are not from here.
        """
        self._core = core
        try:
            notes: dict[str, Any] = json.loads(core.notes) if core.notes else _NOTHING
            self._take_over(core, _whole_numbers(notes))
        except _UNREADABLE as error:
            raise ValueError(f"a snapshot's notes cannot be read: {error!r}") from None
        if core.notes and self.notes() != core.notes:
            raise ValueError("a snapshot's notes are not as they are written")

    def _take_over(self, core: Core, notes: dict[str, Any]) -> None:
        self._triggers = Triggers(core, notes["trails"], notes["queue"])
        self._lists = Lists(core, notes["parents"], notes["ready"])
        self._slices = Slices(core, notes["slices"])
        self._switches = Switches(core, notes["switches"])
        self._life = Life(core, notes["markets"])
        self._schedules = Schedules(notes["schedules"])
        self._tiers = Tiers(core, notes["tiers"])
        self._expiry = Expiry(core)
        self._pegs = Pegs(core)
        self._due: tuple[tuple[Callable[[], tuple[int, int]], Callable[[Hand], None]], ...] = (
            (self._expiry.next, self._expiry.run),
            (self._switches.next, self._switches.run),
            (self._slices.next, self._run_slice),
            (self._schedules.next, self._follow_schedule),
            (self._life.next, self._life.run),
            (self._next_day, self._roll),
        )
        self._asked: dict[type, Callable[..., Refusal]] = {
            c.SetState: self._life.set_state,
            c.SetRules: self._life.set_rules,
            c.SetTiers: self._tiers.set_tiers,
            c.SetAccountFees: self._tiers.set_own,
            c.SetSchedule: self._schedules.set,
            c.RenewSwitch: self._switches.renew,
            c.CloseSession: self._switches.end_sessions,
            c.ResetSessions: self._switches.end_sessions,
            c.RetireMarket: self._retire,
        }
        self._priced: set[int] = set()
        self._watched: set[int] = set()
        self._arm()

    def notes(self) -> bytes:
        """Return what is to be kept beside the core's own state, in one stable form."""
        trails, queue = self._triggers.notes()
        parents, ready = self._lists.notes()
        notes = {
            "trails": trails,
            "queue": queue,
            "parents": parents,
            "ready": ready,
            "slices": self._slices.notes(),
            "switches": self._switches.notes(),
            "markets": self._life.notes(),
            "schedules": self._schedules.notes(),
            "tiers": self._tiers.notes(),
        }
        return json.dumps(notes, separators=(",", ":")).encode() if any(notes.values()) else b""

    def has_news(self) -> bool:
        """Return whether an auction has something to tell, which it does with a `Tick`."""
        return self._core.mode != VenueMode.HALTED and self._life.has_news()

    # What the engine calls

    def foresee(self, now_ns: int) -> None:
        """Read what the core forgets when a time is reached; before it is."""
        if now_ns >= self._tiers.next_ns():
            self._tiers.collect()

    def before(self, hand: Hand) -> None:
        """Do what is due before a command, in its sequence, and what follows from it."""
        if self._core.mode == VenueMode.HALTED:
            return
        self._tiers.begin(hand.now_ns)
        self._life.put_bands(hand)
        while (due := self._first_due()) and due[0] <= hand.now_ns:
            due[1](hand)
            self._react(hand, hand.take())
        self._react(hand, hand.take())

    def carry_out(self, hand: Hand, record: bytes) -> Refusal:
        """Carry out a command that the core has left to this desk; return why not, or zeros."""
        try:
            command = codec.decode_command(record)
        except codec.BadRecord:
            return Reject.SHAPE, 0, 0
        return self._asked[type(command)](hand, command)

    def after(self, hand: Hand, record: bytes, events: Sequence[Event]) -> None:
        """Let everything react to the command that has just been carried out."""
        self._tiers.begin(hand.now_ns)
        self._react(hand, events)
        if self._core.mode != VenueMode.HALTED:
            self._pegs.move(hand)
            self._react(hand, hand.take())
        else:
            self._tiers.collect()
        self._triggers.settle(hand)
        if codec.LENGTH_AND_TYPE.unpack_from(record)[1] == _TICK:
            self._life.tell(hand)
        self._life.put_bands(hand)
        hand.take()
        self._arm()

    # Reacting

    def _react(self, hand: Hand, events: Sequence[Event]) -> None:
        """Take events in, and let what follows from them run until nothing more does."""
        self._note(hand, events)
        while self._step(hand):
            self._note(hand, hand.take())

    def _note(self, hand: Hand, events: Sequence[Event], at_once: Sequence[int] = ()) -> None:
        fired = list(at_once)
        for event in events:
            fired += self._triggers.see(event)
            self._triggers.note(event)
            self._lists.note(event)
            self._life.note(event, hand.now_ns)
            self._slices.note(event)
            self._pegs.note(event)
            self._expiry.note(event)
        self._lists.decide(events, fired)

    def _step(self, hand: Hand) -> bool:
        """Do the first thing that is to be done; return whether there was one."""
        return (
            self._life.break_off(hand)
            or self._lists.cancel(hand)
            or self._triggers.step(hand)
            or self._place_children(hand)
        )

    def _place_children(self, hand: Hand) -> bool:
        children = self._lists.place(hand)
        if children is None:
            return False
        at_once = [child for child in children if self._triggers.at_once(child)]
        self._note(hand, hand.take(), at_once)
        return True

    # Time

    def _first_due(self) -> tuple[int, Callable[[Hand], None]] | None:
        first = None
        first_ns = NEVER_NS
        for upcoming, run in self._due:
            due_ns = upcoming()[0]
            if due_ns < first_ns:
                first, first_ns = (due_ns, run), due_ns
        return first

    def _run_slice(self, hand: Hand) -> None:
        self._slices.run(hand, self._life.stops)

    def _follow_schedule(self, hand: Hand) -> None:
        market, state = self._schedules.pop()
        self._life.plan(hand, market, state)

    def _next_day(self) -> tuple[int, int]:
        return self._tiers.next_ns(), 0

    def _roll(self, hand: Hand) -> None:
        self._tiers.roll(hand)

    def _retire(self, hand: Hand, command: c.RetireMarket) -> Refusal:
        refusal = self._life.retire(hand, command)
        if not refusal[0]:
            self._schedules.drop(command.market)
            self._tiers.drop(command.market)
        return refusal

    def _arm(self) -> None:
        """Set the core's watches, and let it stop when the next thing falls due."""
        core = self._core
        if core.mode == VenueMode.HALTED:
            core.next_due_ns = NEVER_NS
            return
        moving = self._life.sees_prints()
        priced = {*self._triggers.markets(), *moving}
        for market in sorted(priced | self._priced):
            low, high = self._triggers.range(market)
            if market in moving:
                low, high = ALL_PRINTS, 0
            core.watch_price(market, low, high)
        self._priced = priced
        watched = {*self._pegs.markets(), *self._life.in_call()}
        for market in sorted(watched ^ self._watched):
            core.watch_book(market, market in watched)
        self._watched = watched
        due = self._first_due()
        next_ns = min(due[0] if due else NEVER_NS, self._life.next_roll_ns(), NEVER_NS)
        waits = self._triggers.ready() or self._lists.can_place()
        core.next_due_ns = 0 if waits else next_ns
