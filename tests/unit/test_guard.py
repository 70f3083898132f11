"""When trading has to stop, and when it may go on."""

from dataclasses import replace

import pytest

from outcry.domain.market import VenueMode
from outcry.follower.alarm import Alarm
from outcry.guard import SAMPLE_S, Concern, Guard, GuardSettings, Lag, Sight

NORMAL, CANCEL_ONLY, READ_ONLY, HALTED = VenueMode
LIMITS = GuardSettings(lag_s=60, lag_events=1_000)
GB = 1_000_000_000
FINE = Sight(
    confirmed_sequence=100,
    lag_s=0,
    lag_events=0,
    disk_free_bytes=50 * GB,
    disk_total_bytes=100 * GB,
)
ALARM = Alarm("ledger", 90, 2, "no sum")


def guard(base: VenueMode = NORMAL, held: Concern | None = None) -> Guard:
    found = Guard(LIMITS, base, held)
    found.started(50)
    found.look(FINE)
    return found


def seen(guard: Guard, **changed: float) -> VenueMode:
    guard.look(replace(FINE, **changed))
    return guard.wanted


def test_nothing_wrong_is_no_concern() -> None:
    calm = guard()
    assert (calm.wanted, calm.concerns, calm.why, calm.disk) == (NORMAL, {}, "", "ok")


# The ledger disagrees


def test_alarm_stops_trading_and_a_second_follower_that_passes_starts_it_again() -> None:
    alarmed = guard()
    alarmed.alarmed(ALARM, 100)
    assert (alarmed.wanted, alarmed.doubts_ledger) == (CANCEL_ONLY, False)
    assert alarmed.why == "the ledger disagrees at event 90.2 (ledger): no sum"
    assert seen(alarmed, confirmed_sequence=99) == CANCEL_ONLY
    assert seen(alarmed, confirmed_sequence=100) == NORMAL


def test_second_alarm_halts_for_good() -> None:
    alarmed = guard()
    alarmed.alarmed(ALARM, 100)
    alarmed.alarmed(ALARM, 100)
    assert (alarmed.wanted, alarmed.doubts_ledger) == (HALTED, True)
    assert alarmed.why.endswith("no sum, twice")
    assert seen(alarmed, confirmed_sequence=1_000) == HALTED


def test_alarm_over_what_is_written_halts_at_once_for_no_other_follower_can_tell() -> None:
    alarmed = guard()
    alarmed.alarmed(replace(ALARM, written=True), 100)
    assert (alarmed.wanted, alarmed.doubts_ledger) == (HALTED, True)
    assert alarmed.why.endswith("no sum, and it is written")
    assert seen(alarmed, confirmed_sequence=1_000) == HALTED


def test_alarm_after_one_that_was_passed_is_a_first_one() -> None:
    alarmed = guard()
    alarmed.alarmed(ALARM, 100)
    seen(alarmed, confirmed_sequence=100)
    alarmed.alarmed(ALARM, 120)
    assert (alarmed.wanted, alarmed.doubts_ledger) == (CANCEL_ONLY, False)


def test_operator_who_lets_a_halted_venue_go_on_has_it_looked_into_again() -> None:
    alarmed = guard()
    alarmed.alarmed(ALARM, 100)
    alarmed.alarmed(ALARM, 100)
    alarmed.decided(NORMAL)
    assert (alarmed.wanted, alarmed.doubts_ledger) == (NORMAL, False)
    alarmed.alarmed(ALARM, 100)
    assert alarmed.wanted == CANCEL_ONLY


def test_operator_does_not_settle_a_doubt_that_is_being_looked_into() -> None:
    alarmed = guard()
    alarmed.alarmed(ALARM, 100)
    alarmed.decided(NORMAL)
    assert alarmed.wanted == CANCEL_ONLY


# It is behind


