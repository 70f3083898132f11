"""How a venue is: for everybody, for its operator, and as numbers."""

from typing import Any

import msgspec

from outcry import __version__
from outcry.adapters.mode_desk import ModeFacts, name_of
from outcry.bootstrap.venue import Venue
from outcry.domain.market import VenueMode
from outcry.domain.trouble import Trouble
from outcry.gateway.native.schemas import LedgerState, StatusOut
from outcry.marketdata.text import time_text


def status_of(venue: Venue) -> StatusOut:
    """Return what everybody may know."""
    core, desk = venue.engine.core, venue.desk
    facts, trouble = desk.facts, _trouble(venue)
    return StatusOut(
        status="ok",
        version=__version__,
        core=core.implementation,
        mode=name_of(desk.mode),
        development=venue.settings.gateway.development,
        sequence=core.sequence,
        circuits=venue.breakers.states,
        reason=facts.reason or None,
        by=_by(facts),
        since=time_text(facts.since_ns) if facts.since_ns else None,
        ready=venue.ready(),
        wanted_mode=name_of(desk.base),
        held=venue.lookout.held or None,
        durability="full",
        log_id=venue.log_id,
        ledger=_ledger(venue),
        disk=venue.lookout.guard.disk,
        runbook=trouble.page if trouble else None,
    )


def _trouble(venue: Venue) -> Trouble | None:
    """Return what is not as it should be; the guard's own concerns come first."""
    desk, trouble = venue.desk, venue.lookout.guard.trouble
    if trouble or desk.mode == VenueMode.NORMAL:
        return trouble
    by_itself = desk.facts.by == "engine" and desk.mode == VenueMode.HALTED
    return Trouble.FUNDS_NOT_CONSERVED if by_itself else Trouble.SET_BY_OPERATOR


def _by(facts: ModeFacts) -> str | None:
    return f"{facts.by} {facts.name}".strip() or None


def _ledger(venue: Venue) -> LedgerState:
    ledger = venue.ledger
    since_ns = ledger.lag.since_ns
    return LedgerState(
        run=venue.settings.ledger.run,
        sequence=ledger.stored_sequence,
        lag_commands=ledger.lag_commands,
        lag_events=ledger.lag.events,
        lag_ms=int(ledger.lag_s * 1_000),
        stale_since=time_text(since_ns) if since_ns else None,
        doubted="ledger" in venue.lookout.guard.concerns,
    )


def operator_status(venue: Venue) -> dict[str, Any]:
    """Return what its operator wants to know besides."""
    lookout, facts = venue.lookout, venue.ledger.facts
    public: dict[str, Any] = msgspec.to_builtins(status_of(venue))
    return public | {
        "url": venue.url,
        "disk_free_bytes": lookout.disk_free_bytes,
        "disk_total_bytes": lookout.disk_total_bytes,
        "operations": venue.desk.operations,
        "ledger_pid": facts.pid,
        "ledger_restarts": facts.restarts,
        "ledger_alarms": facts.alarms,
    }


def gauges(venue: Venue) -> dict[str, float]:
    """Return the numbers that `/metrics` shows besides the gateway's own."""
    counters, ledger, gate = venue.pipeline.counters, venue.ledger, venue.services.gate
    return {
        "outcry_commands_total": counters.commands,
        "outcry_batches_total": counters.batches,
        "outcry_events_total": counters.events,
        "outcry_refused_total": counters.refused,
        "outcry_reply_failures_total": counters.reply_failures,
        "outcry_snapshots_total": counters.snapshots,
        "outcry_snapshot_failures_total": counters.snapshot_failures,
        "outcry_snapshot_sequence": counters.snapshot_sequence,
        "outcry_waiting_commands": counters.waiting,
        "outcry_last_sequence": counters.last_sequence,
        "outcry_ledger_sequence": ledger.stored_sequence,
        "outcry_ledger_lag_commands": ledger.lag_commands,
        "outcry_ledger_lag_events": ledger.lag.events,
        "outcry_ledger_lag_seconds": ledger.lag_s,
        "outcry_ledger_rows_total": ledger.facts.rows,
        "outcry_ledger_cpu_seconds_total": ledger.facts.cpu_s,
        "outcry_ledger_resident_bytes": ledger.facts.rss_bytes,
        "outcry_ledger_restarts_total": ledger.facts.restarts,
        "outcry_ledger_alarms_total": ledger.facts.alarms,
        "outcry_venue_mode": venue.desk.mode,
        "outcry_operations_total": venue.desk.operations,
        "outcry_rate_refusals_total": gate.refusals,
        "outcry_shut_outs_total": gate.shut_outs,
        **venue.breakers.gauges,
        "outcry_guard_concerns": len(venue.lookout.guard.concerns),
        "outcry_disk_free_bytes": venue.lookout.disk_free_bytes,
        "outcry_open_orders": venue.views.orders.open_count,
        "outcry_recovery_seconds": venue.recovered.seconds,
        "outcry_recovery_commands": venue.recovered.replayed,
    }
