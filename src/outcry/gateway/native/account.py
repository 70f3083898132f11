"""Registering, logging in, balances. A person's account is opened by a command, idempotently."""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected
from outcry.domain.rejects import Reject
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door
from outcry.gateway.json_input import convert
from outcry.gateway.native.schemas import Credentials, RefreshIn, SessionOut
from outcry.identity.identity import (
    BadEmail,
    EmailTaken,
    Session,
    WeakPassword,
    WrongCredentials,
)
from outcry.marketdata.text import time_text

_CODES: dict[type[Exception], tuple[str, str | None]] = {
    BadEmail: ("BAD_EMAIL", "email"),
    WeakPassword: ("WEAK_PASSWORD", "password"),
    EmailTaken: ("EMAIL_TAKEN", "email"),
    WrongCredentials: ("WRONG_CREDENTIALS", None),
}


class HashingLine:
    """Lets a few passwords be hashed at once, in threads, and a few more wait.

    A hash costs a tenth of a second of a core and 64 MB on purpose; whoever sends many logins must
    not get all of both.
    """

    def __init__(self, at_once: int, waiting_max: int) -> None:
        self._permits = asyncio.Semaphore(at_once)
        self._inside_max = at_once + waiting_max
        self._inside = 0

    async def run(self, act: Callable[[str, str], Session], email: str, password: str) -> Session:
        """Return what `act` returns once it is its turn.

        Raises:
            ApiError: `BUSY` if too many wait.
        """
        if self._inside >= self._inside_max:
            raise ApiError("BUSY", "too many people register or log in; try again in a moment")
        self._inside += 1
        try:
            async with self._permits:
                return await asyncio.to_thread(act, email, password)
        finally:
            self._inside -= 1


class AccountCalls:
    """Who somebody is, and what they have."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._identity = door.services.identity
        self._line = HashingLine(door.settings.hashes_at_once, door.settings.hashes_waiting_max)

    async def register(self, request: web.Request) -> tuple[int, str]:
        """POST /register."""
        who: Credentials = convert(await self.door.object(request), Credentials)
        return 201, await self._session(who, register=True)

    async def login(self, request: web.Request) -> str:
        """POST /login."""
        who: Credentials = convert(await self.door.object(request), Credentials)
        return await self._session(who, register=False)

    async def _session(self, who: Credentials, *, register: bool) -> str:
        """Let a thread do the hashing, which is slow on purpose."""
        act = self._identity.register if register else self._identity.login
        try:
            session = await self._line.run(act, who.email, who.password)
        except tuple(_CODES) as error:
            code, field = _CODES[type(error)]
            raise ApiError(code, str(error), field=field) from None
        await self.open(session.account)
        return _session_text(session)

    async def refresh(self, request: web.Request) -> str:
        """POST /refresh."""
        wanted: RefreshIn = convert(await self.door.object(request), RefreshIn)
        try:
            session = await asyncio.to_thread(self._identity.refresh, wanted.refresh_token)
        except WrongCredentials as error:
            raise ApiError("WRONG_CREDENTIALS", str(error), field="refresh_token") from None
        return _session_text(session)

    async def open(self, account: int) -> None:
        """Open the account of a person unless it is open."""
        if self.door.services.engine.core.account_status(account) >= 0:
            return
        events = await self.door.events(codec.encode_command(c.OpenAccount(account=account)))
        if isinstance(events[-1], CommandRejected) and events[-1].reason != Reject.EXISTS:
            raise self.door.renderer.refusal(events[-1])

    async def balances(self, request: web.Request) -> str:
        """GET /api/v1/balances."""
        account = self.door.account(request)
        rows = self.door.services.engine.core.balances(account)
        return f'{{"balances":[{self.door.renderer.balances(rows)}]}}'


def _session_text(session: Session) -> str:
    out = SessionOut(
        session.token, time_text(session.expires_ns), session.account, session.refresh_token
    )
    return msgspec.json.encode(out).decode()
