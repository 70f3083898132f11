"""What holds after every command, on either core, judged from its events and its reads."""

from collections import Counter

from outcry import codec
from outcry.engine.core import Core, CoreFactory
from tests.property.books import Books, check
from tests.property.generator import Script

ASSETS = range(1, 10)
MARKETS = (1, 2, 3, 4)
ACCOUNTS = range(1, 8)


def audit(script: Script, factory: CoreFactory) -> None:
    """Run a script a command a call, and check everything after each.

    Raises:
        Violation: something that must always hold did not.
    """
    core, books = factory(), Books()
    for record in script.records:
        for event in codec.decode_events(core.apply(record)[0]):
            books.see(event)
        check_orders(core, books)
        check_money(core, books)
        check_depth(core, books)


def check_money(core: Core, books: Books) -> None:
    """Balances are the ledger's, none is below zero, each asset's sums agree."""
    for account in ACCOUNTS:
        rows = core.balances(account)
        check(all(row[1] >= 0 and row[2] >= 0 for row in rows), "below zero", rows)
        expected = [
            (asset, books.available[account, asset], books.held[account, asset])
            for asset in ASSETS
            if books.available[account, asset] or books.held[account, asset]
        ]
        check(rows == expected, "balances of", account, rows, expected)
    check(core.conservation_failure() == 0, "asset", core.conservation_failure())
    for asset in ASSETS:
        available, held, *venue = core.totals(asset)
        purposes = ("fees", "in_flight", "loss", "credited", "withdrawn")
        expected_venue = [books.venue[purpose, asset] for purpose in purposes]
        check(venue == expected_venue, "totals of", asset, venue, expected_venue)
        fees, in_flight, loss, credited, withdrawn = venue
        everything = available + held + fees + in_flight + loss
        check(everything == credited - withdrawn, "conservation of", asset)


def check_orders(core: Core, books: Books) -> None:
    """Open orders are those the events tell of, and what is held is held for them."""
    check(all(order.booked for order in books.orders.values()), "accepted, then forgotten")
    check(core.open_order_count() == len(books.orders), "open orders")
    held: Counter[tuple[int, int]] = Counter()
    for account in ACCOUNTS:
        for row in core.open_orders(account):
            order_id, owner, market, side, price, lots, open_lots, prevented = row[:8]
            known = books.orders[order_id]
            told = (known.account, known.market, known.side, known.price_ticks, known.lots)
            check(told == (owner, market, side, price, lots), "order", row, known)
            check((known.open_lots, known.prevented_lots) == (open_lots, prevented), "lots", row)
            check(known.hold_units == row[11], "hold", row, known)
            definition = books.markets[market]
            held[account, definition.base if side else definition.quote] += row[11]
        for asset, _, units in core.balances(account):
            check(units == held[account, asset], "held of", account, asset, units)


def check_depth(core: Core, books: Books) -> None:
    """Depth is what the events add up to, and no bid reaches an ask."""
    for market in MARKETS:
        found = core.depth(market, 1_000_000)
        check(found == books.depth(market), "depth of", market, found, books.depth(market))
        _, bids, asks = found
        check(not bids or not asks or bids[0][0] < asks[0][0], "crossed book", market)
