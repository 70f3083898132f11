"""The canonical snapshot: the same bytes from either core. Layout: `docs/core.md` section 6."""

from struct import Struct
from typing import TYPE_CHECKING, Any

from outcry.domain.commands import NO_LIMIT, RULES
from outcry.domain.order import Peg, Trigger
from outcry.domain.units import DAY_NS
from outcry.engine.core.reference.state import (
    BUDGET,
    DAY,
    LINKED,
    PENDING,
    QUEUED,
    WAITING,
    Account,
    AssetState,
    Market,
    Order,
    Pair,
    Terms,
    Withdrawal,
)
from outcry.engine.core.reference.venue.keys import KeyEntry

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

FORMAT, FORMAT_WITH_RULES = 3, 4
"""The second only where the venue goes by other rules than the first: what was written before
there were others is read as ever, and programs that know no others can read what is written."""
_LOW_WORD = (1 << 64) - 1
_HEADER = Struct("<8q")
_COUNT = Struct("<q")
_ASSET = Struct("<3q16s5q")
_ACCOUNT = Struct("<5q")
_BALANCE = Struct("<3q")
_MARKET = Struct("<q32s33q")
_ORDER = Struct("<11q")
_WITHDRAWAL = Struct("<4q")
_LIMITS = Struct("<7q")
_RATES = Struct("<4q")
_DAILY = Struct("<2q4Q")
_KEY = Struct("<16s16sqQ6q")
_TERMS = Struct("<7qQ9q")
_TERMS_WORDS = 11
"""How many words of an order's terms are as in the command."""
_U32 = 1 << 32


def dump(core: "Core") -> bytes:
    """Return the canonical bytes of a core's state."""
    out = [
        _HEADER.pack(
            FORMAT if core.rules == 1 else FORMAT_WITH_RULES, core.sequence, core.now_ns,
            core.mode, core.next_order_id, core.next_withdrawal_id, core.keys.count, core.next_join,
        )
    ]  # fmt: skip
    if core.rules > 1:
        out.append(_COUNT.pack(core.rules))
    _dump_assets(core, out)
    _dump_accounts(core, out)
    _dump_markets(core, out)
    _list(
        out,
        [
            _WITHDRAWAL.pack(i, w.account, w.asset, w.amount_units)
            for i, w in sorted(core.withdrawals.items())
        ],
    )
    _dump_pairs(core, out)
    _dump_keys(core, out)
    terms = ((order_id, core.terms(order_id) or ()) for order_id in core.special_orders())
    _list(out, [_TERMS.pack(order_id, *row) for order_id, row in terms])
    out.append(_COUNT.pack(len(core.notes)))
    out.append(core.notes.ljust(len(core.notes) + 7 & ~7, b"\0"))
    return b"".join(out)


def _list(out: list[bytes], rows: list[bytes]) -> None:
    out.append(_COUNT.pack(len(rows)))
    out.extend(rows)


def _dump_assets(core: "Core", out: list[bytes]) -> None:
    rows = [
        _ASSET.pack(
            a.asset, a.unit_decimals, a.chain_decimals, a.symbol, a.credited, a.withdrawn, a.fees,
            a.in_flight, a.loss,
        )
        for _, a in sorted(core.assets.items())
    ]  # fmt: skip
    _list(out, rows)


def _dump_accounts(core: "Core", out: list[bytes]) -> None:
    out.append(_COUNT.pack(len(core.accounts)))
    for _, a in sorted(core.accounts.items()):
        own = (a.account, a.status, a.parent, a.open_orders_total_limit, a.key_count)
        out.append(_ACCOUNT.pack(*own))
        rows = [
            _BALANCE.pack(asset, b.available, b.held)
            for asset, b in sorted(a.balances.items())
            if b.available or b.held
        ]
        _list(out, rows)


