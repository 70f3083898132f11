"""The core's one loop: decode, check, dispatch, record the key, take the sums."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from struct import Struct

from outcry import codec
from outcry.codec import COMMAND_FLAGS, FLAG_INTERNAL, KEY_LENGTH_MAX, KEY_MASK, VERSION
from outcry.domain.events import ModeCause
from outcry.domain.market import VenueMode
from outcry.domain.rejects import Reject
from outcry.domain.units import VENUE_ACCOUNT
from outcry.engine.core import Levels, OrderTuple, Records
from outcry.engine.core.reference import admin, change, orders
from outcry.engine.core.reference.orders import Body, Refusal, Result
from outcry.engine.core.reference.snapshot import dump, load
from outcry.engine.core.reference.state import (
    OFF_HIGH,
    Account,
    AssetState,
    KeyEntry,
    KeyTable,
    Market,
    Order,
    Terms,
    Withdrawal,
)

CHECK_EVERY = 10_000
"""Commands between two full sums of every asset."""
_SATURATED = (1 << 63) - 1
_END, _WATCH, _DUE, _FULL = 0, 1, 2, 3
_OUTPUT_CAP = 8_192
"""Events after which `apply` takes a breath between two commands."""

Handler = Callable[["Core", int, int, Body], Result]
"""Takes the header's account and market and the body."""

_HANDLERS: dict[int, Handler] = {
    1: orders.place,
    2: change.cancel,
    3: change.reduce,
    4: change.replace,
    5: change.cancel_replace,
    6: change.cancel_all,
    7: admin.open_account,
    8: admin.deposit,
    9: admin.withdraw,
    10: admin.finish_withdrawal,
    11: admin.transfer,
    12: admin.adjust,
    13: admin.set_asset,
    14: admin.set_market,
    15: admin.set_fees,
    16: admin.set_limits,
    17: admin.set_state,
    18: admin.set_mode,
    19: admin.set_account_status,
    20: admin.tick,
    21: orders.place_special,
    32: change.expire,
}
_NEEDS_ACCOUNT = frozenset({1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 16, 19, 21})
_ADMINISTRATION = frozenset({12, 13, 14, 15, 16, 17, 18, 19, 20})
_NEW_ORDERS = frozenset({1, 4, 5, 21})
_SET_MODE = 18


@dataclass(slots=True)
class _Kind:
    """What there is to know of one kind of command: how to read it, and who carries it out."""

    number: int
    body: Callable[[Records, int], Body]
    body_end: int
    handler: Handler
    needs_account: bool


def _kind(layout: codec.Layout) -> _Kind:
    number = layout.number
    body = Struct(f"<{_HEADER_SIZE}x{layout.body_format}").unpack_from
    return _Kind(number, body, layout.body_end, _HANDLERS[number], number in _NEEDS_ACCOUNT)


_HEADER_SIZE = codec.HEADER.size
_KINDS = {layout.number: _kind(layout) for layout in codec.COMMANDS}
_EVENTS = {layout.number: (layout.whole.pack, layout.body_end) for layout in codec.EVENTS}
_DONE = 4
_pack_done, _done_length = _EVENTS[_DONE]


