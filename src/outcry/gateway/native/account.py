"""Registering, logging in, balances. A person's account is opened by a command, idempotently."""

from dataclasses import replace

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
from outcry.gateway.web import cookie
from outcry.identity.identity import Session
from outcry.marketdata.text import time_text

IN_A_COOKIE = ""
"""What is said of a refresh token that only the browser holds."""
Welcomed = tuple[int, str] | web.Response


class AccountCalls:
    """Who somebody is, and what they have."""

    def __init__(self, door: Door, line: HashingLine) -> None:
        self.door = door
        self._identity = door.services.identity
        self._line = line

    async def register(self, request: web.Request) -> Welcomed:
        """POST /register."""
        who: Credentials = convert(await self.door.object(request), Credentials)
        origin = origin_of(request)
        session = await self._line.run(
            lambda: self._identity.register(who.email, who.password, origin)
        )
        return await self.welcome(request, session, 201)

    async def login(self, request: web.Request) -> Welcomed:
        """POST /login."""
        who: LoginIn = convert(await self.door.object(request), LoginIn)
        origin = origin_of(request)
        session = await self._line.run(
            lambda: self._identity.login(who.email, who.password, who.code, origin)
        )
        return await self.welcome(request, session)

    async def refresh(self, request: web.Request) -> Welcomed:
        """POST /refresh. A browser that keeps its token in a cookie needs no body."""
        if cookie.wants_cookie(request):
            token = cookie.kept(request)
        else:
            wanted: RefreshIn = convert(await self.door.object(request), RefreshIn)
            token = wanted.refresh_token
        origin = origin_of(request)
        session = await in_thread(lambda: self._identity.refresh(token, origin))
        return self._told(request, session, 200)

    async def welcome(self, request: web.Request, session: Session, status: int = 200) -> Welcomed:
        """Open the account of a new session, and return what its person is told."""
        await self.open(session.account)
        return self._told(request, session, status)

    def _told(self, request: web.Request, session: Session, status: int) -> Welcomed:
        if not cookie.wants_cookie(request):
            return status, _session_text(session)
        shown = (status, _session_text(replace(session, refresh_token=IN_A_COOKIE)))
        age_s = self._identity.refresh_lifetime_s
        return cookie.keeping(request, shown, session.refresh_token, age_s)

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
