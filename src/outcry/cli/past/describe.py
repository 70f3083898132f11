"""A past state in words: sums, markets, and on request books and accounts."""

from typing import Any

from outcry.cli.output import fail
from outcry.cli.past.point import time_text
from outcry.venue import Order, Venue
from outcry.venue.errors import BadCommand

Facts = dict[str, Any]
TOTALS = ("available", "held", "fees", "in_flight", "loss", "credited", "withdrawn")


def state_facts(venue: Venue) -> Facts:
    """Return where a state stands, as both `inspect --at` and `diff` say it."""
    return {
        "sequence": venue.sequence,
        "time": time_text(venue.now_ns),
        "time_ns": venue.now_ns,
        "digest": venue.digest(),
        "mode": venue.mode,
    }


def description(venue: Venue) -> Facts:
    """Return everything of a state but its accounts and books."""
    assets = venue.conservation().values()
    unbalanced = [row.symbol for row in assets if not row.balanced]
    return {
        **state_facts(venue),
        "assets": [
            {"symbol": row.symbol, "balanced": row.balanced}
            | {name: getattr(row, name) for name in TOTALS}
            for row in assets
        ],
        "conserved": not unbalanced,
        "markets": [_market(venue, market.symbol) for market in venue.markets()],
        "damage": [f"asset {symbol} does not balance" for symbol in unbalanced],
    }


def _market(venue: Venue, symbol: str) -> Facts:
    scale, book = venue.scale(symbol), venue.book(symbol, 1)
    best = [scale.price(side[0].price_ticks) if side else None for side in (book.bids, book.asks)]
    return {"symbol": symbol, "state": venue.state(symbol), "bid": best[0], "ask": best[1]}


def book_facts(venue: Venue, market: str, levels: int) -> Facts:
    """Return a market's book, best first; end the program where there is no such market."""
    try:
        scale, book = venue.scale(market), venue.book(market, levels)
    except BadCommand as error:
        fail(f"at sequence {venue.sequence}: {error}")
    return {
        "symbol": market,
        "state": venue.state(market),
        "update_id": book.update_id,
        **{
            side: [[scale.price(level.price_ticks), scale.quantity(level.lots)] for level in rows]
            for side, rows in (("bids", book.bids), ("asks", book.asks))
        },
    }


def account_facts(venue: Venue, account: int) -> Facts:
    """Return an account's balances and open orders; end the program where it is not known."""
    status = venue.account_status(account)
    if not status:
        fail(f"account {account} is not known at sequence {venue.sequence}")
    return {
        "account": account,
        "status": status,
        "balances": [
            {
                "asset": symbol,
                "available": venue.amount(symbol, balance.available_units),
                "held": venue.amount(symbol, balance.held_units),
            }
            for symbol, balance in venue.balances(account).items()
        ],
        "open_orders": [order_facts(venue, order) for order in venue.orders(account)],
    }


def order_facts(venue: Venue, order: Order) -> Facts:
    """Return an open order."""
    scale = venue.scale(order.market)
    symbol = next(m.symbol for m in venue.markets() if m.market == order.market)
    return {
        "order_id": order.order_id,
        "market": symbol,
        "side": order.side,
        "price": scale.price(order.price_ticks),
        "quantity": scale.quantity(order.lots),
        "open": scale.quantity(order.open_lots),
    }
