"""Cores that are wrong in one rule each, so that the tests are seen to catch what they are for.

A broken core is the reference with one function replaced; the replacement gets the original.
"""

from hashlib import sha256
from typing import Any
from unittest import mock

from outcry.domain.order import DoneReason, Kind, SelfTrade, TimeInForce
from outcry.domain.rejects import Reject
from outcry.domain.units import PPM
from outcry.engine.core.reference import change, checks, match, orders, state
from outcry.engine.core.reference.core import Core
from outcry.engine.core.reference.special import auction, fired, lists, pairs, terms
from outcry.engine.core.reference.venue import keys
from tests.support.broken import Broken, Function, never


def newest_first(add: Function) -> Function:
    def broken(side: Any, order: Any) -> Any:
        level = add(side, order)
        level.orders = {order.order_id: level.orders.pop(order.order_id), **level.orders}
        return level

    return broken


def keeps_what_a_better_price_saved(trade: Function) -> Function:
    def broken(core: Any, taker: Any, maker: Any, lots: int, *price: int) -> None:
        trade(core, taker, maker, lots, *price)
        if taker.kind == Kind.LIMIT and not taker.side:
            saved = lots * (taker.price_ticks - maker.price_ticks) * taker.market.tick_value
            taker.paying.available -= saved
            taker.paying.held += saved

    return broken


def loses_the_fee(trade: Function) -> Function:
    def broken(core: Any, taker: Any, maker: Any, lots: int, *price: int) -> None:
        asset = core.assets[taker.market.quote]
        fees = asset.fees
        trade(core, taker, maker, lots, *price)
        asset.fees = fees

    return broken


def releases_twice(release: Function) -> Function:
    def broken(order: Any, lots: int) -> int:
        units = int(release(order, lots))
        order.paying.held -= units
        order.paying.available += units
        return units

    return broken


def rounded_down(_: Function) -> Function:
    return lambda amount, rate_ppm: amount * rate_ppm // PPM


def trades_with_itself(meet: Function) -> Function:
    def broken(planner: Any, maker: Any, there: int, lot_price: int) -> int:
        planner.order.self_trade = SelfTrade.NONE
        return int(meet(planner, maker, there, lot_price))

    return broken


def own_orders_are_liquidity(plan: Function) -> Function:
    def broken(order: Any, *most: int) -> Any:
        planned = plan(order, *most)
        if order.time_in_force == TimeInForce.FOK:
            planned.traded_lots += sum(
                step[0].open_lots for step in planned.steps if step[2] == match.EXPIRE
            )
        return planned

    return broken


def loses_an_order_it_cannot_pay(move: Function) -> Function:
    def broken(core: Any, order: Any, new: Any) -> Any:
        refusal = move(core, order, new)
        if refusal and refusal.reason == Reject.FUNDS:
            core.close(order, DoneReason.CANCELLED)
        return refusal

    return broken


def anyone_may_name_an_order(find: Function) -> Function:
    def broken(core: Any, account: int, market: int, order_id: int, target: bytes) -> Any:
        order = core.orders.get(order_id)
        return (order_id, order) if order else find(core, account, market, order_id, target)

    return broken


def grows_in_its_place(move: Function) -> Function:
    def broken(core: Any, order: Any, new: Any) -> Any:
        more = (new.lots - order.lots) * order.hold_per_lot
        if new.price_ticks != order.price_ticks or more > order.paying.available or order.peg:
            return move(core, order, new)
        pairs.shrink(core, order, order.lots - new.lots)
        return None

    return broken


def misses_what_is_held(_: Function) -> Function:
    def broken(core: Any) -> bytes:
        balances = [b for account in core.accounts.values() for b in account.balances.values()]
        held = [b.held for b in balances]
        for balance in balances:
            balance.held = 0
        digest = sha256(core.snapshot()).digest()
        for balance, units in zip(balances, held, strict=True):
            balance.held = units
        return digest

    return broken


