"""One backtest: a recording, a strategy beside it, and messages that take their time.

The recording leads. Before each of its messages everything of the strategy that is due by then
happens, in the order of time: actions arrive at the venue, news arrives at the strategy, timers.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from time import perf_counter

from typing_extensions import override

from outcry.backtest.crowd import Hits, crowd
from outcry.backtest.floor import Floor, FloorSettings
from outcry.backtest.latency import Latency, Wire
from outcry.backtest.orders import OwnOrders
from outcry.backtest.result import BacktestResult, Curve
from outcry.domain import events as e
from outcry.domain.order import Side
from outcry.replay.source import BadRecording, Progress, guess_format, no_progress, read_lines
from outcry.replay.target import Fill as FlowFill
from outcry.replay.target import Levels, ReplayReport
from outcry.strategy import Action, Book, Cancel, CancelAll, Desk, Event, Place, Strategy, Timer

FORMATS = ("lobster", "tape")
Due = tuple[int, int, Callable[[], None]]


def backtest(  # noqa: PLR0913  # one argument a part of the question
    strategy: Strategy,
    data: str | Path,
    *,
    book: str | Path | None = None,
    format: str = "",
    settings: FloorSettings | None = None,
    latency: Latency | None = None,
    limit: int = 0,
    progress: Progress = no_progress,
) -> BacktestResult:
    """Run a strategy against a recording and return what became of it. Deterministic.

    Args:
        strategy: an object of a subclass of `Strategy`, not used before.
        data: a LOBSTER message file or a tape, plain, .xz or .gz.
        book: LOBSTER: the book file beside it, which knows the orders from before the first
            message.
        format: "lobster" or "tape", if the name does not say it.
        settings: tick and fees.
        latency: half a millisecond there and back, if not given.
        limit: so many lines of the recording; 0 for all.
        progress: told how far the file was read.

    Raises:
        BadRecording: the file is not of its format.
    """
    path = Path(data)
    chosen = format or guess_format(path)
    if chosen not in FORMATS:
        raise BadRecording(f"{path}: a backtest takes {' or '.join(FORMATS)}, not {chosen!r}")
    started = perf_counter()
    run = Run(strategy, settings or FloorSettings(), latency or Latency())
    report = ReplayReport(chosen, run.floor.core)
    rows = read_lines(Path(book)) if book else None
    crowd(run, report, _some(read_lines(path, progress), limit), rows and _some(rows, limit))
    run.finish()
    return run.result(path.name, report.operations, perf_counter() - started)


def _some(lines: Iterable[bytes], limit: int) -> Iterable[bytes]:
    return islice(lines, limit) if limit else lines


@dataclass(slots=True)
class _Told:
    """What the strategy was last told of the book."""

    bids: tuple[tuple[int, int], ...] = ()
    asks: tuple[tuple[int, int], ...] = ()


class Run(Desk):
    """The target of a recording, and the desk of a strategy."""

    def __init__(self, strategy: Strategy, settings: FloorSettings, latency: Latency) -> None:
        self.floor = Floor.opened(settings)
        self.first_sequence = self.floor.sequence
        self.strategy = strategy
        self.settings, self.latency = settings, latency
        self.orders = OwnOrders()
        self.curve = Curve(self.floor.terms)
        self.hit: Hits = _nobody
        self.skipped = 0
        """Orders of the recording at prices between two ticks."""
        self._to = Wire(latency.to_ns, latency.jitter_ns, latency.seed)
        self._from = Wire(latency.from_ns, latency.jitter_ns, latency.seed + 1)
        self._agenda: list[Due] = []
        self._numbers = count()
        self._told = _Told()
        self._names: dict[int, int] = {}
        self._ids: dict[int, int] = {}
        self._venue_ns = self._now_ns = -1

    # The recording's side

    def at(self, time_ns: int) -> None:
        """Let everything happen that is due by then."""
        if self._venue_ns < 0:
            self._venue_ns = self._now_ns = time_ns
            self.strategy.begin(self.floor.terms, self)
            self._plan_timer()
        while self._agenda and self._agenda[0][0] <= time_ns:
            self._venue_ns, _, happen = heapq.heappop(self._agenda)
            happen()
        self._venue_ns = max(self._venue_ns, time_ns)

    def rest(self, name: int, side: Side, price: int, lots: int) -> None:
        """Place an order of the crowd."""
        self.rest_open(name, side, price, lots)

    def rest_open(self, name: int, side: Side, price: int, lots: int) -> int:
        """Place an order of the crowd; return what of it rests."""
        ticks, between = divmod(price, self.floor.tick_units)
        if between:
            self.skipped += 1
            return 0
        events = self.floor.crowd_rests(self._venue_ns, side, ticks, lots)
        first = events[0]
        assert isinstance(first, e.OrderAccepted), events
        self._names[first.order_id], self._ids[name] = name, first.order_id
        self._hits(events)
        filled = sum(x.lots for x in events if isinstance(x, e.Trade))
        self._happened(events, None)
        return lots - filled

    def reduce(self, name: int, lots: int) -> None:
        """Take lots off an order of the crowd."""
        self._happened(self.floor.crowd_reduces(self._venue_ns, self._ids[name], lots), None)

    def take(self, side: Side, price: int, lots: int) -> list[FlowFill]:
        """Let the crowd take; return which of its own resting orders it hit."""
        ticks = price // self.floor.tick_units
        events = self.floor.crowd_takes(self._venue_ns, side, ticks, lots)
        self._happened(events, None)
        return [
            (self._names[x.maker_order_id], x.lots, price)
            for x in events
            if isinstance(x, e.Trade) and x.maker_order_id in self._names
        ]

    def depth(self, levels: int) -> tuple[Levels, Levels]:
        """Return the book in the recording's prices."""
        bids, asks = self.floor.levels(levels)
        units = self.floor.tick_units
        return [(p * units, lots) for p, lots in bids], [(p * units, lots) for p, lots in asks]

    # The strategy's side

    @property
    @override
    def now_ns(self) -> int:
        return self._now_ns

    @override
    def act(self, action: Action) -> None:
        self._plan(self._to.arrives_ns(self._now_ns), lambda: self._arrive(action))

    def _arrive(self, action: Action) -> None:
        """Carry out what the strategy asked for, at the venue."""
        events = self._carried_out(action)
        if events:
            self._hits(events)
            self._happened(events, action)

    def _carried_out(self, action: Action) -> list[e.Event]:
        now_ns = self._venue_ns
        if isinstance(action, Place):
            return self.floor.enter(now_ns, action)
        if isinstance(action, CancelAll):
            return self.floor.withdraw_all(now_ns)
        order_id = self.orders.ids.get(action.key, 0)
        if not order_id:
            self.orders.late_cancels += 1
            return []
        if isinstance(action, Cancel):
            return self.floor.withdraw(now_ns, order_id)
        return self.floor.change(now_ns, order_id, action.price_ticks, action.lots)

    def _hits(self, events: list[e.Event]) -> None:
        """Say which orders of the crowd the strategy took from."""
        for event in events:
            if isinstance(event, e.Trade) and event.maker_order_id in self._names:
                self.hit(self._names[event.maker_order_id], event.lots)

    # What happens

    def _happened(self, events: list[e.Event], action: Action | None) -> None:
        """Let the strategy hear of events, later; keep count of what it made of them."""
        news: list[Event] = list(self.orders.read(events, action))
        bids, asks = self.floor.levels(self.strategy.book_levels)
        if (bids, asks) != (self._told.bids, self._told.asks):
            self._told = _Told(bids, asks)
            news.append(Book(self._venue_ns, bids, asks))
        middle = bids[0][0] + asks[0][0] if bids and asks else 0
        self.curve.take(self._venue_ns, middle, self.orders.take_filled())
        if news:
            self._plan(self._from.arrives_ns(self._venue_ns), lambda: self._hear(news))

    def _hear(self, news: list[Event]) -> None:
        self._now_ns = self._venue_ns
        for event in news:
            self.strategy.hear(event)

    def _plan_timer(self) -> None:
        if self.strategy.timer_ns:
            self._plan(self._venue_ns + self.strategy.timer_ns, self._timer)

    def _timer(self) -> None:
        self._now_ns = self._venue_ns
        self.strategy.hear(Timer(self._now_ns))
        self._plan_timer()

    def _plan(self, time_ns: int, happen: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (time_ns, next(self._numbers), happen))

    # The end

    def finish(self) -> str:
        """Let the strategy end: what it still has in the book is cancelled."""
        if self._venue_ns >= 0 and not self._is_over:
            self.at(self._venue_ns)
            self._is_over = True
            self._agenda.clear()
            self._now_ns = self._venue_ns
            self.strategy.end()
            self._agenda.clear()
            self._happened(self.floor.withdraw_all(self._venue_ns), None)
            self.curve.end(self._venue_ns)
        return self.floor.digest()

    _is_over = False

    def result(self, data: str, messages: int, seconds: float) -> BacktestResult:
        """Return what became of it."""
        return BacktestResult(
            strategy=type(self.strategy).__name__,
            data=data,
            core=self.floor.core,
            terms=self.floor.terms,
            latency=self.latency,
            messages=messages,
            seconds=seconds,
            skipped=self.skipped,
            fills=self.curve.fills,
            points=self.curve.points,
            position=self.curve.position,
            orders=self.orders.accepted,
            cancelled=self.orders.cancelled,
            late_cancels=self.orders.late_cancels,
            rejected=dict(self.orders.rejected),
            digest=self.floor.digest(),
            first_sequence=self.first_sequence,
            venue=self.floor,
        )


def _nobody(_name: int, _lots: int) -> None:
    """Nobody wants to know yet."""
