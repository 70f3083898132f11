"""Fees by volume and by account: who pays which rates, evaluated once a UTC day."""

from collections.abc import Sequence
from typing import Any

from outcry.domain.commands import PutFloor, PutRates, SetAccountFees, SetTiers
from outcry.domain.events import TiersSet
from outcry.domain.market import FeeAsset
from outcry.domain.rejects import Reject
from outcry.domain.units import DAY_NS, PPM, UNITS_LIMIT
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.orders.expiry import NEVER_NS
from outcry.engine.orders.switches import Refusal
from outcry.engine.orders.terms import market_of

DAYS = 30
NO_FLOOR = PPM
Row = tuple[int, int, int]
"""volume_units, maker_ppm, taker_ppm."""
_FEES: Refusal = (Reject.FEES, 0, 0)


class Tiers:
    """The tiers of each market, own rates of accounts, and what everybody traded.

    Volume is that of the last 30 complete UTC days, trades inside a group left out. It is read from
    the core when a day has ended, before the first command of the next one. `_reached` are the
    rates that this day's first command has found for each account, whatever tiers are set since.
    """

    def __init__(self, core: Core, notes: Sequence[Any]) -> None:
        """Take over from the core, and of the notes what `notes` returns."""
        self._core = core
        tiers, own, volumes, reached, day = notes or ([], [], [], [], -1)
        self._tiers: dict[int, tuple[Row, ...]] = {
            market: tuple((v, m, t) for v, m, t in rows) for market, rows in tiers
        }
        self._own: dict[tuple[int, int], tuple[int, int]] = {
            (market, account): (maker, taker) for market, account, maker, taker in own
        }
        self._reached: dict[tuple[int, int], tuple[int, int]] = {
            (market, account): (maker, taker) for market, account, maker, taker in reached
        }
        self._volumes: dict[tuple[int, int], dict[int, int]] = {}
        for market, account, of_day, units in volumes:
            self._volumes.setdefault((market, account), {})[of_day] = units
        self._day = day

    def notes(self) -> list[Any]:
        """Return everything, as the constructor takes it."""
        return [
            [[market, [list(row) for row in rows]] for market, rows in sorted(self._tiers.items())],
            [[*where, *rates] for where, rates in sorted(self._own.items())],
            [
                [*where, day, units]
                for where, days in sorted(self._volumes.items())
                for day, units in sorted(days.items())
            ],
            [[*where, *rates] for where, rates in sorted(self._reached.items())],
            self._day,
        ]

    def set_tiers(self, hand: Hand, command: SetTiers) -> Refusal:
        """Set a market's tiers. They count from the next UTC day."""
        rows = command.tiers
        volumes = [volume for volume, _, _ in rows]
        if sorted(set(volumes)) != volumes or not all(1 <= v < UNITS_LIMIT for v in volumes):
            return Reject.SHAPE, 0, 0
        rates = [(maker, taker) for _, maker, taker in rows]
        if not self._funded(command.market, rates + self._rates_in_force(command.market)):
            return _FEES
        self._tiers[command.market] = tuple((v, m, t) for v, m, t in rows)
        self._put_floor(hand, command.market)
        hand.say(TiersSet, 0, command.market, len(rows))
        return 0, 0, 0

    def set_own(self, hand: Hand, command: SetAccountFees) -> Refusal:
        """Give an account its own rates in a market at once, or take them back."""
        market, account = command.market, command.account
        rates = command.maker_ppm, command.taker_ppm
        if command.own > 1 or (not command.own and rates != (0, 0)):
            return Reject.SHAPE, 0, 0
        others = [r for (m, a), r in self._own.items() if m == market and a != account]
        others += [(maker, taker) for _, maker, taker in self._tiers.get(market, ())]
        others += [(m, t) for a, m, t in self._core.own_rates(market) if a != account]
        others += [r for (m, _), r in self._reached.items() if m == market]
        if command.own:
            if not self._funded(market, [*others, rates]):
                return _FEES
            self._own[market, account] = rates
        else:
            self._own.pop((market, account), None)
        self._put(hand, market, account)
        self._put_floor(hand, market)
        return 0, 0, 0

    def _funded(self, market: int, rates: Sequence[tuple[int, int]]) -> bool:
        """Return whether no trade under any two of these rates could cost the venue."""
        found = market_of(self._core, market)
        assert found is not None, "the core asks for markets that it knows"
        in_range = all(-PPM < maker < PPM and 0 <= taker < PPM for maker, taker in rates)
        makers = [maker for maker, _ in rates] + [found.maker_ppm]
        takers = [taker for _, taker in rates] + [found.taker_ppm]
        rebates = found.fee_asset == FeeAsset.RECEIVED and min(makers) < 0
        return in_range and not rebates and min(makers) + min(takers) >= 0

    def _rates_in_force(self, market: int) -> list[tuple[int, int]]:
        own = [rates for (where, _), rates in self._own.items() if where == market]
        own += [rates for (where, _), rates in self._reached.items() if where == market]
        return own + [(maker, taker) for _, maker, taker in self._core.own_rates(market)]

    def _put_floor(self, hand: Hand, market: int) -> None:
        """Let the core refuse market rates that these could not be funded with."""
        rates = self._rates_in_force(market)
        rates += [(maker, taker) for _, maker, taker in self._tiers.get(market, ())]
        maker = min((maker for maker, _ in rates), default=NO_FLOOR)
        taker = min((taker for _, taker in rates), default=NO_FLOOR)
        hand.do(PutFloor(market=market, maker_ppm=maker, taker_ppm=taker))

    def next_ns(self) -> int:
        """Return when the day ends that volumes are being collected for."""
        return min((self._day + 1) * DAY_NS, NEVER_NS) if self._day >= 0 else NEVER_NS

    def begin(self, now_ns: int) -> None:
        """Take the first day there is as the one to collect for."""
        if self._day < 0:
            self._day = now_ns // DAY_NS

    def collect(self) -> None:
        """Keep what has been traded today, as long as the core still counts that day."""
        if self._core.now_ns // DAY_NS == self._day:
            for account, market, units in self._core.volumes():
                self._volumes.setdefault((market, account), {})[self._day] = units

    def roll(self, hand: Hand) -> None:
        """Begin another day, whose eve has been collected: evaluate everybody's tier."""
        self._day = hand.now_ns // DAY_NS
        oldest = self._day - DAYS
        kept = {}
        for where, days in self._volumes.items():
            if recent := {day: units for day, units in days.items() if day >= oldest}:
                kept[where] = recent
        self._volumes = kept
        for market in sorted(set(self._tiers) | {market for market, _ in self._own}):
            self._evaluate(hand, market)

    def _evaluate(self, hand: Hand, market: int) -> None:
        accounts = {account for where, account in self._volumes if where == market}
        accounts |= {account for account, _, _ in self._core.own_rates(market)}
        self._forget(market)
        for account in sorted(accounts):
            if rates := self._by_volume(market, account):
                self._reached[market, account] = rates
            self._put(hand, market, account)
        self._put_floor(hand, market)
        if not self._tiers.get(market, True):
            del self._tiers[market]

    def _put(self, hand: Hand, market: int, account: int) -> None:
        """Give the core the rates of an account, if they are others than it has."""
        rates = self._own.get((market, account)) or self._reached.get((market, account))
        has = {a: (maker, taker) for a, maker, taker in self._core.own_rates(market)}.get(account)
        if rates != has:
            maker, taker = rates or (0, 0)
            hand.do(
                PutRates(
                    account=account,
                    market=market,
                    own=int(rates is not None),
                    maker_ppm=maker,
                    taker_ppm=taker,
                )
            )

    def _by_volume(self, market: int, account: int) -> tuple[int, int] | None:
        """Return the rates of the highest tier that an account has reached."""
        volume = sum(self._volumes.get((market, account), {}).values())
        reached = [(m, t) for v, m, t in self._tiers.get(market, ()) if v <= volume]
        return reached[-1] if reached else None

    def drop(self, market: int) -> None:
        """Forget a market's tiers, and who has reached one."""
        self._tiers.pop(market, None)
        self._forget(market)

    def _forget(self, market: int) -> None:
        for where in [where for where in self._reached if where[0] == market]:
            del self._reached[where]
