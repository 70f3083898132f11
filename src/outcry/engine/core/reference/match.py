"""Matching: first a plan without effects, then its effects.

The plan is what fill-or-kill, the funds of market orders and the limits look at, and what is then
carried out to the letter, so that a check can never disagree with what follows it.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from outcry.domain.market import FeeAsset
from outcry.domain.order import DoneReason, Kind, SelfTrade, Side
from outcry.domain.units import DAY_NS, budget_lots, fee_units, rebate_units
from outcry.engine.core.reference.state import Market, Order

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core


class Action(Enum):
    """What happens to one maker."""

    TRADE = 0
    PREVENT = 1
    EXPIRE = 2


@dataclass(slots=True)
class Plan:
    """What an incoming order would do.

    `end` is why it stops before its lots run out: 0 where its limit stops it or nothing is left to
    do, else a done reason. `cost_units` is notional plus the fee where the buyer pays it in quote.
    """

    steps: list[tuple[Order, int, Action]] = field(default_factory=list)
    traded_lots: int = 0
    prevented_lots: int = 0
    notional_units: int = 0
    cost_units: int = 0
    end: int = 0
    stopped_at_ticks: int = 0


def plan(order: Order) -> Plan:
    """Return what `order` would do to the book now."""
    planner, has_limit = _Planner(order), order.kind == Kind.LIMIT
    for level in order.market.sides[1 - order.side].best_first():
        if has_limit and not _reaches(order, level.price_ticks):
            return planner.plan
        lot_price = level.price_ticks * order.market.tick_value
        for maker in level.orders.values():
            if not planner.wants_more():
                return planner.plan
            planner.meet(maker, lot_price)
            if planner.plan.end:
                return planner.plan
    if not has_limit and planner.wants_more():
        planner.plan.end = DoneReason.NO_LIQUIDITY
    return planner.plan


class _Planner:
    """Meets makers one by one and notes what would happen to each."""

    def __init__(self, order: Order) -> None:
        market = order.market
        self.plan = Plan()
        self.order = order
        self.by_budget = order.kind == Kind.BUDGET
        self.rest = order.budget_units if self.by_budget else order.open_lots
        self.rate = min(market.taker_ppm, order.cap_ppm)
        self.pays_fee = order.side == Side.BUY and market.fee_asset == FeeAsset.QUOTE

    def wants_more(self) -> bool:
        """Return whether there may be something left to trade.

        A budget is used up only when a maker says what a lot costs.
        """
        return self.by_budget or self.rest > 0

    def meet(self, maker: Order, lot_price: int) -> None:
        """Note what happens to one maker, and whether the order ends at it."""
        mode = self.order.self_trade
        own = maker.account is self.order.account and mode != SelfTrade.NONE
        if own and mode != SelfTrade.DECREMENT:
            if mode != SelfTrade.EXPIRE_TAKER:
                self.plan.steps.append((maker, 0, Action.EXPIRE))
            if mode != SelfTrade.EXPIRE_MAKER:
                self.plan.end = DoneReason.SELF_TRADE
            return
        lots = min(self._affordable(lot_price), maker.open_lots)
        if lots:
            self._take(maker, lots, lots * lot_price, own=own)
        if self.by_budget and lots < maker.open_lots:
            self.plan.end = DoneReason.BUDGET_EXHAUSTED
            self.plan.stopped_at_ticks = maker.price_ticks

    def _affordable(self, lot_price: int) -> int:
        if not self.by_budget:
            return self.rest
        if self.pays_fee:
            return budget_lots(self.rest, lot_price, self.rate)
        return self.rest // lot_price

    def _take(self, maker: Order, lots: int, notional: int, *, own: bool) -> None:
        cost = notional + (fee_units(notional, self.rate) if self.pays_fee else 0)
        self.rest -= cost if self.by_budget else lots
        if own:
            self.plan.steps.append((maker, lots, Action.PREVENT))
            self.plan.prevented_lots += lots
            return
        self.plan.steps.append((maker, lots, Action.TRADE))
        self.plan.traded_lots += lots
        self.plan.notional_units += notional
        self.plan.cost_units += cost


def _reaches(order: Order, price_ticks: int) -> bool:
    if order.side == Side.BUY:
        return price_ticks <= order.price_ticks
    return price_ticks >= order.price_ticks


def carry_out(core: "Core", taker: Order, steps: list[tuple[Order, int, Action]]) -> None:
    """Do what a plan says, maker by maker."""
    for maker, lots, action in steps:
        if action is Action.EXPIRE:
            core.close(maker, DoneReason.SELF_TRADE)
            continue
        if action is Action.TRADE:
            _trade(core, taker, maker, lots)
        else:
            _prevent(core, taker, maker, lots)
        if maker.open_lots == 0:
            core.forget(maker)
            core.emit_done(maker, ended_reason(maker), release_units=0)


def ended_reason(order: Order) -> int:
    """Return why an order with nothing open ended."""
    return DoneReason.PREVENTED if order.prevented_lots else DoneReason.FILLED


def _release(order: Order, lots: int) -> int:
    """Move what `lots` held back to available; return it."""
    release = lots * order.hold_per_lot
    order.paying.held -= release
    order.paying.available += release
    return release


def _fees(market: Market, taker: Order, maker: Order, notional: int, base: int) -> tuple[int, int]:
    """Return the fees of taker and maker, each in the asset that side pays in."""
    in_base = market.fee_asset == FeeAsset.RECEIVED

    def amount(side: int) -> int:
        return base if in_base and side == Side.BUY else notional

    taker_fee = fee_units(amount(taker.side), min(market.taker_ppm, taker.cap_ppm))
    maker_rate = min(market.maker_ppm, maker.cap_ppm)
    if maker_rate < 0:
        return taker_fee, -rebate_units(notional, maker_rate, taker_fee)
    return taker_fee, fee_units(amount(maker.side), maker_rate)


def _trade(core: "Core", taker: Order, maker: Order, lots: int) -> None:
    market = maker.market
    notional = maker.price_ticks * lots * market.tick_value
    base = lots * market.lot_units
    taker_fee, maker_fee = _fees(market, taker, maker, notional, base)
    taker.use(lots)
    maker.use(lots)
    taker_release, maker_release = _release(taker, lots), _release(maker, lots)
    buyer, seller = (taker, maker) if taker.side == Side.BUY else (maker, taker)
    buyer_fee, seller_fee = (taker_fee, maker_fee) if buyer is taker else (maker_fee, taker_fee)
    fee_in_base = buyer_fee if market.fee_asset == FeeAsset.RECEIVED else 0
    fee_in_quote = buyer_fee - fee_in_base
    buyer.account.balance(market.quote).available -= notional + fee_in_quote
    buyer.account.balance(market.base).available += base - fee_in_base
    seller.account.balance(market.base).available -= base
    seller.account.balance(market.quote).available += notional - seller_fee
    core.assets[market.base].fees += fee_in_base
    core.assets[market.quote].fees += fee_in_quote + seller_fee
    assert fee_in_quote + seller_fee >= 0, "a trade never costs the venue"
    for order in (taker, maker):
        _count_daily(core, order, notional)
    level = market.sides[maker.side].take(maker, lots)
    market.update_id += 1
    market.last_price = maker.price_ticks
    trade_id = market.next_trade_id
    market.next_trade_id += 1
    core.touch_price(market, maker.price_ticks)
    core.touch_order(maker)
    core.touch_order(taker)
    core.emit(
        5, taker.account.account, market.market,
        trade_id, taker.order_id, maker.order_id, maker.account.account, taker.side, 0,
        maker.price_ticks, lots, notional, taker_fee, maker_fee, taker_release, maker_release,
        taker.open_lots, maker.open_lots, level.lots, market.update_id,
    )  # fmt: skip


def _count_daily(core: "Core", order: Order, notional: int) -> None:
    pair = order.pair
    today = core.now_ns // DAY_NS
    if pair.day != today:
        pair.day, pair.daily_units = today, 0
    pair.daily_units += notional


def _prevent(core: "Core", taker: Order, maker: Order, lots: int) -> None:
    market = maker.market
    for order in (taker, maker):
        order.prevented_lots += lots
        order.use(lots)
        core.touch_order(order)
    taker_release, maker_release = _release(taker, lots), _release(maker, lots)
    level = market.sides[maker.side].take(maker, lots)
    market.update_id += 1
    core.emit(
        6, taker.account.account, market.market,
        taker.order_id, maker.order_id, maker.account.account, taker.side, maker.price_ticks, lots,
        taker_release, maker_release, taker.open_lots, maker.open_lots, level.lots,
        market.update_id,
    )  # fmt: skip
