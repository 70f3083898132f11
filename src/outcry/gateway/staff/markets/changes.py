"""From what staff wants changed of a market to the commands that do it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import UNSET

from outcry.domain import commands as c
from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import Asset, Market, MarketState, OnBand
from outcry.gateway.errors import ApiError
from outcry.gateway.native.schemas import MarketIn
from outcry.gateway.staff.access import StaffAccess
from outcry.gateway.staff.markets.defining import (
    amount_units,
    check_fees,
    check_symbol,
    definition,
    lots_of,
    scale_of,
)
from outcry.gateway.staff.markets.render import MS_NS, SECOND_NS
from outcry.gateway.staff.schemas import markets as k

ROWS_MAX = 8
"""Of fee tiers, and of the entries of a schedule."""
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])", re.ASCII)


def creation(access: StaffAccess, details: dict[str, Any]) -> list[c.Command]:
    """Return what defines a new market. Done again it is the same, whatever has come since.

    Raises:
        ApiError: it cannot be, or there is another market of this name.
    """
    wanted = msgspec.convert(details, MarketIn)
    check_symbol(wanted.symbol)
    check_fees(wanted)
    markets = access.registry.markets()
    number = max((market.market for market in markets), default=0) + 1
    return [
        replace(definition(access.registry, wanted, number), staff=True),
        c.SetFees(
            market=number, maker_ppm=wanted.maker_ppm, taker_ppm=wanted.taker_ppm, staff=True
        ),
    ]


def changes(access: StaffAccess, market: Market, wanted: k.MarketChangeIn) -> list[c.Command]:
    """Return what changes a market as wanted.

    Raises:
        ApiError: nothing is to be changed, or a value cannot be.
    """
    found: list[c.Command] = []
    if wanted.filters is not None:
        found.append(_filters(access, market, wanted.filters))
    if wanted.fees is not None:
        found.append(_fees(market, wanted.fees))
    if wanted.tiers is not None:
        found.append(_tiers(access, market, wanted.tiers))
    if wanted.bands is not None:
        found.append(_bands(market, wanted.bands))
    if wanted.schedule is not None:
        found.append(_schedule(market, wanted.schedule))
    if not found:
        raise ApiError("MISSING_FIELD", "name what is to change", field="filters")
    return found


def _filters(access: StaffAccess, market: Market, wanted: k.FiltersIn) -> c.SetMarket:
    base, quote = access.registry.asset(market.base), access.registry.asset(market.quote)
    mantissa, decimals, lot_units = market.tick_mantissa, market.tick_decimals, market.lot_units
    if wanted.tick is not UNSET or wanted.lot is not UNSET:
        scale = access.registry.scale(market.market)
        tick = scale.price(1) if wanted.tick is UNSET else wanted.tick
        lot = scale.quantity(1) if wanted.lot is UNSET else wanted.lot
        mantissa, decimals, lot_units = scale_of(tick, lot, base, quote)
    value = _Values(wanted, base, quote, lot_units, market.lot_units)
    return c.SetMarket(
        market=market.market,
        symbol=market.symbol,
        base=market.base,
        quote=market.quote,
        tick_mantissa=mantissa,
        tick_decimals=decimals,
        lot_units=lot_units,
        fee_asset=market.fee_asset,
        allow_self_trade=int(market.allow_self_trade),
        min_lots=value.lots("min_quantity", market.min_lots, 1),
        max_lots=value.lots("max_quantity", market.max_lots, 0),
        market_max_lots=value.lots("market_max_quantity", market.market_max_lots, 0),
        min_notional_units=value.quote("min_notional", market.min_notional_units, 0),
        max_notional_units=value.quote("max_notional", market.max_notional_units, 0),
        limit_order_notional_units=value.quote(
            "order_notional_limit", market.limit_order_notional_units, NO_LIMIT
        ),
        limit_open_orders=value.count("open_orders_limit", market.limit_open_orders),
        limit_daily_notional_units=value.quote(
            "daily_notional_limit", market.limit_daily_notional_units, NO_LIMIT
        ),
        limit_stop_orders=value.count("stop_orders_limit", market.limit_stop_orders),
        limit_position_units=value.base("position_limit", market.limit_position_units),
        protection_ppm=(
            market.protection_ppm if wanted.protection_ppm is UNSET else wanted.protection_ppm
        ),
        staff=True,
    )


class _Values:
    """The named fields of a change as integers; what is not named is as it was."""

    def __init__(
        self, wanted: k.FiltersIn, base: Asset, quote: Asset, lot_units: int, old_lot_units: int
    ) -> None:
        self._wanted = wanted
        self._base, self._quote = base, quote
        self._lot_units, self._old_lot_units = lot_units, old_lot_units

    def lots(self, field: str, before: int, none: int) -> int:
        """Return a quantity in lots, of the size that they have then."""
        given = getattr(self._wanted, field)
        if given is None:
            return none
        if given is not UNSET:
            return lots_of(given, self._base.unit_decimals, self._lot_units, field)
        # As much as before, in lots of another size perhaps; a minimum is never made smaller.
        units = before * self._old_lot_units
        return -(-units // self._lot_units) if none else units // self._lot_units

    def quote(self, field: str, before: int, none: int) -> int:
        """Return an amount in units of the quote asset."""
        given = getattr(self._wanted, field)
        if given is UNSET:
            return before
        return none if given is None else amount_units(given, self._quote.unit_decimals, field)

    def base(self, field: str, before: int) -> int:
        """Return an amount in units of the base asset."""
        given = getattr(self._wanted, field)
        if given is UNSET:
            return before
        return NO_LIMIT if given is None else amount_units(given, self._base.unit_decimals, field)

    def count(self, field: str, before: int) -> int:
        """Return a number of orders."""
        given = getattr(self._wanted, field)
        if given is UNSET:
            return before
        return NO_LIMIT if given is None else int(given)


def _fees(market: Market, wanted: k.FeesIn) -> c.SetFees:
    auction_ppm = -1 if wanted.auction_ppm is None else wanted.auction_ppm
    if wanted.maker_ppm + wanted.taker_ppm < 0:
        why = "the maker's rebate is more than the taker pays"
        raise ApiError("FEES", why, field="maker_ppm", given=wanted.maker_ppm)
    return c.SetFees(
        market=market.market,
        maker_ppm=wanted.maker_ppm,
        taker_ppm=wanted.taker_ppm,
        auction_ppm=auction_ppm,
        staff=True,
    )


def _tiers(access: StaffAccess, market: Market, wanted: Sequence[k.TierIn]) -> c.SetTiers:
    decimals = access.registry.asset(market.quote).unit_decimals
    rows = tuple(
        (amount_units(row.volume, decimals, "volume"), row.maker_ppm, row.taker_ppm)
        for row in wanted
    )
    _check_rows([row[0] for row in rows], "tiers")
    return c.SetTiers(market=market.market, tiers=rows, staff=True)


def _bands(market: Market, wanted: k.BandsIn) -> c.SetRules:
    if wanted.window_ppm and not wanted.window_ms:
        raise ApiError("CONTRADICTION", "window_ppm takes a window_ms", field="window_ms")
    return c.SetRules(
        market=market.market,
        dynamic_ppm=wanted.dynamic_ppm,
        static_ppm=wanted.static_ppm,
        window_ppm=wanted.window_ppm,
        window_ns=wanted.window_ms * MS_NS,
        collar_ppm=wanted.collar_ppm,
        halt_ns=wanted.halt_ms * MS_NS,
        auction_ns=wanted.auction_ms * MS_NS,
        extension_ns=wanted.extension_ms * MS_NS,
        on_band=OnBand[wanted.on_band.upper()],
        staff=True,
    )


def _schedule(market: Market, wanted: Sequence[k.PlannedIn]) -> c.SetSchedule:
    entries = tuple((_time_ns(row.time), int(state_of(row.state))) for row in wanted)
    _check_rows([row[0] for row in entries], "schedule")
    return c.SetSchedule(market=market.market, entries=entries, staff=True)


def _time_ns(text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ApiError("BAD_TIME", "a time of the day is HH:MM:SS", field="schedule", given=text)
    hours, minutes, seconds = map(int, found.groups())
    return (hours * 3_600 + minutes * 60 + seconds) * SECOND_NS


def _check_rows(places: list[int], field: str) -> None:
    if len(places) > ROWS_MAX or sorted(set(places)) != places:
        why = f"{field} are at most {ROWS_MAX} rows, each above the one before it"
        raise ApiError("BAD_VALUE", why, field=field)


def state_of(name: str) -> MarketState:
    """Return a state by its name."""
    return MarketState[name.upper()]
