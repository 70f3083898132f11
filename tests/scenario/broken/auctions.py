"""Auctions, bands and breakers, broken."""

from typing import Any

from outcry.domain.market import MarketState
from outcry.domain.order import Kind, Side, TimeInForce
from outcry.domain.rejects import Reject
from outcry.domain.units import PPM
from outcry.engine import desk
from outcry.engine.core.reference import match, orders, state
from outcry.engine.core.reference.checks import Refusal
from outcry.engine.core.reference.special import auction as uncross
from outcry.engine.markets import bands, life
from outcry.engine.markets.auction import Outcome, find_price
from outcry.engine.orders.expiry import NEVER_NS
from tests.support.broken import Broken, Function, never

Row = tuple[int, int, int]
"""price_ticks, lots that buyers and lots that sellers would trade."""


def _largest(rows: list[Row], _reference: int) -> list[Row]:
    volume = max(min(b, s) for _, b, s in rows)
    return [row for row in rows if min(row[1:]) == volume]


def _smallest_surplus(rows: list[Row], _reference: int) -> list[Row]:
    surplus = min(abs(b - s) for _, b, s in rows)
    return [row for row in rows if abs(row[1] - row[2]) == surplus]


def _side_of_surplus(rows: list[Row], _reference: int) -> list[Row]:
    if all(b > s for _, b, s in rows):
        return rows[-1:]
    return rows[:1] if all(s > b for _, b, s in rows) else rows


def _nearest(rows: list[Row], reference: int) -> list[Row]:
    if not reference:
        return rows
    distance = min(abs(price - reference) for price, _, _ in rows)
    return [row for row in rows if abs(row[0] - reference) == distance]


def _lowest(rows: list[Row], _reference: int) -> list[Row]:
    return rows[:1]


_STEPS = (_largest, _smallest_surplus, _side_of_surplus, _nearest, _lowest)


def without(step: Function) -> Function:
    """Return how to find a price without one of the five steps."""

    def made(_: Function) -> Function:
        def broken(bids: Any, asks: Any, reference: int) -> Outcome:
            if not find_price(bids, asks, reference).price_ticks:
                return Outcome()
            prices = {price for price, _ in (*bids, *asks)} | {reference}
            rows = [
                (p, sum(n for at, n in bids if at >= p), sum(n for at, n in asks if at <= p))
                for p in sorted(prices)
                if p
            ]
            rows = [row for row in rows if min(row[1:])]
            for narrow in _STEPS:
                if narrow is not step:
                    rows = narrow(rows, reference)
            price, bought, sold = rows[-1]
            side = Side.SELL if sold > bought else Side.BUY
            return Outcome(price, min(bought, sold), abs(bought - sold), side)

        return broken

    return made


def limits_alone(find: Function) -> Function:
    """The reference is no candidate where nobody named it."""

    def broken(bids: Any, asks: Any, reference: int) -> Outcome:
        found = find(bids, asks, reference)
        prices = sorted({price for price, _ in (*bids, *asks)})
        if found.price_ticks in {0, *prices}:
            return Outcome(*found)
        return Outcome(*find(bids, asks, min(prices, key=lambda p: abs(p - reference))))

    return broken


def earlier(meet: Function) -> Function:
    def broken(core: Any, buy: Any, sell: Any, price_ticks: int) -> None:
        buy.joined, sell.joined = sell.joined, buy.joined
        meet(core, buy, sell, price_ticks)
        buy.joined, sell.joined = sell.joined, buy.joined

    return broken


def as_in_trading(_: Function) -> Function:
    return lambda taker, maker, notional, base: match._fees(
        taker.market, taker, maker, notional, base
    )


def uncapped(fees: Function) -> Function:
    def broken(taker: Any, maker: Any, notional: int, base: int) -> Any:
        caps = taker.cap_ppm, maker.cap_ppm
        taker.cap_ppm = maker.cap_ppm = PPM
        charged = fees(taker, maker, notional, base)
        taker.cap_ppm, maker.cap_ppm = caps
        return charged

    return broken


def meets_nobody(_: Function) -> Function:
    return lambda order: match.Plan(order, order.open_lots)


def _with(**changed: bool) -> Function:
    """Return a collar that sees a market otherwise than it is."""

    def made(collar: Function) -> Function:
        def broken(markets: Any, market: Any) -> Any:
            before = {name: getattr(market, name) for name in changed}
            for name, value in changed.items():
                setattr(market, name, value)
            found = collar(markets, market)
            for name, value in before.items():
                setattr(market, name, value)
            return found

        return broken

    return made


