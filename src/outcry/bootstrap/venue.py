"""A venue that runs in this process, as whoever runs it sees it."""

import asyncio
from dataclasses import dataclass

import structlog

from outcry.adapters.ledger_run import LedgerRun
from outcry.bootstrap.views import Views
from outcry.config import Settings
from outcry.domain.market import VenueMode
from outcry.engine.engine import Engine
from outcry.gateway.services import Services
from outcry.pipeline import HALTED, RUNNING, Pipeline
from outcry.recovery import Recovered

_log = structlog.get_logger("venue")


class Alarms:
    """Logs what goes wrong beside the flow, and notes when the flow itself has halted."""

    def __init__(self) -> None:
        self.halted = asyncio.Event()
        self.pipeline: Pipeline | None = None

    def sound(self, what: str, error: BaseException | None) -> None:
        """Log it. The pipeline sounds the alarm after it has changed its state."""
        _log.error(what, error=repr(error))
        if self.pipeline is not None and self.pipeline.state == HALTED:
            self.halted.set()


@dataclass(slots=True)
class Venue:
    """A venue that runs in this process."""

    settings: Settings
    pipeline: Pipeline
    services: Services
    views: Views
    recovered: Recovered
    halted: asyncio.Event
    """Set when the venue stopped itself: the process should end and recover."""
    url: str = ""
    """Where it listens; empty until it does."""

    @property
    def engine(self) -> Engine:
        """The engine, for reads."""
        return self.services.engine

    @property
    def ledger(self) -> LedgerRun:
        """What keeps the ledger written."""
        return self.views.ledger

    def ready(self) -> bool:
        """Return whether orders can be placed."""
        normal = self.engine.core.mode == VenueMode.NORMAL
        return bool(self.url) and normal and self.pipeline.state == RUNNING


def gauges(venue: Venue) -> dict[str, float]:
    """Return the numbers that `/metrics` shows besides the gateway's own."""
    counters, ledger = venue.pipeline.counters, venue.ledger
    lag_s = ledger.lag.seconds(asyncio.get_running_loop().time())
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
        "outcry_ledger_lag_seconds": lag_s,
        "outcry_ledger_rows_total": ledger.facts.rows,
        "outcry_ledger_cpu_seconds_total": ledger.facts.cpu_s,
        "outcry_ledger_resident_bytes": ledger.facts.rss_bytes,
        "outcry_ledger_restarts_total": ledger.facts.restarts,
        "outcry_ledger_alarms_total": ledger.facts.alarms,
        "outcry_open_orders": venue.views.orders.open_count,
        "outcry_recovery_seconds": venue.recovered.seconds,
        "outcry_recovery_commands": venue.recovered.replayed,
    }
