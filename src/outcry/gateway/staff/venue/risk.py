"""What holds trading back: the mode, the guard's limits, own limits of accounts, and rates."""

from typing import Any

from aiohttp import web

from outcry.gateway.http import Handler
from outcry.gateway.limits.gate import Gate
from outcry.gateway.limits.rates import GENEROUS, SECOND_NS
from outcry.gateway.people.threads import text_of
from outcry.gateway.staff.access import StaffAccess
from outcry.gateway.staff.people.limits import limits_out
from outcry.gateway.staff.schemas import venue as v
from outcry.identity.staff.roles import ADMIN, RISK
from outcry.marketdata.text import time_text

LIMITED_MAX = 100
"""So many who are at a limit are told of each rate."""
KEY_CHARACTERS_SHOWN = 8


class RiskCalls:
    """Limits, for risk and admins."""

    def __init__(self, access: StaffAccess) -> None:
        self._access = access
        self._services = access.door.services

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {"staff_risk": self.risk}

    async def risk(self, request: web.Request) -> str:
        """GET /api/v1/staff/risk."""
        await self._access.admit(request, RISK, ADMIN)
        status, operator = self._services.status(), self._services.operator()
        limits = operator.guard_limits
        modes: dict[str, Any] = {"mode": status.mode, "wanted_mode": status.wanted_mode}
        return text_of(
            v.RiskOut(
                held=status.held,
                concerns=operator.concerns(),
                ledger_lag_s_max=limits["lag_s"],
                ledger_lag_events_max=int(limits["lag_events"]),
                disk_reserve_bytes=int(limits["disk_reserve_bytes"]),
                limits=limits_out(self._access),
                rates=rates_out(self._services.gate, self._services.clock.now_ns()),
                **modes,
            )
        )


def rates_out(gate: Gate, now_ns: int) -> v.RatesOut:
    """Return the rates, and who has used one up."""
    buckets = gate.in_force()
    limited = [
        v.LimitedOut(
            rate=bucket.name,
            who=shown(bucket.name, who),
            used=used,
            limit=bucket.tokens,
            until=time_text(now_ns - now_ns % bucket.interval_ns + bucket.interval_ns),
        )
        for bucket in buckets
        for who, used in bucket.used_up(now_ns)[:LIMITED_MAX]
    ]
    return v.RatesOut(
        rates=[
            v.RateOut(
                name=bucket.name,
                limit=_told(bucket.tokens),
                interval_s=bucket.interval_ns // SECOND_NS,
                cancels_besides=bucket.reserve if bucket.tokens < GENEROUS else "unlimited",
            )
            for bucket in buckets
        ],
        sockets_per_account=_told(gate.rates.sockets_per_account),
        refusals=gate.refusals,
        shut_outs=gate.shut_outs,
        limited=limited,
        shut_out=[
            v.ShutOutOut(address, time_text(until_ns)) for address, until_ns in gate.shut_out_now()
        ],
    )


def _told(limit: int) -> v.Count:
    return limit if limit < GENEROUS else "unlimited"


def shown(rate: str, who: str | int) -> str:
    """Return who somebody is, of a key so much as tells it from others."""
    text = str(who)
    return f"{text[:KEY_CHARACTERS_SHOWN]}…" if rate.startswith("key") else text
