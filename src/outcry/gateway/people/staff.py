"""What staff may see and do. Money moves only where one has asked and another approved."""

import asyncio
from functools import partial

import msgspec
import structlog
from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, Event
from outcry.domain.market import AccountStatus, Asset
from outcry.gateway.errors import ApiError
from outcry.gateway.http import CALLER, Door, Handler
from outcry.gateway.json_input import convert
from outcry.gateway.native.dev import amount_units
from outcry.gateway.native.query import page_limit
from outcry.gateway.people import schemas as s
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.threads import in_thread, text_of
from outcry.identity.access_tokens import SECOND_NS, Facts
from outcry.identity.records.kept import Person, StaffRequest
from outcry.identity.staff.requests import ADJUST, details_of
from outcry.identity.staff.roles import ADMIN, FINANCE, RISK, ROLES, SUPPORT
from outcry.marketdata.text import time_text

REASON_CHARACTERS_MAX = 200
SETTLED_WITHIN_S = 72_000
"""The engine knows a key for a day: what was approved longer ago is left for people to look at."""
_log = structlog.get_logger("staff")


class StaffCalls:
    """Calls of staff, each for some roles, and in a session with a second factor."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._identity = door.services.identity
        self._registry = door.services.registry

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "staff_person": self.person,
            "staff_status": self.status,
            "staff_end_sessions": self.end_sessions,
            "staff_requests": self.requests,
            "staff_ask": self.ask,
            "staff_approve": partial(self.decide, True),
            "staff_refuse": partial(self.decide, False),
            "staff_trail": self.trail,
        }

    async def _admit(self, request: web.Request, *roles: str) -> Facts:
        """Return the session of somebody with one of these roles and a second factor in it.

        Raises:
            ApiError: `FORBIDDEN`, `SECOND_FACTOR`.
        """
        facts: Facts = request[CALLER].facts

        def check() -> None:
            self._identity.roles.check(facts.account, *roles)
            self._identity.credentials.require_factor(facts)

        await in_thread(check)
        return facts

    async def _fresh(self, facts: Facts) -> None:
        """Let somebody act who has just given a code of their second factor."""
        fresh = self._identity.credentials.require_fresh
        await in_thread(partial(fresh, facts, required=True))

    # People

    async def person(self, request: web.Request) -> str:
        """GET /api/v1/staff/people."""
        facts = await self._admit(request, SUPPORT, RISK, ADMIN)
        email = request.query.get("email")
        if email is None:
            raise ApiError("MISSING_FIELD", "name the e-mail", field="email")
        found = await in_thread(partial(self._identity.person_of, email))
        if found is None:
            raise ApiError("UNKNOWN_PERSON", field="email")
        note, origin = self._identity.note, origin_of(request)
        await in_thread(partial(note, facts.account, "looked_at", found.account, origin))
        return text_of(await in_thread(partial(self._person_out, found)))

    def _person_out(self, person: Person) -> s.StaffPersonOut:
        identity, account = self._identity, person.account
        held_ns = identity.credentials.withdrawals_held_until_ns(account)
        status = self.door.services.engine.core.account_status(account)
        return s.StaffPersonOut(
            user_id=account,
            email=person.email,
            created_at=time_text(person.created_ns),
            status=AccountStatus(status).name.lower() if status >= 0 else "not opened",
            second_factor=identity.credentials.has_factor(account),
            roles=sorted(identity.roles.of(account)),
            sessions=len(identity.sessions.of(account)),
            withdrawals_held_until=s.optional_time(held_ns),
        )

    async def status(self, request: web.Request) -> str:
        """POST /api/v1/staff/people/{account}/status."""
        facts = await self._admit(request, RISK, ADMIN)
        wanted: s.StatusIn = convert(await self.door.object(request), s.StatusIn)
        account = self._account(request)
        _check_reason(wanted.reason)
        await self._fresh(facts)
        status = AccountStatus[wanted.status.upper()]
        note = partial(
            self._identity.note,
            facts.account,
            "status_set",
            account,
            origin_of(request),
            status=wanted.status,
            reason=wanted.reason,
        )
        await in_thread(note)
        await self._do(c.SetAccountStatus(account=account, status=status, staff=True))
        return text_of(s.DoneOut())

    async def end_sessions(self, request: web.Request) -> str:
        """DELETE /api/v1/staff/people/{account}/sessions."""
        facts = await self._admit(request, SUPPORT, RISK, ADMIN)
        account, origin = self._account(request), origin_of(request)
        end = partial(
            self._identity.sessions.end_all, account, facts.account, "ended by staff", origin
        )
        return text_of(s.EndedOut(await in_thread(end)))

    # Requests

    async def requests(self, request: web.Request) -> str:
        """GET /api/v1/staff/requests."""
        await self._admit(request, *ROLES)
        limit = page_limit(request)
        rows = await in_thread(partial(self._identity.requests.page, limit))
        return text_of(s.RequestsOut([s.request_out(row) for row in rows]))

    async def ask(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/requests."""
        facts = await self._admit(request, SUPPORT, FINANCE, ADMIN)
        wanted: s.RequestIn = convert(await self.door.object(request), s.RequestIn)
        _check_reason(wanted.reason)
        if self.door.services.engine.core.account_status(wanted.account) < 0:
            raise ApiError("UNKNOWN_ACCOUNT", field="account", given=wanted.account)
        details = {}
        if wanted.act == ADJUST:
            asset, _ = self._amount(wanted.asset, wanted.amount)
            details = {"asset": asset.symbol, "amount": wanted.amount}
        elif wanted.asset is not None or wanted.amount is not None:
            raise ApiError("CONTRADICTION", "only adjust has an amount", field="amount")
        await self._fresh(facts)
        ask = partial(
            self._identity.requests.ask,
            facts.account,
            wanted.act,
            wanted.account,
            wanted.reason,
            origin_of(request),
            **details,
        )
        return 201, text_of(s.request_out(await in_thread(ask)))

    async def decide(self, approve: bool, request: web.Request) -> str:
        """POST /api/v1/staff/requests/{request}/approve, and .../refuse."""
        facts = await self._admit(request, *ROLES)
        number = _number(request.match_info["request"], "UNKNOWN_REQUEST", "request")
        await self._fresh(facts)
        decide = partial(
            self._identity.requests.decide,
            facts.account,
            number,
            origin_of(request),
            approve=approve,
        )
        row = await in_thread(decide)
        if approve:
            row = await self.carry_out(row)
        return text_of(s.request_out(row))

    async def carry_out(self, row: StaffRequest) -> StaffRequest:
        """Do what was approved, once, however often it is begun.

        Raises:
            ApiError: the venue refused it, and that is written down; or nobody knows yet.
        """
        if row.act == ADJUST:
            details = details_of(row)
            asset, units = self._amount(details["asset"], details["amount"])
            # No client can write a key like this one.
            key = f"staff:{row.number}"
            command = c.Adjust(
                account=row.subject, asset=asset.asset, amount_units=units, key=key, staff=True
            )
            events = await self.door.events(codec.encode_command(command))
            if isinstance(events[-1], CommandRejected):
                await asyncio.to_thread(self._identity.requests.settle, row.number, done=False)
                raise self.door.renderer.refusal(events[-1])
        else:
            await asyncio.to_thread(self._identity.credentials.reset_factor, row.subject)
        return await asyncio.to_thread(self._identity.requests.settle, row.number, done=True)

    async def finish(self) -> None:
        """Carry out what was approved before the venue stopped."""
        now_ns = self.door.services.clock.now_ns()
        for row in await asyncio.to_thread(self._identity.requests.unsettled):
            if now_ns > row.decided_ns + SETTLED_WITHIN_S * SECOND_NS:
                _log.error("an approved request was never carried out", request=row.number)
                continue
            try:
                await self.carry_out(row)
            except ApiError as error:
                _log.error("an approved request failed", request=row.number, why=str(error))

    # The trail

    async def trail(self, request: web.Request) -> str:
        """GET /api/v1/staff/trail."""
        await self._admit(request, RISK, ADMIN)
        text, limit = request.query.get("after", "0"), page_limit(request)
        after = _number(text, "BAD_VALUE", "after")
        rows = await in_thread(partial(self._identity.trail_entries, after, limit))
        found = [
            s.TrailEntryOut(
                number=row.number,
                time=time_text(row.time_ns),
                actor=row.actor,
                act=row.act,
                subject=row.subject,
                address=row.address,
                details=msgspec.json.decode(row.details),
                hash=row.hash.hex(),
            )
            for row in rows
        ]
        return text_of(s.TrailOut(found))

    # Within

    def _account(self, request: web.Request) -> int:
        account = _number(request.match_info["account"], "UNKNOWN_ACCOUNT", "account")
        if self.door.services.engine.core.account_status(account) < 0:
            raise ApiError("UNKNOWN_ACCOUNT", field="account", given=account)
        return account

    def _amount(self, symbol: str | None, amount: str | None) -> tuple[Asset, int]:
        """Return an asset and an amount of it in its units, below 0 where it is taken."""
        for field, text in (("asset", symbol), ("amount", amount)):
            if text is None:
                raise ApiError("MISSING_FIELD", f"the field {field!r} is missing", field=field)
        asset = self._registry.asset_by_symbol(symbol or "")
        if asset is None:
            raise ApiError("UNKNOWN_ASSET", field="asset", given=symbol)
        text = amount or ""
        units = amount_units(text.removeprefix("-"), asset.unit_decimals, "amount")
        return asset, -units if text.startswith("-") else units

    async def _do(self, command: c.Command) -> list[Event]:
        events = await self.door.events(codec.encode_command(command))
        if isinstance(events[-1], CommandRejected):
            raise self.door.renderer.refusal(events[-1])
        return events


def _number(text: str, code: str, field: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ApiError(code, field=field, given=text)
    return int(text)


def _check_reason(text: str) -> None:
    if not text.strip() or len(text) > REASON_CHARACTERS_MAX or not text.isprintable():
        why = f"a reason is one line of at most {REASON_CHARACTERS_MAX} characters"
        raise ApiError("BAD_VALUE", why, field="reason")
