"""What limits promise, whatever keeps the counts."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

import pytest

from outcry.adapters import memory_limits
from outcry.adapters.memory_limits import MemoryLimits
from outcry.ports import Limits

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
START_NS = 1_800_000_000 * SECOND_NS
"""A minute begins here, and a day of UTC."""
ADAPTERS: dict[str, Callable[[], Limits]] = {
    "memory": MemoryLimits,
    "memory, nothing compiled": partial(MemoryLimits, plain=True),
}


@pytest.fixture(params=ADAPTERS.values(), ids=list(ADAPTERS))
def limits(request: pytest.FixtureRequest) -> Iterator[Limits]:
    made: Limits = request.param()
    yield made
    made.close()


def test_tokens_can_be_taken_until_none_is_left(limits: Limits) -> None:
    bucket = limits.bucket("weight", 3, MINUTE_NS)
    assert [bucket.take("a", 1, START_NS) == 0 for _ in range(4)] == [True, True, True, False]
    assert bucket.used("a", START_NS) == 3


def test_refusal_says_when_the_interval_ends(limits: Limits) -> None:
    bucket = limits.bucket("weight", 1, MINUTE_NS)
    now_ns = START_NS + 17 * SECOND_NS
    bucket.take("a", 1, now_ns)
    assert bucket.take("a", 1, now_ns) == 43 * SECOND_NS


def test_bucket_is_full_again_when_the_next_interval_begins(limits: Limits) -> None:
    bucket = limits.bucket("weight", 1, MINUTE_NS)
    bucket.take("a", 1, START_NS + 59 * SECOND_NS)
    assert bucket.take("a", 1, START_NS + MINUTE_NS - 1) == 1
    assert bucket.used("a", START_NS + MINUTE_NS) == 0
    assert bucket.take("a", 1, START_NS + MINUTE_NS) == 0


def test_tokens_are_taken_all_or_none(limits: Limits) -> None:
    bucket = limits.bucket("weight", 5, MINUTE_NS)
    assert bucket.take("a", 3, START_NS) == 0
    assert bucket.take("a", 3, START_NS) > 0
    assert bucket.used("a", START_NS) == 3
    assert bucket.take("a", 2, START_NS) == 0


def test_everybody_has_tokens_of_their_own(limits: Limits) -> None:
    bucket = limits.bucket("weight", 1, MINUTE_NS)
    assert [bucket.take(who, 1, START_NS) for who in ("a", "b", 1, 2)] == [0, 0, 0, 0]
    assert all(bucket.take(who, 1, START_NS) for who in ("a", "b", 1, 2))


def test_buckets_do_not_share_tokens(limits: Limits) -> None:
    first, second = limits.bucket("first", 1, MINUTE_NS), limits.bucket("second", 1, MINUTE_NS)
    first.take("a", 1, START_NS)
    assert second.used("a", START_NS) == 0


def test_reserve_is_kept_for_those_who_may_have_it(limits: Limits) -> None:
    bucket = limits.bucket("weight", 2, MINUTE_NS, reserve=2)
    bucket.take("a", 2, START_NS)
    assert bucket.take("a", 1, START_NS) > 0
    taken = [bucket.take("a", 1, START_NS, reserve=True) == 0 for _ in range(3)]
    assert taken == [True, True, False]
    assert bucket.take("a", 1, START_NS) > 0


def test_clock_that_was_set_back_keeps_nobody_waiting(limits: Limits) -> None:
    bucket = limits.bucket("weight", 1, MINUTE_NS)
    bucket.take("a", 1, START_NS)
    assert bucket.take("a", 1, START_NS - 3_600 * SECOND_NS) == 0


def test_bucket_of_another_size_knows_what_was_taken(limits: Limits) -> None:
    limits.bucket("weight", 10, MINUTE_NS).take("a", 4, START_NS)
    smaller = limits.bucket("weight", 5, MINUTE_NS)
    assert (smaller.used("a", START_NS), smaller.take("a", 1, START_NS)) == (4, 0)
    assert smaller.take("a", 1, START_NS) > 0


def test_who_is_shut_out_is_known_until_when_and_nobody_else_is(limits: Limits) -> None:
    limits.shut_out("a", START_NS + SECOND_NS)
    assert limits.shut_out_until_ns("a") == START_NS + SECOND_NS
    assert limits.shut_out_until_ns("b") == 0
    limits.shut_out("a", START_NS + 2 * SECOND_NS)
    assert limits.shut_out_until_ns("a") == START_NS + 2 * SECOND_NS


@pytest.mark.parametrize(("tokens", "interval_ns", "reserve"), [(0, 1, 0), (1, 0, 0), (1, 1, -1)])
def test_bucket_that_makes_no_sense_is_refused(
    limits: Limits, tokens: int, interval_ns: int, reserve: int
) -> None:
    with pytest.raises(ValueError, match="bucket"):
        limits.bucket("weight", tokens, interval_ns, reserve)


def test_several_buckets_are_taken_from_together_or_not_at_all(limits: Limits) -> None:
    wide, narrow = limits.bucket("wide", 9, MINUTE_NS), limits.bucket("narrow", 3, MINUTE_NS, 5)
    assert limits.take_all((wide, narrow), ("a", 7), (2, 2), START_NS)
    assert not limits.take_all((wide, narrow), ("a", 7), (2, 2), START_NS)
    assert (wide.used("a", START_NS), narrow.used(7, START_NS)) == (2, 2)
    assert limits.take_all((wide, narrow), ("a", 7), (2, 1), START_NS)
    assert not limits.take_all((narrow, wide), (8, "b"), (1, 10), START_NS)
    assert (narrow.used(8, START_NS), narrow.used(7, START_NS)) == (0, 3)
    assert limits.take_all((wide, narrow), ("a", 7), (9, 3), START_NS + MINUTE_NS)
    with pytest.raises(ValueError, match="shorter|each bucket"):
        limits.take_all((wide, narrow), ("a",), (1, 1), START_NS)


def test_both_kinds_of_bucket_count_alike() -> None:
    chance, now_ns = Random(11), START_NS
    both = [MemoryLimits(plain=plain) for plain in (True, False)]
    kinds = (("one", 5, MINUTE_NS, 2), ("two", 20, 10 * SECOND_NS, 0), ("three", 3, 7, 1))
    for _ in range(5_000):
        name, *size = chance.choice(kinds)
        if chance.random() < 0.02:
            size[0] = chance.randint(1, 9)
            size[1] += chance.randrange(2)
        who, count = chance.choice(("a", "b", 1, 2)), chance.choice((0, 1, 1, 3, 30))
        reserve, together = chance.random() < 0.3, chance.random() < 0.5
        now_ns += chance.choice((0, 1, SECOND_NS, 5 * SECOND_NS, -SECOND_NS))
        told = []
        for limits in both:
            bucket = limits.bucket(name, *size)
            others = tuple(limits._buckets.values())
            told.append((
                bucket.take(who, count, now_ns, reserve),
                together and limits.take_all(
                    others, (who,) * len(others), (count,) * len(others), now_ns
                ),
                [b.used(1, now_ns) for b in others],
                [b.used_up(now_ns) for b in others],
                [b.known() for b in others],
            ))  # fmt: skip
        assert told[0] == told[1]


@pytest.mark.parametrize("plain", [True, False])
def test_memory_is_bounded_whoever_comes(monkeypatch: pytest.MonkeyPatch, plain: bool) -> None:
    monkeypatch.setattr(memory_limits, "PEOPLE_MAX", 3)
    limits = MemoryLimits(plain=plain)
    bucket = limits.bucket("weight", 9, MINUTE_NS)
    for who in range(100):
        bucket.take(who, 1, START_NS)
        bucket.take(who, 1, START_NS)
        limits.shut_out(who, START_NS + who)
    assert sum(bucket.used(who, START_NS) > 0 for who in range(100)) <= 3
    assert [who for who in range(100) if limits.shut_out_until_ns(who)] == [97, 98, 99]


def test_who_has_no_token_left_is_told_until_the_interval_ends(limits: Limits) -> None:
    bucket = limits.bucket("weight", 2, MINUTE_NS, reserve=1)
    bucket.take("a", 2, START_NS)
    bucket.take("b", 1, START_NS)
    bucket.take("c", 3, START_NS, reserve=True)
    assert sorted(bucket.used_up(START_NS)) == [("a", 2), ("c", 3)]
    assert bucket.used_up(START_NS + 2 * MINUTE_NS) == []


def test_who_is_shut_out_now_is_told(limits: Limits) -> None:
    limits.shut_out("a", START_NS + SECOND_NS)
    limits.shut_out("b", START_NS + 3 * SECOND_NS)
    assert limits.shut_out_at(START_NS + 2 * SECOND_NS) == [("b", START_NS + 3 * SECOND_NS)]
    assert limits.shut_out_at(START_NS + 4 * SECOND_NS) == []
