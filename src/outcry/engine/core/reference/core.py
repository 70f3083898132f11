"""The core's one loop: decode, check, dispatch, record the key, take the sums."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from outcry import codec
from outcry.codec import COMMAND_FLAGS, FLAG_INTERNAL, KEY_LENGTH_MAX, KEY_MASK, VERSION
from outcry.domain.events import ModeCause
from outcry.domain.market import VenueMode
from outcry.domain.rejects import Reject
from outcry.domain.units import VENUE_ACCOUNT
from outcry.engine.core import Records
from outcry.engine.core.reference import change, orders
from outcry.engine.core.reference.checks import SHAPE, Body, Refusal, Result
from outcry.engine.core.reference.orders import release
from outcry.engine.core.reference.reads import State
from outcry.engine.core.reference.snapshot import dump, load
from outcry.engine.core.reference.special import auction, fired, lists, terms
from outcry.engine.core.reference.state import PENDING, QUEUED, WAITING, Order
from outcry.engine.core.reference.venue import accounts, markets, states
from outcry.engine.core.reference.venue.keys import KeyEntry

CHECK_EVERY = 10_000
"""Commands between two full sums of every asset."""
_SATURATED = (1 << 63) - 1
_END, _WATCH, _DUE, _FULL, _ASK = range(5)
_OUTPUT_CAP = 8_192
"""Events after which `apply` takes a breath between two commands."""

Handler = Callable[["Core", int, int, Body], Result]
"""Takes the header's account and market and the body."""


