"""Many who follow the market: ten thousand that read, and some that never do.

The crowd is a process of its own with bare sockets. The venue's memory is what the system says.
"""

import json
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import monotonic, sleep
from typing import Any

import pytest

from outcry.client import Client
from tests.support.crowd import STAMPED_MARKET, STAMPED_PRICE, stamp
from tests.support.helper import Helper, helper
from tests.support.process import VenueProcess, resident_bytes, venue_process
from tests.support.scoreboard import note

CONNECTIONS = 10_000
BYTES_PER_CONNECTION_MAX = 60_000
FILES_NEEDED = 12_500
STORM_S_MAX = 60.0
NEWS_PER_S = 10
READERS, DEAF = 900, 100
DEAF_BYTES_MAX = 1_000_000
DEAF_S_MAX = 90.0
P99_RATIO_MAX = 2.0
LEAST_P99_MS = 20.0
"""Below this the p99 of a fan-out to a thousand is chance."""
BUSY_MARKET = "BUSY_INR"
BUSY_LEVELS = 500

pytestmark = pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < FILES_NEEDED,
    reason="too few open files are allowed",
)


class Floor:
    """A running venue, a crowd that follows it, and somebody who moves its markets."""

    def __init__(self, venue: VenueProcess, crowd: Helper, url: str, token: str) -> None:
        self.venue = venue
        self.crowd = crowd
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.token = token
        with self.client() as client:
            order = {"market": STAMPED_MARKET, "side": "buy", "price": STAMPED_PRICE}
            self._order_id = client.place(**order, quantity="1").order_id
            client.post("/api/v1/dev/markets", _busy_market())
        self.last_stamp = 0

    def client(self) -> Client:
        """Return a client of the trader who moves the markets."""
        return Client(self.url, self.token)

    def resident_bytes(self) -> int:
        """Return the resident memory of the venue."""
        return resident_bytes(self.venue.process.pid)

    @property
    def connections(self) -> int:
        """How many follow the venue."""
        return int(self.gauge("outcry_websocket_connections"))

    def gauge(self, name: str) -> float:
        """Return one of the venue's own numbers."""
        with self.client() as client:
            lines = client.metrics().decode().splitlines()
        return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])

    def join(self, count: int, market: str, **kind: bool) -> float:
        """Let so many more follow a book; return how long it took, in seconds."""
        where = {"port": self.port, "channels": [f"book:{market}"]}
        told = self.crowd.ask(do="join", count=count, **where, **kind)
        assert (told["joined"], told["lost"]) == (count, 0)
        seconds: float = told["seconds"]
        return seconds

    def listen(self, windows: int, seconds: float) -> dict[str, Any]:
        """Move the stamped book while the crowd listens; return what it has heard."""
        self.crowd.tell(do="listen", windows=windows, seconds=seconds)
        end, due = monotonic() + windows * seconds, monotonic()
        with self.client() as client:
            while due < end:
                sleep(max(0.0, due - monotonic()))
                self.last_stamp = stamp()
                client.replace(order_id=self._order_id, quantity=self.last_stamp)
                due = max(due + 1 / NEWS_PER_S, monotonic())
        return self.crowd.answer()

    @contextmanager
    def commotion(self) -> Iterator[None]:
        """Move five hundred levels of the busy book again and again."""
        stop = threading.Event()
        moving = threading.Thread(target=self._move, args=(stop,))
        moving.start()
        try:
            yield
        finally:
            stop.set()
            moving.join()

    def _move(self, stop: threading.Event) -> None:
        levels = [f"{1 + level * 0.05:.2f}" for level in range(BUSY_LEVELS)]
        order = {"market": BUSY_MARKET, "side": "buy", "quantity": "1"}
        with self.client() as client:
            while not stop.is_set():
                for start in range(0, BUSY_LEVELS, 100):
                    orders = [{**order, "price": price} for price in levels[start : start + 100]]
                    client.batch(orders)
                client.cancel_all(BUSY_MARKET)


