"""One market on one core, spoken to in orders with names: for scenarios written elsewhere."""

from collections.abc import Iterable, Sequence

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event
from outcry.domain.market import MarketState
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine

BASE, QUOTE, MARKET = 1, 2, 1


class Desk:
    """A market without fees whose smallest trade is worth `tick_value` quote units."""

    def __init__(self, factory: CoreFactory, tick_value: int = 1) -> None:
        self.engine = Engine(factory())
        self.send(
            c.SetAsset(asset=BASE, symbol="BASE", unit_decimals=0, chain_decimals=0),
            c.SetAsset(asset=QUOTE, symbol="QUOTE", unit_decimals=0, chain_decimals=0),
            c.SetMarket(
                market=MARKET,
                symbol="BASE_QUOTE",
                base=BASE,
                quote=QUOTE,
                tick_mantissa=tick_value,
                tick_decimals=0,
                lot_units=1,
            ),
            c.SetState(market=MARKET, state=MarketState.TRADING),
        )

    def send(self, *commands: c.Command) -> Sequence[Event]:
        """Apply commands in one call; return all events."""
        records = bytearray(b"".join(codec.encode_command(command) for command in commands))
        codec.stamp(records, self.engine.core.sequence + 1, 0)
        return codec.decode_events(self.engine.apply(bytes(records)))

    def open(self, account: int, funds: Iterable[tuple[int, int]]) -> None:
        """Open an account with (asset, units)."""
        self.send(c.OpenAccount(account=account))
        for asset, units in funds:
            self.send(c.Deposit(account=account, asset=asset, amount_units=units))

    def book(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return (bids, asks) as (price, lots)."""
        _, bids, asks = self.engine.core.depth(MARKET, 100)
        return bids, asks
