"""A recording against an engine in this process: real records, real accounts, real limits."""

from collections.abc import Callable, Sequence

from typing_extensions import override

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, Event, OrderAccepted, Trade
from outcry.domain.market import MarketState
from outcry.domain.order import OrderFlag, Side, TimeInForce
from outcry.domain.rejects import Reject
from outcry.domain.units import UNITS_LIMIT
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.replay.target import Fill, Levels, ReplayReport, Target

BASE, QUOTE, MARKET = 1, 2, 1
MAKER, TAKER = 1, 2
FUNDS_UNITS = 1 << 60
PRICE_DECIMALS = 4
BATCH_COMMANDS = 1_024

OnEvents = Callable[[Sequence[Event]], None]


def genesis() -> list[c.Command]:
    """Return the commands that make the market: no fees, two funded accounts, limits at their top.

    One price unit of the recording is one tick, one share is one lot, their product one unit.
    """
    commands: list[c.Command] = [
        c.SetAsset(asset=BASE, symbol="SHARE", unit_decimals=0, chain_decimals=0),
        c.SetAsset(asset=QUOTE, symbol="CASH", unit_decimals=PRICE_DECIMALS, chain_decimals=18),
        c.SetMarket(
            market=MARKET,
            symbol="SHARE_CASH",
            base=BASE,
            quote=QUOTE,
            tick_mantissa=1,
            tick_decimals=PRICE_DECIMALS,
            lot_units=1,
            limit_open_orders=UNITS_LIMIT - 1,
        ),
        c.SetState(market=MARKET, state=MarketState.TRADING),
    ]
    for account in (MAKER, TAKER):
        commands.append(c.OpenAccount(account=account))
        commands.append(c.SetLimits(account=account, open_orders_total=UNITS_LIMIT - 1))
        commands.extend(
            c.Deposit(account=account, asset=asset, amount_units=FUNDS_UNITS)
            for asset in (BASE, QUOTE)
        )
    return commands


class EngineTarget(Target):
    """Sends what needs no answer in batches; an answer flushes them first."""

    def __init__(self, factory: CoreFactory, report: ReplayReport) -> None:
        self._engine = Engine(factory())
        self._report = report
        self._records = bytearray()
        self._handlers: list[OnEvents] = []
        self._order_ids: dict[int, int] = {}
        self._names: dict[int, int] = {}
        self._time_ns = 0
        for command in genesis():
            self._queue(codec.encode_command(command), self._accepted)
        self._flush()

    @override
    def rest(self, name: int, side: Side, price: int, lots: int) -> None:
        record = codec.place_order(
            MAKER, MARKET, "", side, 0, TimeInForce.GTC, 0, OrderFlag.POST_ONLY, price, lots, 0
        )

        def placed(events: Sequence[Event]) -> None:
            self._accepted(events)
            if isinstance(events[0], OrderAccepted):
                self._order_ids[name] = events[0].order_id
                self._names[events[0].order_id] = name

        self._queue(record, placed)

    @override
    def reduce(self, name: int, lots: int) -> None:
        if name not in self._order_ids:
            self._flush()
        order_id = self._order_ids.get(name, 0)
        command = c.ReduceOrder(account=MAKER, market=MARKET, order_id=order_id, lots=lots)
        self._queue(codec.encode_command(command), self._accepted)

    @override
    def take(self, side: Side, price: int, lots: int) -> list[Fill]:
        fills: list[Fill] = []

        def taken(events: Sequence[Event]) -> None:
            self._accepted(events)
            fills.extend(
                (self._names[e.maker_order_id], e.lots, e.price_ticks)
                for e in events
                if isinstance(e, Trade)
            )

        record = codec.place_order(
            TAKER, MARKET, "", side, 0, TimeInForce.IOC, 0, 0, price, lots, 0
        )
        self._queue(record, taken)
        self._flush()
        return fills

    @override
    def depth(self, levels: int) -> tuple[Levels, Levels]:
        self._flush()
        _, bids, asks = self._engine.core.depth(MARKET, levels)
        return bids, asks

    @override
    def at(self, time_ns: int) -> None:
        self._time_ns = time_ns

    @override
    def finish(self) -> str:
        self._flush()
        return self._engine.digest().hex()

    def _queue(self, record: bytes, on_events: OnEvents) -> None:
        self._records += record
        self._handlers.append(on_events)
        if len(self._handlers) >= BATCH_COMMANDS:
            self._flush()

    def _flush(self) -> None:
        """Apply what waits, then hand each command its own events."""
        if not self._handlers:
            return
        first = self._engine.core.sequence + 1
        codec.stamp(self._records, first, self._time_ns)
        answers: list[list[Event]] = [[] for _ in self._handlers]
        for event in codec.decode_events(self._engine.apply(bytes(self._records))):
            answers[event.sequence - first].append(event)
        handlers, self._handlers, self._records = self._handlers, [], bytearray()
        for on_events, events in zip(handlers, answers, strict=True):
            on_events(events)

    def _accepted(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, CommandRejected):
                reason = Reject(event.reason).name
                self._report.problem(f"command {event.sequence} refused: {reason}")
