"""Reading the definitions out of a canonical snapshot, whichever core wrote it."""

from struct import Struct
from typing import Any, NamedTuple

from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import Asset, FeeAsset, Market, MarketState

_WORD = Struct("<q")
_ASSET = Struct("<qqq16sqqqqq")
_ACCOUNT = Struct("<6q")
_MARKET = Struct("<q32s33q")
_LIMITS = Struct("<7q")
_BALANCE_SIZE = 3 * 8
_WITHDRAWAL_SIZE = 4 * 8
_ORDER_SIZE = 11 * 8
_HEADER_SIZES = {3: 8 * 8, 4: 9 * 8}
"""By format. See `docs/core.md`, section 6."""
_BOOK_LISTS = 3
"""Bids, asks, and the orders that wait."""


def definitions(snapshot: bytes) -> tuple[list[Asset], list[Market]]:
    """Return the assets and markets of a canonical snapshot, each by id.

    Raises:
        ValueError: the bytes are not one of the present format.
    """
    assets, markets, _ = _definitions(snapshot)
    return assets, markets


class OwnLimits(NamedTuple):
    """How many accounts there are, and the limits that some have for themselves.

    `totals`: open orders over all markets, by account. `of_markets`: by (account, market) those of
    order notional, open orders, daily notional, stop orders and position; -1 is the market's.
    """

    accounts: int
    totals: dict[int, int]
    of_markets: dict[tuple[int, int], tuple[int, ...]]


def own_limits(snapshot: bytes) -> OwnLimits:
    """Return the own limits of accounts in a canonical snapshot.

    Raises:
        ValueError: the bytes are not one of the present format.
    """
    count, offset = _count(snapshot, _start(snapshot))
    accounts, offset = _count(snapshot, offset + count * _ASSET.size)
    totals = {}
    for _ in range(accounts):
        account, _status, _parent, total, _keys, balances = _take(_ACCOUNT, snapshot, offset)
        offset += _ACCOUNT.size + balances * _BALANCE_SIZE
        if total != NO_LIMIT:
            totals[account] = total
    withdrawals, offset = _count(snapshot, _definitions(snapshot)[2])
    rows, offset = _count(snapshot, offset + withdrawals * _WITHDRAWAL_SIZE)
    found = {}
    for place in range(rows):
        account, market, *limits = _take(_LIMITS, snapshot, offset + place * _LIMITS.size)
        found[account, market] = tuple(limits)
    return OwnLimits(accounts, totals, found)


def _definitions(snapshot: bytes) -> tuple[list[Asset], list[Market], int]:
    """Return assets and markets, and where what follows them begins."""
    offset = _start(snapshot)
    count, offset = _count(snapshot, offset)
    assets = []
    for _ in range(count):
        fields = _take(_ASSET, snapshot, offset)
        assets.append(Asset(fields[0], _text(fields[3]), fields[1], fields[2]))
        offset += _ASSET.size
    _, offset = _accounts(snapshot, offset)
    count, offset = _count(snapshot, offset)
    markets = []
    for _ in range(count):
        markets.append(_market(_take(_MARKET, snapshot, offset)))
        offset += _MARKET.size
        for _list in range(_BOOK_LISTS):
            orders, offset = _count(snapshot, offset)
            offset += orders * _ORDER_SIZE
    return assets, markets, offset


def last_account(snapshot: bytes) -> int:
    """Return the highest account that a canonical snapshot knows; 0 where there is none.

    Raises:
        ValueError: the bytes are not one of the present format.
    """
    count, offset = _count(snapshot, _start(snapshot))
    return _accounts(snapshot, offset + count * _ASSET.size)[0]


def _start(snapshot: bytes) -> int:
    """Return where the first list begins."""
    found = _take(_WORD, snapshot, 0)[0]
    if found not in _HEADER_SIZES:
        raise ValueError(f"snapshot format {found} is not known")
    return _HEADER_SIZES[found]


def _accounts(snapshot: bytes, offset: int) -> tuple[int, int]:
    """Return the last account of the list at `offset`, and where the list ends."""
    count, offset = _count(snapshot, offset)
    account = 0
    for _ in range(count):
        account, *_, balances = _take(_ACCOUNT, snapshot, offset)
        offset += _ACCOUNT.size + balances * _BALANCE_SIZE
    return account, offset


def _count(snapshot: bytes, offset: int) -> tuple[int, int]:
    count: int = _take(_WORD, snapshot, offset)[0]
    if count < 0:
        raise ValueError("a snapshot's list has no such length")
    return count, offset + _WORD.size


def _take(struct: Struct, snapshot: bytes, offset: int) -> tuple[Any, ...]:
    if offset + struct.size > len(snapshot):
        raise ValueError("a snapshot ends early")
    return struct.unpack_from(snapshot, offset)


def _text(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode("ascii")


def _market(f: tuple[Any, ...]) -> Market:
    return Market(
        market=f[0],
        symbol=_text(f[1]),
        base=f[2],
        quote=f[3],
        tick_mantissa=f[4],
        tick_decimals=f[5],
        fee_asset=FeeAsset(f[6]),
        allow_self_trade=bool(f[7]),
        lot_units=f[8],
        min_lots=f[9],
        max_lots=f[10],
        market_max_lots=f[11],
        min_notional_units=f[12],
        max_notional_units=f[13],
        tick_value_units=f[20],
        version=f[21],
        state=MarketState(f[22]),
        maker_ppm=f[23],
        taker_ppm=f[24],
        auction_ppm=f[25],
        limit_order_notional_units=f[14],
        limit_open_orders=f[15],
        limit_daily_notional_units=f[16],
        limit_stop_orders=f[17],
        limit_position_units=f[18],
        protection_ppm=f[19],
    )
