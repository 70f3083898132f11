"""What a market is worth, as far as a maker is told: fixed, a random walk, an oracle, a recording.

A reference gives the price of a moment, or None where it does not know one; then nothing is quoted.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from random import Random
from typing import Protocol

import aiohttp
import msgspec
from typing_extensions import override

from outcry.maker.model import NS_PER_S

PPM = 1_000_000
ORACLE_BYTES = 65_536


class BadReference(Exception):
    """There is no such reference, or it says nothing that is a price."""


class Reference(Protocol):
    """A price in whole quote per whole base, by time."""

    def price(self, now_ns: int) -> Decimal | None:
        """Return the price of now; None where none is known."""


class Fixed(Reference):
    """Always the same."""

    def __init__(self, price: Decimal) -> None:
        self._price = price

    @override
    def price(self, now_ns: int) -> Decimal:
        return self._price


class RandomWalk(Reference):
    """Steps once a second, within `range_ppm` of its middle, and is drawn back to it.

    The same seed and times give the same prices.
    """

    def __init__(
        self,
        middle: Decimal,
        *,
        start: Decimal | None = None,
        range_ppm: int = 5_000,
        step_ppm: int = 120,
        seed: int = 0,
    ) -> None:
        """Begin at `start`, or in the middle."""
        self._middle, self._range, self._step = middle, range_ppm, step_ppm
        self._random = Random(seed)  # noqa: S311  # a price to play with, not a secret
        begun = 0 if start is None else int((start / middle - 1) * PPM)
        self._away_ppm = max(-range_ppm, min(range_ppm, begun))
        self._stepped_ns: int | None = None

    @override
    def price(self, now_ns: int) -> Decimal:
        if self._stepped_ns is None:
            self._stepped_ns = now_ns
        steps = min((now_ns - self._stepped_ns) // NS_PER_S, 3_600)
        self._stepped_ns += (now_ns - self._stepped_ns) // NS_PER_S * NS_PER_S
        for _ in range(steps):
            pull = -self._away_ppm // 200
            moved = self._away_ppm + pull + self._random.randint(-self._step, self._step)
            self._away_ppm = max(-self._range, min(self._range, moved))
        return self._middle * (PPM + self._away_ppm) / PPM


class Recorded(Reference):
    """Prices of a file, one after the other from the first call on, and again from its start."""

    def __init__(self, rows: Sequence[tuple[int, Decimal]]) -> None:
        """Take (nanoseconds since the first, price) rows, oldest first.

        Raises:
            BadReference: there are none, or time goes back.
        """
        self._times = [time_ns for time_ns, _ in rows]
        self._prices = [price for _, price in rows]
        if not rows or self._times != sorted(self._times):
            raise BadReference("a recorded price needs rows of seconds and price, oldest first")
        self._began_ns: int | None = None

    @override
    def price(self, now_ns: int) -> Decimal:
        if self._began_ns is None:
            self._began_ns = now_ns
        length_ns = self._times[-1] - self._times[0] + NS_PER_S
        since_ns = self._times[0] + (now_ns - self._began_ns) % length_ns
        return self._prices[bisect_right(self._times, since_ns) - 1]


def read_recorded(path: Path) -> Recorded:
    """Return the prices of a file of lines `seconds,price`.

    Raises:
        BadReference: it cannot be read, or a line is none.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        pairs = [line.split(",") for line in lines if line.strip()]
        seconds = [Decimal(pair[0]) for pair in pairs]
        rows = [
            (int((second - seconds[0]) * NS_PER_S), price_of(pair[1]))
            for second, pair in zip(seconds, pairs, strict=True)
        ]
    except (OSError, ValueError, IndexError, InvalidOperation) as error:
        raise BadReference(f"{path}: {error}") from None
    return Recorded(rows)


class Oracle(Reference):
    """A price that somebody else publishes, at an address or in a file.

    What is published is a number, or JSON with a `price`. A price older than `stale_s` is none.
    """

    def __init__(self, source: str, *, every_s: float = 2.0, stale_s: float = 30.0) -> None:
        self._source = source
        self._every_s, self._stale_ns = every_s, int(stale_s * NS_PER_S)
        self._price: Decimal | None = None
        self._asked_ns = 0
        self._now_ns = 0
        self.failures = 0

    @override
    def price(self, now_ns: int) -> Decimal | None:
        self._now_ns = now_ns
        if self._price is not None and not self._asked_ns:
            self._asked_ns = now_ns
        return self._price if now_ns - self._asked_ns <= self._stale_ns else None

    def take(self, text: str) -> None:
        """Take in what was published.

        Raises:
            BadReference: it is no price.
        """
        self._price = price_of(text)
        self._asked_ns = self._now_ns

    async def follow(self) -> None:
        """Ask until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            while True:
                try:
                    self.take(await self._asked(http))
                except (BadReference, aiohttp.ClientError, OSError, TimeoutError, ValueError):
                    self.failures += 1
                await asyncio.sleep(self._every_s)

    async def _asked(self, http: aiohttp.ClientSession) -> str:
        if not self._source.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(self._source).read_text, encoding="utf-8")
        async with http.get(self._source) as answer:
            answer.raise_for_status()
            return (await answer.content.read(ORACLE_BYTES)).decode()


def price_of(text: str) -> Decimal:
    """Return the price that a text is: a number, or JSON with a `price`.

    Raises:
        BadReference: it is none above 0.
    """
    said = text.strip()
    with suppress(msgspec.DecodeError):
        decoded = msgspec.json.decode(said)
        if isinstance(decoded, dict):
            said = str(decoded.get("price", ""))
    try:
        price = Decimal(said)
    except InvalidOperation:
        raise BadReference(f"{said[:40]!r} is no price") from None
    if not price.is_finite() or price <= 0:
        raise BadReference(f"{said[:40]!r} is no price above 0")
    return price
