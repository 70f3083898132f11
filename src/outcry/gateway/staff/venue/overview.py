"""The venue in numbers, and how its parts are."""

import asyncio
from collections.abc import Sized
from functools import partial
from typing import Any

from aiohttp import web

from outcry.domain.decimals import format_units
from outcry.domain.market import Market
from outcry.domain.units import DAY_NS
from outcry.gateway.http import Handler, Wrapper
from outcry.gateway.live.hub import Hub
from outcry.gateway.people.threads import in_thread, text_of
from outcry.gateway.staff.access import ANYBODY, StaffAccess
from outcry.gateway.staff.schemas import venue as v
from outcry.gateway.staff.venue.pace import Pace
from outcry.ledger.reads.days import MarketDay, market_days
from outcry.ledger.reads.history import Filter
from outcry.marketdata.text import time_text

DAYS_READ = 1_000
"""Rows of two days that are looked at: markets beyond that have no fees in the overview."""


class OverviewCalls:
    """Reads for everybody of the staff."""

    def __init__(self, access: StaffAccess, hub: Hub, wrap: Wrapper, sockets: Sized) -> None:
        self._access = access
        self._services = access.door.services
        self._hub, self._wrap, self._sockets = hub, wrap, sockets
        self.pace = Pace(lambda: (access.core.sequence, self._trades()))

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {"staff_overview": self.overview, "staff_health": self.health}

    async def overview(self, request: web.Request) -> str:
        """GET /api/v1/staff/overview."""
        await self._access.admit(request, *ANYBODY)
        identity, core = self._access.identity, self._access.core
        waiting = await in_thread(
            lambda: (identity.count(), identity.requests.waiting(), identity.withdrawals.waiting())
        )
        days = await asyncio.to_thread(self._days)
        commands, trades = self._pace()
        out: dict[str, Any] = {"mode": self._services.status().mode}
        return text_of(
            v.OverviewOut(
                time=time_text(self._services.clock.now_ns()),
                sequence=core.sequence,
                people=waiting[0],
                accounts=self._services.limits.accounts,
                open_orders=core.open_order_count(),
                commands=core.sequence,
                commands_per_second=commands,
                trades=self._trades(),
                trades_per_second=trades,
                waiting_requests=waiting[1],
                waiting_withdrawals=waiting[2],
                markets=[self._market(market, days) for market in self._access.registry.markets()],
                assets=asset_sums(self._access),
                **out,
            )
        )

    def _pace(self) -> tuple[float, float]:
        return self.pace.per_second()

    def _trades(self) -> int:
        """Return how many trades there were: their ids count from 1 in each market."""
        data, markets = self._services.market_data, self._access.registry.markets()
        last = (data.trades(market.market, 1) for market in markets)
        return sum(trades[0].trade_id for trades in last if trades)

    def _days(self) -> dict[tuple[int, int], MarketDay]:
        """Return what each market did today and yesterday, by (market, days ago)."""
        today = self._services.clock.now_ns() // DAY_NS
        wanted = Filter(start_ns=(today - 1) * DAY_NS)
        rows = market_days(self._services.history_store, wanted, DAYS_READ).items
        return {(row.market, today - row.day): row for row in rows}

    def _market(self, market: Market, days: dict[tuple[int, int], MarketDay]) -> v.MarketDayOut:
        services, registry = self._services, self._access.registry
        scale = registry.scale(market.market)
        ticker = services.market_data.ticker(market.market, services.clock.now_ns())
        fees = [self._fees(market, days.get((market.market, ago))) for ago in (0, 1)]
        return v.MarketDayOut(
            market=market.symbol,
            state=market.state.name.lower(),
            last_price=scale.price(ticker.last_ticks) if ticker.last_ticks else None,
            trades_24h=ticker.trades,
            volume_24h=scale.quantity(ticker.volume_lots),
            quote=registry.asset(market.quote).symbol,
            quote_volume_24h=scale.quote(ticker.quote_units),
            fees_today=fees[0],
            fees_yesterday=fees[1],
        )

    def _fees(self, market: Market, day: MarketDay | None) -> dict[str, str]:
        if day is None:
            return {}
        amounts = ((market.base, day.base_fee_units), (market.quote, day.quote_fee_units))
        return {
            self._access.registry.asset(asset).symbol: self._access.door.renderer.amount(
                asset, int(units)
            )
            for asset, units in amounts
            if int(units)
        }

    async def health(self, request: web.Request) -> str:
        """GET /api/v1/staff/health."""
        await self._access.admit(request, *ANYBODY)
        found = self._services.operator().health()
        found.services[:0] = [self._gateway()]
        bots = await asyncio.to_thread(self._services.bots.all)
        found.services.extend(
            v.ServiceOut(
                service=f"bot {bot.bot}",
                state={"running": "ok", "starting": "degraded", "stopped": "off"}.get(  # type: ignore[arg-type]  # one of the states
                    bot.state, "down"
                ),
                detail=None,
                facts={"market": bot.market, "since": bot.since},
            )
            for bot in bots
        )
        return text_of(found)

    def _gateway(self) -> v.ServiceOut:
        answers = self._wrap.answers
        failed = sum(count for status, count in answers.items() if status >= 500)
        facts: dict[str, v.Fact] = {
            "websocket_connections": len(self._sockets),
            "answers": sum(answers.values()),
            "answers_5xx": failed,
            "deliveries": self._hub.deliveries,
            "resyncs": self._hub.resyncs,
            "dropped": self._hub.dropped,
            "rate_refusals": self._services.gate.refusals,
            "shut_outs": self._services.gate.shut_outs,
        }
        ready = self._services.ready()
        detail = None if ready else "orders cannot be placed"
        state = {"state": "ok" if ready else "degraded"}
        return v.ServiceOut(service="gateway", detail=detail, facts=facts, **state)  # type: ignore[arg-type]  # one of the states


def asset_sums(access: StaffAccess) -> list[v.AssetSumsOut]:
    """Return where the units of each asset are."""
    return [_sums(access, asset.asset) for asset in access.registry.assets()]


def _sums(access: StaffAccess, number: int) -> v.AssetSumsOut:
    asset = access.registry.asset(number)
    amount = partial(_amount, asset.unit_decimals)
    available, held, fees, in_flight, loss, credited, withdrawn = access.core.totals(number)
    supply = credited - withdrawn
    return v.AssetSumsOut(
        asset=asset.symbol,
        available=amount(available),
        held=amount(held),
        in_flight=amount(in_flight),
        fees=amount(fees),
        loss=amount(loss),
        credited=amount(credited),
        withdrawn=amount(withdrawn),
        supply=amount(supply),
        difference=amount(available + held + in_flight + fees + loss - supply),
    )


def _amount(decimals: int, units: int) -> str:
    return format_units(units, decimals)
