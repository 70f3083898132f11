"""The registry follows definitions, fees, states and modes, from genesis or from a snapshot."""

import pytest

from outcry.domain import commands as c
from outcry.domain.market import FeeAsset, MarketState, VenueMode
from outcry.marketdata.registry import Registry
from tests.support.trading import RECEIVED_MARKET, TradingVenue, opening


@pytest.fixture
def venue() -> TradingVenue:
    return TradingVenue()


@pytest.fixture
def registry(venue: TradingVenue) -> Registry:
    registry = Registry()
    registry.consume(venue.run(*opening()))
    return registry


def test_events_and_snapshot_give_the_same_definitions(
    venue: TradingVenue, registry: Registry
) -> None:
    assets, markets = venue.engine.definitions()
    assert registry.assets() == assets
    assert registry.markets() == markets
    assert Registry(assets, markets).markets() == markets


def test_market_is_found_by_its_exact_symbol_only(registry: Registry) -> None:
    market = registry.market_by_symbol("XBT_USDT")
    assert market is not None
    assert (market.market, market.fee_asset) == (RECEIVED_MARKET, FeeAsset.RECEIVED)
    assert registry.market_by_symbol("xbt_usdt") is None


def test_asset_is_found_by_symbol_and_by_id(registry: Registry) -> None:
    asset = registry.asset_by_symbol("USDT")
    assert asset is not None
    assert registry.asset(asset.asset) == asset
    assert registry.asset_by_symbol("usdt") is None


def test_fees_state_and_mode_follow_the_events(venue: TradingVenue, registry: Registry) -> None:
    registry.consume(
        venue.run(
            c.SetFees(market=1, maker_ppm=10, taker_ppm=20),
            c.SetState(market=1, state=MarketState.CANCEL_ONLY),
            c.SetMode(mode=VenueMode.READ_ONLY),
        )
    )
    market = registry.market(1)
    assert (market.maker_ppm, market.taker_ppm, market.auction_ppm) == (10, 20, 10)
    assert market.state == MarketState.CANCEL_ONLY
    assert registry.mode == VenueMode.READ_ONLY


def test_changed_filters_keep_fees_and_state(venue: TradingVenue, registry: Registry) -> None:
    before = registry.market(1)
    change = next(x for x in opening() if isinstance(x, c.SetMarket))
    fields = {name: getattr(change, name) for name in change.__dataclass_fields__}
    registry.consume(venue.run(c.SetMarket(**fields | {"min_lots": 3})))
    after = registry.market(1)
    assert after.min_lots == 3
    assert (after.state, after.taker_ppm) == (before.state, before.taker_ppm)
