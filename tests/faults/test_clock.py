"""R21: the clock of a real venue is an hour wrong, or jumps back in the middle of its work.

Time in the log never goes back, and a replay at the right time leads to the same digest: no result
depends on the clock. Tokens are taken only in their time, as the venue's clock tells it. Requests
that are signed with a time of their own, with a window of five seconds, do not exist yet; they will
have their rows here.
"""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry.client import ApiError, Client
from tests.faults.effects import effects_of, lost_and_doubled
from tests.faults.trouble import drive_for, new_driver
from tests.support.nest import Nest
from tests.support.real_venue import RealVenue, copy_of
from tests.support.scoreboard import add
from tests.support.wrong_clock import WrongClock
from tools.skips import NO_FAKETIME

pytestmark = pytest.mark.skipif(not shutil.which("faketime"), reason=NO_FAKETIME)

HOUR_S = 3_600
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> WrongClock:
    return WrongClock(tmp_path_factory.mktemp("clock") / "time")


@pytest.fixture(scope="module")
def deceived_nest(clock: WrongClock) -> Iterator[Nest]:
    nest = Nest(environ=clock.environ())
    yield nest
    nest.close()


@pytest.fixture
def venue(
    deceived_nest: Nest, clock: WrongClock, seeded: Path, tmp_path: Path
) -> Iterator[RealVenue]:
    clock.set(0)
    real = RealVenue(deceived_nest, copy_of(seeded, tmp_path / "data"), tmp_path)
    yield real
    assert real.child is not None
    real.child.kill()


async def log_in_again(venue: RealVenue) -> None:
    """Get tokens of the present: those from later are not taken."""
    venue.tokens = []
    for trader in json.loads((venue.data / "demo.json").read_text())["traders"]:
        with Client(venue.url) as client:
            login = await asyncio.to_thread(client.login, trader["email"], trader["password"])
        venue.tokens.append(login.token)


JUMPS = {
    "an hour fast": [HOUR_S],
    "an hour slow": [-HOUR_S],
    "fast, then right": [HOUR_S, 0],
    "right, then an hour back": [0, -HOUR_S],
    "fast, slow, fast, slow": [HOUR_S, -HOUR_S, HOUR_S, -HOUR_S],
}


@pytest.mark.parametrize("jumps", JUMPS)
async def test_wrong_clock_changes_no_result_and_time_never_goes_back(
    nest: Nest, venue: RealVenue, clock: WrongClock, jumps: str
) -> None:
    driver = new_driver()
    clock.set(JUMPS[jumps][0])
    await venue.start()
    for ahead_s in JUMPS[jumps]:
        clock.set(ahead_s)
        await log_in_again(venue)
        await drive_for(venue, driver, 150)
    assert await venue.stop() == 0
    venue.nest = nest  # From here on with the right time, and the other way round: a replay.
    for path in venue.data.glob("snapshots/*"):
        path.unlink()
    for path in venue.data.glob("ledger.sqlite*"):
        path.unlink()
    effects = effects_of(venue.data)
    await venue.start()
    assert venue.started["replayed"] == venue.started["sequence"]
    assert await driver.contradictions(venue) == []
    assert await venue.state() == (venue.started["sequence"], effects.digest)
    assert not effects.time_goes_back
    assert lost_and_doubled(venue.data, driver) == ([], [])
    add("R21", jumps=len(JUMPS[jumps]), other_results=0)


def taken(url: str, token: str) -> bool:
    """Return whether a venue takes a token."""
    with Client(url, token) as client:
        try:
            client.get("/api/v1/balances")
        except ApiError as refusal:
            if refusal.status != 401:
                raise
            return False
    return True


async def test_token_is_taken_only_in_its_time(venue: RealVenue, clock: WrongClock) -> None:
    await venue.start()
    day_s = 24 * HOUR_S

    async def takes(token: str, ahead_s: int) -> bool:
        clock.set(ahead_s)
        return await asyncio.to_thread(taken, venue.url, token)

    token = venue.tokens[0]
    assert await takes(token, 0)
    assert not await takes(token, day_s + HOUR_S), "it has expired"
    with Client(venue.url) as client:
        client.register("late@example.com", PASSWORD)
        late = client.token
    assert await takes(late, day_s + HOUR_S)
    assert not await takes(late, 0), "it is from tomorrow"
    assert await takes(token, 0)
    assert not await takes(token, -HOUR_S), "it is from later than now"
    add("R21", wrong_tokens_taken=0)
