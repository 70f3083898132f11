"""The venue's books as an outsider keeps them: from events alone, in plain dictionaries.

Nothing here is shared with a core. Every event is posted to balances, orders and levels; whatever
does not add up is a `Violation`.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from outcry.domain import events as e
from outcry.domain.events import Cause, TradeFlag
from outcry.domain.market import FeeAsset
from outcry.domain.order import (
    DoneReason,
    Kind,
    ListKind,
    OrderFlag,
    SelfTrade,
    TimeInForce,
)
from tests.property.charges import Charges
from tests.property.queues import Levels, Queues

AUCTION, BOOKED, POST_ONLY = (
    int(flag) for flag in (TradeFlag.AUCTION, OrderFlag.BOOKED, OrderFlag.POST_ONLY)
)
AT_ONCE = {int(TimeInForce.IOC), int(TimeInForce.FOK)}
FILLED_WHOLE = {int(DoneReason.FILLED), int(DoneReason.PREVENTED)}
LIMIT, BUDGET, FOK, RECEIVED, ANYBODY = (
    int(word)
    for word in (
        Kind.LIMIT, Kind.BUDGET, TimeInForce.FOK, FeeAsset.RECEIVED, SelfTrade.NONE,
    )
)  # fmt: skip
"""Plain numbers: a member of an enumeration is looked up at every use, and these are many."""


class Violation(AssertionError):
    """Something that must always hold did not."""


def check(holds: bool, *told: object) -> None:
    """Raise a `Violation` telling what does not hold."""
    if not holds:
        raise wrong(*told)


def wrong(*told: object) -> Violation:
    """Return a `Violation` to be raised where a call of `check` is too dear."""
    return Violation(" ".join(map(str, told)))


@dataclass(slots=True)
class Purse:
    """Units held for an order, or for the two of a pair."""

    units: int = 0


@dataclass(slots=True)
class Known:
    """An open order as its events describe it. `shown_lots` are those in the book."""

    order_id: int
    account: int
    market: int
    side: int
    kind: int
    price_ticks: int
    lots: int
    open_lots: int
    cap_ppm: int
    time_in_force: int
    self_trade: int
    flags: int
    purse: Purse = field(default_factory=Purse)
    filled_lots: int = 0
    prevented_lots: int = 0
    booked: bool = False
    shown_lots: int = 0
    display_lots: int = 0
    peg: int = 0
    pending: bool = False
    partner: int = 0
    checked: object = None
    """What a core said of it that was found to be right; None after anything has changed."""

    def joins(self) -> int:
        """Return what it shows when it joins a level."""
        return min(self.display_lots, self.open_lots) if self.display_lots else self.open_lots


class Books:
    """Balances, levels and open orders, rebuilt from events."""

    def __init__(self) -> None:
        self.available: Counter[tuple[int, int]] = Counter()
        self.held: Counter[tuple[int, int]] = Counter()
        self.venue: Counter[tuple[str, int]] = Counter()
        self.markets: dict[int, e.MarketSet] = {}
        self.assets: set[int] = set()
        self.states: dict[int, int] = {}
        self.groups: dict[int, int] = {}
        self.orders: dict[int, Known] = {}
        self.queues = Queues()
        self.charges = Charges()
        self.touched: set[int] = set()
        """Accounts of which a balance or an order changed since it was last emptied."""
        self.posted: set[int] = set()
        """Assets of which the venue's own sums changed since it was last emptied."""
        self.next_order_id = 1
        self.next_trade_ids: Counter[int] = Counter()
        self.terms: dict[int, e.OrderTerms] = {}
        self.ends: dict[int, int] = {}
        """When each open order that ends by itself does, in ns."""
        self.lists: dict[int, tuple[int, int, list[int]]] = {}
        self.last = (0, -1)
        self._posts: dict[type, Callable[[Any], None] | None] = {}

    def see_all(self, events: Iterable[e.Event]) -> None:
        """Post the events of a command."""
        events = list(events)
        for event in events:
            if type(event) is e.OrderTerms:
                self.terms[event.order_id] = event
        for event in events:
            self.see(event)

    def see(self, event: e.Event) -> None:
        """Post one event."""
        sequence, index = event.sequence, event.event_index
        last, last_index = self.last
        follows = index == last_index + 1 if sequence == last else sequence > last and index == 0
        self.last = now = (sequence, index)
        if not follows:
            raise wrong("event", now, "after", last, last_index)
        kind = type(event)
        try:
            post = self._posts[kind]
        except KeyError:
            post = self._posts[kind] = getattr(self, f"on_{kind.__name__}", None)
        if post is not None:
            post(event)

    def on_AssetSet(self, event: e.AssetSet) -> None:  # noqa: N802
        self.assets.add(event.asset)

    def on_MarketSet(self, event: e.MarketSet) -> None:  # noqa: N802
        self.markets[event.market] = event
        self.queues.add_market(event.market)

    def on_FeesSet(self, event: e.FeesSet) -> None:  # noqa: N802
        self.charges.see_market(event)

    def on_RatesSet(self, event: e.RatesSet) -> None:  # noqa: N802
        self.charges.see_account(event)

    def on_StateChanged(self, event: e.StateChanged) -> None:  # noqa: N802
        check(self.states.get(event.market, 0) == event.previous, "state", event)
        self.states[event.market] = event.state
        self.queues.touched.add(event.market)

    def on_AccountOpened(self, event: e.AccountOpened) -> None:  # noqa: N802
        self.groups[event.account] = event.parent or event.account

    # Orders

    def on_OrderAccepted(self, event: e.OrderAccepted) -> None:  # noqa: N802
        order_id = event.order_id
        check(order_id == self.next_order_id, "order id", order_id)
        self.next_order_id += 1
        order = Known(
            order_id, event.account, event.market, event.side, event.kind,
            event.price_ticks, event.lots, event.lots, event.cap_ppm, event.time_in_force,
            event.self_trade, event.flags,
        )  # fmt: skip
        terms = self.terms.get(order_id)
        if terms is not None:
            order.display_lots, order.peg = terms.display_lots, terms.peg
        self.orders[order_id] = order
        self.hold(order, event.hold_units)
        if event.flags & BOOKED:
            self.join(event, order)

    def on_ListAccepted(self, event: e.ListAccepted) -> None:  # noqa: N802
        ids = [event.first_order_id, event.second_order_id, event.third_order_id]
        check(event.list_id == ids[0] == self.next_order_id, "list", event)
        for place, order_id in enumerate(i for i in ids if i):
            self.lists[order_id] = (event.list_kind, place, ids)

    def on_OrderTerms(self, event: e.OrderTerms) -> None:  # noqa: N802
        """Learn of its list what an order is; its own acceptance was the last event."""
        order = self.orders[event.order_id]
        kind, place, ids = self.lists.get(event.order_id, (0, 0, []))
        if event.expires_ns:
            self.ends[event.order_id] = event.expires_ns
        order.pending = kind in {ListKind.OTO, ListKind.OTOCO} and place > 0
        if kind == ListKind.OCO and place == 1:
            self.link(order, self.orders[ids[0]])

    def link(self, one: Known, other: Known) -> None:
        """Let two orders share their hold."""
        check(one.open_lots == other.open_lots, "a pair of two sizes", one, other)
        one.purse.units += other.purse.units
        other.purse = one.purse
        one.partner, other.partner = other.order_id, one.order_id

    def on_ChildPlaced(self, event: e.ChildPlaced) -> None:  # noqa: N802
        order = self.orders[event.order_id]
        check(order.pending and order.purse.units == 0, "placed", order, event)
        check(1 <= event.lots <= order.lots, "lots of a child", order, event)
        order.lots = order.open_lots = event.lots
        order.pending = False
        self.hold(order, event.hold_units)
        kind, place, ids = self.lists[event.order_id]
        if kind == ListKind.OTOCO and place == 2 and ids[1] in self.orders:
            self.link(order, self.orders[ids[1]])

    def on_OrderBooked(self, event: e.OrderBooked) -> None:  # noqa: N802
        order = self.orders[event.order_id]
        check(not order.booked and order.open_lots == event.open_lots, "booked", order, event)
        check(order.peg > 0 or order.price_ticks == event.price_ticks, "price", order, event)
        order.price_ticks = event.price_ticks
        self.join(event, order)

    def join(self, event: Any, order: Known) -> None:
        """Let an order join the back of its level."""
        check(order.time_in_force not in AT_ONCE, "an immediate order is booked", order)
        order.booked, order.shown_lots = True, order.joins()
        self.queues.join(order.market, order.side, order.price_ticks, order.order_id)
        self.level(event, order, order.shown_lots)

    def leave(self, event: Any, order: Known) -> None:
        """Take an order out of its level."""
        self.level(event, order, -order.shown_lots)
        self.queues.leave(order.market, order.side, order.price_ticks, order.order_id)
        order.booked, order.shown_lots = False, 0

    def on_OrderParked(self, event: e.OrderParked) -> None:  # noqa: N802
        order = self.orders[event.order_id]
        check(order.booked and order.peg > 0, "parked", order, event)
        check(order.open_lots == event.open_lots, "parked", order, event)
        self.leave(event, order)

    def on_OrderReplaced(self, event: e.OrderReplaced) -> None:  # noqa: N802
        order = self.orders[event.order_id]
        self.hold(order, event.hold_units)
        used = order.filled_lots + order.prevented_lots
        check(event.lots - used == event.open_lots, "lots", order, event)
        if not order.booked:
            check((event.level_lots, event.update_id) == (0, 0), "level", order, event)
        elif event.kept_priority:
            check(order.price_ticks == event.old_price_ticks, "replaced", order, event)
            check(event.open_lots <= order.open_lots, "an order that grew kept its place", order)
            shown = (
                min(order.shown_lots, event.open_lots) if order.display_lots else event.open_lots
            )
            change, order.shown_lots = shown - order.shown_lots, shown
            self.level(event, order, change)
        else:
            check(order.price_ticks == event.old_price_ticks, "replaced", order, event)
            self.leave(event, order)
        order.lots, order.open_lots = event.lots, event.open_lots
        order.price_ticks = event.price_ticks

    def on_OrderShown(self, event: e.OrderShown) -> None:  # noqa: N802
        order = self.orders[event.order_id]
        check(order.booked and order.price_ticks == event.price_ticks, "shown", order, event)
        check(event.shown_lots <= order.open_lots, "shown", order, event)
        change, order.shown_lots = event.shown_lots - order.shown_lots, event.shown_lots
        if change > 0:  # it shows more of itself, from the back of its price
            self.queues.join(order.market, order.side, order.price_ticks, order.order_id)
        self.level(event, order, change)

    def on_OrderDone(self, event: e.OrderDone) -> None:  # noqa: N802
        order = self.orders.pop(event.order_id)
        self.ends.pop(event.order_id, None)
        open_lots, filled_lots = order.open_lots, order.filled_lots
        booked = bool(event.booked)
        if booked != (order.booked and open_lots > 0):
            raise wrong("done", order, event)
        done = (event.open_lots, event.filled_lots, event.prevented_lots)
        if done != (open_lots, filled_lots, order.prevented_lots):
            raise wrong("done", event)
        if order.kind != BUDGET and sum(done) != order.lots:
            raise wrong("lots of", order, event)
        if open_lots and event.reason in FILLED_WHOLE:
            raise wrong("filled, and something open", event)
        if order.time_in_force == FOK and filled_lots and filled_lots != order.lots:
            raise wrong("a part of all or nothing", order, event)
        self.hold(order, -event.release_units)
        if booked:
            self.leave(event, order)
        elif order.booked:
            self.queues.leave(order.market, order.side, order.price_ticks, order.order_id)
        partner = self.orders.get(order.partner)
        if partner is not None:
            partner.partner, partner.checked = 0, None
            partner.purse = Purse(order.purse.units)
        elif order.purse.units:
            raise wrong("held by an order that is done", order, event)

    # Matches

    def on_Trade(self, event: e.Trade) -> None:  # noqa: N802
        market, lots, price_ticks = self.markets[event.market], event.lots, event.price_ticks
        taker, maker = self.orders[event.taker_order_id], self.orders[event.maker_order_id]
        self.next_trade_ids[event.market] += 1
        if event.trade_id != self.next_trade_ids[event.market]:
            raise wrong("trade id", event)
        auction = bool(event.flags & AUCTION)
        notional = lots * price_ticks * market.tick_value_units
        if event.notional_units != notional:
            raise wrong("notional", event)
        self.in_turn(event, taker, maker, auction=auction)
        if not auction:
            check(maker.price_ticks == price_ticks, "the maker's price", event)
            self.may_meet(taker, maker)
        self.meet(event, taker, maker, filled=lots, auction=auction)
        buyer, seller = (maker, taker) if event.taker_side else (taker, maker)
        if buyer.kind == LIMIT and buyer.price_ticks < price_ticks:
            raise wrong("worse than its limit", buyer, event)
        if seller.kind == LIMIT and seller.price_ticks > price_ticks:
            raise wrong("worse than its limit", seller, event)
        self.pay(event, taker, maker, market)

    def pay(self, event: e.Trade, taker: Known, maker: Known, market: e.MarketSet) -> None:
        """Post the money of a trade, fees included."""
        fees = (event.taker_fee_units, event.maker_fee_units)
        due = self.charges.fees(event, market, taker.cap_ppm, maker.cap_ppm)
        if fees != due:
            raise wrong("fees", fees, due, event)
        buyer, seller = taker.account, maker.account
        buyer_fee, seller_fee = fees
        if event.taker_side:
            buyer, seller, buyer_fee, seller_fee = seller, buyer, seller_fee, buyer_fee
        base, quote, units = market.base, market.quote, event.lots * market.lot_units
        in_base = buyer_fee if market.fee_asset == RECEIVED else 0
        in_quote = buyer_fee - in_base
        available, notional = self.available, event.notional_units
        available[buyer, quote] -= notional + in_quote
        available[buyer, base] += units - in_base
        available[seller, base] -= units
        available[seller, quote] += notional - seller_fee
        self.venue["fees", base] += in_base
        self.venue["fees", quote] += in_quote + seller_fee
        self.touched.add(buyer)
        self.touched.add(seller)
        self.posted.add(base)
        self.posted.add(quote)
        if in_quote + seller_fee < 0 or in_base < 0:
            raise wrong("net fee", event)
        if min(fees) < 0 and event.flags & AUCTION:
            raise wrong("a rebate in an auction", event)

    def on_MatchPrevented(self, event: e.MatchPrevented) -> None:  # noqa: N802
        taker, maker = self.orders[event.taker_order_id], self.orders[event.maker_order_id]
        same = self.groups[taker.account] == self.groups[maker.account]
        check(same and event.maker_account == maker.account, "prevented between strangers", event)
        if self.walks(taker):
            self.in_turn(event, taker, maker, auction=False)
        self.meet(event, taker, maker, prevented=event.lots)

    def may_meet(self, taker: Known, maker: Known) -> None:
        """Check that a taker wanted to take, and from whom it did."""
        if taker.self_trade != ANYBODY and self.groups[taker.account] == self.groups[maker.account]:
            raise wrong("traded with itself", taker, maker)
        if taker.flags & POST_ONLY:
            raise wrong("a post-only order took", taker, maker)

    def in_turn(self, event: Any, taker: Known, maker: Known, *, auction: bool) -> None:
        """Check that a match takes the oldest of the best price, in an uncross on both sides."""
        for order in (maker, taker) if auction else (maker,):
            first = self.queues.first(order.market, order.side)
            if first != order.order_id:
                raise wrong("it is the turn of", first, "not of", order, event)

    def meet(
        self, event: Any, taker: Known, maker: Known, *, filled: int = 0, prevented: int = 0,
        auction: bool = False,
    ) -> None:  # fmt: skip
        """Take the lots of a match off both orders."""
        lots = event.lots
        check(lots > 0 and maker.booked and taker.booked == auction, "match", event)
        check(taker.side == event.taker_side != maker.side, "sides", event)
        for order, release, open_lots in (
            (taker, event.taker_release_units, event.taker_open_lots),
            (maker, event.maker_release_units, event.maker_open_lots),
        ):
            order.filled_lots += filled
            order.prevented_lots += prevented
            if order.kind != BUDGET:
                self.lower(order, lots)
            if not order.open_lots == open_lots >= 0:
                raise wrong("open lots", order, event)
            self.hold(order, -release)
        if auction:  # two `OrderShown` tell what is displayed
            check((event.level_lots, event.update_id) == (0, 0), "level in an auction", event)
            return
        before = maker.shown_lots
        if maker.display_lots and not self.walks(taker):
            maker.shown_lots = min(before, maker.open_lots)
        else:
            maker.shown_lots -= lots
        self.level(event, maker, maker.shown_lots - before)

    def walks(self, taker: Known) -> bool:
        """Return whether a taker meets what is shown, the best first.

        In a call phase only a slice does, which a core runs without a look at the market's state:
        an engine sends none then.
        """
        if self.states.get(taker.market, 0) not in {1, 2}:
            return True
        terms = self.terms.get(taker.order_id)
        return terms is not None and terms.slices > 0

    def lower(self, order: Known, lots: int) -> None:
        """Take lots off what is open of an order, and off what its partner wants."""
        order.open_lots -= lots
        partner = self.orders.get(order.partner) if order.partner else None
        if partner is not None:
            partner.checked = None
            check(not partner.booked or not order.booked, "two of a pair are in the book", order)
            partner.lots -= lots
            partner.open_lots -= lots
            if partner.booked:
                raise Violation(f"an order traded while its partner was in the book: {order}")

    # Money

    def hold(self, order: Known, units: int) -> None:
        """Move units of an order's paying asset from available to held, or back."""
        self.touched.add(order.account)
        order.checked = None
        if order.partner and order.partner in self.orders:
            self.orders[order.partner].checked = None
        if not units:
            return
        market = self.markets[order.market]
        whose = (order.account, market.base if order.side else market.quote)
        self.available[whose] -= units
        self.held[whose] += units
        purse = order.purse
        purse.units += units
        if purse.units < 0:
            raise wrong("hold below zero", order)

    def on_BalanceChanged(self, event: e.BalanceChanged) -> None:  # noqa: N802
        asset, amount, whose = event.asset, event.amount_units, (event.account, event.asset)
        credits = {Cause.DEPOSIT, Cause.WITHDRAWAL_FAILED, Cause.ADJUST_CREDIT}
        if event.cause != Cause.WITHDRAWAL_FINAL:
            self.available[whose] += amount if event.cause in credits else -amount
        against = {
            Cause.DEPOSIT: (("credited", 1),),
            Cause.WITHDRAWAL_REQUESTED: (("in_flight", 1),),
            Cause.WITHDRAWAL_FAILED: (("in_flight", -1),),
            Cause.WITHDRAWAL_FINAL: (("in_flight", -1), ("withdrawn", 1)),
            Cause.ADJUST_CREDIT: (("loss", -1),),
            Cause.ADJUST_DEBIT: (("loss", 1),),
        }
        for purpose, sign in against.get(Cause(event.cause), ()):
            self.venue[purpose, asset] += sign * amount
        self.posted.add(asset)
        if event.cause == Cause.TRANSFER:
            self.available[event.counter_account, asset] += amount
            self.touched.add(event.counter_account)
        self.touched.add(event.account)
        check(self.available[whose] == event.available_units, "available", event)

    # Levels

    def level(self, event: Any, order: Known, change: int) -> None:
        """Change a level, and compare it with what the event shows."""
        order.checked = None
        self.touched.add(order.account)
        queues, market = self.queues, order.market
        lots = queues.change(market, order.side, order.price_ticks, change)
        if not 0 <= lots == event.level_lots:
            raise wrong("level", lots, order, event)
        if event.update_id != queues.update_ids[market]:
            raise wrong("update id", order, event)

    def depth(self, market: int) -> tuple[int, Levels, Levels]:
        """Return what `Core.depth` should say."""
        return self.queues.depth(market)
