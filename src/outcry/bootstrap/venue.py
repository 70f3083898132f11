"""A venue that runs in this process, as whoever runs it sees it."""

import asyncio
from dataclasses import dataclass

import structlog

from outcry.adapters.guarded import Breakers
from outcry.adapters.ledger_run import LedgerRun
from outcry.adapters.lookout import Lookout
from outcry.adapters.mode_desk import ModeDesk
from outcry.bootstrap.views import Views
from outcry.config import Settings
from outcry.domain.market import VenueMode
from outcry.domain.trouble import Trouble
from outcry.engine.engine import Engine
from outcry.gateway.services import Services
from outcry.pipeline import HALTED, RUNNING, ConservationBroken, Pipeline
from outcry.ports import LogFailed
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
    desk: ModeDesk
    lookout: Lookout
    recovered: Recovered
    log_id: str
    halted: asyncio.Event
    """Set when the venue stopped itself: the process should end and recover."""
    breakers: Breakers
    started_ns: int = 0
    """Since when it answers, by its own clock."""
    url: str = ""
    """Where it listens; empty until it does."""

    @property
    def engine(self) -> Engine:
        """The engine, for reads."""
        return self.services.engine

    @property
    def trouble(self) -> Trouble:
        """What the venue has stopped itself over."""
        match self.pipeline.halted_by:
            case LogFailed():
                return Trouble.LOG_NOT_WRITTEN
            case ConservationBroken():
                return Trouble.FUNDS_NOT_CONSERVED
            case TimeoutError():
                return Trouble.LOOP_STUCK
            case _:
                return Trouble.COMMAND_FAILS

    @property
    def ledger(self) -> LedgerRun:
        """What keeps the ledger written."""
        return self.views.ledger

    def ready(self) -> bool:
        """Return whether orders can be placed."""
        normal = self.engine.core.mode == VenueMode.NORMAL
        return bool(self.url) and normal and self.pipeline.state == RUNNING
