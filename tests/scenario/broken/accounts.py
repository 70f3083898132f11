"""Fees, tiers, limits and groups of accounts, broken."""

from typing import Any

from outcry.domain.units import PPM
from outcry.engine import desk
from outcry.engine.core.reference import checks, match, state
from outcry.engine.core.reference.special import terms
from outcry.engine.core.reference.state import BUY
from outcry.engine.core.reference.venue import accounts, markets
from outcry.engine.markets import tiers
from tests.support.broken import Broken, Function, never


def with_today(after: Function) -> Function:
    def broken(at_desk: Any, hand: Any, *rest: Any) -> None:
        of_venue = at_desk._tiers
        of_venue.collect()
        for market in sorted(of_venue._tiers):
            of_venue._evaluate(hand, market)
        after(at_desk, hand, *rest)

    return broken


def inside_a_group_too(count: Function) -> Function:
    return lambda pair, today, notional, _inside: count(pair, today, notional, 0)


def at_the_rate_of_today(fees: Function) -> Function:
    def broken(market: Any, taker: Any, maker: Any, notional: int, base: int) -> Any:
        cap, maker.cap_ppm = maker.cap_ppm, PPM
        charged = fees(market, taker, maker, notional, base)
        maker.cap_ppm = cap
        return charged

    return broken


def more_than_was_paid(_: Function) -> Function:
    return lambda notional, rate_ppm, _fee: notional * -rate_ppm // PPM


def both_of_a_pair(position: Function) -> Function:
    def broken(order: Any, pair: Any, lots: int, limit: int) -> Any:
        base = order.market.base
        for other in order.account.orders.values():
            counted = other.side == BUY and other.market.base == base and other.partner
            if counted and other.order_id > other.partner.order_id:
                lots += other.open_lots
        return position(order, pair, lots, limit)

    return broken


def without_what_waits(position: Function) -> Function:
    def broken(order: Any, pair: Any, lots: int, limit: int) -> Any:
        for other in order.account.orders.values():
            if other.side == BUY and other.flags & state.WAITING:
                lots -= other.open_lots
        return position(order, pair, lots, limit)

    return broken


def of_its_own(_: Function) -> Function:
    def broken(account: Any) -> None:
        account.group = account.account

    return broken


def funded_by_the_market(_: Function) -> Function:
    return lambda *_args: True


def by_volume_first(put: Function) -> Function:
    def broken(of_venue: Any, hand: Any, market: int, account: int) -> None:
        own = of_venue._own
        if of_venue._by_volume(market, account):
            of_venue._own = {where: r for where, r in own.items() if where != (market, account)}
        put(of_venue, hand, market, account)
        of_venue._own = own

    return broken


def of_the_book_alone(_: property) -> property:
    return property(lambda market: sum(1 for side in market.sides for _ in side.orders()))


def found_anew(put: Function) -> Function:
    def broken(of_venue: Any, hand: Any, market: int, account: int) -> None:
        if rates := of_venue._by_volume(market, account):
            of_venue._reached[market, account] = rates
        put(of_venue, hand, market, account)

    return broken


RULES = (
    Broken("a tier counts what was traded today", desk.Desk, "after", with_today, "tiers"),
    Broken("a tier counts 31 days", tiers, "DAYS", lambda days: days + 1, "tiers"),
    Broken("a tier counts 29 days", tiers, "DAYS", lambda days: days - 1, "tiers"),
    Broken(
        "a tier counts trades inside a group", match, "_count_daily", inside_a_group_too, "tiers"
    ),
    Broken("a raised rate reaches old orders", match, "_fees", at_the_rate_of_today, "fees"),
    Broken(
        "a rebate may exceed the other's fee", match, "rebate_units", more_than_was_paid, "fees"
    ),
    Broken("a tier is found whenever it is asked for", tiers.Tiers, "_put", found_anew, "tiers"),
    Broken("rates need not be funded", tiers.Tiers, "_funded", funded_by_the_market, "tiers"),
    Broken(
        "a tier comes before an account's own rates", tiers.Tiers, "_put", by_volume_first, "tiers"
    ),
    Broken(
        "a tick may change while orders wait",
        state.Market,
        "open_orders",
        of_the_book_alone,
        "states",
    ),
    Broken("two symbols may differ by an underscore", markets, "_taken", never, "venue"),
    Broken("a frozen account keeps its orders", accounts, "close_all", never, "positions"),
    Broken("a position counts an OCO twice", checks, "_position", both_of_a_pair, "positions"),
    Broken(
        "a position does not count waiting buys",
        checks,
        "_position",
        without_what_waits,
        "positions",
    ),
    Broken(
        "an account trades with its parent", state.Account, "__post_init__", of_its_own, "groups"
    ),
    Broken("waiting stops are not counted", terms, "stop_order_limit", never, "positions"),
)
