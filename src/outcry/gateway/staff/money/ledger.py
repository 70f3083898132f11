"""The ledger's report, deposits, and publishing what is owed."""

import asyncio

from aiohttp import web

from outcry.domain import commands as c
from outcry.domain.events import Cause
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Handler
from outcry.gateway.json_input import convert
from outcry.gateway.native.query import page_limit
from outcry.gateway.people.staff import StaffCalls
from outcry.gateway.people.threads import in_thread, text_of
from outcry.gateway.proofs.render import set_of
from outcry.gateway.staff.access import ANYBODY, check_reason
from outcry.gateway.staff.ports import NotDone, NothingNew
from outcry.gateway.staff.schemas import money as m
from outcry.gateway.staff.venue.overview import asset_sums
from outcry.identity.records.kept import StaffRequest
from outcry.identity.staff.requests import CREDIT, details_of
from outcry.identity.staff.roles import ADMIN, FINANCE
from outcry.ledger.proofs import reads
from outcry.ledger.proofs.heads import LOGS
from outcry.ledger.reads.history import LARGEST, BadCursor, decode_cursor, encode_cursor
from outcry.ledger.verify.documents import LiabilitySet
from outcry.marketdata.text import time_text

DEPOSITS = """
SELECT sequence, event_index, time_ns, account, asset, amount_units FROM transfers
WHERE cause = ? AND (sequence, event_index) < (?, ?)
ORDER BY sequence DESC, event_index DESC LIMIT ?"""
CURSOR = "d"


class StaffLedgerCalls:
    """Money that came in, and the report on all of it."""

    def __init__(self, staff: StaffCalls) -> None:
        self._staff = staff
        self._access = staff.access
        self._services = staff.door.services
        staff.commands[CREDIT] = self._credit

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "staff_deposits": self.deposits,
            "staff_deposit": self.deposit,
            "staff_ledger": self.report,
            "staff_publish": self.publish,
        }

    # Deposits

    async def deposits(self, request: web.Request) -> str:
        """GET /api/v1/staff/deposits."""
        await self._access.admit(request, *ANYBODY)
        limit, cursor = page_limit(request), request.query.get("cursor")
        try:
            place = decode_cursor(CURSOR, 2, cursor) if cursor else [LARGEST, 0]
        except BadCursor:
            raise ApiError("BAD_CURSOR", field="cursor", given=cursor) from None
        await self._services.ledger.caught_up()
        asked = (int(Cause.DEPOSIT), *place, limit + 1)
        rows = await asyncio.to_thread(self._services.history_store.query, DEPOSITS, asked)
        asked_for = await in_thread(self._access.identity.requests.credits)
        found = [self._out(row, asked_for) for row in rows[:limit]]
        more = len(rows) > limit
        return text_of(
            m.DepositsOut(found, encode_cursor(CURSOR, *rows[limit - 1][:2]) if more else None)
        )

    def _out(self, row: tuple[int, ...], asked_for: dict[int, tuple[int, str]]) -> m.DepositOut:
        sequence, _, time_ns, account, asset, units = row
        request, reference = asked_for.get(sequence, (None, None))
        return m.DepositOut(
            sequence=sequence,
            time=time_text(time_ns),
            account=account,
            asset=self._access.registry.asset(asset).symbol,
            amount=self._access.door.renderer.amount(asset, units),
            request=request,
            reference=reference,
        )

    async def deposit(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/deposits."""
        await self._access.admit(request, FINANCE, ADMIN)
        wanted: m.DepositIn = convert(await self._staff.door.object(request), m.DepositIn)
        check_reason(wanted.reason)
        check_reason(wanted.reference, "reference")
        self._access.check_account(wanted.account)
        asset, units = self._access.amount(wanted.asset, wanted.amount)
        if units < 0:
            raise ApiError("BAD_DECIMAL", field="amount", given=wanted.amount)
        return await self._staff.ask_for(
            request,
            CREDIT,
            wanted.account,
            wanted.reason,
            asset=asset.symbol,
            amount=wanted.amount,
            reference=wanted.reference,
        )

    def _credit(self, row: StaffRequest) -> list[c.Command]:
        details = details_of(row)
        asset, units = self._access.amount(details["asset"], details["amount"])
        return [c.Deposit(account=row.subject, asset=asset.asset, amount_units=units, staff=True)]

    # The report

    async def report(self, request: web.Request) -> str:
        """GET /api/v1/staff/ledger."""
        await self._access.admit(request, *ANYBODY)
        sums, sequence = asset_sums(self._access), self._access.core.sequence
        heads, liabilities = await asyncio.to_thread(self._published)
        return text_of(
            m.LedgerReportOut(
                sequence=sequence,
                time=time_text(self._services.clock.now_ns()),
                conserved=self._access.core.conservation_failure() == 0,
                assets=sums,
                ledger=self._services.status().ledger,
                heads=heads,
                liabilities=liabilities,
            )
        )

    def _published(self) -> tuple[list[m.HeadSummaryOut], list[LiabilitySet]]:
        proofs = self._services.proofs
        rows = [head for log in LOGS if (head := reads.last_head(proofs, log)) is not None]
        heads = [
            m.HeadSummaryOut(
                log=row.log,
                size=row.size,
                sequence=row.sequence,
                time=time_text(row.time_ns),
                note=row.note,
            )
            for row in rows
        ]
        last = reads.last_publication(proofs)
        return heads, [set_of(row) for row in reads.sets_at(proofs, last)] if last else []

    async def publish(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/liabilities."""
        facts = await self._access.admit(request, FINANCE, ADMIN)
        await self._access.fresh(facts)
        await self._access.note(request, "liabilities_published", 0)
        await self._services.ledger.caught_up()
        try:
            sequence = await self._services.operator().publish()
        except NothingNew as error:
            raise ApiError("EXISTS", str(error)) from None
        except NotDone as error:
            raise ApiError("TRANSITION", str(error)) from None
        proofs = self._services.proofs
        rows = await asyncio.to_thread(reads.sets_at, proofs, sequence)
        return 201, text_of(m.PublishedOut(sequence, [set_of(row) for row in rows]))