class Core:
    """The venue's state and the one function that changes it. See `docs/core.md`."""

    implementation = "reference"

    def __init__(self) -> None:
        self.sequence = 0
        self.now_ns = 0
        self.mode: int = VenueMode.NORMAL
        self.next_due_ns = OFF_HIGH
        self.next_order_id = 1
        self.next_withdrawal_id = 1
        self.assets: dict[int, AssetState] = {}
        self.accounts: dict[int, Account] = {}
        self.markets: dict[int, Market] = {}
        self.orders: dict[int, Order] = {}
        self.withdrawals: dict[int, Withdrawal] = {}
        self.keys = KeyTable()
        # Of the command under way: its key, its flags, the index of its next event, and whether
        # it touched a watch.
        self.key = b""
        self.flags = 0
        self.index = 0
        self.touched = False
        self._opened = False
        self._watched_markets: set[int] = set()
        self.out: list[bytes] = []

    # Applying

    def apply(self, records: Records, start: int = 0) -> tuple[bytes, int, int]:
        """Apply records from `start`; return (event records, next offset, why it stopped)."""
        offset, end, read_header = start, len(records), codec.HEADER.unpack_from
        out = self.out = []
        self.touched = False
        while end - offset >= _HEADER_SIZE:
            header = read_header(records, offset)
            length = header[0]
            if length < _HEADER_SIZE or length % 8 or offset + length > end:
                raise ValueError(f"a record of {length} bytes cannot be")
            if not self._follows(header):
                return b"".join(out), offset, _DUE
            self._command(records, offset, header)
            offset += length
            if self.touched or (self._watched_markets and self._best_moved()):
                return b"".join(out), offset, _WATCH
            if len(out) >= _OUTPUT_CAP and offset < end:
                return b"".join(out), offset, _FULL
        if offset < end:
            raise ValueError("shorter than a header")
        return b"".join(out), offset, _END

    def _follows(self, header: tuple[int, ...]) -> bool:
        """Take on a record's sequence and time; False where something is due before it."""
        _, _, _, flags, sequence, time_ns, _, _ = header
        internal = flags & FLAG_INTERNAL
        opens = sequence == self.sequence + 1
        if not opens and (sequence != self.sequence or not (internal or self._opened)):
            raise ValueError(f"sequence {sequence} does not follow {self.sequence}")
        if time_ns >= self.next_due_ns and not internal:
            return False
        if opens:
            self.sequence, self.index = sequence, 0
        if internal or self._opened:
            self._opened = bool(internal) and (self._opened or opens)
        if time_ns > self.now_ns:
            self.now_ns = time_ns
        return True

    def _command(self, records: Records, offset: int, header: tuple[int, ...]) -> None:
        """Carry out the command at `offset`, or refuse it."""
        length, number, version, flags, sequence, _, account_id, market_id = header
        kind = _KINDS.get(number)
        key_length = flags & KEY_MASK
        if (
            kind is None
            or version != VERSION
            or (flags and (flags & ~COMMAND_FLAGS or key_length > KEY_LENGTH_MAX))
            or length != kind.body_end + (key_length + 7 & ~7)
        ):
            self._reject(number, account_id, market_id, 0, Refusal(Reject.SHAPE))
        elif self.mode and not flags & FLAG_INTERNAL and (refusal := self._mode_refuses(number)):
            self._reject(number, account_id, market_id, 0, refusal)
        else:
            read_body = kind.body
            body = read_body(records, offset)
            self.flags = flags
            if key_length:
                record = bytes(records[offset : offset + length])
                self._once(record, kind, account_id, market_id, body)
            else:
                self._carry_out(kind, account_id, market_id, body)
        if sequence % CHECK_EVERY == 0 and not flags & FLAG_INTERNAL:
            self._check_sums()

    def _mode_refuses(self, number: int) -> Refusal | None:
        if self.mode == VenueMode.HALTED and number != _SET_MODE:
            return Refusal(Reject.VENUE_HALTED, self.mode)
        if self.mode == VenueMode.READ_ONLY and number not in _ADMINISTRATION:
            return Refusal(Reject.VENUE_READ_ONLY, self.mode)
        if self.mode == VenueMode.CANCEL_ONLY and number in _NEW_ORDERS:
            return Refusal(Reject.VENUE_CANCEL_ONLY, self.mode)
        return None

    def _once(
        self, record: bytes, kind: _Kind, account_id: int, market_id: int, body: Body
    ) -> None:
        """Carry a command out, unless its key says that it was."""
        account = self.accounts.get(account_id)
        if account is None and account_id != VENUE_ACCOUNT:
            self._carry_out(kind, account_id, market_id, body)
            return
        key = record[kind.body_end : kind.body_end + (self.flags & KEY_MASK)]
        key_hash = codec.key_hash(account_id, key.decode("latin-1"))
        digest = codec.payload_digest(record)
        first = self.keys.find(key_hash, self.now_ns, account.key_count if account else 0)
        if first is not None:
            self._again(kind.number, account_id, market_id, first, digest)
            return
        self.key = key
        order_id, refusal = self._carry_out(kind, account_id, market_id, body)
        self.key = b""
        account_number = 0
        if account is not None:
            account.key_count += 1
            account_number = account.key_count
        entry = KeyEntry(
            digest, account_id, order_id, kind.number, refusal.reason if refusal else 0,
            self.sequence, self.now_ns, self.keys.count + 1, account_number,
        )  # fmt: skip
        self.keys.add(key_hash, entry)

    def _again(
        self, number: int, account_id: int, market_id: int, first: KeyEntry, digest: bytes
    ) -> None:
        """Answer a command whose key is known."""
        order_id = first.order_id
        if first.digest != digest:
            refusal = Refusal(Reject.ID_REUSED, first.first_sequence)
            self._reject(number, account_id, market_id, order_id, refusal)
            return
        self.emit(8, account_id, market_id, number, first.reason, order_id, first.first_sequence)

    def _carry_out(self, kind: _Kind, account_id: int, market_id: int, body: Body) -> Result:
        if kind.needs_account and account_id not in self.accounts:
            result: Result = (0, Refusal(Reject.UNKNOWN_ACCOUNT, account_id))
        else:
            handler = kind.handler
            result = handler(self, account_id, market_id, body)
        order_id, refusal = result
        if refusal:
            self._reject(kind.number, account_id, market_id, order_id, refusal)
        return result

    def _reject(
        self, number: int, account_id: int, market_id: int, order_id: int, refusal: Refusal
    ) -> None:
        given, bound = min(refusal.given, _SATURATED), min(refusal.bound, _SATURATED)
        self.emit(7, account_id, market_id, number, refusal.reason, order_id, given, bound)

    def _check_sums(self) -> None:
        asset = self.conservation_failure()
        if asset and self.mode != VenueMode.HALTED:
            previous, self.mode = self.mode, VenueMode.HALTED
            self.emit(18, 0, 0, VenueMode.HALTED, previous, ModeCause.CONSERVATION, asset)

    # What the handlers use

    def emit(self, number: int, account: int, market: int, *body: int | bytes) -> None:
        """Append an event. Those of every day are packed where they happen, into `out`."""
        pack, length = _EVENTS[number]
        self.out.append(
            pack(
                length, number, VERSION, self.index, self.sequence, self.now_ns, account, market,
                *body,
            )
        )  # fmt: skip
        self.index += 1

    def book(self, order: Order) -> int:
        """Put an order at the back of its level; return the level's lots."""
        market, order_id = order.market, order.order_id
        level = market.sides[order.side].add(order)
        market.update_id += 1
        self.orders[order_id] = order.account.orders[order_id] = order
        order.pair.open_orders += 1
        return level.lots

    def unbook(self, order: Order) -> int:
        """Take a booked order out of the book; return what is left of its level."""
        market = order.market
        side = market.sides[order.side]
        level = side.levels[order.price_ticks]
        level.lots -= order.open_lots
        side.remove(order, level)
        market.update_id += 1
        self.forget(order)
        return level.lots

    def forget(self, order: Order) -> None:
        """Stop counting an order as open."""
        order_id = order.order_id
        del self.orders[order_id]
        del order.account.orders[order_id]
        order.pair.open_orders -= 1

    def close(self, order: Order, reason: int) -> None:
        """End a booked order: out of the book, its hold released."""
        level_lots = self.unbook(order)
        paying, units = order.paying, order.open_lots * order.hold_per_lot
        paying.held -= units
        paying.available += units
        self.emit_done(order, reason, units, level_lots, booked=1)

    def emit_done(
        self, order: Order, reason: int, release_units: int, level_lots: int = 0, booked: int = 0
    ) -> None:
        """Append `OrderDone`."""
        if order.watched:
            self.touched = True
        market, open_lots, prevented_lots = order.market, order.open_lots, order.prevented_lots
        self.out.append(
            _pack_done(
                _done_length, _DONE, VERSION, self.index, self.sequence, self.now_ns,
                order.account.account, market.market, order.order_id, reason, order.side, booked, 0,
                open_lots, order.lots - open_lots - prevented_lots, prevented_lots, release_units,
                order.price_ticks, level_lots, market.update_id if booked else 0,
            )
        )  # fmt: skip
        self.index += 1

    def _best_moved(self) -> bool:
        moved = False
        for market_id in sorted(self._watched_markets):
            market = self.markets[market_id]
            best = market.best_prices()
            moved = moved or best != market.seen_best
            market.seen_best = best
        return moved

    # Reading

    def snapshot(self) -> bytes:
        """Return the canonical state."""
        return dump(self)

    def digest(self) -> bytes:
        """Return SHA-256 of the canonical state."""
        return sha256(self.snapshot()).digest()

    @classmethod
    def restore(cls, snapshot: bytes, /) -> "Core":
        """Return a core in the state of a canonical snapshot.

        Raises:
            ValueError: the bytes are not one.
        """
        core = cls()
        load(core, snapshot)
        return core

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        """Return (available, held) units."""
        found = self.accounts.get(account)
        balance = found.balances.get(asset) if found else None
        return (balance.available, balance.held) if balance else (0, 0)

    def balances(self, account: int) -> list[tuple[int, int, int]]:
        """Return (asset, available, held) by asset, without rows of zeros."""
        found = self.accounts.get(account)
        rows = sorted(found.balances.items()) if found else []
        return [(a, b.available, b.held) for a, b in rows if b.available or b.held]

    def account_status(self, account: int) -> int:
        """Return the status, -1 where the account is not known."""
        found = self.accounts.get(account)
        return found.status if found else -1

    def order(self, order_id: int) -> OrderTuple | None:
        """Return an open order."""
        order = self.orders.get(order_id)
        return _order_tuple(order) if order else None

    def open_orders(self, account: int, market: int = 0) -> list[OrderTuple]:
        """Return an account's open orders by id, of one market or (0) all."""
        found = self.accounts.get(account)
        rows = sorted(found.orders.items()) if found else []
        return [_order_tuple(o) for _, o in rows if market in {0, o.market.market}]

    def depth(self, market: int, limit: int) -> tuple[int, Levels, Levels]:
        """Return (update_id, bids, asks), levels as (price_ticks, lots), best first."""
        found = self.markets.get(market)
        if found is None:
            return 0, [], []
        bids, asks = (
            [(lv.price_ticks, lv.lots) for lv in islice(side.best_first(), limit)]
            for side in found.sides
        )
        return found.update_id, bids, asks

    def find_key(self, account: int, key: str) -> tuple[int, int, int] | None:
        """Return (order_id, reason, first_sequence) of a live idempotency key."""
        found = self.accounts.get(account)
        key_count = found.key_count if found else 0
        entry = self.keys.find(codec.key_hash(account, key), self.now_ns, key_count)
        return (entry.order_id, entry.reason, entry.first_sequence) if entry else None

    def totals(self, asset: int) -> tuple[int, ...]:
        """Return available, held, fees, in_flight, loss, credited, withdrawn of an asset."""
        found = self.assets.get(asset)
        if found is None:
            return (0,) * 7
        available = held = 0
        for account in self.accounts.values():
            balance = account.balances.get(asset)
            if balance:
                available += balance.available
                held += balance.held
        return (
            available, held, found.fees, found.in_flight, found.loss, found.credited,
            found.withdrawn,
        )  # fmt: skip

    def conservation_failure(self) -> int:
        """Return the first asset whose sums disagree; 0 for none."""
        for asset in sorted(self.assets):
            available, held, fees, in_flight, loss, credited, withdrawn = self.totals(asset)
            if available + held + fees + in_flight + loss != credited - withdrawn:
                return asset
        return 0

    def terms(self, order_id: int) -> Terms | None:
        """Return the terms of an open special order."""
        order = self.orders.get(order_id)
        return order.terms if order else None

    def special_orders(self) -> list[int]:
        """Return the open orders that have terms, by id."""
        return sorted(order_id for order_id, order in self.orders.items() if order.terms)

    def open_order_count(self) -> int:
        """Return how many orders are open."""
        return len(self.orders)

    # Watching

    def watch_price(self, market: int, low_ticks: int, high_ticks: int) -> None:
        """Stop after a trade at or below `low_ticks`, or at or above `high_ticks`."""
        if found := self.markets.get(market):
            found.watch_low, found.watch_high = low_ticks, high_ticks

    def watch_order(self, order_id: int, on: bool) -> None:
        """Stop after an open order was filled, decremented or done."""
        if order := self.orders.get(order_id):
            order.watched = on

    def watch_best(self, market: int, on: bool) -> None:
        """Stop after a market's best prices, or the lots at them, changed."""
        if found := self.markets.get(market):
            found.seen_best = found.best_prices()
            (self._watched_markets.add if on else self._watched_markets.discard)(market)


def _order_tuple(order: Order) -> OrderTuple:
    return (
        order.order_id, order.account.account, order.market.market, order.side, order.price_ticks,
        order.lots, order.open_lots, order.prevented_lots, order.cap_ppm, order.self_trade,
        order.flags, order.hold_units,
    )  # fmt: skip
