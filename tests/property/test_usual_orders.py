"""The short way of usual orders and the way of all are one, in every byte and every count."""

from random import Random

import pytest

from outcry.gateway.limits.rates import LimitSettings
from tests.support.usual import MINUTE_NS, Client, World, venue_commands

pytest.importorskip(
    "outcry.gateway.binance.compiled.usual", reason="no C compiler", exc_type=ImportError
)
REQUESTS = 400
PLENTY = LimitSettings(10**6, 10**6, 10**6, 10**6, 10**6)
LITTLE = LimitSettings(20, 10, 14, 3, 60, refusals_1m=4)


def play(seed: int, settings: LimitSettings, requests: int) -> tuple[World, World]:
    """Send the same to both; return them after everything is answered."""
    random = Random(seed)
    worlds = [World(short=short, settings=settings) for short in (True, False)]
    client = Client(random, worlds[0].flow.clock.now_ns)
    for _ in range(requests):
        request = client.request()
        moved_ns = random.choice((0, 0, 0, 10**6, 10**9, MINUTE_NS // 4))
        steps = random.random() < 0.4
        commands = list(venue_commands(random)) if random.random() < 0.02 else []
        for world in worlds:
            world.send(*request)
            if steps:
                world.flow.run()
            for command in commands:
                world.flow.submit(command)
                world.flow.run()
            world.flow.clock.advance(moved_ns)
        assert worlds[0].state() == worlds[1].state(), (seed, request)
    for world in worlds:
        world.flow.run()
    return worlds[0], worlds[1]


@pytest.mark.parametrize("seed", range(12))
def test_both_ways_give_the_same_answers_and_leave_the_same_behind(seed: int) -> None:
    settings = LITTLE if seed % 3 == 2 else PLENTY
    short, long = play(seed, settings, REQUESTS)
    assert short.state() == long.state(), seed
    assert len(short.answers) == REQUESTS
    assert short.taken > (REQUESTS // 10 if settings is PLENTY else 10), seed
    assert long.taken == 0
    assert any(b" 429 " in answer for answer in short.answers) == (settings is LITTLE)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1_000, 1_300))
def test_both_ways_are_the_same_for_many_seeds(seed: int) -> None:
    short, long = play(seed, LITTLE if seed % 3 == 2 else PLENTY, 2_000)
    assert short.state() == long.state(), seed
