"""What a start takes from the ledger, compared with the engine and with itself before it is served.

The store answers for single rows. Here is seen what no row can show: that one is missing, or is an
older one than the rest. Whatever is found ends in `LedgerDamaged`; the log has everything, and the
ledger is made anew from it.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from outcry.ledger.posting import Purpose
from outcry.ledger.reads.history import Kept
from outcry.ledger.reads.start import LedgerStart
from outcry.ledger.rows import (
    ACCOUNT,
    FEE_UNITS,
    FILLED_LOTS,
    MARKET,
    OPEN_LOTS,
    ORDER_ID,
    QUOTE_FILLED_UNITS,
    SIDE,
    Row,
    TradeRow,
)
from outcry.marketdata.candle import INTERVALS, KEPT_SPANS, Candle, aggregate, candle_of_row
from outcry.ports import LedgerDamaged

_OWN = itemgetter(ACCOUNT, MARKET, SIDE, OPEN_LOTS)
_OF_CORE = itemgetter(1, 2, 3, 6)


class Books(Protocol):
    """What is asked of an engine's core."""

    def order(self, order_id: int) -> tuple[int, ...] | None:
        """Return an open order; account, market, side and open lots are at 1, 2, 3 and 6."""

    def open_order_count(self) -> int:
        """Return how many orders are open."""

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        """Return (available, held) units."""

    def totals(self, asset: int) -> tuple[int, ...]:
        """Return available, held, fees, in_flight, loss, credited, withdrawn of an asset."""

    def market(self, market: int) -> tuple[int, ...] | None:
        """Return what there is to know of a market; the last price in ticks is at 1."""


def check_books(start: LedgerStart, core: Books, assets: Iterable[int]) -> None:
    """Check the open orders and all balances; the core stands at the ledger's checkpoint.

    Raises:
        LedgerDamaged: naming what differs.
    """
    _check_orders(start.open_orders, core)
    sums: dict[int, list[int]] = {asset: [0] * (len(Purpose) + 1) for asset in assets}
    owned: dict[tuple[int, int], list[int]] = {}
    for owner, asset, purpose, units, *_ in start.balances:
        sums.setdefault(asset, [0] * (len(Purpose) + 1))[purpose] += units
        if purpose in {Purpose.AVAILABLE, Purpose.HELD}:
            owned.setdefault((owner, asset), [0, 0])[purpose - 1] = units
    for (owner, asset), mine in owned.items():
        same = tuple(mine) == core.balance(owner, asset)
        _must(same, f"balances: {mine} of {owner} in asset {asset} are not what the engine has")
    for asset, (_, available, held, in_flight, fees, loss, deposited, withdrawn) in sums.items():
        here = (available, held, fees, in_flight, loss, -deposited, withdrawn)
        same = here == tuple(core.totals(asset))
        _must(same, f"balances: the sums {here} of asset {asset} are not what the engine has")


def _check_orders(rows: list[Row], core: Books) -> None:
    order = core.order
    for row in rows:
        theirs = order(row[ORDER_ID])
        same = theirs is not None and _OWN(row) == _OF_CORE(theirs)
        _must(same, f"orders: {row[ORDER_ID]} is not open as the engine has it")
    count = core.open_order_count()
    _must(len(rows) == count, f"orders: {len(rows)} are open, {count} in the engine")


def check_kept(
    start: LedgerStart,
    kept: Kept,
    core: Books,
    markets: Iterable[int],
    candles_kept: Mapping[str, int],
) -> None:
    """Check what is held in memory besides: trades, prints and candles of all markets.

    `candles_kept` are the most candles there are of a span.

    Raises:
        LedgerDamaged: naming what differs.
    """
    _check_fills(kept)
    newest = _check_prints(kept.prints, core, markets)
    _must(
        sum(newest.values()) == start.size("trades"),
        f"trades: {sum(newest.values())} are the last, {start.size('trades')} in the Merkle log",
    )
    candles: dict[tuple[int, str], list[Candle]] = {}
    for market, span, *row in kept.candles:
        candles.setdefault((market, span), []).append(candle_of_row(row))
    for market, trades in newest.items():
        series = {span: candles.get((market, span), []) for span in KEPT_SPANS}
        _check_candles(market, trades, series, candles_kept)
    _check_days(start, candles)


