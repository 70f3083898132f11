"""What waits for a print, broken: stops, take-profits, trailing orders, and their queue."""

from collections import deque
from typing import Any

from outcry.domain.events import Trade
from outcry.domain.order import Side, Trigger
from outcry.domain.units import PPM
from outcry.engine import desk
from outcry.engine.core.reference import checks, match, state
from outcry.engine.core.reference.orders import funds
from outcry.engine.core.reference.special import fired, terms
from outcry.engine.orders import triggers
from outcry.engine.orders.terms import market_of, trades
from tests.support.broken import Broken, Function, never


def beyond_its_trigger(add: Function) -> Function:
    def broken(waiting: Any, order_id: int, side: int, trigger: int, ticks: int) -> None:
        if trigger == Trigger.STOP:
            ticks += 1 if side == Side.BUY else -1
        add(waiting, order_id, side, trigger, ticks)

    return broken


def against_its_direction(add: Function) -> Function:
    return lambda waiting, order_id, side, _trigger, ticks: add(
        waiting, order_id, side, Trigger.STOP, ticks
    )


def away_from_the_trigger(_: Function) -> Function:
    def broken(order: Any, trigger_ticks: int) -> int:
        ppm = order.market.protection_ppm
        if order.side == Side.BUY:
            return int(-(-trigger_ticks * (PPM + ppm) // PPM))
        return int(max(trigger_ticks * (PPM - ppm) // PPM, 1))

    return broken


def to_the_nearest_tick(follow: Function) -> Function:
    def broken(trail: Any, price_ticks: int) -> bool:
        fires = bool(follow(trail, price_ticks))
        if not trail.best_ticks:
            return fires
        if trail.side == Side.SELL:
            return bool(price_ticks <= round(trail.best_ticks * (PPM - trail.trail_ppm) / PPM))
        return bool(price_ticks >= round(trail.best_ticks * (PPM + trail.trail_ppm) / PPM))

    return broken


def from_its_acceptance(wait: Function) -> Function:
    def broken(waits: Any, order: Any) -> None:
        wait(waits, order)
        market = market_of(waits._core, order.market)
        if order.terms.trigger == Trigger.TRAIL and market and not order.terms.trigger_ticks:
            trail = waits._markets[order.market].trails.get(order.order_id)
            if trail:
                trail.best_ticks = market.last_ticks

    return broken


def from_where_it_may_begin(follow: Function) -> Function:
    def broken(trail: Any, price_ticks: int) -> bool:
        began = trail.best_ticks
        fires = bool(follow(trail, price_ticks))
        if not began and trail.best_ticks and trail.start_ticks:
            trail.best_ticks = trail.start_ticks
        return fires

    return broken


def stands_still(follow: Function) -> Function:
    def broken(trail: Any, price_ticks: int) -> bool:
        began = trail.best_ticks
        fires = bool(follow(trail, price_ticks))
        trail.best_ticks = began or trail.best_ticks
        return fires

    return broken


def by_id(queue: Function) -> Function:
    def broken(waits: Any, order_id: int, price_ticks: int) -> None:
        queue(waits, order_id, price_ticks)
        waits.queue = deque(sorted(waits.queue))

    return broken


def last_in_first_out(queue: Function) -> Function:
    def broken(waits: Any, order_id: int, price_ticks: int) -> None:
        queue(waits, order_id, price_ticks)
        waits.queue.rotate(1)

    return broken


def last_print_alone(note: Function) -> Function:
    def broken(at_desk: Any, hand: Any, events: Any, *fired: Any) -> None:
        prints = [event for event in events if type(event) is Trade]
        rest = [event for event in events if type(event) is not Trade]
        note(at_desk, hand, [*rest, *prints[-1:]], *fired)

    return broken


def always(_: Function) -> Function:
    return lambda *_args: True


def checked_for_funds_again(may_run: Function) -> Function:
    return lambda core, order, planned: may_run(core, order, planned) or funds(order, planned)


def checked_for_its_band_at_once(would_trigger: Function) -> Function:
    return lambda order: would_trigger(order) or (checks.band(order) if order.trigger else None)


def place_of_its_acceptance(add: Function) -> Function:
    def broken(side: Any, order: Any) -> Any:
        level = add(side, order)
        level.orders = dict(sorted(level.orders.items()))
        return level

    return broken


def prints(prevent: Function) -> Function:
    def broken(core: Any, taker: Any, maker: Any, *rest: Any) -> None:
        prevent(core, taker, maker, *rest)
        maker.market.last_price = maker.price_ticks

    return broken


def beyond_its_distance(follow: Function) -> Function:
    def broken(trail: Any, price_ticks: int) -> bool:
        fires = bool(follow(trail, price_ticks))
        sells = trail.side == Side.SELL
        away = PPM - trail.trail_ppm if sells else PPM + trail.trail_ppm
        return fires and price_ticks * PPM != trail.best_ticks * away

    return broken


def lost(step: Function) -> Function:
    def broken(waits: Any, hand: Any) -> bool:
        here = [(o, waits._core.order(o)) for o, _ in waits.queue]
        gone = {o for o, row in here if row and not trades(waits._core, row[2])}
        waits.queue = deque(entry for entry in waits.queue if entry[0] not in gone)
        waits._queued -= gone
        return bool(step(waits, hand))

    return broken


RULES = (
    Broken(
        "a stop fires beyond its trigger, not at it",
        triggers.Waiting,
        "add",
        beyond_its_trigger,
        "stops",
    ),
    Broken(
        "a take-profit fires like a stop",
        triggers.Waiting,
        "add",
        against_its_direction,
        "take_profits",
    ),
    Broken(
        "a stop-market's protection is rounded away from its trigger",
        terms,
        "_protection_ticks",
        away_from_the_trigger,
        "stops",
    ),
    Broken(
        "a trailing order's test is rounded to a tick",
        triggers.Trail,
        "follow",
        to_the_nearest_tick,
        "trailing",
    ),
    Broken(
        "a trailing order follows from its acceptance",
        triggers.Triggers,
        "_wait",
        from_its_acceptance,
        "trailing",
    ),
    Broken(
        "a trailing order's first extreme is its stop price",
        triggers.Trail,
        "follow",
        from_where_it_may_begin,
        "trailing",
    ),
    Broken("a trailing order does not trail", triggers.Trail, "follow", stands_still, "trailing"),
    Broken("a stop that is beyond its trigger is accepted", terms, "would_trigger", never, "stops"),
    Broken(
        "a list whose stop is beyond its trigger is accepted",
        checks,
        "would_trigger",
        never,
        "oco",
    ),
    Broken("the queue of triggers is by id alone", triggers.Triggers, "_queue", by_id, "stops"),
    Broken(
        "the queue of triggers is last in, first out",
        triggers.Triggers,
        "_queue",
        last_in_first_out,
        "stops",
    ),
    Broken("only the last print of a command fires", desk.Desk, "_note", last_print_alone, "stops"),
    Broken("more than 100 orders fire in one command", triggers, "FIRES", lambda _: 1_000, "stops"),
    Broken("triggers fire where nothing trades", triggers, "trades", always, "stops"),
    Broken(
        "a fired order must find its funds again",
        fired,
        "_may_run",
        checked_for_funds_again,
        "stops",
    ),
    Broken("a fired order is not checked again", fired, "_may_run", never, "stops"),
    Broken("a fired order may leave the band", fired, "band", never, "stops"),
    Broken("a fired order does not meet the limits", fired, "taker_limits", never, "stops"),
    Broken(
        "a stop is checked for its band at entry",
        terms,
        "would_trigger",
        checked_for_its_band_at_once,
        "stops",
    ),
    Broken(
        "a fired order has the place of its acceptance",
        state.BookSide,
        "add",
        place_of_its_acceptance,
        "stops",
    ),
    Broken("a prevented match prints", match, "_prevent", prints, "stops"),
    Broken("a child beyond its trigger waits on", triggers.Triggers, "at_once", never, "oto"),
    Broken(
        "a trailing order fires beyond its distance, not at it",
        triggers.Trail,
        "follow",
        beyond_its_distance,
        "trailing",
    ),
    Broken("an order that is queued may be replaced", triggers.Triggers, "settle", never, "stops"),
    Broken("the queue is lost where nothing trades", triggers.Triggers, "step", lost, "stops"),
    Broken("reduce-only lets a waiting buy fire", fired, "may_place", never, "stops"),
)
