"""What staff may see and do of people, and what only two of them can do together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

import msgspec
import structlog
from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import AccountStatus
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door, Handler
from outcry.gateway.json_input import convert
from outcry.gateway.native.query import page_limit
from outcry.gateway.people import schemas as s
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.threads import in_thread, text_of
from outcry.gateway.staff.access import (
    StaffAccess,
    check_reason,
    number,
    refusal_in,
    sequence_of,
)
from outcry.identity.access_tokens import SECOND_NS
from outcry.identity.records.kept import Person, StaffRequest, TrailEntry
from outcry.identity.staff import requests as r
from outcry.identity.staff.roles import ADMIN, FINANCE, RISK, ROLES, SUPPORT
from outcry.marketdata.text import time_text

SETTLED_WITHIN_S = 72_000
"""The engine knows a key for a day: what was approved longer ago is left for people to look at."""
STATES = (r.ASKED, r.APPROVED, r.REFUSED, r.DONE, r.FAILED)
_log = structlog.get_logger("staff")

Commands = Callable[[StaffRequest], Sequence[c.Command]]
"""What the venue has to do for a request that was approved.

Raises:
    ApiError: it cannot be any more.
"""
Deed = Callable[[StaffRequest], Awaitable[None]]
"""Does what a request wants where it is no command; doing it again changes nothing."""


class StaffCalls:
    """Calls of staff, each for some roles, and in a session with a second factor."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.access = StaffAccess(door)
        self.commands: dict[str, Commands] = {r.ADJUST: self._adjust}
        self.deeds: dict[str, Deed] = {r.RESET_FACTOR: self._reset_factor}
        self._identity = door.services.identity

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

    # People

    async def person(self, request: web.Request) -> str:
        """GET /api/v1/staff/people."""
        await self.access.admit(request, SUPPORT, RISK, ADMIN)
        email = request.query.get("email")
        if email is None:
            raise ApiError("MISSING_FIELD", "name the e-mail", field="email")
        found = await in_thread(partial(self._identity.person_of, email))
        if found is None:
            raise ApiError("UNKNOWN_PERSON", field="email")
        await self.access.note(request, "looked_at", found.account)
        return text_of(await in_thread(partial(self.person_out, found)))

    def person_out(self, person: Person) -> s.StaffPersonOut:
        """Return somebody as staff sees them. Reads the store."""
        identity, account = self._identity, person.account
        held_ns = identity.credentials.withdrawals_held_until_ns(account)
        return s.StaffPersonOut(
            user_id=account,
            email=person.email,
            created_at=time_text(person.created_ns),
            status=status_name(self.access.core.account_status(account)),
            second_factor=identity.credentials.has_factor(account),
            roles=sorted(identity.roles.of(account)),
            sessions=len(identity.sessions.of(account)),
            withdrawals_held_until=s.optional_time(held_ns),
        )

    async def status(self, request: web.Request) -> str:
        """POST /api/v1/staff/people/{account}/status."""
        facts = await self.access.admit(request, RISK, ADMIN)
        wanted: s.StatusIn = convert(await self.door.object(request), s.StatusIn)
        account = self.access.account(request)
        check_reason(wanted.reason)
        await self.access.fresh(facts)
        status = AccountStatus[wanted.status.upper()]
        facts_told = {"status": wanted.status, "reason": wanted.reason}
        await self.access.note(request, "status_set", account, **facts_told)
        await self.access.do(c.SetAccountStatus(account=account, status=status, staff=True))
        return text_of(s.DoneOut())

    async def end_sessions(self, request: web.Request) -> str:
        """DELETE /api/v1/staff/people/{account}/sessions."""
        facts = await self.access.admit(request, SUPPORT, RISK, ADMIN)
        account, origin = self.access.account(request), origin_of(request)
        end = partial(
            self._identity.sessions.end_all, account, facts.account, "ended by staff", origin
        )
        return text_of(s.EndedOut(await in_thread(end)))

    # Requests

    async def requests(self, request: web.Request) -> str:
        """GET /api/v1/staff/requests."""
        await self.access.admit(request, *ROLES)
        limit, state = page_limit(request), request.query.get("state", "")
        if state and state not in STATES:
            why = f"state is one of {', '.join(STATES)}"
            raise ApiError("BAD_VALUE", why, field="state", given=state)
        rows = await in_thread(partial(self._identity.requests.page, limit, state))
        return text_of(s.RequestsOut([s.request_out(row) for row in rows]))

    async def ask(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/requests."""
        await self.access.admit(request, SUPPORT, FINANCE, ADMIN)
        wanted: s.RequestIn = convert(await self.door.object(request), s.RequestIn)
        check_reason(wanted.reason)
        self.access.check_account(wanted.account)
        details = {}
        if wanted.act == r.ADJUST:
            asset, _ = self.access.amount(wanted.asset, wanted.amount)
            details = {"asset": asset.symbol, "amount": wanted.amount}
        elif wanted.asset is not None or wanted.amount is not None:
            raise ApiError("CONTRADICTION", "only adjust has an amount", field="amount")
        return await self.ask_for(request, wanted.act, wanted.account, wanted.reason, **details)

    async def ask_for(
        self, request: web.Request, act: str, subject: int, reason: str, **details: object
    ) -> tuple[int, str]:
        """Write down what somebody wants done, who has just given a code; return the answer.

        Raises:
            ApiError: `SECOND_FACTOR`, `FORBIDDEN`, `TOO_MANY`, `EXISTS`.
        """
        row = await self.asked(request, act, subject, reason, **details)
        return 201, text_of(s.request_out(row))

    async def asked(
        self, request: web.Request, act: str, subject: int, reason: str, **details: object
    ) -> StaffRequest:
        """Do as `ask_for`; return the request."""
        facts = await self.access.admit(request, *ROLES)
        await self.access.fresh(facts)
        asked, origin = self._identity.requests.ask, origin_of(request)
        return await in_thread(
            partial(asked, facts.account, act, subject, reason, origin, **details)
        )

    async def decide(self, approve: bool, request: web.Request) -> str:
        """POST /api/v1/staff/requests/{request}/approve, and .../refuse."""
        facts = await self.access.admit(request, *ROLES)
        found = number(request.match_info["request"], "UNKNOWN_REQUEST", "request")
        await self.access.fresh(facts)
        decide = partial(
            self._identity.requests.decide,
            facts.account,
            found,
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
        sequence = 0
        if row.act in self.deeds:
            try:
                await self.deeds[row.act](row)
            except ApiError:
                await self._has_failed(row)
                raise
        else:
            sequence = await self._command(row)
        settle = self._identity.requests.settle
        return await asyncio.to_thread(settle, row.number, done=True, sequence=sequence)

    async def _command(self, row: StaffRequest) -> int:
        """Let the venue do it; return the sequence of the first command.

        No client can write keys like these.
        """
        try:
            commands = self.commands[row.act](row)
        except ApiError:
            await self._has_failed(row)
            raise
        keys = [f"staff:{row.number}"] if len(commands) == 1 else _keys(row, len(commands))
        records = b"".join(
            codec.encode_command(replace(command, key=key))
            for command, key in zip(commands, keys, strict=True)
        )
        outcomes = await self.door.submit(records, len(commands), reserve=False)
        for events in outcomes:
            refused = refusal_in(events)
            if refused is not None:
                await self._has_failed(row)
                raise self.door.renderer.refusal(refused)
        return sequence_of(outcomes[0])

    async def _has_failed(self, row: StaffRequest) -> None:
        await asyncio.to_thread(self._identity.requests.settle, row.number, done=False)

    def _adjust(self, row: StaffRequest) -> Sequence[c.Command]:
        details = r.details_of(row)
        asset, units = self.access.amount(details["asset"], details["amount"])
        return [c.Adjust(account=row.subject, asset=asset.asset, amount_units=units, staff=True)]

    async def _reset_factor(self, row: StaffRequest) -> None:
        await asyncio.to_thread(self._identity.credentials.reset_factor, row.subject)

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
        await self.access.admit(request, RISK, ADMIN)
        query, limit = request.query, page_limit(request)
        if "before" in query:
            if "after" in query:
                raise ApiError("CONTRADICTION", "after or before, not both", field="before")
            before = number(query["before"], "BAD_VALUE", "before")
            rows = await in_thread(partial(self._identity.trail_before, before, limit))
        else:
            after = number(query.get("after", "0"), "BAD_VALUE", "after")
            rows = await in_thread(partial(self._identity.trail_entries, after, limit))
        return text_of(s.TrailOut([_entry_out(row) for row in rows]))


def _keys(row: StaffRequest, count: int) -> list[str]:
    return [f"staff:{row.number}:{part}" for part in range(count)]


def _entry_out(row: TrailEntry) -> s.TrailEntryOut:
    return s.TrailEntryOut(
        number=row.number,
        time=time_text(row.time_ns),
        actor=row.actor,
        act=row.act,
        subject=row.subject,
        address=row.address,
        details=msgspec.json.decode(row.details),
        hash=row.hash.hex(),
    )


def status_name(status: int) -> str:
    """Return what an account may do, in a word."""
    return AccountStatus(status).name.lower() if status >= 0 else "not opened"
