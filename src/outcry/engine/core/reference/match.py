"""Matching: first a plan without effects, then its effects.

The plan is what fill-or-kill, the funds of market orders and the limits look at, and what is then
carried out to the letter, so that a check can never disagree with what follows it.
"""

from collections import deque
from typing import TYPE_CHECKING

from outcry import codec
from outcry.codec import VERSION
from outcry.domain.events import TradeFlag
from outcry.domain.market import FeeAsset
from outcry.domain.order import DoneReason, SelfTrade
from outcry.domain.units import DAY_NS, budget_lots, fee_units, rebate_units
from outcry.engine.core.reference.state import BUDGET, BUY, SELL, Level, Market, Order, Pair

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core


TRADE, PREVENT, EXPIRE, WITHDRAW = range(4)
"""What happens to one maker. `WITHDRAW` is `PREVENT` without matching: hidden lots go first."""
EXPIRE_TAKER, EXPIRE_MAKER, _, DECREMENT, NONE = (int(mode) for mode in SelfTrade)
IN_QUOTE, RECEIVED = (int(asset) for asset in FeeAsset)
FILLED, PREVENTED = int(DoneReason.FILLED), int(DoneReason.PREVENTED)
AUCTION = int(TradeFlag.AUCTION)
_TRADE = 5
_trade_layout = codec.EVENT_BY_NUMBER[_TRADE]
_pack_trade, _trade_length = _trade_layout.whole.pack, _trade_layout.body_end


Step = tuple[Order, int, int]
"""A maker, the lots, and what happens to it."""


class Plan:
    """What an order would do: it meets makers one by one and notes what would happen to each.

    `end` is why it stops before its lots run out: 0 where its limit stops it or nothing is left to
    do, else a done reason. `cost_units` is what an order without a hold would pay: notional plus
    the fee where the buyer pays it in quote.
    """

    __slots__ = (
        "by_budget", "cost_units", "end", "group", "notional_units", "order", "pays_fee",
        "prevented_lots", "rate", "rest", "steps", "stopped_at_ticks", "traded_lots",
    )  # fmt: skip

    def __init__(self, order: Order, lots: int) -> None:
        market = order.market
        self.order = order
        self.group = order.account.group
        self.by_budget = order.kind == BUDGET
        self.rest = order.budget_units if self.by_budget else lots
        in_quote = order.side == BUY and market.fee_asset == IN_QUOTE
        self.pays_fee = in_quote and not order.price_ticks
        self.rate = taker_rate(order) if self.pays_fee else 0
        self.steps: list[Step] = []
        self.traded_lots = self.prevented_lots = 0
        self.notional_units = self.cost_units = 0
        self.end = self.stopped_at_ticks = 0

    def wants_more(self) -> bool:
        """Return whether there may be something left to trade.

        A budget is used up only when a maker says what a lot costs.
        """
        return self.by_budget or self.rest > 0

    def meet(self, maker: Order, there: int, lot_price: int) -> int:
        """Note what happens to one maker that offers so many lots; return those it loses."""
        own = maker.account.group == self.group
        if own and self.order.self_trade < DECREMENT:
            self._expire(maker)
            return 0
        wanted = self._affordable(lot_price) if self.by_budget else self.rest
        lots = wanted if wanted < there else there
        if lots:
            own = own and self.order.self_trade != NONE
            self._take(maker, lots, lots * lot_price, own=own)
        if self.by_budget and lots < there:
            self.end = DoneReason.BUDGET_EXHAUSTED
            self.stopped_at_ticks = maker.price_ticks
        return lots

    def meet_icebergs(self, level: Level, lot_price: int) -> None:
        """Note what happens in a level where makers come round again with lots they hid."""
        queue = deque(
            (maker, maker.visible_lots, maker.open_lots - maker.visible_lots)
            for maker in level.orders.values()
        )
        while queue and self.wants_more() and not self.end:
            maker, shown, hidden = queue.popleft()
            if self.meet(maker, shown, lot_price) == shown and hidden:
                refill = min(maker.display_lots, hidden)
                queue.append((maker, refill, hidden - refill))

    def meet_in_call(self, maker: Order) -> None:
        """Note what happens to an own maker where nothing trades."""
        if self.order.self_trade < DECREMENT:
            self._expire(maker)
        elif self.order.self_trade == DECREMENT:
            lots = min(self.rest, maker.open_lots)
            self.rest -= lots
            self.prevented_lots += lots
            self.steps.append((maker, lots, WITHDRAW))

    def stop_at_band(self) -> None:
        """Note that the next maker lies outside the band."""
        if self.rest:
            self.end = DoneReason.PROTECTED
        elif self.by_budget:
            self.end = DoneReason.BUDGET_EXHAUSTED

    def _expire(self, maker: Order) -> None:
        """End one or both of two orders of one group."""
        if self.order.self_trade != EXPIRE_TAKER:
            self.steps.append((maker, 0, EXPIRE))
        if self.order.self_trade != EXPIRE_MAKER:
            self.end = DoneReason.SELF_TRADE

    def _affordable(self, lot_price: int) -> int:
        """Return the lots that the rest of a budget buys, or must be sold for."""
        if self.pays_fee:
            return budget_lots(self.rest, lot_price, self.rate)
        return self.rest // lot_price

    def _take(self, maker: Order, lots: int, notional: int, *, own: bool) -> None:
        cost = notional + fee_units(notional, self.rate) if self.pays_fee else notional
        self.rest -= cost if self.by_budget else lots
        if own:
            self.steps.append((maker, lots, PREVENT))
            self.prevented_lots += lots
            return
        self.steps.append((maker, lots, TRADE))
        self.traded_lots += lots
        self.notional_units += notional
        self.cost_units += cost


