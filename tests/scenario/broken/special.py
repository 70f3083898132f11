"""Orders that do more than rest, broken: icebergs, slides, pegs, slices."""

from collections import deque
from typing import Any

from outcry.domain.commands import EndOrder
from outcry.domain.order import Peg, SelfTrade, Side, TimeInForce
from outcry.engine import desk
from outcry.engine.core.reference import change, match, orders, reads, state
from outcry.engine.core.reference.special import auction, fired, terms
from outcry.engine.orders import pegs, slices
from outcry.engine.orders.terms import trades
from tests.scenario.broken.hands import Without
from tests.support.broken import Broken, Function


def in_its_place(refill: Function) -> Function:
    def broken(core: Any, order: Any) -> None:
        refill(core, order)
        level = order.market.sides[order.side].levels[order.price_ticks]
        level.orders = {order.order_id: level.orders.pop(order.order_id), **level.orders}

    return broken


def once_the_taker_is_done(_: Function) -> Function:
    def broken(planned: Any, level: Any, lot_price: int) -> None:
        for maker in level.orders.values():
            if planned.wants_more() and not planned.end:
                planned.meet(maker, maker.visible_lots, lot_price)

    return broken


def one_after_the_other(_: Function) -> Function:
    """Take an iceberg whole before who is behind it."""

    def broken(planned: Any, level: Any, lot_price: int) -> None:
        queue = deque(
            (maker, maker.visible_lots, maker.open_lots - maker.visible_lots)
            for maker in level.orders.values()
        )
        while queue and planned.wants_more() and not planned.end:
            maker, shown, hidden = queue.popleft()
            if planned.meet(maker, shown, lot_price) == shown and hidden:
                refill = min(maker.display_lots, hidden)
                queue.appendleft((maker, refill, hidden - refill))

    return broken


def by_what_is_shown(is_killed: Function) -> Function:
    def broken(order: Any, planned: Any) -> bool:
        makers = {step[0].order_id: step[0] for step in planned.steps if step[2] == match.TRADE}
        shown = sum(maker.visible_lots for maker in makers.values())
        fill_or_kill = order.time_in_force == TimeInForce.FOK and shown < order.open_lots
        return fill_or_kill or bool(is_killed(order, planned))

    return broken


def with_what_is_hidden(meet: Function) -> Function:
    def broken(planned: Any, maker: Any, there: int, lot_price: int) -> int:
        own = maker.account.group == planned.group
        if own and planned.order.self_trade == SelfTrade.DECREMENT:
            there = maker.open_lots
        return int(meet(planned, maker, there, lot_price))

    return broken


def as_much_as_is_shown(_: Function) -> Function:
    return lambda core, market, limit: core.depth(market, limit)[1:]


def at_the_opposite_best(slid: Function) -> Function:
    def broken(order: Any, price_ticks: int) -> int:
        if slid(order, price_ticks) == price_ticks:
            return price_ticks
        return int(order.market.sides[1 - order.side].best().price_ticks)

    return broken


def a_tick_further(slid: Function) -> Function:
    def broken(order: Any, price_ticks: int) -> int:
        slides_to = int(slid(order, price_ticks))
        away = 1 if order.side == Side.SELL else -1
        return slides_to if slides_to == price_ticks else slides_to + away

    return broken


def best_of_all(_: Function) -> Function:
    def broken(market: Any, side: int) -> int:
        best = market.sides[side].best()
        return best.price_ticks if best else 0

    return broken


def rounded_down(price: Function) -> Function:
    def broken(every: Any, order: Any) -> int:
        found, core = int(price(every, order)), every._core
        bid, ask = (core.reference_price(order.market, side) for side in (Side.BUY, Side.SELL))
        sells_at_the_middle = order.terms.peg == Peg.MID and order.side == Side.SELL
        return found - ((bid + ask) % 2 if sells_at_the_middle and found else 0)

    return broken


def wherever_it_wants(_: Function) -> Function:
    return lambda _every, _order, price: price


def without_a_cap(price: Function) -> Function:
    def broken(every: Any, order: Any) -> int:
        capless = order._replace(terms=order.terms._replace(limit_ticks=0))
        return int(price(every, capless))

    return broken


def before_what_follows(_: Function) -> Function:
    def broken(at_desk: Any, hand: Any, events: Any) -> None:
        at_desk._note(hand, events)
        at_desk._pegs.move(hand)
        while at_desk._step(hand):
            at_desk._note(hand, hand.take())
            at_desk._pegs.move(hand)

    return broken


def sells_first(_: Any) -> Any:
    class Sides:
        BUY, SELL = Side.SELL, Side.BUY

    return Sides


def newest_first(markets: Function) -> Function:
    def broken(every: Any) -> list[int]:
        every._markets = {m: sorted(ids, reverse=True) for m, ids in every._markets.items()}
        return list(markets(every))

    return broken


