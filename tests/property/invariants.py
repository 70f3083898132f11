"""What holds after every command, on either core, judged from its events and its reads."""

from collections.abc import Iterable
from typing import NamedTuple

from outcry import codec
from outcry.domain.events import Event
from outcry.domain.market import FeeAsset, MarketState, VenueMode
from outcry.domain.order import Kind, OrderFlag
from outcry.engine.core import Core, CoreFactory, OrderTuple
from tests.property.books import Books, Known, Violation, check
from tests.property.generator import Script, glued
from tests.property.script.stage import new_stage

ASSETS = range(1, 10)
MARKETS = (1, 2, 3, 4)
ACCOUNTS = range(1, 9)
PPM = 10**6
EVERYTHING = 1_000_000
"""More levels than there are."""
TRADING = int(MarketState.TRADING)
WAITING, PENDING, LINKED = (
    int(flag) for flag in (OrderFlag.WAITING, OrderFlag.PENDING, OrderFlag.LINKED)
)
AFRESH = 100
"""Commands between two looks at everything, changed or not."""


def audit(script: Script, factory: CoreFactory) -> int:
    """Run a script a command a call, and check everything after each; return how many they were.

    Raises:
        Violation: something that must always hold did not.
    """
    stage, auditor = new_stage(factory, whole=script.whole), Auditor(whole=script.whole)
    records = together(script.records)
    for record in records:
        stood_still = stage.core.mode == VenueMode.HALTED
        events = codec.decode_events(stage.apply(record))
        auditor.see(stage.core, events, stood_still=stood_still)
    return len(records)


def together(records: list[bytes]) -> list[bytes]:
    """Return the records, those that must be applied in one call as one."""
    joined: list[bytes] = []
    for record, follows in zip(records, glued(records), strict=True):
        if follows:
            joined[-1] += record
        else:
            joined.append(record)
    return joined


class Levels(NamedTuple):
    """What a core says of the levels of a market."""

    depth: tuple[int, list[tuple[int, int]], list[tuple[int, int]]]
    sizes: tuple[list[tuple[int, int]], list[tuple[int, int]]]
    state: tuple[int, ...] | None


class Auditor:
    """Keeps the books of a venue, and compares them with its core after every command.

    What was found right and has changed neither in the books nor in the core since is not worked
    out again, but for a look at everything now and then.
    """

    def __init__(self, *, whole: bool) -> None:
        """Begin at genesis; `whole`: of an engine, not of a bare core."""
        self.books = Books()
        self._whole = whole
        self._seen = 0
        self._orders: dict[int, list[OrderTuple]] = {}
        self._rows: dict[int, object] = {}
        self._totals: dict[int, object] = {}
        self._markets: dict[int, object] = {}

    def see(self, core: Core, events: Iterable[Event], *, stood_still: bool = False) -> None:
        """Post the events of a command, and check the core after it.

        `stood_still`: the venue was halted before the command.

        Raises:
            Violation: something that must always hold does not.
        """
        books = self.books
        books.see_all(events)
        self._seen += 1
        if self._seen % AFRESH == 0:
            self._forget()
        changed = self._check_orders(core)
        self._check_money(core, changed)
        self._check_books(core)
        if self._whole and not stood_still:
            check_engine(core, books, changed)
        books.touched.clear()
        books.posted.clear()
        books.queues.touched.clear()

    def _forget(self) -> None:
        for order in self.books.orders.values():
            order.checked = None
        for kept in (self._orders, self._rows, self._totals, self._markets):
            kept.clear()

    def _check_orders(self, core: Core) -> list[Known]:
        """Check the open orders; return those that have changed."""
        books, orders, seen = self.books, self.books.orders, self._orders
        changed = []
        check(core.open_order_count() == len(orders), "open orders")
        for account in books.groups:
            rows = core.open_orders(account)
            if account not in books.touched and seen.get(account) == rows:
                continue
            seen[account] = rows
            for row in rows:
                known = orders.get(row[0])
                if known is None:
                    raise Violation(f"an order nobody was told of: {row}")
                if known.checked != row:
                    check_order(core, books, row, known)
                    known.checked = row
                    changed.append(known)
        return changed

    def _check_money(self, core: Core, changed: list[Known]) -> None:
        """Check balances and each asset's sums."""
        books, seen, seen_totals = self.books, self._rows, self._totals
        moved = books.touched | {order.account for order in changed}
        for account in books.groups if seen else ACCOUNTS:
            rows = core.balances(account)
            if account in moved or seen.get(account) != rows:
                check_balances(books, account, rows, self._orders.get(account, ()))
                seen[account] = rows
        failing = core.conservation_failure()
        check(failing == 0, "asset", failing)
        for asset in books.assets if seen_totals else ASSETS:
            totals = core.totals(asset)
            if asset in books.posted or seen_totals.get(asset) != totals:
                check_totals(books, asset, totals)
                seen_totals[asset] = totals

    def _check_books(self, core: Core) -> None:
        """Check the levels of every market."""
        books, seen = self.books, self._markets
        for market in books.markets if seen else MARKETS:
            found = Levels(
                core.depth(market, EVERYTHING), core.sizes(market, EVERYTHING), core.market(market)
            )
            if market in books.queues.touched or seen.get(market) != found:
                check_levels(books, market, found)
                seen[market] = found