def plan(order: Order, most_lots: int | None = None) -> Plan:
    """Return what `order` would do to the book now, with all its open lots or with fewer."""
    planned = Plan(order, order.open_lots if most_lots is None else most_lots)
    market, has_limit = order.market, order.price_ticks > 0
    low, high = market.bands[order.side]
    for level in market.sides[1 - order.side].best_first():
        price_ticks = level.price_ticks
        if has_limit and not _reaches(order, price_ticks):
            return planned
        if not low <= price_ticks <= high:
            planned.stop_at_band()
            return planned
        lot_price = price_ticks * market.tick_value
        if level.icebergs:
            planned.meet_icebergs(level, lot_price)
            if planned.end:
                return planned
            continue
        for maker in level.orders.values():
            if not planned.wants_more():
                return planned
            planned.meet(maker, maker.open_lots, lot_price)
            if planned.end:
                return planned
    if not has_limit and planned.wants_more():
        planned.end = DoneReason.NO_LIQUIDITY
    return planned


def plan_call(order: Order) -> Plan:
    """Return what `order` does as it joins a book that does not match: to its own group's only."""
    planned = Plan(order, order.open_lots)
    for maker in order.market.sides[1 - order.side].orders():
        if not _reaches(order, maker.price_ticks) or not planned.rest or planned.end:
            break
        if maker.account.group == planned.group:
            planned.meet_in_call(maker)
    return planned


def _reaches(order: Order, price_ticks: int) -> bool:
    if order.side == BUY:
        return price_ticks <= order.price_ticks
    return price_ticks >= order.price_ticks


def carry_out(core: "Core", taker: Order, steps: list[Step]) -> None:
    """Do what a plan says, maker by maker."""
    for maker, lots, action in steps:
        if action == EXPIRE:
            core.close(maker, DoneReason.SELF_TRADE)
            continue
        if action == TRADE:
            trade(core, taker, maker, lots, maker.price_ticks)
        else:
            _prevent(core, taker, maker, lots, action)
        if maker.open_lots == 0:
            core.forget(maker)
            core.emit_done(maker, ended_reason(maker), release_units=0)
        elif maker.display_lots and not maker.shown_lots:
            refill(core, maker)


def refill(core: "Core", order: Order) -> None:
    """Let an iceberg that shows nothing show more, at the back of its level."""
    market = order.market
    level = market.sides[order.side].levels[order.price_ticks]
    del level.orders[order.order_id]
    level.icebergs -= 1
    core.join(order)
    show(core, order)


def show(core: "Core", order: Order) -> None:
    """Append what an order in the book shows of itself."""
    market = order.market
    level = market.sides[order.side].levels.get(order.price_ticks)
    core.emit(
        21, order.account.account, market.market,
        order.order_id, order.side, order.price_ticks, order.visible_lots,
        level.lots if level else 0, market.update_id,
    )  # fmt: skip


def ended_reason(order: Order) -> int:
    """Return why an order with nothing open ended."""
    return PREVENTED if order.prevented_lots else FILLED


def _release(order: Order, lots: int) -> int:
    """Count lots that traded or were prevented; return what that moves from held to available."""
    if order.kind == BUDGET:
        order.lots += lots
        return 0
    order.open_lots -= lots
    if order.partner is not None:
        order.partner.lots -= lots
        order.partner.open_lots -= lots
    paying, units = order.paying, lots * order.hold_per_lot
    paying.held -= units
    paying.available += units
    return units


def taker_rate(order: Order) -> int:
    """Return the most ppm that a taker pays now."""
    rates = order.pair.rates
    return min(rates[1] if rates else order.market.taker_ppm, order.cap_ppm)


