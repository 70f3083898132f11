"""Calls about markets: one moves them between states, two change their rules."""

from dataclasses import replace
from typing import Any

import msgspec
from aiohttp import web

from outcry.domain import commands as c
from outcry.domain.market import Market
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Handler
from outcry.gateway.json_input import convert
from outcry.gateway.people.staff import StaffCalls
from outcry.gateway.people.threads import text_of
from outcry.gateway.staff.access import ANYBODY, check_reason
from outcry.gateway.staff.markets.changes import changes, creation, state_of
from outcry.gateway.staff.markets.render import Above, staff_market
from outcry.gateway.staff.schemas import markets as k
from outcry.identity.records.kept import StaffRequest
from outcry.identity.staff.requests import (
    CHANGE_MARKET,
    CREATE_MARKET,
    RETIRE_MARKET,
    details_of,
)
from outcry.identity.staff.roles import ADMIN, RISK


class StaffMarketCalls:
    """What staff asks about markets."""

    def __init__(self, staff: StaffCalls) -> None:
        self._staff = staff
        self._access = staff.access
        self._object = staff.door.object
        staff.commands |= {
            CREATE_MARKET: self._creation,
            CHANGE_MARKET: self._change,
            RETIRE_MARKET: self._retirement,
        }

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "staff_markets": self.markets,
            "staff_new_market": self.create,
            "staff_change_market": self.change,
            "staff_retire_market": self.retire,
            "staff_market_state": self.state,
        }

    async def markets(self, request: web.Request) -> str:
        """GET /api/v1/staff/markets."""
        await self._access.admit(request, *ANYBODY)
        above = self._above()
        found = [staff_market(self._access, m, above) for m in self._access.registry.markets()]
        return text_of(k.StaffMarketsOut(found))

    def _above(self) -> Above:
        return Above(self._staff.door.services.engine.notes())

    async def create(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/markets."""
        await self._access.admit(request, RISK, ADMIN)
        wanted: k.NewMarketIn = convert(await self._object(request), k.NewMarketIn)
        check_reason(wanted.reason)
        details = _told(wanted)
        creation(self._access, details)
        if self._access.registry.market_by_symbol(wanted.symbol) is not None:
            raise ApiError("EXISTS", field="symbol", given=wanted.symbol)
        return await self._staff.ask_for(request, CREATE_MARKET, 0, wanted.reason, **details)

    def _creation(self, row: StaffRequest) -> list[c.Command]:
        details = details_of(row)
        known = self._access.registry.market_by_symbol(details["symbol"])
        found = creation(self._access, details)
        if known is None:
            return found
        # It was begun before a crash: the same commands again are answered as they were then.
        return [replace(command, market=known.market) for command in found]

    async def change(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/markets/{market}/changes."""
        await self._access.admit(request, RISK, ADMIN)
        wanted: k.MarketChangeIn = convert(await self._object(request), k.MarketChangeIn)
        check_reason(wanted.reason)
        market = self._market(request)
        changes(self._access, market, wanted)
        details = _told(wanted) | {"market": market.symbol}
        return await self._staff.ask_for(request, CHANGE_MARKET, 0, wanted.reason, **details)

    def _change(self, row: StaffRequest) -> list[c.Command]:
        details = details_of(row)
        market = self._access.market(details.pop("market"))
        wanted = msgspec.convert({**details, "reason": row.reason}, k.MarketChangeIn)
        return changes(self._access, market, wanted)

    async def retire(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/markets/{market}/retire."""
        await self._access.admit(request, ADMIN)
        given: k.ReasonIn = convert(await self._object(request), k.ReasonIn)
        check_reason(given.reason)
        symbol = self._market(request).symbol
        return await self._staff.ask_for(request, RETIRE_MARKET, 0, given.reason, market=symbol)

    def _retirement(self, row: StaffRequest) -> list[c.Command]:
        market = self._access.market(details_of(row)["market"])
        return [c.RetireMarket(market=market.market, staff=True)]

    async def state(self, request: web.Request) -> str:
        """POST /api/v1/staff/markets/{market}/state."""
        facts = await self._access.admit(request, RISK, ADMIN)
        wanted: k.MarketStateIn = convert(await self._object(request), k.MarketStateIn)
        check_reason(wanted.reason)
        market, reference_ticks = self._market(request), 0
        if wanted.reference is not None:
            rules = self._staff.door.parser.rules(market.symbol)
            reference_ticks = rules.price.units(wanted.reference)
        await self._access.fresh(facts)
        told = {"market": market.symbol, "state": wanted.state, "reason": wanted.reason}
        await self._access.note(request, "market_state_set", 0, **told)
        state = state_of(wanted.state)
        await self._access.do(
            c.SetState(
                market=market.market, state=state, reference_ticks=reference_ticks, staff=True
            )
        )
        moved = self._access.registry.market(market.market)
        return text_of(staff_market(self._access, moved, self._above()))

    def _market(self, request: web.Request) -> Market:
        return self._access.market(request.match_info["market"])


def _told(wanted: msgspec.Struct) -> dict[str, Any]:
    """Return what is to be kept of a wish: all that it names, and not why."""
    found: dict[str, Any] = msgspec.to_builtins(wanted)
    return {name: value for name, value in found.items() if name != "reason" and value is not None}
