"""Between the venue's decimal text and a strategy's whole numbers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

from outcry.client import AsyncClient
from outcry.client import answers as a
from outcry.strategy import Book, Fill, OrderUpdate, Side, Terms, Trade
from outcry.strategy.words import Level, Status

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


async def terms_of(client: AsyncClient, market: str) -> Terms:
    """Return a market's rules.

    Raises:
        ApiError: there is no such market.
    """
    (rules,) = (await client.markets(market)).markets
    decimals = {asset.asset: asset.decimals for asset in (await client.assets()).assets}
    lot = Decimal(rules.lot)
    least = Decimal(rules.min_quantity)
    return Terms(
        market=market,
        base=rules.base,
        quote=rules.quote,
        tick=rules.tick,
        lot=rules.lot,
        base_decimals=decimals[rules.base],
        quote_decimals=decimals[rules.quote],
        maker_ppm=rules.maker_ppm,
        taker_ppm=rules.taker_ppm,
        fees_in_received=rules.fee_asset == "received",
        min_lots=max(1, -int(-least // lot)),
        min_notional_units=int(Decimal(rules.min_notional).scaleb(decimals[rules.quote])),
    )


def time_ns_of(text: a.Time) -> int:
    """Return a time of the venue in nanoseconds since 1970."""
    return (datetime.fromisoformat(text) - EPOCH) // _MICROSECOND * 1_000


class Reader:
    """Reads the answers of one market."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def _level(self, level: a.Level) -> Level:
        return self._terms.ticks(level[0]), self._terms.lots(level[1])

    def book(self, now_ns: int, bids: list[a.Level], asks: list[a.Level]) -> Book:
        """Read the levels of a book, best first."""
        return Book(now_ns, tuple(map(self._level, bids)), tuple(map(self._level, asks)))

    def trade(self, trade: a.Trade) -> Trade:
        """Read a public trade."""
        price_ticks, lots = self._level((trade.price, trade.quantity))
        side = cast(Side, trade.side)
        return Trade(time_ns_of(trade.time), trade.trade_id, price_ticks, lots, side)

    def fill(self, key: str, order: a.Order, fill: a.OrderFill) -> Fill:
        """Read a trade of an own order."""
        price_ticks, lots = self._level((fill.price, fill.quantity))
        in_base = order.fee_asset == self._terms.base
        decimals = self._terms.base_decimals if in_base else self._terms.quote_decimals
        return Fill(
            time_ns=time_ns_of(fill.time),
            trade_id=fill.trade_id,
            key=key,
            side=cast(Side, order.side),
            price_ticks=price_ticks,
            lots=lots,
            fee_units=int(Decimal(fill.fee).scaleb(decimals)),
            fee_in_base=in_base,
            is_maker=fill.liquidity == "maker",
        )

    def order(self, now_ns: int, key: str, status: str, order: a.Order) -> OrderUpdate:
        """Read how an own order stands."""
        price_ticks = self._terms.ticks(order.price) if order.price else 0
        lots = self._terms.lots(order.quantity or order.filled_quantity)
        open_lots = self._terms.lots(order.remaining_quantity)
        return OrderUpdate(now_ns, key, cast(Status, status), price_ticks, lots, open_lots)