def _inside(handler: Handler) -> Handler:
    """Return a handler that only the host itself can reach."""

    def guarded(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
        if not core.flags & FLAG_INTERNAL or core.flags & KEY_MASK:
            return 0, SHAPE
        return handler(core, account_id, market_id, body)

    return guarded


_HANDLERS: dict[int, Handler] = {
    1: orders.place,
    2: change.cancel,
    3: change.reduce,
    4: change.replace,
    5: change.cancel_replace,
    6: change.cancel_all,
    7: accounts.open_account,
    8: accounts.deposit,
    9: accounts.withdraw,
    10: accounts.finish_withdrawal,
    11: accounts.transfer,
    12: accounts.adjust,
    13: markets.set_asset,
    14: markets.set_market,
    15: markets.set_fees,
    16: markets.set_limits,
    17: states.set_state,
    18: states.set_mode,
    19: accounts.set_account_status,
    20: states.tick,
    21: terms.place_special,
    22: lists.place_list,
    23: states.ask_for_market,
    24: states.ask_for_market,
    25: states.ask_for_market,
    26: states.ask_for_market,
    27: states.ask_for_account,
    28: states.ask,
    29: states.ask,
    30: states.ask_for_market,
    31: states.activate_rules,
    32: _inside(fired.end_order),
    33: _inside(fired.queue_order),
    34: _inside(fired.fire_order),
    35: _inside(lists.place_children),
    36: _inside(fired.move_peg),
    37: _inside(fired.run_slice),
    38: _inside(auction.uncross),
    39: _inside(states.put_state),
    40: _inside(states.put_band),
    41: _inside(markets.put_rates),
    42: _inside(markets.put_floor),
    43: states.skip_command,
}
_NEEDS_ACCOUNT = frozenset({1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 16, 19, 21, 22, 25})
_ADMINISTRATION = frozenset({12, 13, 14, 15, 16, 17, 18, 19, 20, 23, 24, 25, 26, 30, 31, 43})
_NEW_ORDERS = frozenset({1, 4, 5, 21, 22})
_IN_HALTED = frozenset({18, 43})


@dataclass(slots=True)
class _Kind:
    """What there is to know of one kind of command: how to read it, and who carries it out."""

    number: int
    body: Callable[[Records, int], Body]
    body_end: int
    padded: bool
    is_clean: Callable[[bytes, int], bool]
    handler: Handler
    needs_account: bool


def _kind(layout: codec.Layout) -> _Kind:
    number = layout.number
    body = Struct(f"<{_HEADER_SIZE}x{layout.body_format}").unpack_from
    return _Kind(
        number,
        body,
        layout.body_end,
        bool(layout.pads or layout.tables),
        layout.is_clean,
        _HANDLERS[number],
        number in _NEEDS_ACCOUNT,
    )


_HEADER_SIZE = codec.HEADER.size
_KINDS = {layout.number: _kind(layout) for layout in codec.COMMANDS}
_EVENTS = {layout.number: (layout.whole.pack, layout.body_end) for layout in codec.EVENTS}
_DONE = 4
_STAMP, _STAMP_OFFSET = Struct("<IQq"), 4
"""Index, sequence and time of an event."""
_pack_done, _done_length = _EVENTS[_DONE]


@dataclass(slots=True)
class _Question:
    """A command that waits for the host's answer, with its key's hash and its digest if keyed."""

    number: int
    account: int
    market: int
    key_hash: bytes = b""
    digest: bytes = b""


class Core(State):
    """The venue's state and the one function that changes it. See `docs/core.md`."""

    implementation = "reference"

    def __init__(self) -> None:
        super().__init__()
        # Of the command under way: its key, its flags, the index of its next event, whether it
        # touched a watch, and whether it is the host's to carry out.
        self.key = b""
        self.flags = 0
        self.index = 0
        self.touched = False
        self.asks = False
        self._question: _Question | None = None
        self._opened = False
        self.out: list[bytes] = []

    # Applying

    def apply(self, records: Records, start: int = 0) -> tuple[bytes, int, int]:
        """Apply records from `start`; return (event records, next offset, why it stopped)."""
        offset, end, read_header = start, len(records), codec.HEADER.unpack_from
        out = self.out = []
        self.touched = self.asks = False
        answers = self._question is not None
        while end - offset >= _HEADER_SIZE:
            header = read_header(records, offset)
            length = header[0]
            if answers and not header[3] & FLAG_INTERNAL:
                raise ValueError("a command waits for its answer")
            if length < _HEADER_SIZE or length % 8 or offset + length > end:
                raise ValueError(f"a record of {length} bytes cannot be")
            if not self._follows(header):
                return b"".join(out), offset, _DUE
            self._command(records, offset, header)
            offset += length
            if self.touched or (self.watched_markets and self._best_moved()):
                return b"".join(out), offset, _ASK if self.asks else _WATCH
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
            or (
                self.rules > 1
                and (kind.padded or key_length)
                and not kind.is_clean(bytes(records[offset : offset + length]), key_length)
            )
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
            if self.asks and self._question is None:
                self._question = _Question(number, account_id, market_id)
        if sequence % CHECK_EVERY == 0 and not flags & FLAG_INTERNAL and not self.asks:
            self._check_sums()

    def _mode_refuses(self, number: int) -> Refusal | None:
        if self.mode == VenueMode.HALTED and number not in _IN_HALTED:
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
        question = _Question(kind.number, account_id, market_id, key_hash, digest)
        if self.asks:
            self._question = question
        else:
            self._record(question, order_id, refusal.reason if refusal else 0)

    def _record(self, command: _Question, order_id: int, reason: int) -> None:
        """Record the key of a command, and what became of it."""
        account, account_number = self.accounts.get(command.account), 0
        if account is not None:
            account.key_count += 1
            account_number = account.key_count
        entry = KeyEntry(
            command.digest, command.account, order_id, command.number, reason, self.sequence,
            self.now_ns, self.keys.count + 1, account_number,
        )  # fmt: skip
        self.keys.add(command.key_hash, entry)

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

    # What the host does

    def answer(self, reason: int = 0, given: int = 0, bound: int = 0) -> bytes:
        """End the command that waits for the host: carried out, or (with a reason) refused.

        Raises:
            ValueError: no command waits.
        """
        question = self._question
        if question is None:
            raise ValueError("no command waits for an answer")
        self._question, self.asks = None, False
        self.out = []
        if reason:
            refusal = Refusal(reason, given, bound)
            self._reject(question.number, question.account, question.market, 0, refusal)
        if question.key_hash:
            self._record(question, 0, reason)
        if self.sequence % CHECK_EVERY == 0:
            self._check_sums()
        return b"".join(self.out)

    def say(self, events: Records) -> bytes:
        """Give event records their index, and this command's sequence and time.

        Raises:
            ValueError: the bytes are not whole records.
        """
        said = bytearray(events)
        for record in codec.split(memoryview(said)):
            _STAMP.pack_into(record, _STAMP_OFFSET, self.index, self.sequence, self.now_ns)
            self.index += 1
        return bytes(said)

    def snapshot(self) -> bytes:
        """Return the canonical state.

        Raises:
            ValueError: a command waits for its answer.
        """
        if self._question is not None:
            raise ValueError("a command waits for its answer")
        return dump(self)

    def digest(self) -> bytes:
        """Return SHA-256 of the canonical state.

        Raises:
            ValueError: a command waits for its answer.
        """
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

    def forget(self, order: Order) -> None:
        """Stop counting an order as open."""
        order_id = order.order_id
        del self.orders[order_id]
        del order.account.orders[order_id]
        order.pair.open_orders -= 1

    def join(self, order: Order) -> int:
        """Put an order at the back of its level; return the lots that shows."""
        market = order.market
        order.joined = self.next_join
        self.next_join += 1
        market.update_id += 1
        return market.sides[order.side].add(order).lots

    def leave(self, order: Order) -> int:
        """Take an order out of the book; return what is left of its level."""
        market = order.market
        side = market.sides[order.side]
        level = side.levels[order.price_ticks]
        level.lots -= order.shown_lots if order.display_lots else order.open_lots
        side.remove(order, level)
        market.update_id += 1
        return level.lots

    def book(self, order: Order) -> int:
        """Count an order as open and put it at the back of its level; return what that shows."""
        order_id, market = order.order_id, order.market
        self.orders[order_id] = order.account.orders[order_id] = order
        order.pair.open_orders += 1
        order.joined = self.next_join
        self.next_join += 1
        market.update_id += 1
        return market.sides[order.side].add(order).lots

    def wait_on(self, order: Order) -> None:
        """Let an open order wait outside the book."""
        order.flags |= WAITING
        order.market.waiting[order.order_id] = order

    def wait_no_more(self, order: Order) -> None:
        """Let an order wait no longer."""
        order.flags &= ~(WAITING | PENDING | QUEUED)
        del order.market.waiting[order.order_id]

    def wait(self, order: Order) -> None:
        """Count an order as open and let it wait."""
        order_id = order.order_id
        self.orders[order_id] = order.account.orders[order_id] = order
        order.pair.open_orders += 1
        self.wait_on(order)

    def stop_waiting(self, order: Order) -> None:
        """Take an order from where it waits; it is not open until it joins the book."""
        self.wait_no_more(order)
        self.forget(order)

    def close(self, order: Order, reason: int) -> None:
        """End an open order: out of the book or from where it waits, its hold released."""
        if order.flags & WAITING:
            self.stop_waiting(order)
            self.emit_done(order, reason, release(order))
            return
        level_lots = self.leave(order)
        self.forget(order)
        self.emit_done(order, reason, release(order), level_lots, booked=1)

    def emit_replaced(
        self, order: Order, kept: int, hold_units: int, old_ticks: int, level: tuple[int, int]
    ) -> None:
        """Append `OrderReplaced`; `level` are the lots and the id of the old level."""
        self.emit(
            3, order.account.account, order.market.market,
            order.order_id, order.side, kept, order.price_ticks, order.lots, order.open_lots,
            hold_units, old_ticks, *level,
        )  # fmt: skip

    def emit_done(
        self, order: Order, reason: int, release_units: int, level_lots: int = 0, booked: int = 0
    ) -> None:
        """Append `OrderDone`. A partner is on its own from here."""
        if order.partner is not None:
            order.unlink()
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
        for market_id in sorted(self.watched_markets):
            market = self.markets[market_id]
            best = market.best_prices()
            moved = moved or best != market.seen_best
            market.seen_best = best
        return moved
