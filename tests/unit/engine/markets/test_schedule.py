"""When the plan of a day is due, day after day."""

import pytest

from outcry import codec
from outcry.domain.commands import SetSchedule
from outcry.domain.events import ScheduleSet
from outcry.domain.market import MarketState
from outcry.domain.rejects import Reject
from outcry.domain.units import DAY_NS
from outcry.engine.core import choose
from outcry.engine.hand import Hand
from outcry.engine.markets.schedule import Schedules
from outcry.engine.orders.expiry import NEVER_NS

MIDNIGHT_NS = 19_675 * DAY_NS
HOUR_NS = 3_600 * 10**9
CLOSED, TRADING = int(MarketState.CLOSED), int(MarketState.TRADING)
DAY = ((HOUR_NS, TRADING), (20 * HOUR_NS, CLOSED))


def hand(now_ns: int) -> Hand:
    """Return a hand at a time."""
    return Hand(choose("reference")(), 0, now_ns, [])


def planned(now_ns: int, *entries: tuple[int, int], market: int = 1) -> Schedules:
    """Return schedules with one that was set at a time."""
    schedules = Schedules(())
    command = SetSchedule(market=market, entries=entries)
    assert schedules.set(hand(now_ns), command) == (0, 0, 0)
    return schedules


def test_nothing_is_due_without_a_plan() -> None:
    assert Schedules(()).next() == (NEVER_NS, 0)


@pytest.mark.parametrize(
    ("now_ns", "due_ns"),
    [
        (MIDNIGHT_NS, MIDNIGHT_NS + HOUR_NS),
        (MIDNIGHT_NS + HOUR_NS - 1, MIDNIGHT_NS + HOUR_NS),
        (MIDNIGHT_NS + HOUR_NS, MIDNIGHT_NS + 20 * HOUR_NS),
        (MIDNIGHT_NS + 20 * HOUR_NS - 1, MIDNIGHT_NS + 20 * HOUR_NS),
        (MIDNIGHT_NS + 20 * HOUR_NS, MIDNIGHT_NS + DAY_NS + HOUR_NS),
    ],
)
def test_a_plan_counts_from_after_its_own_moment(now_ns: int, due_ns: int) -> None:
    assert planned(now_ns, *DAY).next() == (due_ns, 1)


def test_it_goes_round_day_after_day() -> None:
    schedules = planned(MIDNIGHT_NS, *DAY)
    seen = []
    for _ in range(5):
        due_ns, _ = schedules.next()
        seen.append(((due_ns - MIDNIGHT_NS) // HOUR_NS, *schedules.pop()))
    assert seen == [
        (1, 1, TRADING), (20, 1, CLOSED), (25, 1, TRADING), (44, 1, CLOSED), (49, 1, TRADING),
    ]  # fmt: skip


def test_midnight_and_the_last_nanosecond_are_times_of_a_day() -> None:
    schedules = planned(MIDNIGHT_NS, (0, TRADING), (DAY_NS - 1, CLOSED))
    assert schedules.next() == (MIDNIGHT_NS + DAY_NS - 1, 1)
    assert schedules.pop() == (1, CLOSED)
    assert schedules.next() == (MIDNIGHT_NS + DAY_NS, 1)
    assert schedules.pop() == (1, TRADING)


def test_of_one_moment_the_lower_market_is_first() -> None:
    schedules = planned(MIDNIGHT_NS, *DAY, market=2)
    schedules.set(hand(MIDNIGHT_NS), SetSchedule(market=1, entries=DAY))
    assert [schedules.pop() for _ in range(4)] == [
        (1, TRADING), (2, TRADING), (1, CLOSED), (2, CLOSED),
    ]  # fmt: skip


def test_a_new_plan_takes_the_place_of_the_old_one_and_an_empty_one_ends_it() -> None:
    schedules = planned(MIDNIGHT_NS, *DAY)
    later = hand(MIDNIGHT_NS + 2 * HOUR_NS)
    schedules.set(later, SetSchedule(market=1, entries=((HOUR_NS, CLOSED),)))
    assert schedules.next() == (MIDNIGHT_NS + DAY_NS + HOUR_NS, 1)
    schedules.set(later, SetSchedule(market=1, entries=()))
    assert schedules.next() == (NEVER_NS, 0)
    assert schedules.notes() == []


@pytest.mark.parametrize(
    "entries",
    [
        ((-1, CLOSED),),
        ((DAY_NS, CLOSED),),
        ((HOUR_NS, CLOSED), (HOUR_NS, TRADING)),
        ((2 * HOUR_NS, CLOSED), (HOUR_NS, TRADING)),
        ((HOUR_NS, int(MarketState.RETIRED)),),
        ((HOUR_NS, -1),),
    ],
)
def test_what_is_no_plan_is_refused_and_the_old_one_stays(
    entries: tuple[tuple[int, int], ...],
) -> None:
    schedules = planned(MIDNIGHT_NS, *DAY)
    command = SetSchedule(market=1, entries=entries)
    assert schedules.set(hand(MIDNIGHT_NS), command) == (Reject.SHAPE, 0, 0)
    assert schedules.next() == (MIDNIGHT_NS + HOUR_NS, 1)


def test_a_plan_is_told_of() -> None:
    told = hand(MIDNIGHT_NS)
    Schedules(()).set(told, SetSchedule(market=1, entries=DAY))
    (event,) = codec.decode_events(b"".join(told.out))
    assert isinstance(event, ScheduleSet)
    assert (event.market, event.rows) == (1, 2)


def test_notes_tell_everything() -> None:
    schedules = planned(MIDNIGHT_NS, *DAY, market=2)
    schedules.set(hand(MIDNIGHT_NS), SetSchedule(market=1, entries=DAY[:1]))
    schedules.pop()
    again = Schedules(schedules.notes())
    assert again.notes() == schedules.notes()
    assert [again.pop() for _ in range(4)] == [schedules.pop() for _ in range(4)]


def test_a_dropped_plan_is_gone() -> None:
    schedules = planned(MIDNIGHT_NS, *DAY)
    schedules.drop(1)
    schedules.drop(9)
    assert schedules.next() == (NEVER_NS, 0)
