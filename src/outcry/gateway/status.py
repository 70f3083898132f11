"""Whether the venue lives, whether orders can be placed, and its numbers."""

import resource
from collections.abc import Iterator, Sized
from pathlib import Path

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door, Wrapper
from outcry.gateway.live.hub import Hub
from outcry.gateway.native.schemas import StateOut

PAGE_BYTES = resource.getpagesize()
ANSWERS = "outcry_answers_total"
HELP = {
    "process_cpu_seconds_total": "User and system CPU time, seconds.",
    "process_resident_memory_bytes": "Resident memory, bytes.",
    ANSWERS: "HTTP answers by status.",
    "outcry_core_info": "The core that runs.",
    "outcry_websocket_connections": "Open WebSocket connections.",
}


class StatusCalls(Collector):
    """What operators and probes ask."""

    def __init__(self, door: Door, hub: Hub, wrap: Wrapper, sockets: Sized) -> None:
        self._services = door.services
        self._hub = hub
        self._sockets = sockets
        self._wrap = wrap
        # One of our own: the library's holds what no venue of this process has counted.
        self._registry = CollectorRegistry()
        self._registry.register(self)

    async def health(self, _: web.Request) -> str:
        """GET /health."""
        return self._state()

    async def ready(self, _: web.Request) -> str:
        """GET /ready."""
        if not self._services.ready():
            status = self._services.status()
            why = f": {status.reason}" if status.reason and status.mode != "normal" else ""
            raise ApiError("BUSY", f"orders cannot be placed: mode {status.mode}{why}")
        return self._state()

    async def status(self, _: web.Request) -> str:
        """GET /api/v1/status."""
        return msgspec.json.encode(self._services.status()).decode()

    def _state(self) -> str:
        status = self._services.status()
        state = {name: getattr(status, name) for name in StateOut.__struct_fields__}
        return msgspec.json.encode(state).decode()

    async def metrics(self, _: web.Request) -> web.Response:
        """GET /metrics, in the text format of Prometheus, read from plain numbers when asked."""
        page = generate_latest(self._registry)
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    def _numbers(self) -> dict[str, float]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return self._services.gauges() | {
            "process_cpu_seconds_total": usage.ru_utime + usage.ru_stime,
            "process_resident_memory_bytes": _resident_bytes(),
            "outcry_websocket_connections": len(self._sockets),
            "outcry_feed_deliveries_total": self._hub.deliveries,
            "outcry_feed_resyncs_total": self._hub.resyncs,
            "outcry_feed_dropped_total": self._hub.dropped,
        }

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield the numbers as they are now, by name."""
        for name, value in sorted(self._numbers().items()):
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            text = HELP.get(name, name.replace("_", " ").capitalize() + ".")
            yield family(name, text, value=value)
        answers = CounterMetricFamily(ANSWERS, HELP[ANSWERS], labels=["status"])
        for status, count in sorted(self._wrap.answers.items()):
            answers.add_metric([str(status)], count)
        yield answers
        core = self._services.engine.core.implementation
        yield InfoMetricFamily("outcry_core", HELP["outcry_core_info"], value={"core": core})


def _resident_bytes() -> int:
    """Return the resident memory of this process, as Linux tells it."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES
