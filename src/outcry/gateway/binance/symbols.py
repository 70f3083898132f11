"""Markets by the name Binance would give them: `BTCUSDT` is the market `BTC_USDT`."""

from typing import TYPE_CHECKING

from outcry.domain.market import FeeAsset, Market
from outcry.gateway.binance.wire.decimals import Number, text_of
from outcry.gateway.binance.wire.errors import BAD_SYMBOL
from outcry.marketdata.registry import Registry

if TYPE_CHECKING:
    from outcry.gateway.binance.compiled.usual import Shape

try:
    from outcry.gateway.binance.compiled.usual import shape_of
except ImportError:

    def shape_of(form: "Form") -> "Shape | None":
        """Return nothing: there is no compiled reader."""


class Form:
    """One market and how its numbers are written and read."""

    __slots__ = (
        "base", "base_decimals", "budget", "lot", "market", "number", "price_number",
        "quantity_number", "quote", "quote_decimals", "shape", "symbol", "tick", "tick_decimals",
    )  # fmt: skip

    def __init__(self, market: Market, registry: Registry) -> None:
        base, quote = registry.asset(market.base), registry.asset(market.quote)
        self.market = market
        self.number = market.market
        self.symbol = market.symbol.replace("_", "")
        self.base, self.quote = base.symbol, quote.symbol
        self.base_decimals, self.quote_decimals = base.unit_decimals, quote.unit_decimals
        self.tick, self.tick_decimals = market.tick_mantissa, market.tick_decimals
        self.lot = market.lot_units
        self.price_number = Number("price", "PRICE_FILTER", market.tick_decimals, self.tick)
        self.quantity_number = Number("quantity", "LOT_SIZE", base.unit_decimals, self.lot)
        self.budget = Number("quoteOrderQty", "NOTIONAL", quote.unit_decimals, 1)
        self.shape = shape_of(self)
        """What the compiled reader knows of it; None where there is none, or numbers are odd."""

    def price(self, ticks: int) -> str:
        """Return a price."""
        return text_of(ticks * self.tick, self.tick_decimals)

    def quantity(self, lots: int) -> str:
        """Return a quantity of the base asset."""
        return text_of(lots * self.lot, self.base_decimals)

    def quote_text(self, units: int) -> str:
        """Return an amount of the quote asset."""
        return text_of(units, self.quote_decimals)

    def fee(self, asset: int, units: int) -> str:
        """Return a fee in the base or in the quote asset."""
        decimals = self.quote_decimals if asset == self.market.quote else self.base_decimals
        return text_of(units, decimals)

    def fee_symbol(self, asset: int) -> str:
        """Return the symbol of the asset that a fee is in."""
        return self.quote if asset == self.market.quote else self.base

    @property
    def fee_is_received(self) -> bool:
        """Whether a buyer pays in what it receives."""
        return self.market.fee_asset == FeeAsset.RECEIVED


class Symbols:
    """All markets by Binance's names, as their rules are now."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._numbers: dict[str, int] = {}
        self._forms: dict[int, Form] = {}

    def form(self, symbol: str) -> Form:
        """Return a market by its symbol.

        Raises:
            BinanceError: -1121.
        """
        number = self._numbers.get(symbol)
        if number is None:
            markets = self.registry.markets()
            self._numbers = {m.symbol.replace("_", ""): m.market for m in markets}
            number = self._numbers.get(symbol)
            if number is None:
                raise BAD_SYMBOL()
        return self.of(number)

    def known(self, symbol: str) -> Form | None:
        """Return a market by its symbol; None if nobody has asked for it yet, or it is none's."""
        number = self._numbers.get(symbol)
        return None if number is None else self.of(number)

    def of(self, number: int) -> Form:
        """Return a market by its number."""
        market = self.registry.market(number)
        form = self._forms.get(number)
        if form is None or form.market is not market:
            form = self._forms[number] = Form(market, self.registry)
        return form

    def all(self) -> list[Form]:
        """Return every market."""
        return [self.of(market.market) for market in self.registry.markets()]
