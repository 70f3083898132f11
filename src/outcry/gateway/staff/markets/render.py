"""Markets as staff sees them: rules, limits, and what stands above the core."""

from collections.abc import Sequence
from typing import Any

import msgspec

from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import Market, MarketState
from outcry.domain.units import DAY_NS
from outcry.gateway.native.market import market_out
from outcry.gateway.people.schemas import optional_time
from outcry.gateway.staff.access import StaffAccess
from outcry.gateway.staff.schemas import markets as k
from outcry.ports import NEVER_NS

MS_NS = 1_000_000
SECOND_NS = 1_000_000_000
NO_BANDS = (0,) * 9


class Above:
    """What stands above the core, as its notes say it: bands, tiers, schedules."""

    def __init__(self, notes: bytes) -> None:
        found: dict[str, Any] = msgspec.json.decode(notes) if notes else {}
        lives = found.get("markets", ())
        self._lives = {market: (bands[0], until) for market, bands, until, *_ in lives}
        self._plans = {market: words for market, _due, *words in found.get("schedules", ())}
        tiers = found.get("tiers") or [()]
        self._tiers = dict(tiers[0])

    def bands(self, market: int) -> Sequence[int]:
        """Return the numbers of `SetRules`."""
        found: Sequence[int] = self._lives.get(market, (NO_BANDS, 0))[0]
        return found

    def until_ns(self, market: int) -> int:
        """Return when a halt or an auction ends by itself; 0 for never."""
        until_ns: int = self._lives.get(market, (NO_BANDS, NEVER_NS))[1]
        return until_ns if until_ns < NEVER_NS else 0

    def tiers(self, market: int) -> Sequence[Sequence[int]]:
        """Return rows of (volume, maker, taker)."""
        found: Sequence[Sequence[int]] = self._tiers.get(market, ())
        return found

    def schedule(self, market: int) -> list[tuple[int, int]]:
        """Return rows of (time of the day, state)."""
        words = self._plans.get(market, ())
        return list(zip(words[::2], words[1::2], strict=True))


def staff_market(access: StaffAccess, market: Market, above: Above) -> k.StaffMarketOut:
    """Return a market as staff sees it."""
    scale = access.registry.scale(market.market)
    facts = access.core.market(market.market)
    last_ticks = facts[1] if facts else 0
    return k.StaffMarketOut(
        rules=market_out(access.registry, market),
        auction_ppm=market.auction_ppm,
        allow_self_trade=market.allow_self_trade,
        protection_ppm=market.protection_ppm,
        limits=_limits(access, market),
        bands=_bands(above.bands(market.market)),
        tiers=[
            k.TierOut(scale.quote(volume), maker, taker)
            for volume, maker, taker in above.tiers(market.market)
        ],
        schedule=[
            k.PlannedOut(_clock(at_ns), MarketState(state).name.lower())
            for at_ns, state in above.schedule(market.market)
        ],
        until=optional_time(above.until_ns(market.market)),
        open_orders=len(access.core.market_orders(market.market)),
        last_price=scale.price(last_ticks) if last_ticks else None,
    )


def _limits(access: StaffAccess, market: Market) -> k.LimitsOut:
    def amount(asset: int, units: int) -> str | None:
        return None if units == NO_LIMIT else access.door.renderer.amount(asset, units)

    def count(limit: int) -> int | None:
        return None if limit == NO_LIMIT else limit

    return k.LimitsOut(
        order_notional=amount(market.quote, market.limit_order_notional_units),
        open_orders=count(market.limit_open_orders),
        daily_notional=amount(market.quote, market.limit_daily_notional_units),
        stop_orders=count(market.limit_stop_orders),
        position=amount(market.base, market.limit_position_units),
    )


def _bands(words: Sequence[int]) -> k.BandsOut:
    dynamic, static, window, window_ns, collar, halt_ns, auction_ns, extension_ns, on_band = words
    return k.BandsOut(
        dynamic_ppm=dynamic,
        static_ppm=static,
        window_ppm=window,
        window_ms=window_ns // MS_NS,
        collar_ppm=collar,
        on_band="halt" if on_band else "stop",
        halt_ms=halt_ns // MS_NS,
        auction_ms=auction_ns // MS_NS,
        extension_ms=extension_ns // MS_NS,
    )


def _clock(at_ns: int) -> str:
    seconds = at_ns % DAY_NS // SECOND_NS
    return f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