def counts_ids_from_what_is_open(restore: Function) -> Function:
    def broken(cls: Any, snapshot: bytes, /) -> Any:
        core = restore(cls, snapshot)
        core.next_order_id = max(core.orders, default=0) + 1
        return core

    return broken


def books_what_should_be_immediate(run: Function) -> Function:
    def broken(core: Any, order: Any, planned: Any, *, killed: bool) -> None:
        order.time_in_force = TimeInForce.GTC
        run(core, order, planned, killed=killed)

    return broken


def yesterday_counts(_: Function) -> Function:
    def broken(pair: Any, today: int, notional: int, inside: int) -> None:
        pair.day = today
        pair.daily_units += notional
        pair.inside_units += inside

    return broken


def pays_more_than_it_takes(_: Function) -> Function:
    return lambda notional, rate_ppm, _fee: notional * -rate_ppm // PPM


def lives_for_ever(_: Function) -> Function:
    return lambda *_args: True


def spares_the_maker(meet: Function) -> Function:
    def broken(planner: Any, maker: Any, there: int, lot_price: int) -> int:
        lost = int(meet(planner, maker, there, lot_price))
        if planner.order.self_trade == SelfTrade.EXPIRE_BOTH and planner.end:
            planner.steps = [step for step in planner.steps if step[0] is not maker]
        return lost

    return broken


def forgets_the_counter(shrink: Function) -> Function:
    def broken(core: Any, order: Any, lots: int) -> None:
        order.market.update_id -= 1 if lots else 0
        shrink(core, order, lots)

    return broken


def charges_the_rate_of_today(fees: Function) -> Function:
    def broken(market: Any, taker: Any, maker: Any, notional: int, base: int) -> Any:
        cap, maker.cap_ppm = maker.cap_ppm, PPM
        charged = fees(market, taker, maker, notional, base)
        maker.cap_ppm = cap
        return charged

    return broken


def holds_nothing_for_the_fee(_: Function) -> Function:
    return lambda price_ticks, tick_value, _cap: price_ticks * tick_value


def forgets_the_fee_of_a_budget(affordable: Function) -> Function:
    def broken(planner: Any, lot_price: int) -> int:
        planner.pays_fee = False
        return affordable(planner, lot_price)

    return broken


def newest_cancelled_first(close_all: Function) -> Function:
    def broken(core: Any, account: Any, market_id: int, side: int) -> int:
        core.orders = dict(reversed(core.orders.items()))
        account.orders = dict(reversed(account.orders.items()))
        with mock.patch.object(change, "sorted", list, create=True):
            return int(close_all(core, account, market_id, side))

    return broken


def unsorted(open_orders: Function) -> Function:
    return lambda core, account, market=0: open_orders(core, account, market)[::-1]


def stops_for_nothing(_: Function) -> Function:
    def broken(planner: Any) -> None:
        """Let the plan go on as if there were no more makers."""

    return broken


def shows_everything(refill: Function) -> Function:
    def broken(core: Any, order: Any) -> None:
        order.display_lots = order.open_lots
        refill(core, order)

    return broken


def spares_the_partner(release: Function) -> Function:
    def broken(order: Any, lots: int) -> int:
        partner, order.partner = order.partner, None
        units = int(release(order, lots))
        order.partner = partner
        return units

    return broken


def holds_twice(_: Any) -> Any:
    return property(lambda order: order.hold_units)


def slides_too_far(slid: Function) -> Function:
    def broken(order: Any, price_ticks: int) -> int:
        found = int(slid(order, price_ticks))
        return found if found == price_ticks else found + (1 if order.side else -1)

    return broken


def pays_as_usual(_: Function) -> Function:
    return lambda taker, maker, notional, base: match._fees(
        taker.market, taker, maker, notional, base
    )


