"""The canonical snapshot: the same bytes from either core. Layout: `docs/core.md` section 6."""

from struct import Struct
from typing import TYPE_CHECKING, Any

from outcry.domain.commands import NO_LIMIT
from outcry.domain.units import DAY_NS
from outcry.engine.core.reference.orders import TIMED
from outcry.engine.core.reference.state import (
    Account,
    AssetState,
    KeyEntry,
    Market,
    Order,
    Terms,
    Withdrawal,
)

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

FORMAT = 2
_LOW_WORD = (1 << 64) - 1
_HEADER = Struct("<7q")
_COUNT = Struct("<q")
_ASSET = Struct("<3q16s5q")
_ACCOUNT = Struct("<4q")
_BALANCE = Struct("<3q")
_MARKET = Struct("<q32s24q")
_ORDER = Struct("<9q")
_WITHDRAWAL = Struct("<4q")
_LIMITS = Struct("<5q")
_DAILY = Struct("<2q2Q")
_KEY = Struct("<16s16sqQ6q")
_TERMS = Struct("<7qQ4q")


def dump(core: "Core") -> bytes:
    """Return the canonical bytes of a core's state."""
    out = [
        _HEADER.pack(
            FORMAT, core.sequence, core.now_ns, core.mode, core.next_order_id,
            core.next_withdrawal_id, core.keys.count,
        )
    ]  # fmt: skip
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
        out.append(_ACCOUNT.pack(a.account, a.status, a.open_orders_total_limit, a.key_count))
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
                m.limit_daily, m.tick_value, m.version, m.state, m.maker_ppm, m.taker_ppm,
                m.auction_ppm, m.next_trade_id, m.update_id, m.last_price,
            )
        )  # fmt: skip
        for side in m.sides:
            orders = [o for level in side.best_first() for o in level.orders.values()]
            _list(out, [_order_row(o) for o in orders])


def _order_row(o: Order) -> bytes:
    return _ORDER.pack(
        o.order_id, o.account.account, o.price_ticks, o.lots, o.open_lots, o.prevented_lots,
        o.cap_ppm, o.self_trade, o.flags,
    )  # fmt: skip


def _dump_pairs(core: "Core", out: list[bytes]) -> None:
    pairs = [
        (account.account, market, pair)
        for _, account in sorted(core.accounts.items())
        for market, pair in sorted(account.pairs.items())
    ]
    limits = [
        (a, m, p.order_notional_limit, p.open_orders_limit, p.daily_notional_limit)
        for a, m, p in pairs
    ]
    _list(out, [_LIMITS.pack(*row) for row in limits if row[2:] != (NO_LIMIT,) * 3])
    today = core.now_ns // DAY_NS
    daily = [
        _DAILY.pack(a, m, p.daily_units & _LOW_WORD, p.daily_units >> 64)
        for a, m, p in pairs
        if p.day == today and p.daily_units
    ]
    _list(out, daily)


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


def load(core: "Core", data: bytes) -> None:
    """Bring a core at genesis into the state of a snapshot.

    Raises:
        ValueError: the bytes are not a canonical snapshot.
    """
    reader = _Reader(data)
    header = reader.take(_HEADER)
    if header[0] != FORMAT:
        raise ValueError(f"snapshot format {header[0]} is not known")
    _, core.sequence, core.now_ns, core.mode = header[:4]
    core.next_order_id, core.next_withdrawal_id, core.keys.count = header[4:]
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
        _load_markets(core, reader)
        _load_rest(core, reader)
    except KeyError as error:
        raise ValueError(f"a snapshot names {error} before it defines it") from None
    if reader.offset != len(data) or dump(core) != data:
        raise ValueError("the bytes are not a canonical snapshot")


def _load_markets(core: "Core", reader: _Reader) -> None:
    for _ in range(reader.count()):
        row = reader.take(_MARKET)
        market = Market(row[0], row[1].rstrip(b"\0"), row[2], row[3])
        (
            market.tick_mantissa, market.tick_decimals, market.fee_asset, market.allow_self_trade,
            market.lot_units, market.min_lots, market.max_lots, market.market_max_lots,
            market.min_notional, market.max_notional, market.limit_order_notional,
            market.limit_open_orders, market.limit_daily, market.tick_value, market.version,
            market.state,
        ) = row[4:20]  # fmt: skip
        market.set_rates(*row[20:23])
        market.next_trade_id, market.update_id, market.last_price = row[23:]
        core.markets[market.market] = market
        update_id = market.update_id
        for side in (0, 1):
            for order in reader.rows(_ORDER):
                core.book(_order(core, market, side, order))
        market.update_id = update_id


def _order(core: "Core", market: Market, side: int, row: tuple[Any, ...]) -> Order:
    order_id, account, price, lots, open_lots, prevented, cap, self_trade, flags = row
    hold = market.hold_per_lot(side, price, cap)
    owner = core.accounts[account]
    pair = owner.pair(market)
    return Order(
        order_id, owner, market, pair, pair.funds[side], side, price, lots, open_lots,
        prevented, cap, self_trade, flags, hold,
    )  # fmt: skip


def _load_rest(core: "Core", reader: _Reader) -> None:
    for withdrawal_id, account, asset, amount in reader.rows(_WITHDRAWAL):
        core.withdrawals[withdrawal_id] = Withdrawal(account, asset, amount)
    for row in reader.rows(_LIMITS):
        pair = core.accounts[row[0]].pair(core.markets[row[1]])
        pair.order_notional_limit, pair.open_orders_limit, pair.daily_notional_limit = row[2:]
    for account, market, low, high in reader.rows(_DAILY):
        pair = core.accounts[account].pair(core.markets[market])
        pair.day, pair.daily_units = core.now_ns // DAY_NS, high << 64 | low
    keys = reader.rows(_KEY)
    count = core.keys.count
    for row in sorted(keys, key=lambda r: r[8]):
        core.keys.add(row[0], KeyEntry(*row[1:]))
    core.keys.count = count
    for order_id, *terms in reader.rows(_TERMS):
        _load_terms(core.orders[order_id], tuple(terms))


def _load_terms(order: Order, terms: Terms) -> None:
    """Give an order its terms back."""
    display_lots, expires_ns, *others, time_in_force = terms
    if time_in_force not in TIMED or expires_ns < 1 or display_lots or any(others):
        raise ValueError("a snapshot has terms that cannot be")
    order.terms, order.time_in_force = terms, time_in_force
