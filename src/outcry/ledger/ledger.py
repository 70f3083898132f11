"""The ledger: every event as rows, complete up to a checkpoint, checked against an engine.

It is a reader of events without a clock or a store. `take` hands over what a thread should write,
`written` says that it is on disk. No row depends on when it was taken: whoever replays the log
from genesis makes the same rows.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from struct import Struct

from typing_extensions import override

from outcry.codec import LENGTH
from outcry.domain.events import BalanceChanged, Event, Trade
from outcry.domain.market import Market
from outcry.ledger.check import Books, Checker, LedgerBroken
from outcry.ledger.days import Days
from outcry.ledger.orders import Orders
from outcry.ledger.posting import Poster, Purpose
from outcry.ledger.proofs.tree import MerkleLog
from outcry.ledger.reads.start import LedgerStart
from outcry.ledger.rows import Row
from outcry.ports import Checkpoint, EventBatch, EventReader, LedgerRows

_SEQUENCE = itemgetter(1)
_FACTS = Struct(">IQQqqqB").pack
_AVAILABLE, _HELD, _IN_FLIGHT = Purpose.AVAILABLE, Purpose.HELD, Purpose.IN_FLIGHT


def _no_candles() -> list[Row]:
    return []


class Ledger(EventReader):
    """Rows that wait for the store, and what the next rows depend on.

    Invariant: rows handed over are complete for every sequence up to their checkpoint.
    """

    def __init__(
        self,
        markets: Iterable[Market] = (),
        start: LedgerStart | None = None,
        candles: Callable[[], list[Row]] = _no_candles,
    ) -> None:
        """Go on from `start`, with the markets as they are there.

        `candles` returns the candle rows that changed since it was last called; it is called when
        rows are taken.
        """
        start = start or LedgerStart()
        markets = list(markets)
        self.checkpoint = start.checkpoint
        """How far the rows are on disk."""
        self.orders = Orders(markets)
        self.orders.restore(start.open_orders, ())
        self._candles = candles
        self._position = start.checkpoint
        self._poster = Poster(markets, self._side_of)
        self._balances = {row[:3]: row[3] for row in start.balances}
        self._checker = Checker(self._balances.items())
        self._last_posting = start.postings
        self._events = MerkleLog("events", start.size("events"), start.tiles)
        self._trades = MerkleLog("trades", start.size("trades"), start.tiles)
        self._days = Days()
        self._days.restore(start.account_days, start.market_days)
        self._new: dict[str, list[Row]] = _empty()
        self._touched: dict[tuple[int, int, int], Row] = {}
        self._checked = 0
        self._broken: LedgerBroken | None = None
        self._under_way: LedgerRows | None = None

    def _side_of(self, order_id: int) -> int:
        view = self.orders.view(order_id)
        assert view is not None, "an order that was just placed is known"
        return view.side

    # The flow

    @override
    def consume(self, batch: EventBatch) -> None:
        """Take in one batch, with the records of its events."""
        self.orders.consume(batch)
        self._keep(batch)
        self._post(batch.events)
        self._position = Checkpoint(self._position.epoch, batch.last_sequence, batch.chain_hash)

    def _keep(self, batch: EventBatch) -> None:
        """Make the rows of `events`, the leaves of both logs and the sums of the day."""
        records, rows, length_at = batch.records, self._new["events"], LENGTH.unpack_from
        events, trades = self._events, self._trades
        add, end = events.add, 0
        for sequence, told in groupby(batch.events, _SEQUENCE):
            leaf, trade_leaf, start, time_ns = events.size, trades.size, end, 0
            for event in told:
                begin = end
                end += length_at(records, begin)[0]
                add(records[begin:end])
                time_ns = event.time_ns
                if type(event) is Trade:
                    trades.add(trade_facts(event))
                    self._days.add(event, self._poster.buyer_pays_in_base(event.market))
            count = events.size - leaf
            rows.append((sequence, time_ns, leaf, trade_leaf, count, records[start:end]))

    def _post(self, events: Sequence[Event]) -> None:
        """Make the rows of `postings`, and move the balances."""
        balances, touched, number = self._balances, self._touched, self._last_posting
        post, append = self._poster.post, self._new["postings"].append
        for event in events:
            for owner, asset, purpose, change in post(event):
                key = (owner, asset, purpose)
                balance = balances.get(key)
                if balance is None:
                    self._new["accounts"].append((*key, event.sequence))
                    balance = 0
                balances[key] = balance = balance + change
                number += 1
                row = (number, event[1], event[0], owner, asset, purpose, change, balance)
                append(row)
                touched[key] = row
            if type(event) is BalanceChanged:
                self._balance_changed(event)
        self._last_posting = number

    def _balance_changed(self, event: BalanceChanged) -> None:
        # fmt: off
        self._new["transfers"].append((
            event.sequence, event.event_index, event.time_ns, event.account, event.asset,
            event.cause, event.counter_account, event.amount_units, event.reference,
        ))
        # fmt: on
        mine = self._balances.get((event.account, event.asset, _AVAILABLE), 0)
        if mine != event.available_units and self._broken is None:
            what = f"available of {event.account} in asset {event.asset} is {mine}"
            what += f", the event says {event.available_units}"
            self._broken = LedgerBroken(event.sequence, event.event_index, what)

    # What is asked

    @property
    def sequence(self) -> int:
        """The last sequence seen; what is above `checkpoint.sequence` is not on disk yet."""
        return self._position.sequence

    @property
    def waiting_rows(self) -> int:
        """How many rows wait to be taken, without those that are counted only then."""
        return self.orders.waiting_rows + sum(map(len, self._new.values()))

    def balance(self, owner: int, asset: int) -> tuple[int, int, int]:
        """Return (available, held, in flight) units of an account."""
        available, held, in_flight = (
            self._balances.get((owner, asset, purpose), 0)
            for purpose in (_AVAILABLE, _HELD, _IN_FLIGHT)
        )
        return available, held, in_flight

    def check(self, core: Books) -> None:
        """Check what was posted since the last check; `core` stands at the same sequence.

        Raises:
            LedgerBroken: it names the event and what differs. Nothing may be taken any more.
        """
        rows = self._new["postings"]
        self._checker.check(rows[self._checked :], self._touched, self._balances, core)
        self._checked = len(rows)
        if self._broken is not None:
            raise self._broken

    # What is written

    def take(self) -> LedgerRows | None:
        """Return what a thread should write now, or None where nothing happened.

        The same rows are returned again until `written` was called, so a write that failed is
        tried again whole.
        """
        if self._under_way is None and self._position.sequence > self.checkpoint.sequence:
            self._under_way = LedgerRows(self._position, self._rows())
        return self._under_way

    def written(self) -> None:
        """Note that what `take` returned last is on disk."""
        if self._under_way is not None:
            self.checkpoint = self._under_way.checkpoint
            self._under_way = None

    def _rows(self) -> dict[str, list[Row]]:
        rows, self._new = self._new, _empty()
        touched, self._touched, self._checked = self._touched, {}, 0
        rows["orders"], rows["trades"] = self.orders.take()
        rows["candles"] = self._candles()
        rows["account_days"], rows["market_days"] = self._days.take()
        rows["balances"] = [(*key, row[7], row[1]) for key, row in touched.items()]
        rows["tiles"] = self._events.take() + self._trades.take()
        return rows


def trade_facts(event: Trade) -> bytes:
    """Return the leaf of a trade: what the public may know of it, big-endian."""
    # fmt: off
    return _FACTS(
        event.market, event.trade_id, event.sequence, event.time_ns, event.price_ticks, event.lots,
        event.taker_side,
    )
    # fmt: on


def _empty() -> dict[str, list[Row]]:
    return {name: [] for name in ("events", "accounts", "postings", "transfers", "tiles")}
