"""What holds after every command, on either core, judged from its events and its reads."""

from collections import Counter

from outcry import codec
from outcry.domain.market import FeeAsset, MarketState, VenueMode
from outcry.domain.order import Kind, OrderFlag
from outcry.engine.core import Core, CoreFactory
from tests.property.books import Books, Known, check
from tests.property.generator import Script, glued
from tests.property.script.stage import new_stage

ASSETS = range(1, 10)
MARKETS = (1, 2, 3, 4)
ACCOUNTS = range(1, 9)
PPM = 10**6


def audit(script: Script, factory: CoreFactory) -> None:
    """Run a script a command a call, and check everything after each.

    Raises:
        Violation: something that must always hold did not.
    """
    stage, books = new_stage(factory, whole=script.whole), Books()
    for records in together(script.records):
        stood_still = stage.core.mode == VenueMode.HALTED
        books.see_all(codec.decode_events(stage.apply(records)))
        check_orders(stage.core, books)
        check_money(stage.core, books)
        check_depth(stage.core, books)
        if script.whole and not stood_still:
            check_engine(stage.core, books)


def together(records: list[bytes]) -> list[bytes]:
    """Return the records, those that must be applied in one call as one."""
    joined: list[bytes] = []
    for record, follows in zip(records, glued(records), strict=True):
        if follows:
            joined[-1] += record
        else:
            joined.append(record)
    return joined


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
    check(core.open_order_count() == len(books.orders), "open orders")
    held: Counter[tuple[int, int]] = Counter()
    for account in ACCOUNTS:
        for row in core.open_orders(account):
            order_id, owner, market, side, price, lots, open_lots, prevented = row[:8]
            known = books.orders[order_id]
            told = (known.account, known.market, known.side, known.lots)
            check(told == (owner, market, side, lots), "order", row, known)
            check(known.peg > 0 or known.price_ticks == price, "price", row, known)
            check((known.open_lots, known.prevented_lots) == (open_lots, prevented), "lots", row)
            used = known.filled_lots + known.prevented_lots
            if not known.partner:
                check(known.kind == Kind.BUDGET or used + open_lots == lots, "lots", row, known)
            check_flags(core, row[10], known)
            hides = known.partner and known.partner < order_id
            units = 0 if hides else known.purse.units
            check(units == row[11] == expected_hold(core, books, known), "hold", row, known)
            definition = books.markets[market]
            held[account, definition.base if side else definition.quote] += row[11]
        for asset, _, units in core.balances(account):
            check(units == held[account, asset], "held of", account, asset, units)


def check_flags(core: Core, flags: int, known: Known) -> None:
    """Whether it waits, and with whom it is linked, is what the events say."""
    check(bool(flags & OrderFlag.WAITING) != known.booked, "accepted, then forgotten", known)
    check(bool(flags & OrderFlag.PENDING) == known.pending, "pending", known)
    check(bool(flags & OrderFlag.LINKED) == bool(known.partner), "linked", known)
    terms = core.terms(known.order_id)
    if terms is not None:
        shown = known.shown_lots if known.display_lots else 0
        check((terms[13], terms[15]) == (shown, known.partner), "terms", terms, known)


def expected_hold(core: Core, books: Books, known: Known) -> int:
    """Return what must be held for an order; of a pair with the one whose id is lower."""
    partner = books.orders.get(known.partner)
    if partner is not None and partner.order_id < known.order_id:
        return 0
    each = [lot_hold(core, books, order) for order in (known, partner) if order is not None]
    return known.open_lots * max(each)


def lot_hold(core: Core, books: Books, known: Known) -> int:
    """Return what an order holds for one lot, alone."""
    market, terms = books.markets[known.market], core.terms(known.order_id)
    if known.pending:
        return 0
    if known.side:
        return market.lot_units
    price = terms[14] if terms and known.peg else known.price_ticks
    cost = price * market.tick_value_units
    if market.fee_asset == FeeAsset.RECEIVED:
        return cost
    return cost - (-cost * known.cap_ppm // PPM)


def check_depth(core: Core, books: Books) -> None:
    """Depth is what the events add up to, and no bid reaches an ask where the market trades."""
    for market in MARKETS:
        found = core.depth(market, 1_000_000)
        check(found == books.depth(market), "depth of", market, found, books.depth(market))
        _, bids, asks = found
        state = core.market(market)
        if state is not None:
            check(state[0] == books.states.get(market, 0), "state of", market)
            crossed = bool(bids and asks and bids[0][0] >= asks[0][0])
            check(crossed == bool(state[3]), "crossed", market)
            check(not crossed or state[0] != MarketState.TRADING, "crossed book", market)
        check_sizes(core, books, market)


def check_sizes(core: Core, books: Books, market: int) -> None:
    """What is open in the levels is the sum of the orders in them."""
    sums: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    for order in books.orders.values():
        if order.booked and order.market == market:
            sums[order.side][order.price_ticks] += order.open_lots
    expected = (sorted(sums[0].items(), reverse=True), sorted(sums[1].items()))
    check(core.sizes(market, 1_000_000) == expected, "sizes of", market)


def check_engine(core: Core, books: Books) -> None:
    """What stands above the core has left nothing undone."""
    if core.mode == VenueMode.HALTED:
        return
    for order_id in core.special_orders():
        terms = core.terms(order_id)
        check(terms is not None, "terms", order_id)
        check(terms is None or not terms[1] or terms[1] > core.now_ns, "expired", order_id)
    for order in books.orders.values():
        check(order.open_lots > 0, "nothing is open of", order)
        linked = books.orders.get(order.partner)
        check(linked is None or not (linked.booked and order.booked), "both booked", order)
