"""Driving a venue process to its death and back, with all that it said kept outside of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

AT_ONCE = 40
"""Orders under way per connection when everything is asked again."""

Answer = tuple[int, ...]
"""What a venue says of one order; the same for ever."""


class Connection(Protocol):
    """One connection to a venue that takes many orders at a time."""

    async def place(self, order: str) -> Answer:
        """Send an order, or send it again, and return what came of it.

        Raises:
            ConnectionError: the venue went away; the outcome is unknown.
        """

    async def close(self) -> None:
        """End the connection."""


class Venue(Protocol):
    """A process that can be killed and started again on the same data."""

    async def start(self) -> None:
        """Start and wait until it takes orders."""

    async def kill(self) -> None:
        """Kill it without warning, unless it is already dead, and wait for the end."""

    async def connect(self) -> Connection:
        """Return a new connection."""

    async def state(self) -> tuple[int, str]:
        """Return (last sequence, digest) of the running venue."""

    def inspect(self) -> tuple[int, str]:
        """Return (last sequence, digest) of the files."""


@dataclass
class Driver:
    """Clients that know which orders they sent and which were acknowledged."""

    draw: Callable[[int], str]
    """Make the order of this number; the same for the same number."""
    in_flight: int
    connections: int = 6
    sent: int = 0
    acknowledged: dict[int, Answer] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    most_in_flight: int = 0
    _now: int = 0

    async def drive(self, venue: Venue, until: asyncio.Event) -> None:
        """Keep `in_flight` orders under way until the venue dies or `until` is set."""
        async with self._connected(venue) as connections:
            each = self.in_flight // len(connections)
            await asyncio.gather(
                *(self._one(link, until) for link in connections for _ in range(each))
            )

    async def _one(self, connection: Connection, until: asyncio.Event) -> None:
        while not until.is_set():
            number = self.sent
            self.sent += 1
            if not await self._place(connection, number):
                return

    async def _place(self, connection: Connection, number: int) -> bool:
        self.unknown.add(number)
        self._now += 1
        self.most_in_flight = max(self.most_in_flight, self._now)
        try:
            answer = await connection.place(self.draw(number))
        except (ConnectionError, EOFError):
            return False
        finally:
            self._now -= 1
        self.unknown.discard(number)
        self.acknowledged.setdefault(number, answer)
        return True

    async def contradictions(self, venue: Venue) -> list[str]:
        """Send everything acknowledged again; return where the answer differs."""
        wrong = []
        numbers = iter(sorted(self.acknowledged))

        async def ask(connection: Connection) -> None:
            for number in numbers:
                again = await connection.place(self.draw(number))
                if again != self.acknowledged[number]:
                    wrong.append(f"order {number}: {again} after {self.acknowledged[number]}")

        await self._with_many(venue, ask)
        return wrong

    async def settle(self, venue: Venue) -> None:
        """Send what is unknown again, until it is known."""
        numbers = iter(sorted(self.unknown))

        async def ask(connection: Connection) -> None:
            for number in numbers:
                assert await self._place(connection, number)

        await self._with_many(venue, ask)

    async def _with_many(
        self, venue: Venue, ask: Callable[[Connection], Coroutine[None, None, None]]
    ) -> None:
        async with self._connected(venue) as connections:
            await asyncio.gather(*(ask(link) for link in connections for _ in range(AT_ONCE)))

    @asynccontextmanager
    async def _connected(self, venue: Venue) -> AsyncIterator[list[Connection]]:
        connections = [await venue.connect() for _ in range(self.connections)]
        try:
            yield connections
        finally:
            for connection in connections:
                await connection.close()


async def kill_at_random(
    venue: Venue, driver: Driver, random: Random, kills: int, longest_s: float
) -> list[str]:
    """Drive, kill at a random moment and start again, `kills` times; return contradictions."""
    for _ in range(kills):
        await venue.start()
        over = asyncio.Event()
        driving = asyncio.create_task(driver.drive(venue, over))
        await asyncio.sleep(random.uniform(0.2, 1) * longest_s)
        await venue.kill()
        over.set()
        await driving
    await venue.start()
    return await driver.contradictions(venue)
