"""The venue's books as an outsider keeps them: from events alone, in plain dictionaries.

Nothing here is shared with a core. Every event is posted to balances and levels; whatever does not
add up is a `Violation`.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from outcry.domain import events as e
from outcry.domain.events import Cause
from outcry.domain.market import FeeAsset
from outcry.domain.order import DoneReason, Kind, OrderFlag, Side


class Violation(AssertionError):
    """Something that must always hold did not."""


def check(holds: bool, *told: object) -> None:
    """Raise a `Violation` telling what does not hold."""
    if not holds:
        raise Violation(" ".join(str(part) for part in told))


@dataclass(slots=True)
class Known:
    """An open order as its events describe it."""

    account: int
    market: int
    side: int
    kind: int
    price_ticks: int
    lots: int
    open_lots: int
    hold_units: int
    filled_lots: int = 0
    prevented_lots: int = 0
    booked: bool = False


class Books:
    """Balances, levels and open orders, rebuilt from events."""

    def __init__(self) -> None:
        self.available: Counter[tuple[int, int]] = Counter()
        self.held: Counter[tuple[int, int]] = Counter()
        self.venue: Counter[tuple[str, int]] = Counter()
        self.markets: dict[int, e.MarketSet] = {}
        self.orders: dict[int, Known] = {}
        self.levels: dict[tuple[int, int], dict[int, int]] = {}
        self.update_ids: Counter[int] = Counter()
        self.next_order_id = 1
        self.next_trade_ids: Counter[int] = Counter()
        self.last = (0, -1)

    def see(self, event: e.Event) -> None:
        """Post one event."""
        before, now = self.last, (event.sequence, event.event_index)
        follows = now == (before[0], before[1] + 1) or (now[0] > before[0] and now[1] == 0)
        check(follows, "event", now, "after", before)
        self.last = now
        post = getattr(self, f"on_{type(event).__name__}", None)
        if post is not None:
            post(event)

    def on_MarketSet(self, event: e.MarketSet) -> None:  # noqa: N802
        self.markets[event.market] = event
        for side in Side:
            self.levels.setdefault((event.market, side), {})

    # Orders

    def on_OrderAccepted(self, event: e.OrderAccepted) -> None:  # noqa: N802
        check(event.order_id == self.next_order_id, "order id", event.order_id)
        self.next_order_id += 1
        order = Known(
            event.account, event.market, event.side, event.kind, event.price_ticks, event.lots,
            event.lots, 0,
        )  # fmt: skip
        self.orders[event.order_id] = order
        self.hold(order, event.hold_units)
        if event.flags & OrderFlag.BOOKED:
            order.booked = True
            self.level(event, order, order.lots)

    def on_OrderBooked(self, event: e.OrderBooked) -> None:  # noqa: N802
        order = self.orders[event.order_id]
        check(not order.booked and order.open_lots == event.open_lots, "booked", event)
        order.booked = True
        self.level(event, order, order.open_lots)

    def on_OrderReplaced(self, event: e.OrderReplaced) -> None:  # noqa: N802
        order = self.orders[event.order_id]
        check(order.booked and order.price_ticks == event.old_price_ticks, "replaced", event)
        self.hold(order, event.hold_units)
        gone = order.open_lots - (event.open_lots if event.kept_priority else 0)
        self.level(event, order, -gone, event.old_price_ticks)
        order.lots, order.open_lots = event.lots, event.open_lots
        order.price_ticks, order.booked = event.price_ticks, bool(event.kept_priority)
        self.adds_up(order, event)

    def on_OrderDone(self, event: e.OrderDone) -> None:  # noqa: N802
        order = self.orders.pop(event.order_id)
        check(bool(event.booked) == (order.booked and order.open_lots > 0), "done", event)
        done = (event.open_lots, event.filled_lots, event.prevented_lots)
        check(done == (order.open_lots, order.filled_lots, order.prevented_lots), "done", event)
        filled_whole = event.reason in {DoneReason.FILLED, DoneReason.PREVENTED}
        check(not filled_whole or order.open_lots == 0, "filled, and something open", event)
        self.hold(order, -event.release_units)
        check(order.hold_units == 0, "held by an order that is done", event)
        if event.booked:
            self.level(event, order, -order.open_lots)

    def adds_up(self, order: Known, event: e.Event) -> None:
        used = order.filled_lots + order.prevented_lots
        whole = order.lots if order.kind != Kind.BUDGET else used
        check(used + order.open_lots == whole and order.open_lots >= 0, "lots", order, event)

    # Matches

    def on_Trade(self, event: e.Trade) -> None:  # noqa: N802
        market = self.markets[event.market]
        taker, maker = self.orders[event.taker_order_id], self.orders[event.maker_order_id]
        self.next_trade_ids[event.market] += 1
        check(event.trade_id == self.next_trade_ids[event.market], "trade id", event)
        check(maker.price_ticks == event.price_ticks, "the maker's price", event)
        notional = event.lots * event.price_ticks * market.tick_value_units
        check(event.notional_units == notional, "notional", event)
        self.meet(event, taker, maker, filled=event.lots)
        buyer, seller = (maker, taker) if event.taker_side else (taker, maker)
        fees = (event.taker_fee_units, event.maker_fee_units)
        buyer_fee, seller_fee = fees[::-1] if event.taker_side else fees
        base, quote, units = market.base, market.quote, event.lots * market.lot_units
        in_base = buyer_fee if market.fee_asset == FeeAsset.RECEIVED else 0
        in_quote = buyer_fee - in_base
        self.available[buyer.account, quote] -= notional + in_quote
        self.available[buyer.account, base] += units - in_base
        self.available[seller.account, base] -= units
        self.available[seller.account, quote] += notional - seller_fee
        self.venue["fees", base] += in_base
        self.venue["fees", quote] += in_quote + seller_fee
        check(in_quote + seller_fee >= 0 and in_base >= 0, "net fee", event)

    def on_MatchPrevented(self, event: e.MatchPrevented) -> None:  # noqa: N802
        taker, maker = self.orders[event.taker_order_id], self.orders[event.maker_order_id]
        check(taker.account == maker.account, "prevented between strangers", event)
        self.meet(event, taker, maker, prevented=event.lots)

    def meet(
        self, event: Any, taker: Known, maker: Known, filled: int = 0, prevented: int = 0
    ) -> None:
        """Take the lots of a match off both orders."""
        check(event.lots > 0 and maker.booked and not taker.booked, "match", event)
        releases = (event.taker_release_units, event.maker_release_units)
        after = (event.taker_open_lots, event.maker_open_lots)
        for order, release, open_lots in zip((taker, maker), releases, after, strict=True):
            if order.kind != Kind.BUDGET:
                order.open_lots -= event.lots
            order.filled_lots += filled
            order.prevented_lots += prevented
            check(order.open_lots == open_lots, "open lots", order, event)
            self.hold(order, -release)
            self.adds_up(order, event)
        self.level(event, maker, -event.lots)

    # Money

    def hold(self, order: Known, units: int) -> None:
        """Move units of an order's paying asset from available to held, or back."""
        market = self.markets[order.market]
        whose = (order.account, market.base if order.side else market.quote)
        self.available[whose] -= units
        self.held[whose] += units
        order.hold_units += units
        check(order.hold_units >= 0, "hold below zero", order)

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
        if event.cause == Cause.TRANSFER:
            self.available[event.counter_account, asset] += amount
        check(self.available[whose] == event.available_units, "available", event)

    # Levels

    def level(self, event: Any, order: Known, change: int, price_ticks: int = 0) -> None:
        """Change a level, and compare it with what the event shows."""
        levels = self.levels[order.market, order.side]
        price = price_ticks or order.price_ticks
        lots = levels.pop(price, 0) + change
        check(lots >= 0 and lots == event.level_lots, "level", lots, event)
        if lots:
            levels[price] = lots
        if change:
            self.update_ids[order.market] += 1
        check(event.update_id == self.update_ids[order.market], "update id", event)

    def depth(self, market: int) -> tuple[int, list[tuple[int, int]], list[tuple[int, int]]]:
        """Return what `Core.depth` should say."""
        bids, asks = (self.levels.get((market, side), {}) for side in Side)
        return (
            self.update_ids[market],
            sorted(bids.items(), reverse=True),
            sorted(asks.items()),
        )