def _dump_markets(core: "Core", out: list[bytes]) -> None:
    out.append(_COUNT.pack(len(core.markets)))
    for _, m in sorted(core.markets.items()):
        out.append(
            _MARKET.pack(
                m.market, m.symbol, m.base, m.quote, m.tick_mantissa, m.tick_decimals, m.fee_asset,
                m.allow_self_trade, m.lot_units, m.min_lots, m.max_lots, m.market_max_lots,
                m.min_notional, m.max_notional, m.limit_order_notional, m.limit_open_orders,
                m.limit_daily, m.limit_stop_orders, m.limit_position, m.protection_ppm,
                m.tick_value, m.version, m.state, m.maker_ppm, m.taker_ppm, m.auction_ppm,
                m.next_trade_id, m.update_id, m.last_price, *m.bands[0], *m.bands[1], *m.floors,
            )
        )  # fmt: skip
        for side in m.sides:
            _list(out, [_order_row(order) for order in side.orders()])
        _list(out, [_order_row(order) for _, order in sorted(m.waiting.items())])


def _order_row(o: Order) -> bytes:
    return _ORDER.pack(
        o.order_id, o.account.account, o.side, o.price_ticks, o.lots, o.open_lots,
        o.prevented_lots, o.cap_ppm, o.self_trade, o.flags, o.joined,
    )  # fmt: skip


def _dump_pairs(core: "Core", out: list[bytes]) -> None:
    pairs = [
        (account.account, market, pair)
        for _, account in sorted(core.accounts.items())
        for market, pair in sorted(account.pairs.items())
    ]
    none = (NO_LIMIT,) * 5
    _list(out, [_LIMITS.pack(a, m, *p.limits) for a, m, p in pairs if p.limits != none])
    _list(out, [_RATES.pack(a, m, *p.rates) for a, m, p in pairs if p.rates])
    today = core.now_ns // DAY_NS
    daily = [(a, m, p) for a, m, p in pairs if p.day == today and p.daily_units]
    _list(out, [_DAILY.pack(a, m, *_words(p.daily_units, p.inside_units)) for a, m, p in daily])


def _words(*totals: int) -> list[int]:
    """Return the low and the high word of each 128-bit number."""
    return [word for total in totals for word in (total & _LOW_WORD, total >> 64)]


def _dump_keys(core: "Core", out: list[bytes]) -> None:
    rows = []
    for key_hash, k in sorted(core.keys.entries.items()):
        account = core.accounts.get(k.account)
        if core.keys.is_live(k, core.now_ns, account.key_count if account else 0):
            rows.append(
                _KEY.pack(
                    key_hash, k.digest, k.account, k.order_id, k.command, k.reason,
                    k.first_sequence, k.time_ns, k.number, k.account_number,
                )
            )  # fmt: skip
    _list(out, rows)


class _Reader:
    """Takes structs off a snapshot, one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def take(self, struct: Struct) -> tuple[Any, ...]:
        """Return the next struct's fields."""
        end = self.offset + struct.size
        if end > len(self.data):
            raise ValueError("a snapshot ends early")
        fields = struct.unpack_from(self.data, self.offset)
        self.offset = end
        return fields

    def rows(self, struct: Struct) -> list[tuple[Any, ...]]:
        """Return a list's rows."""
        return [self.take(struct) for _ in range(self.count())]

    def count(self) -> int:
        """Return a list's length."""
        count: int = self.take(_COUNT)[0]
        if not 0 <= count <= len(self.data):
            raise ValueError("a snapshot's list has no such length")
        return count

    def text(self) -> bytes:
        """Return bytes that their length precedes and zeros follow."""
        start, count = self.offset + _COUNT.size, self.count()
        self.offset += count + 7 & ~7
        return self.data[start : start + count]


_Rows = list[tuple[Any, ...]]
_Books = list[tuple[Market, tuple[_Rows, _Rows, _Rows]]]
"""Each market with its bids, its asks and the orders that wait, as rows."""


