"""The venue of a backtest: a market of the recording's shape, its crowd, and one strategy."""

from dataclasses import dataclass
from decimal import Decimal

from outcry.domain import commands as c
from outcry.domain.events import Event
from outcry.domain.order import Kind, OrderFlag, SelfTrade, Side, TimeInForce
from outcry.domain.units import UNITS_LIMIT
from outcry.strategy import Place, Terms
from outcry.strategy.words import Level
from outcry.venue import Venue

BASE, QUOTE, MARKET = "SHARE", "CASH", "SHARE_CASH"
QUOTE_DECIMALS = 4
"""Prices of the recordings are whole numbers of a ten thousandth."""
FUNDS_UNITS = 1 << 60
FLOW, TAKERS, STRATEGY = 1, 2, 3
"""The accounts: whose orders rest, who takes, and who is being tested."""
_LIVES = {"gtc": TimeInForce.GTC, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorSettings:
    """The market's rules."""

    tick: str = "0.01"
    maker_ppm: int = 0
    """Of the notional; negative: a rebate, which the taker's fee has to pay for."""
    taker_ppm: int = 0
    core: str = ""
    """reference, compiled, or "" for the compiled one where it was built."""


class Floor(Venue):
    """An `outcry.Venue` with that market, spoken to by each party of a backtest.

    What it does is in its history: `commands()`, `journal()`, `at(sequence)`.
    """

    terms: Terms
    tick_units: int
    """How many of the recording's price units a tick has."""

    @classmethod
    def opened(cls, settings: FloorSettings) -> "Floor":
        """Return a new one with the market open and everybody funded."""
        floor = cls(settings.core)
        floor._open(settings)
        return floor

    def _open(self, settings: FloorSettings) -> None:
        base = self.asset(BASE, 0)
        quote = self.asset(QUOTE, QUOTE_DECIMALS)
        self._number = self.market(
            MARKET,
            tick=settings.tick,
            lot="1",
            allow_self_trade=1,
            limit_open_orders=UNITS_LIMIT - 1,
            limit_order_notional_units=UNITS_LIMIT - 1,
            limit_daily_notional_units=UNITS_LIMIT - 1,
            maker_ppm=settings.maker_ppm,
            taker_ppm=settings.taker_ppm,
        )
        for account in (FLOW, TAKERS, STRATEGY):
            self._apply([c.OpenAccount(account=account)])
            self._apply([c.SetLimits(account=account, open_orders_total=UNITS_LIMIT - 1)])
            for asset in (base, quote):
                deposit = c.Deposit(account=account, asset=asset, amount_units=FUNDS_UNITS)
                self._apply([deposit])
        self.terms = Terms(
            market=MARKET,
            base=BASE,
            quote=QUOTE,
            tick=settings.tick,
            lot="1",
            base_decimals=0,
            quote_decimals=QUOTE_DECIMALS,
            maker_ppm=settings.maker_ppm,
            taker_ppm=settings.taker_ppm,
        )
        self.tick_units = int(Decimal(settings.tick).scaleb(QUOTE_DECIMALS))

    def crowd_rests(self, time_ns: int, side: Side, price_ticks: int, lots: int) -> list[Event]:
        """Let the crowd place an order; where it meets another, it trades: it is many people."""
        return self._one(
            c.PlaceOrder(
                time_ns=time_ns,
                account=FLOW,
                market=self._number,
                side=side,
                self_trade=SelfTrade.NONE,
                price_ticks=price_ticks,
                lots=lots,
            )
        )

    def crowd_takes(self, time_ns: int, side: Side, price_ticks: int, lots: int) -> list[Event]:
        """Let somebody take; what is not there is not waited for."""
        return self._one(
            c.PlaceOrder(
                time_ns=time_ns,
                account=TAKERS,
                market=self._number,
                side=side,
                time_in_force=TimeInForce.IOC,
                price_ticks=price_ticks,
                lots=lots,
            )
        )

    def crowd_reduces(self, time_ns: int, order_id: int, lots: int) -> list[Event]:
        """Let the crowd take lots off one of its orders."""
        return self._one(
            c.ReduceOrder(
                time_ns=time_ns, account=FLOW, market=self._number, order_id=order_id, lots=lots
            )
        )

    def enter(self, time_ns: int, place: Place) -> list[Event]:
        """Let the strategy place an order."""
        is_market = place.price_ticks is None
        return self._one(
            c.PlaceOrder(
                time_ns=time_ns,
                account=STRATEGY,
                market=self._number,
                side=Side.BUY if place.side == "buy" else Side.SELL,
                kind=Kind.MARKET if is_market else Kind.LIMIT,
                time_in_force=0 if is_market else _LIVES[place.time_in_force],
                flags=OrderFlag.POST_ONLY if place.post_only else 0,
                price_ticks=place.price_ticks or 0,
                lots=place.lots,
            )
        )

    def withdraw(self, time_ns: int, order_id: int) -> list[Event]:
        """Let the strategy cancel an order."""
        return self._one(
            c.CancelOrder(time_ns=time_ns, account=STRATEGY, market=self._number, order_id=order_id)
        )

    def change(self, time_ns: int, order_id: int, price_ticks: int, lots: int) -> list[Event]:
        """Let the strategy give an order another price, another size, or both."""
        return self._one(
            c.ReplaceOrder(
                time_ns=time_ns,
                account=STRATEGY,
                market=self._number,
                order_id=order_id,
                price_ticks=price_ticks,
                lots=lots,
            )
        )

    def withdraw_all(self, time_ns: int) -> list[Event]:
        """Let the strategy cancel all its orders."""
        return self._one(c.CancelAll(time_ns=time_ns, account=STRATEGY, market=self._number))

    def levels(self, limit: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Return (bids, asks), best first."""
        _, bids, asks = self._engine.core.depth(self._number, limit)
        return tuple(bids), tuple(asks)

    def _one(self, command: c.Command) -> list[Event]:
        (events,) = self._apply([command])
        return events
