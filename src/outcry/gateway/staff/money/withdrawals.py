"""Withdrawals as staff works on them: two approve, then one notes what became of the sending."""

from functools import partial

from aiohttp import web

from outcry.gateway.http import Handler
from outcry.gateway.json_input import convert
from outcry.gateway.native.query import page_limit
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.schemas import optional_time
from outcry.gateway.people.threads import in_thread, text_of
from outcry.gateway.staff.access import ANYBODY, StaffAccess, check_reason, number
from outcry.gateway.staff.schemas import money as m
from outcry.gateway.staff.schemas.markets import ReasonIn
from outcry.gateway.withdrawals.calls import below_of, next_of, number_of, state_of
from outcry.gateway.withdrawals.flow import WithdrawalFlow
from outcry.gateway.withdrawals.render import withdrawal_fields
from outcry.identity.access_tokens import Facts
from outcry.identity.records.money import Withdrawal
from outcry.identity.withdrawals.withdrawals import (
    APPROVED,
    MAY_DECIDE,
    REJECTED,
    SENT,
    Which,
)
from outcry.marketdata.text import time_text


class StaffWithdrawalCalls:
    """The queue of withdrawals."""

    def __init__(self, access: StaffAccess, flow: WithdrawalFlow) -> None:
        self._access = access
        self._flow = flow
        self._book = access.identity.withdrawals

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "staff_withdrawals": self.page,
            "staff_withdrawal": self.one,
            "staff_approve_withdrawal": self.approve,
            "staff_reject_withdrawal": self.reject,
            "staff_sent_withdrawal": self.sent,
            "staff_failed_withdrawal": self.failed,
            "staff_retry_withdrawal": self.retry,
        }

    async def page(self, request: web.Request) -> str:
        """GET /api/v1/staff/withdrawals."""
        await self._access.admit(request, *ANYBODY)
        query, limit = request.query, page_limit(request)
        account = number(query.get("account", "0"), "UNKNOWN_ACCOUNT", "account")
        which = Which(account, state_of(query.get("state")), query.get("asset", ""))
        below = below_of(query.get("cursor"))
        rows = await in_thread(partial(self._book.page, which, below, limit + 1))
        found = await in_thread(lambda: [self._out(row) for row in rows[:limit]])
        return text_of(m.StaffWithdrawalsOut(found, next_of(rows, limit)))

    async def one(self, request: web.Request) -> str:
        """GET /api/v1/staff/withdrawals/{withdrawal}."""
        await self._access.admit(request, *ANYBODY)
        row = await in_thread(partial(self._book.one, _number(request)))
        return await self._text(row)

    async def approve(self, request: web.Request) -> str:
        """POST /api/v1/staff/withdrawals/{withdrawal}/approve."""
        facts = await self._may(request)
        approve = partial(self._book.approve, facts.account, _number(request), origin_of(request))
        return await self._text(await in_thread(approve))

    async def reject(self, request: web.Request) -> str:
        """POST /api/v1/staff/withdrawals/{withdrawal}/reject."""
        return await self._decide(request, REJECTED, reason=await self._reason(request))

    async def sent(self, request: web.Request) -> str:
        """POST /api/v1/staff/withdrawals/{withdrawal}/sent."""
        await self._access.admit(request, *MAY_DECIDE)
        given: m.SentIn = convert(await self._access.door.object(request), m.SentIn)
        check_reason(given.reference, "reference")
        return await self._decide(request, SENT, reference=given.reference)

    async def failed(self, request: web.Request) -> str:
        """POST /api/v1/staff/withdrawals/{withdrawal}/failed."""
        reason, facts = await self._reason(request), await self._may(request)
        what = (facts.account, _number(request), reason, origin_of(request))
        return await self._text(await in_thread(partial(self._book.failed, *what)))

    async def retry(self, request: web.Request) -> str:
        """POST /api/v1/staff/withdrawals/{withdrawal}/retry."""
        facts = await self._may(request)
        retry = partial(self._book.retry, facts.account, _number(request), origin_of(request))
        return await self._text(await in_thread(retry))

    # Within

    async def _reason(self, request: web.Request) -> str:
        await self._access.admit(request, *MAY_DECIDE)
        given: ReasonIn = convert(await self._access.door.object(request), ReasonIn)
        check_reason(given.reason)
        return given.reason

    async def _may(self, request: web.Request) -> Facts:
        facts = await self._access.admit(request, *MAY_DECIDE)
        await self._access.fresh(facts)
        return facts

    async def _decide(self, request: web.Request, becoming: str, **words: str) -> str:
        facts, decide = await self._may(request), self._book.decide
        what = (facts.account, _number(request), becoming, origin_of(request))
        row = await in_thread(partial(decide, *what, words))
        return await self._text(await self._flow.carry_on(row))

    async def _text(self, row: Withdrawal) -> str:
        return text_of(await in_thread(partial(self._out, row)))

    def _out(self, row: Withdrawal) -> m.StaffWithdrawalOut:
        """Return a withdrawal as staff works on it. Reads the store."""
        identity = self._access.identity
        person = identity.person(row.owner)
        eyes = ((row.first_by, row.first_ns), (row.second_by, row.second_ns))
        held_ns = identity.credentials.withdrawals_held_until_ns(row.owner)
        return m.StaffWithdrawalOut(
            **withdrawal_fields(row, self._access.registry),
            account=row.account,
            owner=row.owner,
            email=person.email if person else "",
            approvals=[m.ApprovalOut(by, time_text(at_ns)) for by, at_ns in eyes if by],
            can_be_sent=row.state == APPROVED and row.second_by > 0 and not row.becoming,
            held_until=optional_time(held_ns),
            closed_by=row.closed_by or None,
        )


def _number(request: web.Request) -> int:
    return number_of(request, "withdrawal", "UNKNOWN_WITHDRAWAL")