def load(core: "Core", data: bytes) -> None:
    """Bring a core at genesis into the state of a snapshot.

    Raises:
        ValueError: the bytes are not a canonical snapshot.
    """
    reader = _Reader(data)
    header = reader.take(_HEADER)
    if header[0] not in {FORMAT, FORMAT_WITH_RULES}:
        raise ValueError(f"snapshot format {header[0]} is not known")
    _, core.sequence, core.now_ns, core.mode = header[:4]
    core.next_order_id, core.next_withdrawal_id, core.keys.count, _ = header[4:]
    if header[0] == FORMAT_WITH_RULES:
        (core.rules,) = reader.take(_COUNT)
        if not 1 < core.rules <= RULES:
            raise ValueError(f"rules {core.rules} are not known; this program knows up to {RULES}")
    for row in reader.rows(_ASSET):
        symbol = row[3].rstrip(b"\0")
        core.assets[row[0]] = AssetState(row[0], row[1], row[2], symbol, *row[4:])
    for _ in range(reader.count()):
        account = Account(*reader.take(_ACCOUNT))
        core.accounts[account.account] = account
        for asset, available, held in reader.rows(_BALANCE):
            balance = account.balance(asset)
            balance.available, balance.held = available, held
    try:
        books = _load_markets(core, reader)
        _load_pairs(core, reader)
        _load_keys(core, reader)
        _load_orders(core, books, {row[0]: row[1:] for row in reader.rows(_TERMS)})
    except KeyError as error:
        raise ValueError(f"a snapshot names {error} before it defines it") from None
    core.next_join = header[-1]
    core.notes = reader.text()
    if reader.offset != len(data) or dump(core) != data:
        raise ValueError("the bytes are not a canonical snapshot")


def _load_markets(core: "Core", reader: _Reader) -> _Books:
    books = []
    for _ in range(reader.count()):
        row = reader.take(_MARKET)
        market = Market(row[0], row[1].rstrip(b"\0"), row[2], row[3])
        (
            market.tick_mantissa, market.tick_decimals, market.fee_asset, market.allow_self_trade,
            market.lot_units, market.min_lots, market.max_lots, market.market_max_lots,
            market.min_notional, market.max_notional, market.limit_order_notional,
            market.limit_open_orders, market.limit_daily, market.limit_stop_orders,
            market.limit_position, market.protection_ppm, market.tick_value, market.version,
            market.state,
        ) = row[4:23]  # fmt: skip
        market.set_rates(*row[23:26])
        market.next_trade_id, market.update_id, market.last_price = row[26:29]
        market.bands = (row[29:31], row[31:33])
        market.floors = row[33:]
        core.markets[market.market] = market
        books.append((market, (reader.rows(_ORDER), reader.rows(_ORDER), reader.rows(_ORDER))))
    return books


def _load_pairs(core: "Core", reader: _Reader) -> None:
    for withdrawal_id, account, asset, amount in reader.rows(_WITHDRAWAL):
        core.withdrawals[withdrawal_id] = Withdrawal(account, asset, amount)
    for row in reader.rows(_LIMITS):
        _pair(core, row).set_limits(row[2:])
    for row in reader.rows(_RATES):
        _pair(core, row).rates = row[2:]
    for row in reader.rows(_DAILY):
        pair, (low, high, inside_low, inside_high) = _pair(core, row), row[2:]
        pair.day = core.now_ns // DAY_NS
        pair.daily_units, pair.inside_units = high << 64 | low, inside_high << 64 | inside_low


def _pair(core: "Core", row: tuple[Any, ...]) -> Pair:
    return core.accounts[row[0]].pair(core.markets[row[1]])


def _load_keys(core: "Core", reader: _Reader) -> None:
    count, keys = core.keys.count, reader.rows(_KEY)
    for row in sorted(keys, key=lambda r: r[8]):
        core.keys.add(row[0], KeyEntry(*row[1:]))
    core.keys.count = count