def _fees(market: Market, taker: Order, maker: Order, notional: int, base: int) -> tuple[int, int]:
    """Return the fees of taker and maker, each in the asset that side pays in."""
    in_base, rates = market.fee_asset == RECEIVED, taker.pair.rates
    rate, cap = rates[1] if rates else market.taker_ppm, taker.cap_ppm
    taker_fee = fee_units(
        base if in_base and taker.side == BUY else notional, rate if rate < cap else cap
    )
    rates = maker.pair.rates
    rate, cap = rates[0] if rates else market.maker_ppm, maker.cap_ppm
    if rate < 0:
        return taker_fee, -rebate_units(notional, rate, taker_fee)
    maker_fee = fee_units(
        base if in_base and maker.side == BUY else notional, rate if rate < cap else cap
    )
    return taker_fee, maker_fee


def _auction_fees(taker: Order, maker: Order, notional: int, base: int) -> tuple[int, int]:
    """Return the fees of taker and maker in an uncross: both pay the same rate, nobody earns."""
    market = taker.market
    in_base = market.fee_asset == RECEIVED
    taker_fee, maker_fee = (
        fee_units(
            base if in_base and order.side == BUY else notional,
            min(market.auction_ppm, order.cap_ppm),
        )
        for order in (taker, maker)
    )
    return taker_fee, maker_fee


def trade(
    core: "Core", taker: Order, maker: Order, lots: int, price_ticks: int, flags: int = 0
) -> None:
    """Let two orders trade; the maker is in the book."""
    market = maker.market
    notional, base = price_ticks * lots * market.tick_value, lots * market.lot_units
    if flags:
        taker_fee, maker_fee = _auction_fees(taker, maker, notional, base)
    else:
        taker_fee, maker_fee = _fees(market, taker, maker, notional, base)
    taker_release, maker_release = _release(taker, lots), _release(maker, lots)
    buyer, seller, buyer_fee, seller_fee = taker, maker, taker_fee, maker_fee
    if taker.side != BUY:
        buyer, seller, buyer_fee, seller_fee = maker, taker, maker_fee, taker_fee
    fee_in_base = buyer_fee if market.fee_asset == RECEIVED else 0
    fee_in_quote = buyer_fee - fee_in_base
    buyer.paying.available -= notional + fee_in_quote
    buyer.pair.funds[SELL].available += base - fee_in_base
    seller.paying.available -= base
    seller.pair.funds[BUY].available += notional - seller_fee
    core.assets[market.base].fees += fee_in_base
    core.assets[market.quote].fees += fee_in_quote + seller_fee
    assert fee_in_quote + seller_fee >= 0, "a trade never costs the venue"
    today = core.now_ns // DAY_NS
    inside = notional if taker.account.group == maker.account.group else 0
    _count_daily(taker.pair, today, notional, inside)
    _count_daily(maker.pair, today, notional, inside)
    if not maker.display_lots or maker.shown_lots:
        market.update_id += 1
    level = market.sides[maker.side].take(maker, lots)
    market.last_price = price_ticks
    trade_id = market.next_trade_id
    market.next_trade_id += 1
    if not market.watch_low < price_ticks < market.watch_high or maker.watched or taker.watched:
        core.touched = True
    core.out.append(
        _pack_trade(
            _trade_length, _TRADE, VERSION, core.index, core.sequence, core.now_ns,
            taker.account.account, market.market, trade_id, taker.order_id, maker.order_id,
            maker.account.account, taker.side, flags, price_ticks, lots, notional, taker_fee,
            maker_fee, taker_release, maker_release, taker.open_lots, maker.open_lots,
            0 if flags else level.lots, 0 if flags else market.update_id,
        )
    )  # fmt: skip
    core.index += 1


def _count_daily(pair: Pair, today: int, notional: int, inside: int) -> None:
    if pair.day != today:
        pair.day, pair.daily_units, pair.inside_units = today, 0, 0
    pair.daily_units += notional
    pair.inside_units += inside


def _prevent(core: "Core", taker: Order, maker: Order, lots: int, action: int) -> None:
    market = maker.market
    taker.prevented_lots += lots
    maker.prevented_lots += lots
    if maker.watched or taker.watched:
        core.touched = True
    taker_release, maker_release = _release(taker, lots), _release(maker, lots)
    side, visible = market.sides[maker.side], maker.visible_lots
    level = side.trim(maker, lots) if action == WITHDRAW else side.take(maker, lots)
    if not maker.display_lots or maker.shown_lots != visible:
        market.update_id += 1
    core.emit(
        6, taker.account.account, market.market,
        taker.order_id, maker.order_id, maker.account.account, taker.side, maker.price_ticks, lots,
        taker_release, maker_release, taker.open_lots, maker.open_lots, level.lots,
        market.update_id,
    )  # fmt: skip
