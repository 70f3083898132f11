"""What limits promise, whatever keeps the counts."""

from collections.abc import Callable, Iterator

import pytest

from outcry.adapters.memory import ManualClock
from outcry.adapters.memory_limits import MemoryLimits
from outcry.ports import Clock, Limits

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
START_NS = 1_800_000_000 * SECOND_NS
"""A minute begins here, and a day of UTC."""
ADAPTERS: list[Callable[[Clock], Limits]] = [MemoryLimits]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS)


@pytest.fixture(params=ADAPTERS, ids=lambda made: made.__name__)
def limits(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Limits]:
    made: Limits = request.param(clock)
    yield made
    made.close()


def test_tokens_can_be_taken_until_none_is_left(limits: Limits) -> None:
    bucket = limits.bucket("weight", 3, MINUTE_NS)
    assert [bucket.take("a") == 0 for _ in range(4)] == [True, True, True, False]
    assert bucket.used("a") == 3


def test_refusal_says_when_the_interval_ends(limits: Limits, clock: ManualClock) -> None:
    bucket = limits.bucket("weight", 1, MINUTE_NS)
    clock.set(START_NS + 17 * SECOND_NS)
    bucket.take("a")
    assert bucket.take("a") == 43 * SECOND_NS


def test_bucket_is_full_again_when_the_next_interval_begins(
    limits: Limits, clock: ManualClock
) -> None:
    bucket = limits.bucket("weight", 1, MINUTE_NS)
    clock.set(START_NS + 59 * SECOND_NS)
    bucket.take("a")
    clock.set(START_NS + MINUTE_NS - 1)
    assert bucket.take("a") == 1
    clock.set(START_NS + MINUTE_NS)
    assert (bucket.used("a"), bucket.take("a")) == (0, 0)


def test_tokens_are_taken_all_or_none(limits: Limits) -> None:
    bucket = limits.bucket("weight", 5, MINUTE_NS)
    assert bucket.take("a", 3) == 0
    assert bucket.take("a", 3) > 0
    assert bucket.used("a") == 3
    assert bucket.take("a", 2) == 0


def test_everybody_has_tokens_of_their_own(limits: Limits) -> None:
    bucket = limits.bucket("weight", 1, MINUTE_NS)
    assert [bucket.take(who) for who in ("a", "b", 1, 2)] == [0, 0, 0, 0]
    assert all(bucket.take(who) for who in ("a", "b", 1, 2))


def test_buckets_do_not_share_tokens(limits: Limits) -> None:
    first, second = limits.bucket("first", 1, MINUTE_NS), limits.bucket("second", 1, MINUTE_NS)
    first.take("a")
    assert second.used("a") == 0


def test_reserve_is_kept_for_those_who_may_have_it(limits: Limits) -> None:
    bucket = limits.bucket("weight", 2, MINUTE_NS, reserve=2)
    bucket.take("a", 2)
    assert bucket.take("a") > 0
    assert [bucket.take("a", reserve=True) == 0 for _ in range(3)] == [True, True, False]
    assert bucket.take("a") > 0


def test_clock_that_was_set_back_keeps_nobody_waiting(limits: Limits, clock: ManualClock) -> None:
    bucket = limits.bucket("weight", 1, MINUTE_NS)
    bucket.take("a")
    clock.set(START_NS - 3_600 * SECOND_NS)
    assert bucket.take("a") == 0


def test_bucket_of_another_size_knows_what_was_taken(limits: Limits) -> None:
    limits.bucket("weight", 10, MINUTE_NS).take("a", 4)
    smaller = limits.bucket("weight", 5, MINUTE_NS)
    assert (smaller.used("a"), smaller.take("a")) == (4, 0)
    assert smaller.take("a") > 0


def test_somebody_is_shut_out_until_the_time_has_come(limits: Limits, clock: ManualClock) -> None:
    limits.shut_out("a", START_NS + SECOND_NS)
    assert limits.shut_out_until_ns("a") == START_NS + SECOND_NS
    assert limits.shut_out_until_ns("b") == 0
    clock.set(START_NS + SECOND_NS)
    assert limits.shut_out_until_ns("a") == 0


def test_who_is_shut_out_again_is_shut_out_until_the_new_time(limits: Limits) -> None:
    limits.shut_out("a", START_NS + SECOND_NS)
    limits.shut_out("a", START_NS + 2 * SECOND_NS)
    assert limits.shut_out_until_ns("a") == START_NS + 2 * SECOND_NS


@pytest.mark.parametrize(("tokens", "interval_ns", "reserve"), [(0, 1, 0), (1, 0, 0), (1, 1, -1)])
def test_bucket_that_makes_no_sense_is_refused(
    limits: Limits, tokens: int, interval_ns: int, reserve: int
) -> None:
    with pytest.raises(ValueError, match="bucket"):
        limits.bucket("weight", tokens, interval_ns, reserve)
