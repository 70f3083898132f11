"""The venue underneath: words in, words out, and everything it remembers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event
from outcry.engine.core import CORES, CoreFactory, choose
from outcry.engine.engine import Engine
from outcry.marketdata.registry import Registry
from outcry.ports import EventBatch
from outcry.venue.errors import BadCommand, VenueError, suggest
from outcry.venue.history import History
from outcry.venue.lives import Orders
from outcry.venue.words.fields import TIME_LIMIT_NS
from outcry.venue.words.read import Names, read_command
from outcry.venue.words.speak import Words, command_words, event_words

REPLAY_BYTES = 1 << 20


class Machine:
    """An engine with a history around it, spoken to in words.

    Invariant: what the engine has applied is what the history holds, and nothing happens when
    something is raised.
    """

    def __init__(
        self, core: str = "", *, time_ns: int = 0, history: bool = True, rules: int = c.RULES
    ) -> None:
        """Make an empty venue.

        Args:
            core: "reference", "compiled", or "" for the compiled one where it was built.
            time_ns: nanoseconds since 1970-01-01 UTC at which it begins.
            history: False forgets commands and events at once; for very long runs.
            rules: those it goes by. They are activated before its first command, unless that one
                activates rules itself.

        Raises:
            ImportError: the compiled core was asked for and was not built.
            VenueError: there is no such core, no such time, or there are no such rules.
        """
        factory = _chosen(core)
        if not 0 <= time_ns < TIME_LIMIT_NS:
            raise VenueError(f"time_ns: {time_ns} does not fit; 0 to {TIME_LIMIT_NS - 1} do")
        if not 1 <= rules <= c.RULES:
            raise VenueError(f"rules: there are no rules {rules}; 1 to {c.RULES} are known")
        self._take_over(factory, Engine(factory()), History(0, b"", kept=history), rules)
        self._now_ns = time_ns

    def _take_over(
        self, factory: CoreFactory, engine: Engine, history: History, rules: int
    ) -> None:
        self._factory = factory
        self._engine = engine
        self._history = history
        self._first_rules = rules
        self._now_ns = engine.core.now_ns
        self._registry = Registry(*engine.definitions(), engine.core.mode)
        self._orders = Orders(history)

    # Commands

    def apply(self, command: Mapping[str, Any]) -> list[Words]:
        """Apply one command, given in words; return its events in words, in order.

        A refusal by the rules of the venue is the event `CommandRejected`.

        Raises:
            BadCommand: the words are no command. Nothing has happened.
        """
        return self.apply_many([command])[0]

    def apply_many(self, commands: Iterable[Mapping[str, Any]]) -> list[list[Words]]:
        """Apply commands as one batch; return the events of each.

        Each has its own sequence and is atomic alone; what one brings about is complete before the
        next. A symbol that an earlier one of the batch defines can be used in a later one.

        Raises:
            BadCommand: some words are no command, and it says which. Nothing has happened.
        """
        outcomes = self._apply(self._read(commands))
        return [[event_words(event) for event in events] for events in outcomes]

    def _read(self, commands: Iterable[Mapping[str, Any]]) -> list[c.Command]:
        names, found = Names(self._registry), []
        for place, words in enumerate(commands):
            try:
                command = read_command(words, names)
                _check_notice(command)
            except BadCommand as error:
                raise BadCommand(f"[{place}] {error}" if place else str(error)) from None
            names.draft(command)
            found.append(command)
        return found

    def _apply(self, commands: Sequence[c.Command]) -> list[list[Event]]:
        """Stamp commands, apply them as one batch and remember what happened."""
        opening = self._opening(commands)
        first = self.sequence + 1
        records, now_ns = bytearray(), self._now_ns
        for sequence, command in enumerate([*opening, *commands], start=first):
            record = bytearray(codec.encode_command(command))
            now_ns = max(now_ns, command.time_ns)
            codec.STAMP.pack_into(record, codec.STAMP_OFFSET, sequence, now_ns)
            records += record
        return self._run(bytes(records), len(opening) + len(commands))[len(opening) :]

    def _opening(self, commands: Sequence[c.Command]) -> list[c.Command]:
        """Return what activates the rules of a venue whose first commands these are."""
        if self.sequence or not commands or isinstance(commands[0], c.ActivateRules):
            return []
        return [c.ActivateRules(rules=n, staff=True) for n in range(2, self._first_rules + 1)]

    def _run(self, records: bytes, count: int) -> list[list[Event]]:
        """Apply stamped records."""
        if not count:
            return []
        first = self.sequence + 1
        out = self._engine.apply(records)
        self._now_ns = max(self._now_ns, self._engine.core.now_ns)
        self._history.add(records, out, self._engine)
        last = first + count - 1
        events, outcomes = codec.decode_outcomes(out, first, last)
        self._registry.consume(EventBatch(first, last, self._now_ns, bytes(32), events))
        return outcomes

    # Where it stands

    @property
    def core(self) -> str:
        """Which core runs: "reference" or "compiled"."""
        return self._engine.core.implementation

    @property
    def sequence(self) -> int:
        """The sequence of the last command."""
        return self._engine.core.sequence

    @property
    def rules(self) -> int:
        """The rules the venue goes by. See `ActivateRules`."""
        return self._engine.core.rules

    @property
    def now_ns(self) -> int:
        """The venue's time, in nanoseconds since 1970-01-01 UTC."""
        return self._now_ns

    def digest(self) -> str:
        """Return SHA-256 over the whole state, in hexadecimal; the same on either core."""
        return self._engine.digest().hex()

    # What it remembers

    def events(self, after: int = 0) -> Iterator[Words]:
        """Yield the events of all sequences above `after` that it remembers, oldest first."""
        for records in self._history.events_after(after):
            for event in codec.decode_events(records):
                yield event_words(event)

    def commands(self, after: int = 0) -> Iterator[Words]:
        """Yield the commands above `after`, as `apply` takes them, with the time each was given."""
        for records in self._history.records_after(after):
            for record in codec.split(records):
                yield command_words(codec.decode_command(record))

    def at(self, sequence: int) -> Self:
        """Return a new venue as this one was after `sequence` (0: before everything).

        The two share nothing. Fast wherever it is: states are kept on the way.

        Raises:
            OutOfHistory: it has not come yet, or lies before what is remembered.
        """
        engine = self._history.engine_at(self._factory, sequence)
        return self._new(self._factory, engine, self._history.until(sequence), self._first_rules)

    def journal(self) -> bytes:
        """Return all commands as stamped records; `outcry replay` plays such a file too.

        Raises:
            OutOfHistory: the venue was made without history.
        """
        return self._history.journal()

    def snapshot(self) -> bytes:
        """Return the whole state as canonical bytes, without the history."""
        return self._engine.snapshot()

    @classmethod
    def restore(cls, snapshot: bytes, core: str = "") -> Self:
        """Return a venue in the state of a snapshot; its history begins there.

        Raises:
            VenueError: the bytes are no snapshot.
        """
        factory = _chosen(core)
        try:
            engine = Engine.restore(factory, snapshot)
        except ValueError as error:
            raise VenueError(f"no snapshot of a venue: {error}") from None
        return cls._new(factory, engine, History(engine.core.sequence, snapshot))

    @classmethod
    def replay(cls, journal: bytes, core: str = "", *, snapshot: bytes = b"") -> Self:
        """Return the venue that a journal leads to, from genesis or from a snapshot.

        Raises:
            VenueError: the bytes are no journal, or begin elsewhere.
        """
        venue = cls.restore(snapshot, core) if snapshot else cls(core)
        try:
            codec.check_rules(journal)
            skips = codec.skips_in(journal)
            for records, count in _chunks(journal):
                venue._run(codec.without(records, skips), count)
        except ValueError as error:
            where = f"behind sequence {venue.sequence}"
            raise VenueError(f"the journal does not go on {where}: {error}") from None
        return venue

    @classmethod
    def _new(cls, factory: CoreFactory, engine: Engine, history: History, rules: int = 1) -> Self:
        venue = cls.__new__(cls)
        venue._take_over(factory, engine, history, rules)
        return venue


def _check_notice(command: c.Command) -> None:
    """Refuse what would mean something else to whoever replays the journal.

    Raises:
        BadCommand: rules that are not known, or a skip: what this venue holds has been applied.
    """
    if isinstance(command, c.SkipCommand):
        raise BadCommand("SkipCommand is for a log whose venue does not start; see `outcry skip`")
    if isinstance(command, c.ActivateRules) and command.rules > c.RULES:
        raise BadCommand(f"ActivateRules.rules: {command.rules} is not known; {c.RULES} is newest")


def _chosen(core: str) -> CoreFactory:
    if core not in ("", *CORES):
        raise VenueError(f"no core {core!r}; {suggest(core, CORES)}")
    return choose(core)


def _chunks(journal: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield (records, how many) of about a megabyte."""
    start = end = count = 0
    for record in codec.split(journal):
        if codec.decode_command(record).internal:
            raise ValueError("an internal command is in no journal")
        end, count = end + len(record), count + 1
        if end - start >= REPLAY_BYTES:
            yield journal[start:end], count
            start, count = end, 0
    if count:
        yield journal[start:end], count
