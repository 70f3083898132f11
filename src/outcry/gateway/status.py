"""Whether the venue lives, whether orders can be placed, and its numbers."""

import resource
from pathlib import Path

import msgspec
from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door, Wrapper
from outcry.gateway.live.hub import Hub

PAGE_BYTES = resource.getpagesize()
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
HELP = {
    "process_cpu_seconds_total": "User and system CPU time, seconds.",
    "process_resident_memory_bytes": "Resident memory, bytes.",
    "outcry_answers_total": "HTTP answers by status.",
    "outcry_websocket_connections": "Open WebSocket connections.",
}


class StatusCalls:
    """What operators and probes ask."""

    def __init__(self, door: Door, hub: Hub, wrap: Wrapper) -> None:
        self._services = door.services
        self._hub = hub
        self._wrap = wrap

    async def health(self, _: web.Request) -> str:
        """GET /health."""
        return self._state()

    async def ready(self, _: web.Request) -> str:
        """GET /ready."""
        if not self._services.ready():
            raise ApiError("BUSY", f"orders cannot be placed: mode {self._mode()}")
        return self._state()

    def _mode(self) -> str:
        return self._services.registry.mode.name.lower()

    def _state(self) -> str:
        core = self._services.engine.core
        state = {
            "status": "ok",
            "version": self._services.version,
            "core": core.implementation,
            "mode": self._mode(),
            "development": self._services.settings.development,
            "sequence": core.sequence,
        }
        return msgspec.json.encode(state).decode()

    async def metrics(self, _: web.Request) -> web.Response:
        """GET /metrics, in the text format of Prometheus, read from plain numbers when asked."""
        numbers = dict(self._services.gauges())
        usage = resource.getrusage(resource.RUSAGE_SELF)
        numbers |= {
            "process_cpu_seconds_total": usage.ru_utime + usage.ru_stime,
            "process_resident_memory_bytes": _resident_bytes(),
            "outcry_websocket_connections": len(self._hub.connections),
            "outcry_feed_deliveries_total": self._hub.deliveries,
            "outcry_feed_resyncs_total": self._hub.resyncs,
            "outcry_feed_dropped_total": self._hub.dropped,
        }
        lines = []
        for name, value in sorted(numbers.items()):
            kind = "counter" if name.endswith("_total") else "gauge"
            text = HELP.get(name, name.replace("_", " ").capitalize() + ".")
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {value}"]
        lines += ["# TYPE outcry_answers_total counter"]
        for status, count in sorted(self._wrap.answers.items()):
            lines.append(f'outcry_answers_total{{status="{status}"}} {count}')
        core = self._services.engine.core.implementation
        lines += ["# TYPE outcry_core_info gauge", f'outcry_core_info{{core="{core}"}} 1']
        body = ("\n".join(lines) + "\n").encode()
        return web.Response(body=body, headers={"Content-Type": TEXT_FORMAT})


def _resident_bytes() -> int:
    """Return the resident memory of this process, as Linux tells it."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES
