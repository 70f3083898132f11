"""Registering, logging in, balances. A person's account is opened by a command, idempotently."""

import msgspec
from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected
from outcry.domain.rejects import Reject
from outcry.gateway.http import Door
from outcry.gateway.json_input import convert
from outcry.gateway.native.schemas import Credentials, LoginIn, RefreshIn, SessionOut
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.threads import HashingLine, in_thread
from outcry.identity.identity import Session
from outcry.marketdata.text import time_text


class AccountCalls:
    """Who somebody is, and what they have."""

    def __init__(self, door: Door, line: HashingLine) -> None:
        self.door = door
        self._identity = door.services.identity
        self._line = line

    async def register(self, request: web.Request) -> tuple[int, str]:
        """POST /register."""
        who: Credentials = convert(await self.door.object(request), Credentials)
        origin = origin_of(request)
        session = await self._line.run(
            lambda: self._identity.register(who.email, who.password, origin)
        )
        return 201, await self.welcome(session)

    async def login(self, request: web.Request) -> str:
        """POST /login."""
        who: LoginIn = convert(await self.door.object(request), LoginIn)
        origin = origin_of(request)
        session = await self._line.run(
            lambda: self._identity.login(who.email, who.password, who.code, origin)
        )
        return await self.welcome(session)

    async def refresh(self, request: web.Request) -> str:
        """POST /refresh."""
        wanted: RefreshIn = convert(await self.door.object(request), RefreshIn)
        origin = origin_of(request)
        session = await in_thread(lambda: self._identity.refresh(wanted.refresh_token, origin))
        return _session_text(session)

    async def welcome(self, session: Session) -> str:
        """Open the account of a new session, and return what its person is told."""
        await self.open(session.account)
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
