"""The ledger: every event as rows, complete up to a checkpoint, checked against an engine.

It is a reader of events without a clock or a store. `take` hands over what a thread should write,
`written` says that it is on disk. No row depends on when it was taken: whoever replays the log
from genesis makes the same rows.
"""

from collections.abc import Callable, Iterable
from typing import Any

from typing_extensions import override

from outcry.domain.events import BalanceChanged, Trade
from outcry.domain.market import Market
from outcry.ledger.check import Books, Checker, LedgerBroken
from outcry.ledger.days import Days
from outcry.ledger.orders import Orders
from outcry.ledger.posting import Poster, Postings, Purpose, number_of
from outcry.ledger.proofs.tree import MerkleLog
from outcry.ledger.reads.start import LedgerStart
from outcry.ledger.rows import Row
from outcry.ports import Checkpoint, EventBatch, EventReader, LedgerRows

try:
    from outcry.ledger.compiled.posting import add_trade, post_all
    from outcry.ledger.compiled.rows import event_rows
except ImportError:
    from outcry.ledger.days import add_trade
    from outcry.ledger.posting import post_all
    from outcry.ledger.proofs.facts import event_rows

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
        self._postings = Postings(Poster(markets, self._side_of), start.balances)
        self._afterwards: dict[type, Callable[[Any], None]] = {
            Trade: self._traded,
            BalanceChanged: self._balance_changed,
        }
        self._checker = Checker(self._postings.balances)
        self._events = MerkleLog("events", start.size("events"), start.tiles)
        self._trades = MerkleLog("trades", start.size("trades"), start.tiles)
        self._days = Days()
        self._days.restore(start.account_days, start.market_days)
        self._new: dict[str, list[Row]] = _empty()
        self._checked = 0
        """How many of the new postings were checked; `_unchecked` were taken before that."""
        self._unchecked: list[Row] = []
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
        post_all(self._postings, batch.events, self._afterwards)
        self._position = Checkpoint(self._position.epoch, batch.last_sequence, batch.chain_hash)

    def _keep(self, batch: EventBatch) -> None:
        """Make the rows of `events` and the leaves of both logs."""
        sizes = self._events.size, self._trades.size
        leaves, facts = event_rows(batch.events, batch.records, *sizes, self._new["events"])
        self._events.extend(leaves)
        self._trades.extend(facts)

    def _traded(self, event: Trade) -> None:
        add_trade(self._days, event, self._postings.poster.buyer_pays_in_base(event.market))

    def _balance_changed(self, event: BalanceChanged) -> None:
        # fmt: off
        self._new["transfers"].append((
            event.sequence, event.event_index, event.time_ns, event.account, event.asset,
            event.cause, event.counter_account, event.amount_units, event.reference,
        ))
        # fmt: on
        mine = self._postings.units(event.account, event.asset, _AVAILABLE)
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
        ready = (self._postings.rows, self._postings.opened, *self._new.values())
        return self.orders.waiting_rows + sum(map(len, ready))

    def balance(self, owner: int, asset: int) -> tuple[int, int, int]:
        """Return (available, held, in flight) units of an account."""
        available, held, in_flight = (
            self._postings.units(owner, asset, purpose)
            for purpose in (_AVAILABLE, _HELD, _IN_FLIGHT)
        )
        return available, held, in_flight

    def units(self, owner: int, asset: int, purpose: int) -> int:
        """Return the balance of a ledger account."""
        return self._postings.units(owner, asset, purpose)

    def check(self, core: Books) -> None:
        """Check what was posted since the last check; `core` stands at the same sequence.

        Raises:
            LedgerBroken: it names the event and what differs. Nothing may be taken any more.
        """
        new = self._postings
        postings, touched = new.rows[self._checked :], new.touched
        if self._unchecked:
            postings = self._unchecked + postings
            touched = [new.balances[number_of(*row[3:6])] for row in postings]
        self._checker.check(postings, touched, core)
        self._unchecked, self._checked = [], len(new.rows)
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
        self._unchecked += self._postings.rows[self._checked :]
        self._checked = 0
        rows["accounts"], rows["postings"], rows["balances"] = self._postings.take()
        rows["orders"], rows["trades"] = self.orders.take()
        rows["candles"] = self._candles()
        rows["account_days"], rows["market_days"] = self._days.take()
        rows["tiles"] = self._events.take() + self._trades.take()
        return rows


def _empty() -> dict[str, list[Row]]:
    return {name: [] for name in ("events", "transfers")}