def no_more_than_its_part(special: Function) -> Function:
    def broken(core: Any, order_id: int) -> Any:
        order = special(core, order_id)
        if not order or not order.terms.slices:
            return order
        number = order.terms.slices
        last = order.lots - (number - 1) * order.lots // number
        return order._replace(open_lots=min(order.open_lots, last))

    return broken


def the_same_for_all(_: Function) -> Function:
    return lambda lots, _slice, number: lots // number


def runs_for_ever(run: Function) -> Function:
    return lambda every, hand, *rest: run(every, Without(hand, EndOrder), *rest)


def at_once(note: Function) -> Function:
    """The first slice is due with the acceptance."""

    def broken(every: Any, event: Any) -> None:
        slices_ = getattr(event, "slices", 0)
        note(every, event._replace(time_ns=event.time_ns - event.interval_ns) if slices_ else event)

    return broken


def as_asked(_: Function) -> Function:
    return lambda _order, price_ticks: price_ticks


def where_it_was(follow: Function) -> Function:
    def broken(every: Any, hand: Any, order: Any, tick_value: int) -> None:
        if every._price(order):
            follow(every, hand, order, tick_value)

    return broken


def moved_or_not(follow: Function) -> Function:
    def broken(every: Any, hand: Any, order: Any, tick_value: int) -> None:
        follow(every, hand, order._replace(price_ticks=0), tick_value)

    return broken


def at_its_price(move: Function) -> Function:
    def broken(core: Any, order: Any, price_ticks: int) -> None:
        move(core, order, price_ticks)
        before = order.hold_units
        order.hold_per_lot = order.market.hold_per_lot(order.side, price_ticks, order.cap_ppm)
        orders.hold(order, order.hold_units - before)

    return broken


def whoever_owns_it(_: Function) -> Function:
    return lambda every, order: trades(every._core, order.market)


def in_any_state(_: Function) -> Function:
    return lambda *_args: True


RULES = (
    Broken(
        "an iceberg that is refilled keeps its place", match, "refill", in_its_place, "icebergs"
    ),
    Broken(
        "an iceberg is refilled too late for its taker",
        match.Plan,
        "meet_icebergs",
        once_the_taker_is_done,
        "icebergs",
    ),
    Broken(
        "an iceberg trades whole before who is behind it",
        match.Plan,
        "meet_icebergs",
        one_after_the_other,
        "icebergs",
    ),
    Broken(
        "fill-or-kill does not see hidden lots", orders, "is_killed", by_what_is_shown, "icebergs"
    ),
    Broken("decrement takes hidden lots", match.Plan, "meet", with_what_is_hidden, "icebergs"),
    Broken(
        "an auction's price does not see hidden lots",
        reads.State,
        "sizes",
        as_much_as_is_shown,
        "icebergs",
    ),
    Broken(
        "an auction uses an iceberg up without a refill",
        auction,
        "refill",
        lambda _: lambda *_args: None,
        "icebergs",
    ),
    Broken(
        "a slide rests at the opposite best", terms, "slid_ticks", at_the_opposite_best, "slide"
    ),
    Broken("a slide rests two ticks behind", terms, "slid_ticks", a_tick_further, "slide"),
    Broken("a peg follows pegged orders", state.Market, "reference_price", best_of_all, "pegs"),
    Broken(
        "the middle of an odd sum is rounded down for sells",
        pegs.Pegs,
        "_price",
        rounded_down,
        "pegs",
    ),
    Broken("a peg is not kept from taking", pegs.Pegs, "_clamped", wherever_it_wants, "pegs"),
    Broken("a peg passes its cap", pegs.Pegs, "_price", without_a_cap, "pegs"),
    Broken("pegs move inside a command", desk.Desk, "_react", before_what_follows, "pegs"),
    Broken("sell pegs move before buy pegs", pegs, "Side", sells_first, "pegs"),
    Broken("pegs move newest first", pegs.Pegs, "markets", newest_first, "pegs"),
    Broken("a slide that is replaced does not slide", change, "slid_ticks", as_asked, "slide"),
    Broken(
        "a peg with nothing to follow stays in the book", pegs.Pegs, "_follow", where_it_was, "pegs"
    ),
    Broken(
        "a peg that stays where it is loses its place", pegs.Pegs, "_follow", moved_or_not, "pegs"
    ),
    Broken("a pegged buy holds for its price, not its cap", fired, "_move", at_its_price, "pegs"),
    Broken(
        "a slice runs whatever its account may do",
        slices.Slices,
        "_may_run",
        whoever_owns_it,
        "twap",
    ),
    Broken("a slice runs where nothing trades", slices.Slices, "_may_run", in_any_state, "twap"),
    Broken("what a slice misses is lost", slices, "special", no_more_than_its_part, "twap"),
    Broken("all slices but the last are rounded down", slices, "_part", the_same_for_all, "twap"),
    Broken("an order stays open after its last slice", slices.Slices, "run", runs_for_ever, "twap"),
    Broken("the first slice runs at once", slices.Slices, "note", at_once, "twap"),
)
