"""What holds after every command, on either core, judged from its events and its reads."""

from collections.abc import Iterable

from outcry import codec
from outcry.domain.events import Event
from outcry.domain.market import MarketState, VenueMode
from outcry.domain.order import OrderFlag
from outcry.engine.core import Core, CoreFactory, OrderTuple
from tests.property.books import BUDGET, RECEIVED, Books, Known, check, wrong
from tests.property.generator import Script, glued
from tests.property.queues import Levels
from tests.property.script.stage import new_stage

ASSETS = range(1, 10)
MARKETS = (1, 2, 3, 4)
ACCOUNTS = range(1, 9)
PPM = 10**6
EVERYTHING = 1_000_000
"""More levels than there are."""
TRADING, HALTED = int(MarketState.TRADING), int(VenueMode.HALTED)
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
        self._check_money(core)
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
        touched, changed = books.touched, []
        if core.open_order_count() != len(orders):
            raise wrong("open orders", core.open_order_count(), len(orders))
        for account in books.groups:
            rows = core.open_orders(account)
            if account not in touched:
                if seen.get(account) == rows:
                    continue
                touched.add(account)
            seen[account] = rows
            for row in rows:
                known = orders.get(row[0])
                if known is None:
                    raise wrong("an order nobody was told of:", row)
                if known.checked != row:
                    check_order(core, books, row, known)
                    known.checked = row
                    changed.append(known)
        return changed

    def _check_money(self, core: Core) -> None:
        """Check balances and each asset's sums."""
        books, seen, seen_totals = self.books, self._rows, self._totals
        touched, posted = books.touched, books.posted
        for account in books.groups if seen else ACCOUNTS:
            rows = core.balances(account)
            if account in touched or seen.get(account) != rows:
                check_balances(books, account, rows, self._orders.get(account, ()))
                seen[account] = rows
        failing = core.conservation_failure()
        if failing:
            raise wrong("asset", failing)
        for asset in books.assets if seen_totals else ASSETS:
            totals = core.totals(asset)
            if asset in posted or seen_totals.get(asset) != totals:
                check_totals(books, asset, totals)
                seen_totals[asset] = totals

    def _check_books(self, core: Core) -> None:
        """Check the levels of every market."""
        books, seen, touched = self.books, self._markets, self.books.queues.touched
        depth, sizes, state = core.depth, core.sizes, core.market
        for market in books.markets if seen else MARKETS:
            found = (depth(market, EVERYTHING), sizes(market, EVERYTHING), state(market))
            if market in touched or seen.get(market) != found:
                check_levels(books, market, *found)
                seen[market] = found


def check_order(core: Core, books: Books, row: OrderTuple, known: Known) -> None:
    """An open order is what the events tell of it, and what is held for it is what it may cost."""
    order_id, owner, market, side, price, lots, open_lots, prevented = row[:8]
    told = (known.account, known.market, known.side, known.lots)
    if told != (owner, market, side, lots):
        raise wrong("order", row, known)
    if known.peg <= 0 and known.price_ticks != price:
        raise wrong("price", row, known)
    if known.open_lots != open_lots or known.prevented_lots != prevented:
        raise wrong("lots", row)
    if not known.partner and known.kind != BUDGET:
        used = known.filled_lots + known.prevented_lots
        check(used + open_lots == lots, "lots", row, known)
    check_flags(core, row[10], known)
    hides = known.partner and known.partner < order_id
    units = 0 if hides else known.purse.units
    if not units == row[11] == expected_hold(core, books, known):
        raise wrong("hold", row, known)


def check_balances(
    books: Books, account: int, rows: list[tuple[int, int, int]], orders: Iterable[OrderTuple]
) -> None:
    """Balances are the ledger's, none is below zero, and what is held is held for open orders."""
    available, held, assets = books.available, books.held, books.assets
    sums: dict[int, int] = {}
    for row in orders:
        market = books.markets[row[2]]
        asset = market.base if row[3] else market.quote
        sums[asset] = sums.get(asset, 0) + row[11]
    last = 0
    for asset, free, units in rows:
        whose = (account, asset)
        told = asset > last and asset in assets and (free or units)
        if not (told and free == available[whose] and units == held[whose]):
            raise wrong("balances of", account, rows, "not", available[whose], held[whose])
        if free < 0 or units != sums.get(asset, 0):
            raise wrong("held of", account, asset, free, units)
        last = asset
    if len(rows) < len(assets):
        for asset in assets.difference(row[0] for row in rows):
            if available[account, asset] or held[account, asset]:
                raise wrong("balances of", account, rows, "nothing of", asset)