def takes_the_older(do_match: Function) -> Function:
    def broken(core: Any, buy: Any, sell: Any, price_ticks: int) -> None:
        buy.joined, sell.joined = sell.joined, buy.joined
        do_match(core, buy, sell, price_ticks)

    return broken


def ignores_the_cap(draft: Function) -> Function:
    return lambda order, _most: draft(order, 0)


BROKEN = (
    Broken("the newest order of a level trades first", state.BookSide, "add", newest_first),
    Broken("what a better price saved stays held", match, "trade", keeps_what_a_better_price_saved),
    Broken("a fill releases twice what it held", match, "_release", releases_twice),
    Broken("a fee is charged and goes nowhere", match, "trade", loses_the_fee),
    Broken("fees are rounded down", match, "fee_units", rounded_down),
    Broken("nobody is kept from trading with themselves", match.Plan, "meet", trades_with_itself),
    Broken("fill-or-kill counts own orders", orders, "plan", own_orders_are_liquidity),
    Broken(
        "a replace that lacks funds loses the order", change, "_move", loses_an_order_it_cannot_pay
    ),
    Broken("anyone may cancel any order", change, "_find", anyone_may_name_an_order),
    Broken("an order that grows keeps its place", change, "_move", grows_in_its_place),
    Broken("the digest misses what is held", Core, "digest", misses_what_is_held),
    Broken(
        "order ids are used again after a restart", Core, "restore", counts_ids_from_what_is_open
    ),
    Broken(
        "the rest of an immediate order is booked",
        orders,
        "run",
        books_what_should_be_immediate,
    ),
    Broken("a post-only order may trade", orders, "post_only", never),
    Broken("the daily total is never reset", match, "_count_daily", yesterday_counts),
    Broken("a rebate may exceed the taker's fee", match, "rebate_units", pays_more_than_it_takes),
    Broken("a key carries out twice", keys.KeyTable, "find", never),
    Broken("a key lives for ever", keys.KeyTable, "is_live", lives_for_ever),
    Broken("expire-both spares the maker", match.Plan, "meet", spares_the_maker),
    Broken("a reduced level does not count as changed", change, "shrink", forgets_the_counter),
    Broken("a raised fee reaches orders already open", match, "_fees", charges_the_rate_of_today),
    Broken(
        "a buy holds nothing for its fee", state, "hold_per_lot_units", holds_nothing_for_the_fee
    ),
    Broken("a budget forgets the fee", match.Plan, "_affordable", forgets_the_fee_of_a_budget),
    Broken("orders are cancelled newest first", change, "close_all", newest_cancelled_first),
    Broken("a band stops nobody", match.Plan, "stop_at_band", stops_for_nothing),
    Broken("a band lets every limit in", orders, "band", never),
    Broken("an iceberg never shows more", match, "refill", never),
    Broken("an iceberg shows everything again", match, "refill", shows_everything),
    Broken("a partner keeps its lots", match, "_release", spares_the_partner),
    Broken("a pair holds twice", state.Order, "told_hold_units", holds_twice),
    Broken("a slide slides too far", terms, "slid_ticks", slides_too_far),
    Broken("a trigger that was reached is taken", terms, "would_trigger", never),
    Broken("what fires is not checked again", fired, "_may_run", never),
    Broken("an auction pays rebates", match, "_auction_fees", pays_as_usual),
    Broken("the older order takes in an auction", auction, "_match", takes_the_older),
    Broken("a child is as large as it likes", lists, "_draft", ignores_the_cap),
    Broken("waiting stops are not counted", terms, "_order_limits", never),
    Broken("a position has no limit", checks, "_position", never),
)
WATCHING = (
    Broken("what happens to a watched order goes unnoticed", Core, "watch_order", never),
    Broken("a print at a watched price goes unnoticed", Core, "watch_price", never),
    Broken("open orders are read in no order", Core, "open_orders", unsorted),
)
"""What only a second core, read and watched beside the first, can tell."""
