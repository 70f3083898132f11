"""How the parts of a venue are, each with its numbers, for the staff that looks after it."""

import os
import threading

from outcry import __version__
from outcry.adapters.memory_use import resident_bytes
from outcry.bootstrap.status import status_of
from outcry.bootstrap.venue import Venue
from outcry.gateway.staff.schemas.venue import Fact, HealthOut, ServiceOut
from outcry.marketdata.text import time_text
from outcry.pipeline import RUNNING


def health_of(venue: Venue) -> HealthOut:
    """Return how everything is."""
    status, lookout, clock = status_of(venue), venue.lookout, venue.services.clock
    told = {
        "mode": status.mode,
        "wanted_mode": status.wanted_mode,
        "disk": status.disk,
        "circuits": status.circuits,
    }
    return HealthOut(
        version=__version__,
        core=status.core,
        started_at=time_text(venue.started_ns),
        uptime_s=max(0, (clock.now_ns() - venue.started_ns) // 1_000_000_000),
        reason=status.reason,
        by=status.by,
        held=status.held,
        disk_free_bytes=lookout.disk_free_bytes,
        disk_total_bytes=lookout.disk_total_bytes,
        memory_bytes=resident_bytes(),
        services=[
            _sequencer(venue),
            _engine(venue),
            _ledger(venue),
            *_stores(venue),
            _guard(venue),
        ],
        runbook=status.runbook,
        **told,  # type: ignore[arg-type]  # the names of modes, and of how disks and circuits are
    )


def _sequencer(venue: Venue) -> ServiceOut:
    pipeline, counters = venue.pipeline, venue.pipeline.counters
    running = pipeline.state == RUNNING
    queue = venue.settings.pipeline.queue_commands
    state = "down" if not running else "degraded" if counters.waiting > 0.8 * queue else "ok"
    facts: dict[str, Fact] = {
        "last_sequence": counters.last_sequence,
        "waiting_commands": counters.waiting,
        "queue_commands": queue,
        "batches": counters.batches,
        "refused": counters.refused,
        "recovery_s": round(venue.recovered.seconds, 3),
        "replayed_commands": venue.recovered.replayed,
    }
    return _service("sequencer", state, "" if running else pipeline.halted_reason, facts)


def _engine(venue: Venue) -> ServiceOut:
    core, counters = venue.engine.core, venue.pipeline.counters
    broken = core.conservation_failure()
    facts: dict[str, Fact] = {
        "core": core.implementation,
        "rules": core.rules,
        "events": counters.events,
        "open_orders": core.open_order_count(),
        "snapshot_sequence": counters.snapshot_sequence,
        "snapshots_taken": counters.snapshots,
        "snapshots_failed": counters.snapshot_failures,
    }
    detail = f"the sums of asset {broken} disagree" if broken else ""
    failed = counters.snapshot_failures > 0
    return _service("engine", "down" if broken else "degraded" if failed else "ok", detail, facts)


def _ledger(venue: Venue) -> ServiceOut:
    ledger, settings = venue.ledger, venue.settings
    doubted = "ledger" in venue.lookout.guard.concerns
    late = ledger.lag_s > settings.guard.lag_s / 10
    facts: dict[str, Fact] = {
        "run": settings.ledger.run,
        "sequence": ledger.stored_sequence,
        "lag_commands": ledger.lag_commands,
        "lag_events": ledger.lag.events,
        "lag_ms": int(ledger.lag_s * 1_000),
        "rows": ledger.facts.rows,
        "memory_bytes": ledger.facts.rss_bytes,
        "cpu_s": round(ledger.facts.cpu_s, 3),
        "restarts": ledger.facts.restarts,
        "alarms": ledger.facts.alarms,
        "pid": ledger.facts.pid,
    }
    if settings.ledger.run == "off":
        return _service("ledger follower", "off", "", facts)
    state = "down" if doubted else "degraded" if late else "ok"
    detail = venue.lookout.guard.concerns["ledger"].why if doubted else ""
    return _service("ledger follower", state, detail, facts)


def _stores(venue: Venue) -> list[ServiceOut]:
    """Return the stores that answer callers, by how their circuits are."""
    found = []
    states = {"closed": "ok", "half_open": "degraded", "open": "down"}
    gauges = venue.breakers.gauges
    for name, circuit in venue.breakers.states.items():
        facts: dict[str, Fact] = {
            "circuit": circuit,
            "opened": gauges[f"outcry_circuit_{name}_opened_total"],
            "refused": gauges[f"outcry_circuit_{name}_refused_total"],
        }
        found.append(_service(f"{name} store", states[circuit], "", facts))
    return found


def _guard(venue: Venue) -> ServiceOut:
    guard = venue.lookout.guard
    facts: dict[str, Fact] = {
        "concerns": len(guard.concerns),
        "disk_free_bytes": venue.lookout.disk_free_bytes,
        "operations": venue.desk.operations,
        "pid": os.getpid(),
        "threads": threading.active_count(),
    }
    return _service("guard", "degraded" if guard.concerns else "ok", guard.why, facts)


def _service(name: str, state: str, detail: str, facts: dict[str, Fact]) -> ServiceOut:
    return ServiceOut(service=name, state=state, detail=detail or None, facts=facts)  # type: ignore[arg-type]  # one of the states