def _busy_market() -> dict[str, Any]:
    rules = {"symbol": BUSY_MARKET, "base": "TATA", "quote": "INR", "tick": "0.05", "lot": "1"}
    return {**rules, "open_orders_limit": 2 * BUSY_LEVELS}


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    data = tmp_path_factory.mktemp("venue")
    with venue_process(data, "--demo") as venue, helper("crowd") as crowd:
        url = venue.started()["url"]
        demo = json.loads((data / "demo.json").read_text())
        yield Floor(venue, crowd, url, demo["traders"][0]["token"])
        venue.end_silently()


def ten_thousand_follow(floor: Floor, windows: int, seconds: float, target: str) -> None:
    before = floor.resident_bytes()
    floor.join(CONNECTIONS, STAMPED_MARKET)
    idle = (floor.resident_bytes() - before) / CONNECTIONS
    heard = floor.listen(windows, seconds)
    settled = floor.crowd.ask(do="settle", last=floor.last_stamp)
    each = (floor.resident_bytes() - before) / CONNECTIONS
    floor.crowd.ask(do="leave")
    storm_s = floor.join(CONNECTIONS, STAMPED_MARKET)
    after_storm = (floor.resident_bytes() - before) / CONNECTIONS
    floor.crowd.ask(do="leave")
    note(
        "R18",
        target=target,
        connections=CONNECTIONS,
        bytes_each=round(max(idle, each)),
        lost=heard["lost"],
        news_per_s=round(heard["news"] / windows / seconds),
        storm_s=round(storm_s, 1),
    )
    assert (heard["lost"], settled) == (0, {"behind": 0, "lost": 0})
    assert heard["fewest"] >= windows * seconds / 4
    assert max(idle, each, after_storm) <= BYTES_PER_CONNECTION_MAX
    assert storm_s <= STORM_S_MAX
    assert floor.gauge("outcry_feed_dropped_total") == 0


def test_ten_thousand_follow_the_market_and_come_back_at_once(floor: Floor) -> None:
    ten_thousand_follow(floor, 1, 12.0, "commit")


@pytest.mark.soak
def test_ten_thousand_follow_the_market_for_ten_minutes(floor: Floor) -> None:
    ten_thousand_follow(floor, 60, 10.0, "release")


def some_never_read(floor: Floor, rounds: int, target: str) -> None:
    """Let half of the deaf follow a market that moves, and half ask for answers."""
    floor.join(READERS, STAMPED_MARKET)
    with floor.commotion():
        without = max(median(floor.listen(4, 1.5)["p99_ms"]), LEAST_P99_MS)
        before, most, beside = floor.resident_bytes(), 0, []
        for _ in range(rounds):
            floor.join(DEAF // 2, STAMPED_MARKET, deaf=True, asking=True)
            floor.join(DEAF // 2, BUSY_MARKET, deaf=True)
            assert floor.connections == READERS + DEAF
            end = monotonic() + DEAF_S_MAX
            while floor.connections > READERS:
                assert monotonic() < end, "the deaf are not closed"
                beside += floor.listen(2, 1.0)["p99_ms"]
                most = max(most, floor.resident_bytes())
    ratio = median(beside) / without
    settled = floor.crowd.ask(do="settle", last=floor.last_stamp)
    floor.crowd.ask(do="leave")
    note(
        "R17",
        target=target,
        sockets=READERS + DEAF,
        deaf=DEAF,
        closed=rounds * DEAF,
        bytes_each=round((most - before) / DEAF),
        p99_ratio=round(ratio, 2),
    )
    assert (settled["behind"], settled["lost"]) == (0, 0)
    assert most - before <= DEAF * DEAF_BYTES_MAX
    assert ratio <= P99_RATIO_MAX


def test_a_hundred_that_never_read_cost_the_others_little(floor: Floor) -> None:
    some_never_read(floor, 1, "commit")


@pytest.mark.soak
def test_those_that_never_read_may_come_again_and_again(floor: Floor) -> None:
    some_never_read(floor, 10, "release")
