"""What happens at a time or with a connection, broken: ends, switches, sessions, plans."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from outcry.domain.commands import CloseSession, EndOrder, PutState
from outcry.domain.events import SessionEnded
from outcry.domain.order import DoneReason
from outcry.domain.units import DAY_NS
from outcry.engine import desk
from outcry.engine.core.reference import change
from outcry.engine.core.reference.special import terms
from outcry.engine.engine import Engine
from outcry.engine.markets import life, schedule
from outcry.engine.orders import expiry, switches
from outcry.engine.orders.expiry import NEVER_NS
from outcry.engine.orders.terms import WAITING, special
from tests.scenario.broken.hands import Without
from tests.support.broken import Broken, Function


def a_moment_later(following: Function) -> Function:
    def broken(every: Any) -> tuple[int, int]:
        due_ns, number = following(every)
        return due_ns + 1, number

    return broken


def not_at_midnight(day_ns: int) -> int:
    return 3 * day_ns


def again(run: Function) -> Function:
    def broken(armed: Any, hand: Any) -> None:
        _, *switch = min((ns, *switch) for switch, ns in armed._deadlines.items())
        run(armed, hand)
        armed._deadlines[tuple(switch)] = hand.now_ns + 10**9

    return broken


def as_it_was(renew: Function) -> Function:
    def broken(armed: Any, hand: Any, command: Any) -> Any:
        before = dict(armed._deadlines)
        answer = renew(armed, hand, command)
        if command.timeout_ns:
            armed._deadlines |= before
        return answer

    return broken


def of_the_whole_account(in_scope: Function) -> Function:
    def broken(armed: Any, account: int, scope: int, key: int) -> list[int]:
        owned = [order[0] for order in armed._core.open_orders(account)]
        return owned if key else list(in_scope(armed, account, scope, key))

    return broken


def booked_ones(in_scope: Function) -> Function:
    def broken(armed: Any, account: int, scope: int, key: int) -> list[int]:
        found = in_scope(armed, account, scope, key)
        return [order_id for order_id in found if not armed._core.order(order_id)[10] & WAITING]

    return broken


def every_session(_: Function) -> Function:
    def broken(armed: Any, hand: Any, command: Any) -> tuple[int, int, int]:
        session = command.session if isinstance(command, CloseSession) else 0
        hand.say(SessionEnded, command.account, 0, session)
        for order_id in armed._core.special_orders():
            order = special(armed._core, order_id)
            if order and order.terms.session and command.account in {0, order.account}:
                hand.do(EndOrder(order_id=order_id, reason=DoneReason.CANCELLED))
        return 0, 0, 0

    return broken


def everybodys(end: Function) -> Function:
    return lambda armed, hand, command: end(armed, hand, replace(command, account=0))


def those_without_one(_: Function) -> Function:
    def broken(armed: Any, hand: Any, command: Any) -> tuple[int, int, int]:
        session = command.session if isinstance(command, CloseSession) else 0
        hand.say(SessionEnded, command.account, 0, session)
        for order_id in armed._core.special_orders():
            order = special(armed._core, order_id)
            tied = session in {0, order.terms.session} if order else False
            if order and tied and command.account in {0, order.account}:
                hand.do(EndOrder(order_id=order_id, reason=DoneReason.CANCELLED))
        return 0, 0, 0

    return broken


def no_mode_is_halted(_: Any) -> Any:
    return SimpleNamespace(HALTED=-1)


def on_its_first_day(pop: Function) -> Function:
    def broken(plans: Any) -> tuple[int, int]:
        due_ns, market = plans.next()
        found = pop(plans)
        if plans._due[market] // DAY_NS != due_ns // DAY_NS:
            plans._due[market] = NEVER_NS
        return int(found[0]), int(found[1])

    return broken


def wherever_it_stands(_: Function) -> Function:
    def broken(markets: Any, hand: Any, market_id: int, state: int) -> None:
        hand.do(PutState(market=market_id, state=state))

    return broken


def in_another_order(first_due: Function) -> Function:
    def broken(at_desk: Any) -> Any:
        at_desk._due, due = at_desk._due[::-1], at_desk._due
        try:
            return first_due(at_desk)
        finally:
            at_desk._due = due

    return broken


def without_what_waits(close_all: Function) -> Function:
    def broken(core: Any, account: Any, market_id: int, side: int) -> int:
        orders = account.orders
        account.orders = {i: o for i, o in orders.items() if not o.flags & WAITING}
        fitting = close_all(core, account, market_id, side)
        account.orders = {i: o for i, o in orders.items() if i in core.orders}
        return int(fitting)

    return broken


def leaves_orders(retire: Function) -> Function:
    return lambda markets, hand, command: retire(markets, Without(hand, EndOrder), command)


def after_the_command(catch_up: Function) -> Function:
    def broken(engine: Any, *args: Any) -> int:
        at_desk, before, after = engine._desk, engine._desk.before, engine._desk.after

        def later(hand: Any, *rest: Any) -> None:
            before(hand)
            after(hand, *rest)

        at_desk.before, at_desk.after = lambda _hand: None, later
        offset = int(catch_up(engine, *args))
        del at_desk.before, at_desk.after
        return offset

    return broken


RULES = (
    Broken("an order ends a nanosecond late", expiry.Expiry, "next", a_moment_later, "expiry"),
    Broken("a day order does not end at midnight", terms, "DAY_NS", not_at_midnight, "expiry"),
    Broken("what is due comes after the command", Engine, "_catch_up", after_the_command, "expiry"),
    Broken(
        "an order may end in the past",
        terms,
        "_is_lasting",
        lambda _: lambda *_args: True,
        "expiry",
    ),
    Broken("a switch fires twice", switches.Switches, "run", again, "switches"),
    Broken(
        "a switch fires a nanosecond late", switches.Switches, "next", a_moment_later, "switches"
    ),
    Broken(
        "a renewal does not move the deadline", switches.Switches, "renew", as_it_was, "switches"
    ),
    Broken(
        "the switch of a key is one of its account",
        switches.Switches,
        "_in_scope",
        of_the_whole_account,
        "switches",
    ),
    Broken(
        "a switch leaves waiting orders", switches.Switches, "_in_scope", booked_ones, "switches"
    ),
    Broken(
        "the end of a session ends all sessions",
        switches.Switches,
        "end_sessions",
        every_session,
        "sessions",
    ),
    Broken(
        "the end of a session ends others' orders",
        switches.Switches,
        "end_sessions",
        everybodys,
        "sessions",
    ),
    Broken(
        "the end of all sessions ends orders without one",
        switches.Switches,
        "end_sessions",
        those_without_one,
        "sessions",
    ),
    Broken("things fall due in a halted venue", desk, "VenueMode", no_mode_is_halted, "states"),
    Broken("a plan is for its first day", schedule.Schedules, "pop", on_its_first_day, "schedule"),
    Broken(
        "a plan moves a market that cannot be moved",
        life.Life,
        "plan",
        wherever_it_stands,
        "schedule",
    ),
    Broken(
        "what is due at one time comes in another order",
        desk.Desk,
        "_first_due",
        in_another_order,
        "expiry",
    ),
    Broken(
        "a freeze and a mass cancel leave what waits",
        change,
        "close_all",
        without_what_waits,
        "stops",
    ),
    Broken("retiring a market leaves its orders", life.Life, "retire", leaves_orders, "retire"),
)
