"""Where reference prices come from."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import web

from outcry.maker.model import NS_PER_S
from outcry.maker.reference import (
    BadReference,
    Oracle,
    RandomWalk,
    Recorded,
    price_of,
    read_recorded,
)

MIDDLE = Decimal(60_000)
T0 = 1_700_000_000 * NS_PER_S


def walk(seed: int, seconds: int = 5_000, **more: int | Decimal) -> list[Decimal]:
    found = RandomWalk(MIDDLE, seed=seed, **more)  # type: ignore[arg-type]
    return [found.price(T0 + second * NS_PER_S) for second in range(seconds)]


@pytest.mark.parametrize("seed", range(5))
def test_walk_stays_within_half_a_percent_and_moves(seed: int) -> None:
    prices = walk(seed)
    assert min(prices) >= MIDDLE * Decimal("0.995")
    assert max(prices) <= MIDDLE * Decimal("1.005")
    assert len(set(prices)) > 100


def test_wide_steps_are_cut_at_the_bounds() -> None:
    prices = walk(1, 500, step_ppm=4_000)
    assert (min(prices), max(prices)) == (Decimal(59_700), Decimal(60_300))


def test_walk_is_the_same_for_the_same_seed_however_often_it_is_asked() -> None:
    slow = RandomWalk(MIDDLE, seed=7)
    slow.price(T0)
    assert slow.price(T0 + 600 * NS_PER_S) == walk(7, 601)[-1]
    assert walk(7, 100) != walk(8, 100)


def test_walk_goes_on_from_the_last_price() -> None:
    start = Decimal(60_120)
    assert walk(1, 1, start=start) == [start]
    assert walk(1, 1, start=Decimal(90_000)) == [Decimal(60_300)]


def test_recording_is_followed_in_time_and_begins_again() -> None:
    rows = [(0, Decimal(10)), (2 * NS_PER_S, Decimal(11)), (3 * NS_PER_S, Decimal(12))]
    recorded = Recorded(rows)
    told = [recorded.price(T0 + second * NS_PER_S) for second in range(6)]
    assert [int(price) for price in told] == [10, 10, 11, 12, 10, 10]


def test_recording_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("34200.5,585.33\n34202.5,585.40\n")
    recorded = read_recorded(path)
    assert recorded.price(T0) == Decimal("585.33")
    assert recorded.price(T0 + 2 * NS_PER_S) == Decimal("585.40")


@pytest.mark.parametrize("text", ["", "1\n", "a,b\n", "2,5\n1,5\n", "1,-5\n", "1,0\n", "1,NaN\n"])
def test_file_that_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    with pytest.raises(BadReference):
        read_recorded(path)


@pytest.mark.parametrize("text", ["585.33", ' {"price": "585.33"}\n', '{"price": 585.33, "a": 1}'])
def test_published_price_is_a_number_or_json(text: str) -> None:
    assert price_of(text) == Decimal("585.33")


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "Infinity", '{"value": 1}', "[1]", '"a"'])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(BadReference):
        price_of(text)


def test_old_word_of_an_oracle_is_none() -> None:
    oracle = Oracle("nowhere", stale_s=30)
    assert oracle.price(T0) is None
    oracle.take("585.33")
    assert oracle.price(T0 + 30 * NS_PER_S) == Decimal("585.33")
    assert oracle.price(T0 + 31 * NS_PER_S) is None
    oracle.take("585.40")
    assert oracle.price(T0 + 32 * NS_PER_S) == Decimal("585.40")


async def heard(oracle: Oracle, price: str) -> None:
    """Follow an oracle until it says a price."""
    following = asyncio.create_task(oracle.follow())
    try:
        async with asyncio.timeout(10):
            while oracle.price(T0) != Decimal(price):  # noqa: ASYNC110  # only asking tells
                await asyncio.sleep(0.005)
    finally:
        following.cancel()
        await asyncio.wait({following})


async def test_oracle_is_read_from_a_file_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "price"
    oracle = Oracle(str(path), every_s=0.005)
    following = asyncio.create_task(heard(oracle, "2.5"))
    while not oracle.failures:  # noqa: ASYNC110  # only asking tells
        await asyncio.sleep(0.005)
    path.write_text("no price")
    path.write_text("2.5\n")
    await following
    path.write_text('{"price": "2.6"}')
    await heard(oracle, "2.6")


async def test_oracle_is_asked_over_http_and_survives_its_mistakes() -> None:
    answers = iter(["", "x" * 100_000, '{"price": -1}', '{"price": "3.5"}'])

    async def answer(_: web.Request) -> web.Response:
        said = next(answers, '{"price": "3.5"}')
        return web.Response(text=said, status=200 if said else 500)

    app = web.Application()
    app.router.add_get("/price", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        oracle = Oracle(f"http://127.0.0.1:{runner.addresses[0][1]}/price", every_s=0.005)
        await heard(oracle, "3.5")
        assert oracle.failures == 3
    finally:
        await runner.cleanup()