def _check_fills(kept: Kept) -> None:
    sums: dict[int, list[int]] = {row[ORDER_ID]: [0, 0, 0] for row in kept.open_orders}
    for trade in (TradeRow(*row) for row in kept.trades_of_open_orders):
        sides = (
            (trade.taker_order_id, trade.taker_fee_units),
            (trade.maker_order_id, trade.maker_fee_units),
        )
        for order_id, fee_units in sides:
            if order_id in sums:
                sides_sums = sums[order_id]
                sides_sums[0] += trade.lots
                sides_sums[1] += trade.notional_units
                sides_sums[2] += fee_units
    for row in kept.open_orders:
        told = [row[FILLED_LOTS], row[QUOTE_FILLED_UNITS], row[FEE_UNITS]]
        _must(sums[row[ORDER_ID]] == told, f"trades: those of order {row[ORDER_ID]} do not sum up")


def _check_prints(prints: list[Row], core: Books, markets: Iterable[int]) -> dict[int, int]:
    """Return the number of the last trade of each market that has traded."""
    newest, prices = {}, dict.fromkeys(markets, 0)
    for market, rows in groupby(prints, key=itemgetter(0)):
        numbers, ticks = zip(*((row[1], row[2]) for row in rows), strict=True)
        whole = numbers == tuple(range(numbers[0], numbers[-1] + 1))
        _must(whole, f"trades: some of market {market} are missing up to {numbers[-1]}")
        newest[market], prices[market] = numbers[-1], ticks[-1]
    for market, price in prices.items():
        known = core.market(market)
        same = known is not None and known[1] == price
        _must(same, f"trades: {price} ticks is not the last price of market {market}")
    return newest


def _check_candles(
    market: int, trades: int, series: Mapping[str, list[Candle]], candles_kept: Mapping[str, int]
) -> None:
    """Check that candles are made of those of the next shorter span, and days of trades."""
    days = series["1d"]
    if len(days) < candles_kept["1d"]:
        traded = sum(day.trades for day in days)
        _must(traded == trades, f"candles: market {market} has {traded} trades, not {trades}")
    for short, long in zip(KEPT_SPANS, KEPT_SPANS[1:], strict=False):
        made, told = aggregate(INTERVALS[long], series[short]), series[long]
        if len(series[short]) >= candles_kept[short]:
            made = made[1:]  # The oldest may lack what was before.
            told = told[len(told) - len(made) :] if len(made) < len(told) else told
        if len(series[long]) >= candles_kept[long]:
            made = made[-len(told) :]
        _must(made == told, f"candles: those of {long} of market {market} are not made of {short}")


def _check_days(start: LedgerStart, candles: Mapping[tuple[int, str], list[Candle]]) -> None:
    """Check the sums of the last day against its candles, and the accounts' against both."""
    accounts: dict[int, int] = {}
    for _, market, _, trades, *_ in start.account_days:
        accounts[market] = accounts.get(market, 0) + trades
    for market, day, opened, high, low, close, trades, lots, quote, *_ in start.market_days:
        last = candles.get((market, "1d"), [])[-1:]
        told = (opened, high, low, close, lots, quote, trades)
        same = [told] == [
            (c.open, c.high, c.low, c.close, str(c.volume_lots), str(c.quote_units), c.trades)
            for c in last
        ]
        _must(same, f"market_days: day {day} of market {market} is not its candle")
        twice = accounts.get(market, 0) == 2 * trades
        _must(twice, f"account_days: those of day {day} and market {market} do not sum up")


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise LedgerDamaged(what)