def check_totals(books: Books, asset: int, totals: tuple[int, ...]) -> None:
    """Everything that is here came in and has not left."""
    available, held, fees, in_flight, loss, credited, withdrawn = totals
    venue = books.venue
    if (
        fees != venue["fees", asset]
        or in_flight != venue["in_flight", asset]
        or loss != venue["loss", asset]
        or credited != venue["credited", asset]
        or withdrawn != venue["withdrawn", asset]
    ):
        raise wrong("totals of", asset, totals, venue)
    everything = available + held + fees + in_flight + loss
    if everything != credited - withdrawn:
        raise wrong("conservation of", asset)


def check_flags(core: Core, flags: int, known: Known) -> None:
    """Whether it waits, and with whom it is linked, is what the events say."""
    if bool(flags & WAITING) == known.booked:
        raise wrong("accepted, then forgotten", known)
    if bool(flags & PENDING) != known.pending:
        raise wrong("pending", known)
    if bool(flags & LINKED) != bool(known.partner):
        raise wrong("linked", known)
    terms = core.terms(known.order_id)
    if terms is not None:
        shown = known.shown_lots if known.display_lots else 0
        check((terms[13], terms[15]) == (shown, known.partner), "terms", terms, known)


def expected_hold(core: Core, books: Books, known: Known) -> int:
    """Return what must be held for an order; of a pair with the one whose id is lower."""
    partner = books.orders.get(known.partner) if known.partner else None
    if partner is None:
        return known.open_lots * lot_hold(core, books, known)
    if partner.order_id < known.order_id:
        return 0
    return known.open_lots * max(lot_hold(core, books, order) for order in (known, partner))


def lot_hold(core: Core, books: Books, known: Known) -> int:
    """Return what an order holds for one lot, alone."""
    market = books.markets[known.market]
    if known.pending:
        return 0
    if known.side:
        return market.lot_units
    terms = core.terms(known.order_id) if known.peg else None
    price = terms[14] if terms else known.price_ticks
    cost = price * market.tick_value_units
    if market.fee_asset == RECEIVED:
        return cost
    return cost - (-cost * known.cap_ppm // PPM)


def check_levels(
    books: Books,
    market: int,
    depth: tuple[int, Levels, Levels],
    sizes: tuple[Levels, Levels],
    state: tuple[int, ...] | None,
) -> None:
    """Depth is what the events add up to, and no bid reaches an ask where the market trades."""
    expected = books.depth(market)
    if depth != expected:
        raise wrong("depth of", market, depth, expected)
    _, bids, asks = depth
    if state is not None:
        crossed = bool(bids and asks and bids[0][0] >= asks[0][0])
        check(state[0] == books.states.get(market, 0), "state of", market)
        check(crossed == bool(state[3]), "crossed", market)
        check(not crossed or state[0] != TRADING, "crossed book", market)
    check_sizes(books, market, sizes)


def check_sizes(books: Books, market: int, sizes: tuple[Levels, Levels]) -> None:
    """What is open in the levels is the sum of the orders in them."""
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for order in books.orders.values():
        if order.market == market and order.booked:
            side, price = asks if order.side else bids, order.price_ticks
            side[price] = side.get(price, 0) + order.open_lots
    if sizes != (sorted(bids.items(), reverse=True), sorted(asks.items())):
        raise wrong("sizes of", market)


def check_engine(core: Core, books: Books, changed: list[Known]) -> None:
    """What stands above the core has left nothing undone."""
    if core.mode == HALTED:
        return
    if books.ends and min(books.ends.values()) <= core.now_ns:
        raise wrong("expired", books.ends, core.now_ns)
    for order in changed:
        if order.open_lots <= 0:
            raise wrong("nothing is open of", order)
        if order.partner and order.booked:
            linked = books.orders.get(order.partner)
            check(linked is None or not linked.booked, "both booked", order)
