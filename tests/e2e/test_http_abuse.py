"""Abuse of HTTP on a running venue, and good clients beside it who hardly notice.

Moments with and without abuse take turns: what the good clients see without it is the measure of
what they see with it, so that a busy machine is no failure.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any, NamedTuple

import pytest

from outcry.gateway.express.lane import BODY_TIMEOUT_S, HEAD_TIMEOUT_S
from tests.support.good_clients import GoodClient, good_client, p99_ms
from tests.support.helper import Helper, helper
from tests.support.process import VenueProcess, resident_bytes, venue_process
from tests.support.scoreboard import note

P99_RATIO_MAX = 3.0
LEAST_P99_MS = 2.0
"""Below this a p99 of so few answers is chance."""
TRIES, MORE_TRIES = 3, 4
MOMENT_S, SETTLE_S = 0.4, 1.0
GOOD_CLIENTS = 4
SLACK_S = 5.0
"""How late a timeout may be on a machine that has much else to do."""
MEMORY_BYTES_MAX = 32 << 20
"""What the venue may have grown by in the end."""
KERNEL_BYTES = 8 << 20
"""What the kernel of this machine takes from a sender before anybody has read it."""


Waits = tuple[float, float]
"""The p99 without and beside an attack, in milliseconds."""


class Fight(NamedTuple):
    """A venue, who attacks it, and by attack: the ratio of p99, and what came of it."""

    venue: VenueProcess
    port: int
    tokens: list[str]
    attacker: Helper
    ratios: dict[str, float]
    seen: dict[str, dict[str, Any]]

    def attack(self, *names: str) -> None:
        """Begin to attack."""
        self.attacker.tell(attacks=names, port=self.port, token=self.tokens[1])

    def end(self) -> None:
        """End the attack and keep what came of it."""
        self.attacker.tell()
        for name, seen in self.attacker.answer().items():
            before = self.seen.setdefault(name, seen)
            before["longest_s"] = max(before["longest_s"], seen["longest_s"])
            before["most_bytes"] = max(before["most_bytes"], seen["most_bytes"])
            before["ended"] += seen["ended"]
            before["statuses"] |= seen["statuses"]

    async def compare(self, names: tuple[str, ...], tries: int, attack_s: float) -> list[Waits]:
        """Return how long good clients wait, without and beside; they had no refusal."""
        found = []
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(good_client(self.port, self.tokens[0]))
                for _ in range(GOOD_CLIENTS)
            ]
            for number in range(tries):
                found.append(await self._try(clients, names, attack_s if not number else 0.0))
        return found

    async def _try(
        self, clients: list[GoodClient], names: tuple[str, ...], attack_s: float
    ) -> Waits:
        without = max(await p99_ms(clients, MOMENT_S), LEAST_P99_MS)
        start = monotonic()
        self.attack(*names)
        await asyncio.sleep(SETTLE_S)
        beside = await p99_ms(clients, MOMENT_S)
        await p99_ms(clients, max(0.05, start + attack_s - monotonic()))
        self.end()
        return without, beside


@contextmanager
def fight(data: Path, **environ: str) -> Iterator[Fight]:
    with venue_process(data, "--demo", environ=environ) as venue, helper("attacker") as attacker:
        port = int(venue.started()["url"].rpartition(":")[2])
        demo = json.loads((data / "demo.json").read_text())
        tokens = [trader["token"] for trader in demo["traders"]]
        yield Fight(venue, port, tokens, attacker, {}, {})


@pytest.fixture(scope="module")
def abused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fight]:
    """A venue that all attacks meet; in the end it is small, silent, and stops in good order."""
    with fight(tmp_path_factory.mktemp("venue")) as fought:
        pid = fought.venue.process.pid
        before = resident_bytes(pid)
        yield fought
        grown = resident_bytes(pid) - before
        fought.venue.end_silently()
        assert grown <= MEMORY_BYTES_MAX
        note(
            "S11",
            attacks=len(fought.seen),
            worst_p99_ratio=round(max(fought.ratios.values()), 2),
            head_timeout_s=round(fought.seen["slowloris"]["longest_s"], 1),
            memory_mb=grown >> 20,
        )


async def assert_good_clients_hardly_notice(
    fought: Fight, *names: str, attack_s: float = 0.0
) -> None:
    waits = await fought.compare(names, TRIES, attack_s)
    if ratio_of(waits) > P99_RATIO_MAX:  # A moment may have been bad for other reasons.
        waits += await fought.compare(names, MORE_TRIES, 0.0)
    fought.ratios[" and ".join(names)] = ratio_of(waits)
    assert ratio_of(waits) <= P99_RATIO_MAX, waits


def ratio_of(waits: list[Waits]) -> float:
    """Return how many times longer it takes beside an attack: a disk has bad moments in both."""
    without, beside = zip(*waits, strict=True)
    return median(beside) / median(without)


async def test_a_request_that_trickles_in_is_cut_off_in_time(abused: Fight) -> None:
    attack_s = BODY_TIMEOUT_S + SLACK_S / 2
    await assert_good_clients_hardly_notice(abused, "slowloris", "slow bodies", attack_s=attack_s)
    for name, timeout_s in (("slowloris", HEAD_TIMEOUT_S), ("slow bodies", BODY_TIMEOUT_S)):
        assert abused.seen[name]["ended"] >= 100
        assert timeout_s - 0.5 <= abused.seen[name]["longest_s"] <= timeout_s + SLACK_S


async def test_ten_thousand_headers_are_refused(abused: Fight) -> None:
    await assert_good_clients_hardly_notice(abused, "many headers")
    assert set(abused.seen["many headers"]["statuses"]) <= {"400", "413"}


async def test_a_gigabyte_is_refused_before_it_is_there(abused: Fight) -> None:
    await assert_good_clients_hardly_notice(abused, "gigabytes")
    assert set(abused.seen["gigabytes"]["statuses"]) <= {"404", "413"}
    assert abused.seen["gigabytes"]["most_bytes"] <= KERNEL_BYTES


async def test_a_bomb_is_not_unpacked(abused: Fight) -> None:
    await assert_good_clients_hardly_notice(abused, "bombs")
    assert set(abused.seen["bombs"]["statuses"]) == {"413"}


@pytest.mark.parametrize("name", ["pipelines", "half open", "deaf"])
async def test_a_flood_takes_no_more_than_its_turn(abused: Fight, name: str) -> None:
    await assert_good_clients_hardly_notice(abused, name)


async def test_whoever_takes_all_connections_keeps_nobody_out(tmp_path: Path) -> None:
    limit = {"OUTCRY_GATEWAY_CONNECTIONS_MAX": "200"}
    with fight(tmp_path, **limit) as fought:
        fought.attack("strangers")
        for _ in range(20):
            async with good_client(fought.port, fought.tokens[0]) as newcomer:
                await newcomer.wait_times(0.02)
        fought.end()
        assert fought.seen["strangers"]["opened"] >= 1_000
        assert fought.seen["strangers"]["ended"] >= 800