@pytest.mark.parametrize(
    ("late", "early"),
    [
        ({"lag_s": 60.1}, {"lag_s": 6.1}),
        ({"lag_events": 1_001}, {"lag_events": 101}),
    ],
)
def test_lag_stops_trading_until_it_is_below_a_tenth(
    late: dict[str, float], early: dict[str, float]
) -> None:
    behind = guard()
    at_the_limit = {name: int(value) // 10 * 10 for name, value in late.items()}
    assert seen(behind, **at_the_limit) == NORMAL
    assert seen(behind, **late) == CANCEL_ONLY
    assert "behind" in behind.why
    assert seen(behind, **early) == CANCEL_ONLY
    assert seen(behind, **{name: value * 0.09 for name, value in late.items()}) == NORMAL


# The disk


@pytest.mark.parametrize(
    ("total", "alarm", "reserve"),
    [(100 * GB, 2 * GB, GB), (4 * GB, GB * 4 // 10, GB * 2 // 10)],
    ids=["large", "small"],
)
def test_full_disk_is_told_then_stops_trading_until_it_is_no_alarm_any_more(
    total: int, alarm: int, reserve: int
) -> None:
    full = guard()

    def free(amount: int) -> tuple[VenueMode, str]:
        return seen(full, disk_free_bytes=amount, disk_total_bytes=total), full.disk

    assert free(alarm) == (NORMAL, "ok")
    assert free(alarm - 1) == (NORMAL, "low")
    assert free(reserve) == (NORMAL, "low")
    assert free(reserve - 1) == (CANCEL_ONLY, "reserve")
    assert free(alarm - 1) == (CANCEL_ONLY, "reserve")
    assert free(alarm) == (NORMAL, "ok")


# Several, and what others decide


def test_strictest_concern_counts_and_each_ends_by_itself() -> None:
    both = guard()
    assert seen(both, lag_s=100, disk_free_bytes=0) == CANCEL_ONLY
    assert set(both.concerns) == {"lag", "disk"}
    assert seen(both, lag_s=100) == CANCEL_ONLY
    both.alarmed(ALARM, 200)
    both.alarmed(ALARM, 200)
    assert both.wanted == HALTED
    assert "behind" not in both.why


@pytest.mark.parametrize("base", VenueMode)
def test_guard_never_loosens_what_was_decided(base: VenueMode) -> None:
    strict = guard(base)
    assert seen(strict, lag_s=100) == max(base, CANCEL_ONLY)
    assert seen(strict) == base


def test_operators_wish_applies_when_the_concern_is_over() -> None:
    behind = guard(READ_ONLY)
    seen(behind, lag_s=100)
    behind.decided(NORMAL)
    assert behind.wanted == CANCEL_ONLY
    assert seen(behind) == NORMAL


# After a restart


def test_what_the_life_before_held_ends_once_the_ledger_has_caught_up() -> None:
    again = Guard(LIMITS, NORMAL, Concern(CANCEL_ONLY, "it was behind"))
    again.started(120)
    assert again.wanted == CANCEL_ONLY
    assert seen(again, confirmed_sequence=119) == CANCEL_ONLY
    assert seen(again, confirmed_sequence=120) == NORMAL


def test_halt_of_the_life_before_waits_for_the_operator() -> None:
    again = Guard(LIMITS, NORMAL, Concern(HALTED, "it disagrees"))
    again.started(100)
    assert (seen(again, confirmed_sequence=100), again.doubts_ledger) == (HALTED, True)
    again.decided(NORMAL)
    assert again.wanted == NORMAL


def test_alarm_after_a_restart_in_doubt_is_a_first_one() -> None:
    again = Guard(LIMITS, NORMAL, Concern(CANCEL_ONLY, "it disagrees"))
    again.started(120)
    again.alarmed(ALARM, 120)
    assert again.wanted == CANCEL_ONLY
    again.alarmed(ALARM, 120)
    assert again.wanted == HALTED


# Lag


def test_lag_is_the_age_and_the_number_of_what_is_missing() -> None:
    lag = Lag()
    assert (lag.events, lag.seconds(9.0), lag.since_ns) == (0, 0.0, 0)
    lag.seen(3, 1_000, 5, now_s=10.0)
    lag.seen(4, 2_000, 7, now_s=12.0)
    assert (lag.events, lag.seconds(15.0), lag.since_ns) == (12, 5.0, 1_000)
    lag.stored(3)
    assert (lag.events, lag.seconds(15.0), lag.since_ns) == (7, 3.0, 2_000)
    lag.stored(4)
    assert (lag.events, lag.seconds(15.0), lag.since_ns) == (0, 0.0, 0)


def test_batches_that_come_together_are_one_entry_that_is_never_too_young() -> None:
    lag = Lag()
    for sequence in range(1, 101):
        lag.seen(sequence, sequence, 1, now_s=sequence * SAMPLE_S / 50)
    lag.stored(49)
    assert lag.events == 100
    lag.stored(50)
    assert lag.events == 50
    assert lag.seconds(10.0) == pytest.approx(10.0 - 51 * SAMPLE_S / 50)
