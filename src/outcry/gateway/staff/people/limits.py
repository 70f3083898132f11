"""Limits that an account has for itself: set by staff, and told."""

from outcry.domain.commands import NO_LIMIT, SetLimits
from outcry.domain.market import Asset
from outcry.domain.units import UNITS_LIMIT
from outcry.gateway.errors import ApiError
from outcry.gateway.staff.access import StaffAccess
from outcry.gateway.staff.markets.defining import amount_units
from outcry.gateway.staff.schemas.people import LimitsIn
from outcry.gateway.staff.schemas.venue import UNLIMITED, AccountLimitsOut, Count

MOST = UNITS_LIMIT - 1
"""The highest limit there is, which nothing can reach: no limit, whatever the market's is."""


def limits_of(access: StaffAccess, account: int, wanted: LimitsIn) -> SetLimits:
    """Return the command that sets what staff wants.

    Raises:
        ApiError: `CONTRADICTION`, `BAD_DECIMAL`, `UNKNOWN_MARKET`.
    """
    in_market = (
        wanted.order_notional, wanted.open_orders, wanted.daily_notional, wanted.stop_orders,
        wanted.position,
    )  # fmt: skip
    if wanted.market is None:
        if any(limit is not None for limit in in_market):
            why = "without a market only open_orders_total can be set"
            raise ApiError("CONTRADICTION", why, field="market")
        total = _count(wanted.open_orders_total)
        return SetLimits(account=account, open_orders_total=total, staff=True)
    if wanted.open_orders_total is not None:
        why = "open_orders_total is over all markets"
        raise ApiError("CONTRADICTION", why, field="open_orders_total")
    market, registry = access.market(wanted.market), access.registry
    base, quote = registry.asset(market.base), registry.asset(market.quote)

    def units(field: str, asset: Asset) -> int:
        text = getattr(wanted, field)
        if text is None:
            return NO_LIMIT
        return MOST if text == UNLIMITED else amount_units(text, asset.unit_decimals, field)

    return SetLimits(
        account=account,
        market=market.market,
        order_notional_units=units("order_notional", quote),
        open_orders=_count(wanted.open_orders),
        daily_notional_units=units("daily_notional", quote),
        stop_orders=_count(wanted.stop_orders),
        position_units=units("position", base),
        staff=True,
    )


def limits_out(access: StaffAccess, account: int = 0) -> list[AccountLimitsOut]:
    """Return the own limits of an account, or (0) of all that have some."""
    return [_limits_out(access, *row) for row in access.door.services.limits.of(account)]


def _limits_out(
    access: StaffAccess, account: int, market: int, limits: tuple[int, ...]
) -> AccountLimitsOut:
    if not market:
        return AccountLimitsOut(
            account=account,
            market=None,
            order_notional=None,
            open_orders=None,
            daily_notional=None,
            stop_orders=None,
            position=None,
            open_orders_total=_told(limits[0]),
        )
    rules, amount = access.registry.market(market), access.door.renderer.amount

    def text(asset: int, units: int) -> str | None:
        if units == NO_LIMIT:
            return None
        return UNLIMITED if units == MOST else amount(asset, units)

    return AccountLimitsOut(
        account=account,
        market=rules.symbol,
        order_notional=text(rules.quote, limits[0]),
        open_orders=_told(limits[1]),
        daily_notional=text(rules.quote, limits[2]),
        stop_orders=_told(limits[3]),
        position=text(rules.base, limits[4]),
        open_orders_total=None,
    )


def _count(wanted: Count | None) -> int:
    if wanted is None:
        return NO_LIMIT
    return wanted if isinstance(wanted, int) else MOST


def _told(limit: int) -> Count | None:
    if limit == NO_LIMIT:
        return None
    return "unlimited" if limit == MOST else limit
