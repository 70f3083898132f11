"""The demo's own market maker: a child process that trades through the public API like anybody.

It quotes BTC_USDT and ETH_USDT around a random walk, beside a taker that trades by chance; the
other markets stay as they were seeded. It ends when its standard input does: with the venue.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec

from outcry.bootstrap import Venue
from outcry.cli.demo.seeding import LIQUIDITY, NOISE, password
from outcry.maker.quotes import QuoteSettings
from outcry.maker.service import MakerConfig, MarketSettings, Who

COMMAND = (sys.executable, "-m", "outcry", "maker", "--config", "-")
END_S = 10.0


def _dense(quantity: str, position_max: str) -> QuoteSettings:
    """Return quotes that fill a screen: more of them than usual, nearer, renewed sooner."""
    return QuoteSettings(
        levels=12,
        spacing_bps=2.5,
        spread_bps=3,
        keep_bps=0.5,
        quantity=quantity,
        growth_percent=40,
        position_max=position_max,
        refresh_s=2,
    )


QUOTED = (
    MarketSettings(
        market="BTC_USDT",
        price="60000",
        quotes=_dense("0.08", "20"),
        noise_quantity="0.02",
        seed=1,
    ),
    MarketSettings(
        market="ETH_USDT",
        price="3000",
        quotes=_dense("1.5", "300"),
        noise_quantity="0.4",
        noise_every_s=1.5,
        seed=2,
    ),
)
NOISE_FUNDS = {"BTC": "100", "ETH": "1000", "USDT": "10000000"}


def demo_config(venue: Venue) -> MakerConfig:
    """Return who quotes what in this demo."""
    return MakerConfig(
        url=venue.url,
        markets=list(QUOTED),
        maker=Who(email=LIQUIDITY, password=password(venue, LIQUIDITY)),
        noise=Who(email=NOISE, password=password(venue, NOISE), faucet=NOISE_FUNDS),
    )


class DemoMaker:
    """The child process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, config: MakerConfig) -> "DemoMaker":
        """Start it; it begins to quote when it is ready, and is to be listened to."""
        # A session of its own: an interrupt from a terminal is meant for the venue, which tells it.
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin
        process.stdin.write(msgspec.json.encode(config) + b"\n")
        await process.stdin.drain()
        return cls(process)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield what it says, until it has ended."""
        assert self._process.stdout
        async for line in self._process.stdout:
            yield line

    async def end(self) -> None:
        """Let it cancel everything and end, while the venue still answers."""
        assert self._process.stdin
        self._process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await self._process.wait()
                return
        self._process.kill()
        await self._process.wait()
