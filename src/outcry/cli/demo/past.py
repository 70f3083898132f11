"""Two hours that lie behind a new demo, so that its charts have something to show.

The trades are made by the engine and are in the log and in the ledger like any others; only their
times are not those of the day. They are told while the venue's clock is behind, before anybody can
come in, and the demo's maker goes on from their last price.
"""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random

from outcry.adapters.clock import SystemClock
from outcry.adapters.data_dir import LOG
from outcry.bootstrap import Venue
from outcry.cli.demo.liquidity import NOISE_FUNDS, QUOTED
from outcry.cli.demo.markets import ASSETS, MARKETS, TICK_DECIMALS, DemoMarket
from outcry.cli.demo.seeding import LIQUIDITY, NOISE, ladder, submit
from outcry.config import Settings
from outcry.domain import commands as c
from outcry.domain.order import Side, TimeInForce
from outcry.gateway.bench.clock import MovedClock
from outcry.maker.model import NS_PER_S
from outcry.maker.reference import RandomWalk
from outcry.maker.service import MarketSettings

PAST_S, STEP_S = 7_200, 10
"""How long it is, and how much of it is one batch: each batch has one time, and takes a commit."""
TRADES_MAX = 4
"""Of a market in a step."""


def clock_behind(settings: Settings) -> MovedClock | None:
    """Return a clock that is behind, for a data folder that nothing has happened in."""
    if (Path(settings.data) / LOG).exists():
        return None
    clock = MovedClock(SystemClock())
    clock.offset_ns = -PAST_S * NS_PER_S
    return clock


async def live_through(venue: Venue, clock: MovedClock) -> None:
    """Let the quoted markets trade until the clock is right again.

    Raises:
        DemoFailed: the venue refused something.
    """
    maker, taker = _account(venue, LIQUIDITY), _account(venue, NOISE)
    by_name = {market.symbol: market for market in MARKETS}
    pasts = [_Past(by_name[own.market], own, maker, taker) for own in QUOTED]
    await submit(venue, [*_funds(taker), *(past.cleared() for past in pasts)])
    end_ns = time.time_ns()
    for at_ns in range(end_ns - PAST_S * NS_PER_S, end_ns, STEP_S * NS_PER_S):
        clock.offset_ns = at_ns - time.time_ns()
        if commands := [command for past in pasts for command in past.step(at_ns)]:
            await submit(venue, commands)
    clock.offset_ns = 0
    for past in pasts:
        await submit(venue, list(ladder(maker, past.market, past.last_ticks)))


def _account(venue: Venue, email: str) -> int:
    person = venue.services.identity.person_of(email)
    assert person is not None  # The demo has just registered them.
    return person.account


def _funds(account: int) -> Iterator[c.Command]:
    for asset in ASSETS:
        amount = int(NOISE_FUNDS.get(asset.symbol, "0")) * 10**asset.decimals
        if amount:
            yield c.Deposit(account=account, asset=asset.asset, amount_units=amount)


class _Past:
    """What happened in one market."""

    def __init__(self, market: DemoMarket, own: MarketSettings, maker: int, taker: int) -> None:
        self.market = market
        self.last_ticks = market.middle_ticks
        self._maker, self._taker = maker, taker
        self._walk = RandomWalk(Decimal(own.price), seed=own.seed)
        self._random = Random(own.seed)  # noqa: S311  # play money
        unit = 10**market.base.decimals
        self._most_lots = int(Decimal(own.noise_quantity) * unit) // market.lot_units

    def cleared(self) -> c.Command:
        """Return what takes the ladder away that would stand in the way."""
        return c.CancelAll(account=self._maker, market=self.market.market)

    def step(self, at_ns: int) -> Iterator[c.Command]:
        """Yield the orders of the seconds from a time on."""
        count = self._random.randint(0, TRADES_MAX)
        for number in range(count):
            price = self._walk.price(at_ns + STEP_S * NS_PER_S * number // count)
            tick = Decimal(self.market.tick_mantissa).scaleb(-TICK_DECIMALS)
            self.last_ticks = int(price / tick)
            yield from self._trade(Side(self._random.getrandbits(1)))

    def _trade(self, side: Side) -> Iterator[c.Command]:
        lots = self._random.randint(1, self._most_lots)
        for account, way, lives in (
            (self._maker, Side(1 - side), TimeInForce.GTC),
            (self._taker, side, TimeInForce.IOC),
        ):
            yield c.PlaceOrder(
                account=account,
                market=self.market.market,
                side=way,
                time_in_force=lives,
                price_ticks=self.last_ticks,
                lots=lots,
            )