def halts_at_once(postpone: Function) -> Function:
    def broken(markets: Any, hand: Any, market: Any, price_ticks: int) -> None:
        market.widened = True
        postpone(markets, hand, market, price_ticks)

    return broken


def told_again(tell: Function) -> Function:
    def broken(markets: Any, hand: Any) -> None:
        for market in markets._markets.values():
            market.told = life.NOTHING
        tell(markets, hand)

    return broken


def after_each_reaction(step: Function) -> Function:
    def broken(at_desk: Any, hand: Any) -> bool:
        at_desk._life.put_bands(hand)
        return bool(step(at_desk, hand))

    return broken


def low_outward(_: Function) -> Function:
    return lambda price, ppm: price * (PPM - ppm) // PPM


def high_outward(_: Function) -> Function:
    return lambda price, ppm: -(-price * (PPM + ppm) // PPM)


def _off(order: Any) -> Any:
    market = order.market
    before, market.bands = market.bands, ((0, state.OFF_HIGH), (0, state.OFF_HIGH))
    found = match.plan(order)
    market.bands = before
    return found


def outside_too(is_killed: Function) -> Function:
    def broken(order: Any, planned: Any) -> bool:
        if order.time_in_force != TimeInForce.FOK:
            return False
        return bool(is_killed(order, _off(order)))

    return broken


def funds_outside_too(funds: Function) -> Function:
    def broken(order: Any, planned: Any) -> Any:
        return funds(order, planned if order.price_ticks else _off(order))

    return broken


def rests(stop: Function) -> Function:
    def broken(planned: Any) -> None:
        order = planned.order
        if order.kind != Kind.LIMIT or order.time_in_force not in state.RESTING:
            stop(planned)

    return broken


def after_the_triggers(_: Function) -> Function:
    def broken(at_desk: Any, hand: Any) -> bool:
        return bool(
            at_desk._lists.cancel(hand)
            or at_desk._triggers.step(hand)
            or at_desk._place_children(hand)
            or at_desk._life.break_off(hand)
        )

    return broken


def buckets(number: int) -> Function:
    """Return a number of buckets that leaves their length as it is."""

    class Buckets(int):
        def __rfloordiv__(self, window_ns: int) -> int:
            return window_ns // 16

    return lambda _: Buckets(number)


def the_other_extreme(now: Function) -> Function:
    """A buyer is measured by the highest of the window, a seller by the lowest."""

    def broken(of_market: Any, last_ticks: int, now_ns: int) -> Any:
        now(of_market, last_ticks, now_ns)
        window = of_market.window
        of_market.window = {b: (high, low) for b, (low, high) in window.items()}
        if window:
            lows, highs = [s[0] for s in window.values()], [s[1] for s in window.values()]
            of_market.window = {b: (max(highs), min(lows)) for b in window}
        found = now(of_market, last_ticks, now_ns)
        of_market.window = window
        return found

    return broken


def follows_every_print(see: Function) -> Function:
    def broken(of_market: Any, price_ticks: int, now_ns: int) -> None:
        see(of_market, price_ticks, now_ns)
        if of_market.static_ticks:
            of_market.static_ticks = price_ticks

    return broken


def two_sided(_: Function) -> Function:
    def broken(order: Any) -> Any:
        low, high = order.market.bands[order.side]
        if order.kind != Kind.LIMIT or order.market.state != state.TRADING:
            return None
        if low <= order.price_ticks <= high:
            return None
        bound = high if order.price_ticks > high else low
        return Refusal(Reject.BAND, order.price_ticks, bound)

    return broken


def the_dynamic_one_alone(now: Function) -> Function:
    def broken(of_market: Any, last_ticks: int, now_ns: int) -> Any:
        static, of_market.static_ticks = of_market.static_ticks, 0
        found = now(of_market, last_ticks, now_ns)
        of_market.static_ticks = static
        return found

    return broken


def never_true(_: property) -> property:
    return property(lambda _market: False)


def by_what_is_shown(meet: Function) -> Function:
    def broken(planned: Any, maker: Any) -> None:
        open_lots, maker.open_lots = maker.open_lots, maker.visible_lots
        meet(planned, maker)
        maker.open_lots = open_lots

    return broken


def without_an_end(postpone: Function) -> Function:
    def broken(markets: Any, hand: Any, market: Any, price_ticks: int) -> None:
        postpone(markets, hand, market, price_ticks)
        market.until_ns = NEVER_NS

    return broken


def always_reopens(moved: Function) -> Function:
    return lambda markets, event, now_ns: moved(
        markets, event._replace(previous=MarketState.HALTED), now_ns
    )


def without_a_halts_end(moved: Function) -> Function:
    def broken(markets: Any, event: Any, now_ns: int) -> None:
        markets._market(event.market).resume_ns = NEVER_NS
        moved(markets, event, now_ns)

    return broken


def last_price_alone(see: Function) -> Function:
    def broken(of_market: Any, price_ticks: int, now_ns: int) -> None:
        of_market.window.pop(now_ns // of_market.bucket_ns, None)
        see(of_market, price_ticks, now_ns)

    return broken


RULES = (
    Broken(
        "an auction is not for the largest volume",
        life,
        "find_price",
        without(_largest),
        "auctions",
    ),
    Broken(
        "an auction is not for the smallest surplus",
        life,
        "find_price",
        without(_smallest_surplus),
        "auctions",
    ),
    Broken(
        "an auction does not look at the side of its surplus",
        life,
        "find_price",
        without(_side_of_surplus),
        "auctions",
    ),
    Broken(
        "an auction is not near its reference", life, "find_price", without(_nearest), "auctions"
    ),
    Broken(
        "of two prices an auction takes the higher",
        life,
        "find_price",
        without(_lowest),
        "auctions",
    ),
    Broken("an auction's reference is no candidate", life, "find_price", limits_alone, "auctions"),
    Broken("the taker of an auction is the earlier one", uncross, "_match", earlier, "auctions"),
    Broken("an auction charges maker and taker", match, "_auction_fees", as_in_trading, "auctions"),
    Broken(
        "an auction's rate passes the cap of an order", match, "_auction_fees", uncapped, "auctions"
    ),
    Broken("own orders may meet in a call phase", orders, "plan_call", meets_nobody, "auctions"),
    Broken("a collar binds an opening", life.Life, "_collar", _with(reopening=True), "collar"),
    Broken("a collar is not doubled", life.Life, "_collar", _with(widened=False), "collar"),
    Broken(
        "an auction outside its collar is not extended",
        life.Life,
        "_postpone",
        halts_at_once,
        "collar",
    ),
    Broken("an indicative price is told again", life.Life, "tell", told_again, "auctions"),
    Broken(
        "a band is computed after each reaction", desk.Desk, "_step", after_each_reaction, "bands"
    ),
    Broken("the low end of a band is rounded outward", bands, "low_ticks", low_outward, "bands"),
    Broken("the high end of a band is rounded outward", bands, "high_ticks", high_outward, "bands"),
    Broken(
        "fill-or-kill counts what is outside the band", orders, "is_killed", outside_too, "bands"
    ),
    Broken(
        "funds are needed for what is outside the band", orders, "funds", funds_outside_too, "bands"
    ),
    Broken("a limit that a band stopped rests", match.Plan, "stop_at_band", rests, "bands"),
    Broken("limits are checked against both ends of a band", orders, "band", two_sided, "bands"),
    Broken(
        "a breaker halts after the triggers", desk.Desk, "_step", after_the_triggers, "breakers"
    ),
    Broken("a window has 15 buckets", bands, "BUCKETS", buckets(15), "bands"),
    Broken("a window has 17 buckets", bands, "BUCKETS", buckets(17), "bands"),
    Broken(
        "a static band does not narrow a dynamic one",
        bands.Bands,
        "now",
        the_dynamic_one_alone,
        "bands",
    ),
    Broken(
        "a crossed book opens without an auction", state.Market, "crossed", never_true, "auctions"
    ),
    Broken(
        "own orders are met with what they show in a call phase",
        match.Plan,
        "meet_in_call",
        by_what_is_shown,
        "icebergs",
    ),
    Broken("an extended auction never ends", life.Life, "_postpone", without_an_end, "collar"),
    Broken("every auction is a re-opening", life.Life, "_moved", always_reopens, "collar"),
    Broken(
        "a halt by a breaker does not end by itself",
        life.Life,
        "_moved",
        without_a_halts_end,
        "breakers",
    ),
    Broken("a part of a window has one price", bands.Bands, "see", last_price_alone, "bands"),
    Broken("a window binds by its other extreme", bands.Bands, "now", the_other_extreme, "bands"),
    Broken("a static band follows every print", bands.Bands, "see", follows_every_print, "bands"),
    Broken("no order is stopped by a breaker", life.Life, "break_off", never, "breakers"),
)
