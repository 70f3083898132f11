"""What an account's orders are tied to: a dead man's switch, and WebSocket sessions."""

import asyncio
from functools import partial

import structlog
from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event, SwitchSet
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door
from outcry.gateway.json_input import convert
from outcry.gateway.special.outcomes import rejection_of
from outcry.gateway.special.schemas import SWITCH_LEAST_MS, SWITCH_MOST_MS, SwitchIn
from outcry.ports import Clock, OrderEntry, Outcomes, Refused

_NS_PER_MS = 1_000_000
AGAIN_S = 0.5
"""When to try again to end a session, where the venue was too busy."""
_log = structlog.get_logger("gateway")


class SwitchCalls:
    """The dead man's switch of an account."""

    def __init__(self, door: Door) -> None:
        self.door = door

    async def renew(self, request: web.Request) -> str:
        """POST /api/v1/dead-man-switch."""
        account = self.door.account(request)
        wanted: SwitchIn = convert(await self.door.object(request), SwitchIn)
        events = await self.door.events(self.record(account, wanted), reserve=True)
        return self.told(events)

    def record(self, account: int, wanted: SwitchIn) -> bytes:
        """Return the record that arms, renews or (0) disarms the switch.

        Raises:
            ApiError: `BAD_VALUE`.
        """
        given = wanted.timeout_ms
        if given and not SWITCH_LEAST_MS <= given <= SWITCH_MOST_MS:
            why = f"timeout_ms must be 0, or {SWITCH_LEAST_MS} to {SWITCH_MOST_MS}"
            raise ApiError("BAD_VALUE", why, field="timeout_ms", given=given)
        return codec.encode_command(c.RenewSwitch(account=account, timeout_ns=given * _NS_PER_MS))

    def told(self, events: list[Event]) -> str:
        """Return how the switch is now.

        Raises:
            ApiError: the engine refused.
        """
        if (rejected := rejection_of(events)) is not None:
            raise self.door.renderer.refusal(rejected)
        (found,) = (event for event in events if type(event) is SwitchSet)
        if not found.deadline_ns:
            return '{"timeout_ms":0,"expires_at":null}'
        timeout_ms = (found.deadline_ns - found.time_ns) // _NS_PER_MS
        expires_at = self.door.renderer.time(found.deadline_ns)
        return f'{{"timeout_ms":{timeout_ms},"expires_at":"{expires_at}"}}'


class Ties:
    """Numbers the sessions to which orders are tied, and ends them.

    No number comes twice, not even in another run of the venue: they begin with its time.
    """

    def __init__(self, entry: OrderEntry, clock: Clock) -> None:
        self._entry = entry
        self._clock = clock
        self._last = 0

    def new(self) -> int:
        """Return the number of a new session."""
        self._last = max(self._last + 1, self._clock.now_ns())
        return self._last

    def end(self, account: int, session: int) -> None:
        """Cancel what is tied to a session; where the venue cannot now, try until it can.

        A venue that is stopping does it when it starts again.
        """
        record = codec.encode_command(c.CloseSession(account=account, session=session))
        try:
            self._entry.submit(record, 1, partial(self._ended, account, session), reserve=True)
        except Refused as refused:
            _log.info("a session ends later", session=session, why=refused.code)
            if refused.code != "DRAINING":
                self._later(account, session)

    def _ended(self, account: int, session: int, outcomes: Outcomes | None) -> None:
        if outcomes is not None and rejection_of(outcomes[0]) is not None:
            self._later(account, session)

    def _later(self, account: int, session: int) -> None:
        asyncio.get_running_loop().call_later(AGAIN_S, self.end, account, session)