def check_order(core: Core, books: Books, row: OrderTuple, known: Known) -> None:
    """An open order is what the events tell of it, and what is held for it is what it may cost."""
    order_id, owner, market, side, price, lots, open_lots, prevented = row[:8]
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


def check_balances(
    books: Books, account: int, rows: list[tuple[int, int, int]], orders: Iterable[OrderTuple]
) -> None:
    """Balances are the ledger's, none is below zero, and what is held is held for open orders."""
    available, held = books.available, books.held
    expected = [
        (asset, available[account, asset], held[account, asset])
        for asset in sorted(books.assets)
        if (account, asset) in available and (available[account, asset] or held[account, asset])
    ]
    check(rows == expected, "balances of", account, rows, expected)
    sums: dict[int, int] = {}
    for row in orders:
        market = books.markets[row[2]]
        asset = market.base if row[3] else market.quote
        sums[asset] = sums.get(asset, 0) + row[11]
    for asset, free, units in rows:
        check(free >= 0 and units == sums.get(asset, 0), "held of", account, asset, free, units)


def check_totals(books: Books, asset: int, totals: tuple[int, ...]) -> None:
    """Everything that is here came in and has not left."""
    available, held, *venue = totals
    purposes = ("fees", "in_flight", "loss", "credited", "withdrawn")
    expected_venue = [books.venue[purpose, asset] for purpose in purposes]
    check(venue == expected_venue, "totals of", asset, venue, expected_venue)
    fees, in_flight, loss, credited, withdrawn = venue
    everything = available + held + fees + in_flight + loss
    check(everything == credited - withdrawn, "conservation of", asset)


def check_flags(core: Core, flags: int, known: Known) -> None:
    """Whether it waits, and with whom it is linked, is what the events say."""
    check(bool(flags & WAITING) != known.booked, "accepted, then forgotten", known)
    check(bool(flags & PENDING) == known.pending, "pending", known)
    check(bool(flags & LINKED) == bool(known.partner), "linked", known)
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


def check_levels(books: Books, market: int, found: Levels) -> None:
    """Depth is what the events add up to, and no bid reaches an ask where the market trades."""
    depth, sizes, state = found
    expected = books.depth(market)
    check(depth == expected, "depth of", market, depth, expected)
    _, bids, asks = depth
    if state is not None:
        check(state[0] == books.states.get(market, 0), "state of", market)
        crossed = bool(bids and asks and bids[0][0] >= asks[0][0])
        check(crossed == bool(state[3]), "crossed", market)
        check(not crossed or state[0] != TRADING, "crossed book", market)
    check_sizes(books, market, sizes)


def check_sizes(books: Books, market: int, sizes: object) -> None:
    """What is open in the levels is the sum of the orders in them."""
    sums: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for order in books.orders.values():
        if order.booked and order.market == market:
            side = sums[order.side]
            side[order.price_ticks] = side.get(order.price_ticks, 0) + order.open_lots
    expected = (sorted(sums[0].items(), reverse=True), sorted(sums[1].items()))
    check(sizes == expected, "sizes of", market)


def check_engine(core: Core, books: Books, changed: list[Known]) -> None:
    """What stands above the core has left nothing undone."""
    if core.mode == VenueMode.HALTED:
        return
    late = [order_id for order_id, ends_ns in books.ends.items() if ends_ns <= core.now_ns]
    check(not late, "expired", late)
    for order in changed:
        check(order.open_lots > 0, "nothing is open of", order)
        linked = books.orders.get(order.partner)
        check(linked is None or not (linked.booked and order.booked), "both booked", order)