# Orders


def _load_orders(core: "Core", books: _Books, terms: dict[int, tuple[Any, ...]]) -> None:
    """Put every order where it was, then link those that are pairs."""
    for market, (bids, asks, waiting) in books:
        update_id = market.update_id
        for row in (*bids, *asks):
            order = _order(core, market, row, terms.get(row[0]))
            _book(core, order, row[-1], terms.get(row[0]))
        market.update_id = update_id
        for row in waiting:
            core.wait(_order(core, market, row, terms[row[0]]))
        if any(row[2] for row in bids) or not all(row[2] for row in asks):
            raise ValueError("a snapshot's book has an order on the wrong side")
        if any(not row[9] & WAITING for row in waiting):
            raise ValueError("a snapshot has a waiting order that does not wait")
    for order_id, row in terms.items():
        _link(core, core.orders[order_id], row[-1])


def _order(
    core: "Core", market: Market, row: tuple[Any, ...], terms: tuple[Any, ...] | None
) -> Order:
    order_id, account, side, price, lots, open_lots, prevented, cap, self_trade, flags, joined = row
    if not 0 <= side <= 1:
        raise ValueError("a snapshot has an order of no side")
    owner = core.accounts[account]
    pair = owner.pair(market)
    order = Order(
        order_id, owner, market, pair, pair.funds[side], side, price, lots, open_lots,
        prevented, cap, self_trade, flags, 0, joined=joined,
    )  # fmt: skip
    if terms:
        _give_terms(order, terms)
    elif flags & LINKED:
        raise ValueError("a snapshot has a plain order in a pair")
    order.hold_per_lot = order.own_hold_per_lot
    return order


def _give_terms(order: Order, row: tuple[Any, ...]) -> None:
    """Give an order its terms back."""
    terms = Terms(*row[:_TERMS_WORDS])
    time_in_force, kind, _, limit_ticks, _ = row[_TERMS_WORDS:]
    numbers = (terms.display_lots, terms.expires_ns, terms.slices, terms.api_key)
    if (
        not (0 <= time_in_force <= DAY and 0 <= kind < BUDGET and min(numbers) >= 0)
        or max(terms.slices, terms.api_key) >= _U32
        or not (0 <= terms.trigger <= Trigger.TRAIL and 0 <= terms.peg <= Peg.MID)
    ):
        raise ValueError("a snapshot has terms that cannot be")
    order.terms, order.time_in_force, order.kind = terms, time_in_force, kind
    order.display_lots, order.limit_ticks = terms.display_lots, limit_ticks


def _book(core: "Core", order: Order, joined: int, terms: tuple[Any, ...] | None) -> None:
    """Put an order back into the book."""
    shown = terms[-3] if terms else 0
    fits = 1 <= shown <= order.open_lots if order.display_lots else order.open_lots >= 1
    if order.flags & (WAITING | PENDING | QUEUED) or not fits:
        raise ValueError("a snapshot's book has an order that cannot be there")
    core.book(order)
    level = order.market.sides[order.side].levels[order.price_ticks]
    order.joined = joined
    if order.display_lots:
        level.lots += shown - order.shown_lots
        order.shown_lots = shown


def _link(core: "Core", order: Order, partner_id: int) -> None:
    """Link an order with its partner, which must say the same of it."""
    if not partner_id:
        if order.flags & LINKED:
            raise ValueError("a snapshot has a linked order without its partner")
        return
    partner = core.orders[partner_id]
    both = (order.account, order.market, order.side, order.open_lots, LINKED)
    if both != (
        partner.account, partner.market, partner.side, partner.open_lots, partner.flags & LINKED
    ) or not order.flags & LINKED or not (order.flags | partner.flags) & WAITING:  # fmt: skip
        raise ValueError("a snapshot has a pair that is none")
    order.link(partner)
