"""The calls of the bench, and the layer around all others that lets things go wrong."""

import asyncio
import secrets
from typing import cast

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler as AiohttpHandler
from aiohttp.typedefs import Middleware

from outcry.gateway.bench import schemas as s
from outcry.gateway.bench.clock import MovedClock
from outcry.gateway.bench.faults import Faults, LeakyFeed
from outcry.gateway.errors import KINDS, ApiError
from outcry.gateway.http import Door, Handler, Wrapper
from outcry.gateway.json_input import convert
from outcry.gateway.native.dev import DevCalls
from outcry.gateway.native.parse import parse_time
from outcry.gateway.openapi import Route
from outcry.gateway.people.caller import SESSION
from outcry.marketdata.text import time_text

ROOT = "/api/v1/bench"
MS_NS, SECOND_MS = 1_000_000, 1_000
LATEST_NS = 4_102_444_800 * 1_000_000_000
"""The year 2100."""


def _route(name: str, method: str, path: str, summary: str, takes: object, gives: object) -> Route:
    """Return a call of whoever runs the bench: a person, not a key."""
    return Route(name, method, path, summary, takes, gives, scope=SESSION)


ROUTES = (
    _route("bench", "GET", ROOT, "How the bench is set", None, s.BenchOut),
    _route("bench_fault", "POST", f"{ROOT}/faults", "Let calls go wrong", s.FaultIn, s.BenchOut),
    _route("bench_faults_end", "DELETE", f"{ROOT}/faults", "Take faults back", None, s.BenchOut),
    _route("bench_latency", "POST", f"{ROOT}/latency", "Let calls wait", s.LatencyIn, s.BenchOut),
    _route("bench_gap", "POST", f"{ROOT}/gaps", "Leave messages out", s.GapIn, s.BenchOut),
    _route("bench_disconnect", "POST", f"{ROOT}/disconnect", "Cut WebSockets", s.DisconnectIn,
          s.DisconnectedOut),
    _route("bench_clock", "POST", f"{ROOT}/clock", "Set the clock", s.ClockIn, s.ClockOut),
    _route("bench_reset", "POST", f"{ROOT}/reset", "Take everything back: faults, orders, balances",
          None, s.BenchOut),
)  # fmt: skip


