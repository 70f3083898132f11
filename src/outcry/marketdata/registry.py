"""Assets, markets and the venue's mode, kept current by events."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from typing_extensions import override

from outcry.domain.events import AssetSet, FeesSet, MarketSet, ModeChanged, StateChanged
from outcry.domain.market import Asset, FeeAsset, Market, MarketState, VenueMode
from outcry.marketdata.text import Scale
from outcry.ports import EventBatch, EventReader


class Registry(EventReader):
    """What the venue trades, by id and by symbol, exact and case-sensitive.

    Reads of an unknown id raise `KeyError`: ids come from inside the venue. Symbols come from
    outside, and an unknown one is None.
    """

    def __init__(
        self,
        assets: Iterable[Asset] = (),
        markets: Iterable[Market] = (),
        mode: int = VenueMode.NORMAL,
    ) -> None:
        self.mode = VenueMode(mode)
        self.mode_sequence = 0
        """When the mode was last changed, as far as this registry has seen it."""
        self._assets = {asset.asset: asset for asset in assets}
        self._asset_ids = {asset.symbol: asset.asset for asset in self._assets.values()}
        self._markets: dict[int, Market] = {}
        self._market_ids: dict[str, int] = {}
        self._scales: dict[int, Scale] = {}
        for market in markets:
            self._put(market)
        self._handlers: dict[type, Callable[[Any], None]] = {
            AssetSet: self._asset_set,
            MarketSet: self._market_set,
            FeesSet: self._fees_set,
            StateChanged: self._state_changed,
            ModeChanged: self._mode_changed,
        }

    @override
    def consume(self, batch: EventBatch) -> None:
        handlers = self._handlers
        # Almost every batch has none of these.
        if handlers.keys().isdisjoint(map(type, batch.events)):
            return
        for event in batch.events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)

    # Reads

    def asset(self, asset: int) -> Asset:
        """Return an asset by id."""
        return self._assets[asset]

    def asset_by_symbol(self, symbol: str) -> Asset | None:
        """Return an asset by symbol."""
        asset = self._asset_ids.get(symbol)
        return None if asset is None else self._assets[asset]

    def market(self, market: int) -> Market:
        """Return a market by id."""
        return self._markets[market]

    def market_by_symbol(self, symbol: str) -> Market | None:
        """Return a market by symbol."""
        market = self._market_ids.get(symbol)
        return None if market is None else self._markets[market]

    def scale(self, market: int) -> Scale:
        """Return how the numbers of a market are written."""
        return self._scales[market]

    def assets(self) -> list[Asset]:
        """Return all assets by id."""
        return [asset for _, asset in sorted(self._assets.items())]

    def markets(self) -> list[Market]:
        """Return all markets by id."""
        return [market for _, market in sorted(self._markets.items())]

    # Events

    def _put(self, market: Market) -> None:
        self._markets[market.market] = market
        self._market_ids[market.symbol] = market.market
        base, quote = self._assets[market.base], self._assets[market.quote]
        self._scales[market.market] = Scale(market, base, quote)

    def _asset_set(self, event: AssetSet) -> None:
        self._assets[event.asset] = Asset(
            event.asset, event.symbol, event.unit_decimals, event.chain_decimals
        )
        self._asset_ids[event.symbol] = event.asset

    def _market_set(self, event: MarketSet) -> None:
        before = self._markets.get(event.market)
        self._put(
            Market(
                market=event.market,
                symbol=event.symbol,
                base=event.base,
                quote=event.quote,
                tick_mantissa=event.tick_mantissa,
                tick_decimals=event.tick_decimals,
                lot_units=event.lot_units,
                tick_value_units=event.tick_value_units,
                min_lots=event.min_lots,
                max_lots=event.max_lots,
                market_max_lots=event.market_max_lots,
                min_notional_units=event.min_notional_units,
                max_notional_units=event.max_notional_units,
                fee_asset=FeeAsset(event.fee_asset),
                allow_self_trade=bool(event.allow_self_trade),
                version=event.version,
                state=before.state if before else MarketState.CLOSED,
                maker_ppm=before.maker_ppm if before else 0,
                taker_ppm=before.taker_ppm if before else 0,
                auction_ppm=before.auction_ppm if before else 0,
                limit_order_notional_units=event.limit_order_notional_units,
                limit_open_orders=event.limit_open_orders,
                limit_daily_notional_units=event.limit_daily_notional_units,
                limit_stop_orders=event.limit_stop_orders,
                limit_position_units=event.limit_position_units,
                protection_ppm=event.protection_ppm,
            )
        )

    def _fees_set(self, event: FeesSet) -> None:
        self._markets[event.market] = replace(
            self._markets[event.market],
            maker_ppm=event.maker_ppm,
            taker_ppm=event.taker_ppm,
            auction_ppm=event.auction_ppm,
        )

    def _state_changed(self, event: StateChanged) -> None:
        self._markets[event.market] = replace(
            self._markets[event.market], state=MarketState(event.state)
        )

    def _mode_changed(self, event: ModeChanged) -> None:
        self.mode = VenueMode(event.mode)
        self.mode_sequence = event.sequence
