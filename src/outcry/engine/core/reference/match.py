"""Matching: first a plan without effects, then its effects.

The plan is what fill-or-kill, the funds of market orders and the limits look at, and what is then
carried out to the letter, so that a check can never disagree with what follows it.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from outcry.domain.market import FeeAsset
from outcry.domain.order import DoneReason, SelfTrade, Side
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


def plan(order: Order, budget: int, *, has_limit: bool) -> Plan:
    """Return what `order` would do to the book now. `budget` is 0 for an order by size."""
    market, result, rest = order.market, Plan(), budget
    open_lots = order.open_lots
    rate = min(market.taker_ppm, order.cap_ppm)
    fee_in_quote = order.side == Side.BUY and market.fee_asset == FeeAsset.QUOTE
    for level in market.sides[1 - order.side].best_first():
        if has_limit and not _reaches(order, level.price_ticks):
            return result
        lot_price = level.price_ticks * market.tick_value
        for maker in level.orders.values():
            if not (open_lots or budget):
                return result
            own = maker.account is order.account and order.self_trade != SelfTrade.NONE
            if own and order.self_trade != SelfTrade.DECREMENT:
                if order.self_trade != SelfTrade.EXPIRE_TAKER:
                    result.steps.append((maker, 0, Action.EXPIRE))
                if order.self_trade != SelfTrade.EXPIRE_MAKER:
                    result.end = DoneReason.SELF_TRADE
                    return result
                continue
            lots = min(open_lots, maker.open_lots)
            if budget:
                buys = budget_lots(rest, lot_price, rate) if fee_in_quote else rest // lot_price
                lots = min(buys, maker.open_lots)
            notional = lots * lot_price
            cost = notional + (fee_units(notional, rate) if fee_in_quote else 0)
            if lots and own:
                result.steps.append((maker, lots, Action.PREVENT))
                result.prevented_lots += lots
            elif lots:
                result.steps.append((maker, lots, Action.TRADE))
                result.traded_lots += lots
                result.notional_units += notional
                result.cost_units += cost
            open_lots -= 0 if budget else lots
            rest -= cost if budget else 0
            if budget and lots < maker.open_lots:
                result.end = DoneReason.BUDGET_EXHAUSTED
                result.stopped_at_ticks = level.price_ticks
                return result
    if not has_limit and (open_lots or budget):
        result.end = DoneReason.NO_LIQUIDITY
    return result


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
    asset = order.market.quote if order.side == Side.BUY else order.market.base
    balance = order.account.balance(asset)
    balance.held -= release
    balance.available += release
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
    pair = order.account.pair(order.market.market)
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