class BenchCalls:
    """What the operator of a bench may ask; it is never struck by its own faults."""

    def __init__(self, door: Door, dev: DevCalls, wrap: Wrapper) -> None:
        clock, feed = door.services.clock, door.services.feed
        assert isinstance(clock, MovedClock)
        assert isinstance(feed, LeakyFeed)
        self.door = door
        self._clock, self._feed, self._dev, self._wrap = clock, feed, dev, wrap
        self._faults = Faults()
        self._latency = s.LatencyIn()
        self._sockets: dict[asyncio.Transport, str] = {}

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "bench": self.state,
            "bench_fault": self.fault,
            "bench_faults_end": self.no_faults,
            "bench_latency": self.latency,
            "bench_gap": self.gap,
            "bench_disconnect": self.disconnect,
            "bench_clock": self.clock,
            "bench_reset": self.reset,
        }

    async def state(self, request: web.Request) -> str:
        """GET /api/v1/bench."""
        self.door.account(request)
        return self._state()

    async def fault(self, request: web.Request) -> str:
        """POST /api/v1/bench/faults."""
        self.door.account(request)
        asked: s.FaultIn = convert(await self.door.object(request), s.FaultIn)
        if asked.code not in KINDS:
            why = "this is no code of the venue's errors"
            raise ApiError("BAD_VALUE", why, field="code", given=asked.code)
        self._faults.add(asked)
        return self._state()

    async def no_faults(self, request: web.Request) -> str:
        """DELETE /api/v1/bench/faults."""
        self.door.account(request)
        self._faults.clear()
        return self._state()

    async def latency(self, request: web.Request) -> str:
        """POST /api/v1/bench/latency."""
        self.door.account(request)
        self._latency = convert(await self.door.object(request), s.LatencyIn)
        return self._state()

    async def gap(self, request: web.Request) -> str:
        """POST /api/v1/bench/gaps."""
        self.door.account(request)
        asked: s.GapIn = convert(await self.door.object(request), s.GapIn)
        self._feed.gaps[asked.channel] = asked.messages
        return self._state()

    async def disconnect(self, request: web.Request) -> str:
        """POST /api/v1/bench/disconnect."""
        self.door.account(request)
        asked: s.DisconnectIn = convert(await self.door.object(request), s.DisconnectIn)
        found = [t for t, path in self._sockets.items() if path.startswith(asked.path)]
        for transport in found:
            transport.abort()
        return _text(s.DisconnectedOut(len(found)))

    async def clock(self, request: web.Request) -> str:
        """POST /api/v1/bench/clock."""
        self.door.account(request)
        asked: s.ClockIn = convert(await self.door.object(request), s.ClockIn)
        if asked.time is not None and asked.advance_ms:
            raise ApiError("CONTRADICTION", "give a time or how much later", field="time")
        if asked.time is not None:
            ahead_ns = parse_time(str(asked.time), "time") - self._clock.now_ns()
        else:
            ahead_ns = asked.advance_ms * MS_NS
        if self._clock.now_ns() + ahead_ns > LATEST_NS:
            raise ApiError("BAD_VALUE", "this is too far away", field="time")
        self._clock.offset_ns += ahead_ns
        return _text(s.ClockOut(*self._time()))

    async def reset(self, request: web.Request) -> str:
        """POST /api/v1/bench/reset. The clock stays: time in the log does not go back."""
        await self._dev.reset(request)
        self._faults.clear()
        self._feed.gaps.clear()
        self._latency = s.LatencyIn()
        return self._state()

    def _state(self) -> str:
        late = self._latency
        return _text(
            s.BenchOut(
                *self._time(),
                late.latency_ms,
                late.jitter_ms,
                self._faults.out(),
                self._feed.gaps,
                len(self._sockets),
            )
        )

    def _time(self) -> tuple[str, int]:
        return time_text(self._clock.now_ns()), self._clock.offset_ns // MS_NS

    # Around every other call

    def middleware(self) -> Middleware:
        """Return the layer that delays, refuses and cuts, and knows the open WebSockets."""

        @web.middleware
        async def around(request: web.Request, handler: AiohttpHandler) -> web.StreamResponse:
            if request.path.startswith(ROOT):
                return await handler(request)
            await self._wait()
            asked = self._faults.strike(request.method, request.path)
            if asked is not None:
                return await self._struck(asked, request, handler)
            if request.headers.get("Upgrade", "").lower() != "websocket":
                return await handler(request)
            return await self._streamed(request, handler)

        return around

    async def _wait(self) -> None:
        late = self._latency
        if late.latency_ms or late.jitter_ms:
            chance_ms = secrets.randbelow(late.jitter_ms + 1)
            await asyncio.sleep((late.latency_ms + chance_ms) / SECOND_MS)

    async def _struck(
        self, asked: s.FaultIn, request: web.Request, handler: AiohttpHandler
    ) -> web.StreamResponse:
        if asked.delay_ms:
            await asyncio.sleep(asked.delay_ms / SECOND_MS)
        if asked.do == "delay":
            return await handler(request)
        if asked.when == "after":
            await handler(request)
        match asked.do:
            case "cut":
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            case "refuse":
                return self._wrap.error(ApiError(asked.code))
            case "answer":
                text = msgspec.json.encode(asked.body).decode()
                answer = self._wrap.response(asked.status, text, self._wrap.next_id())
                answer.headers.update(asked.headers)
                return answer

    async def _streamed(self, request: web.Request, handler: AiohttpHandler) -> web.StreamResponse:
        # uvloop's transports are not subclasses of asyncio's.
        transport = cast(asyncio.Transport, request.transport)
        self._sockets[transport] = request.path
        try:
            return await handler(request)
        finally:
            del self._sockets[transport]


def _text(answer: msgspec.Struct) -> str:
    return msgspec.json.encode(answer).decode()
