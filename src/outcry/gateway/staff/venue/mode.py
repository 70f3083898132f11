"""The venue's mode, its snapshots and digests, and whether the trail is what was written."""

import asyncio

from aiohttp import web

from outcry.domain.market import VenueMode
from outcry.gateway.errors import ApiError
from outcry.gateway.http import CALLER, Handler
from outcry.gateway.json_input import convert
from outcry.gateway.people.schemas import request_out
from outcry.gateway.people.staff import StaffCalls
from outcry.gateway.people.threads import in_thread, text_of
from outcry.gateway.staff.access import ANYBODY, check_reason, number
from outcry.gateway.staff.ports import NotDone, NothingNew
from outcry.gateway.staff.schemas import venue as v
from outcry.identity.records.kept import StaffRequest
from outcry.identity.staff.requests import RESUME, details_of
from outcry.identity.staff.roles import ADMIN, RISK


class ModeCalls:
    """What stops and starts the venue, and what shows that it is as it should be."""

    def __init__(self, staff: StaffCalls) -> None:
        self._staff = staff
        self._access = staff.access
        self._services = staff.door.services
        staff.deeds[RESUME] = self._resume

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "staff_mode": self.mode,
            "staff_snapshots": self.snapshots,
            "staff_snapshot": self.snapshot,
            "staff_digest": self.digest,
            "staff_trail_state": self.trail_state,
        }

    async def mode(self, request: web.Request) -> str:
        """POST /api/v1/staff/mode."""
        facts = await self._access.admit(request, RISK, ADMIN)
        wanted: v.ModeIn = convert(await self._access.door.object(request), v.ModeIn)
        check_reason(wanted.reason)
        await self._access.fresh(facts)
        operator = self._services.operator()
        loosens = VenueMode[wanted.mode.upper()] < self._access.core.mode
        if loosens and operator.doubts_money():
            row = await self._staff.asked(request, RESUME, 0, wanted.reason, mode=wanted.mode)
            return self._out(row)
        await self._access.note(request, "mode_set", 0, mode=wanted.mode, reason=wanted.reason)
        await self._set(wanted.mode, wanted.reason, await self._name(request[CALLER].account))
        return self._out(None)

    def _out(self, row: StaffRequest | None) -> str:
        status = self._services.status()
        told = {"mode": status.mode, "wanted_mode": status.wanted_mode}
        asked = request_out(row) if row else None
        return text_of(v.ModeOut(request=asked, **told))  # type: ignore[arg-type]  # names of modes

    async def _resume(self, row: StaffRequest) -> None:
        """Let the venue take in again what it had stopped over, as two people want."""
        mode = str(details_of(row)["mode"])
        await self._set(mode, row.reason, await self._name(row.asked_by))

    async def _name(self, account: int) -> str:
        person = await asyncio.to_thread(self._access.identity.person, account)
        return person.email[:64] if person else str(account)

    async def _set(self, mode: str, reason: str, name: str) -> None:
        try:
            await self._services.operator().set_mode(mode, reason, name)
        except NotDone as error:
            raise ApiError("TRANSITION", str(error), field="mode", given=mode) from None

    # Snapshots

    async def snapshots(self, request: web.Request) -> str:
        """GET /api/v1/staff/snapshots."""
        await self._access.admit(request, *ANYBODY)
        operator = self._services.operator()
        found = await asyncio.to_thread(operator.snapshots)
        gauges = self._services.gauges()
        return text_of(
            v.SnapshotsOut(
                snapshots=found,
                every_commands=operator.snapshot_commands,
                taken=int(gauges.get("outcry_snapshots_total", 0)),
                failed=int(gauges.get("outcry_snapshot_failures_total", 0)),
            )
        )

    async def snapshot(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/snapshots."""
        await self._access.admit(request, RISK, ADMIN)
        await self._access.note(request, "snapshot_taken", 0)
        try:
            sequence = self._services.operator().take_snapshot()
        except NothingNew as error:
            raise ApiError("TRANSITION", str(error)) from None
        return 201, text_of(v.TakenOut(sequence))

    async def digest(self, request: web.Request) -> str:
        """GET /api/v1/staff/digest."""
        await self._access.admit(request, *ANYBODY)
        engine, text = self._services.engine, request.query.get("sequence")
        now = engine.core.sequence
        sequence = now if text is None else number(text, "BAD_VALUE", "sequence")
        if sequence == now:
            return text_of(v.DigestOut(now, engine.digest().hex()))
        operator = self._services.operator()
        for snapshot in await asyncio.to_thread(operator.snapshots):
            if snapshot.sequence == sequence and snapshot.digest:
                return text_of(v.DigestOut(sequence, snapshot.digest))
        try:
            return text_of(v.DigestOut(sequence, await operator.digest_at(sequence)))
        except NotDone as error:
            raise ApiError("NOT_PUBLISHED", str(error), field="sequence", given=text) from None

    async def trail_state(self, request: web.Request) -> str:
        """GET /api/v1/staff/trail/state."""
        await self._access.admit(request, RISK, ADMIN)
        report = await in_thread(self._access.identity.trail_report)
        findings = list(report.findings)
        return text_of(v.TrailStateOut(not findings, report.entries, report.head, findings))
