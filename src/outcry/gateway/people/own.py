"""What people see and change of their own: sessions, password, second factor, keys."""

import asyncio
from functools import partial

from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected
from outcry.domain.rejects import Reject
from outcry.gateway.errors import ApiError
from outcry.gateway.http import CALLER, Door, Handler
from outcry.gateway.json_input import convert
from outcry.gateway.native.parse import parse_time
from outcry.gateway.people import schemas as s
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.threads import HashingLine, in_thread, text_of
from outcry.gateway.web import cookie
from outcry.identity.access_tokens import Facts
from outcry.identity.api_keys import NewKey
from outcry.identity.records.kept import SubAccount
from outcry.marketdata.text import time_text


class OwnCalls:
    """Calls of a person in a session, about themselves."""

    def __init__(self, door: Door, line: HashingLine) -> None:
        self.door = door
        self._identity = door.services.identity
        self._line = line

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "me": self.me,
            "logout": self.logout,
            "sessions": self.sessions,
            "end_session": self.end_session,
            "end_sessions": self.end_sessions,
            "logins": self.logins,
            "change_password": self.change_password,
            "new_factor": self.new_factor,
            "confirm_factor": self.confirm_factor,
            "give_code": self.give_code,
            "remove_factor": self.remove_factor,
            "keys": self.keys,
            "new_key": self.new_key,
            "revoke_key": self.revoke_key,
            "sub_accounts": self.sub_accounts,
            "new_sub_account": self.new_sub_account,
        }

    async def me(self, request: web.Request) -> str:
        """GET /api/v1/me."""
        return text_of(await in_thread(partial(self._me, _facts(request).account)))

    def _me(self, account: int) -> s.MeOut:
        person = self._identity.person(account)
        if person is None:
            raise ApiError("UNAUTHORIZED")
        credentials = self._identity.credentials
        return s.MeOut(
            user_id=account,
            email=person.email,
            created_at=time_text(person.created_ns),
            second_factor=credentials.has_factor(account),
            roles=sorted(self._identity.roles.of(account)),
            withdrawals_held_until=s.optional_time(credentials.withdrawals_held_until_ns(account)),
        )

    # Sessions

    async def logout(self, request: web.Request) -> str | web.Response:
        """POST /api/v1/logout."""
        forget = cookie.wants_cookie(request)
        await self._end(request, _facts(request).session)
        done = text_of(s.DoneOut())
        return cookie.keeping(request, (200, done), "", 0) if forget else done

    async def sessions(self, request: web.Request) -> str:
        """GET /api/v1/sessions."""
        facts = _facts(request)
        rows = await in_thread(partial(self._identity.sessions.of, facts.account))
        items = [
            s.SessionItemOut(
                session=row.session,
                current=row.session == facts.session,
                created_at=time_text(row.created_ns),
                renewed_at=time_text(row.renewed_ns),
                expires_at=time_text(row.expires_ns),
                address=row.address,
                agent=row.agent,
            )
            for row in rows
        ]
        return text_of(s.SessionsOut(items))

    async def end_session(self, request: web.Request) -> str:
        """DELETE /api/v1/sessions/{session}."""
        await self._end(request, request.match_info["session"])
        return text_of(s.DoneOut())

    async def _end(self, request: web.Request, session: str) -> None:
        account, sessions = _facts(request).account, self._identity.sessions
        await in_thread(partial(sessions.end, account, session, account, origin_of(request)))

    async def end_sessions(self, request: web.Request) -> str:
        """DELETE /api/v1/sessions: all but this one."""
        facts = _facts(request)
        account, keep, origin = facts.account, facts.session, origin_of(request)
        end = partial(self._identity.sessions.end_all, account, account, "asked", origin, keep)
        return text_of(s.EndedOut(await in_thread(end)))

    async def logins(self, request: web.Request) -> str:
        """GET /api/v1/logins."""
        rows = await in_thread(partial(self._identity.logins, _facts(request).account))
        items = [
            s.LoginOut(time_text(row.time_ns), row.address, row.agent, row.outcome) for row in rows
        ]
        return text_of(s.LoginsOut(items))

    # Password and second factor

    async def change_password(self, request: web.Request) -> str:
        """POST /api/v1/password."""
        wanted: s.PasswordIn = convert(await self.door.object(request), s.PasswordIn)
        change = partial(
            self._identity.credentials.change_password,
            _facts(request),
            wanted.password,
            wanted.new_password,
            origin_of(request),
        )
        await self._line.run(change)
        return text_of(s.DoneOut())

    async def new_factor(self, request: web.Request) -> str:
        """POST /api/v1/second-factor."""
        proof: s.ProofIn = convert(await self.door.object(request), s.ProofIn)
        account, begin = _facts(request).account, self._identity.credentials.begin_factor
        new = await self._line.run(partial(begin, account, proof.password, origin_of(request)))
        return text_of(s.FactorOut(new.secret, new.uri))

    async def confirm_factor(self, request: web.Request) -> str:
        """POST /api/v1/second-factor/confirm."""
        given: s.CodeIn = convert(await self.door.object(request), s.CodeIn)
        confirm, origin = self._identity.credentials.confirm_factor, origin_of(request)
        codes = await in_thread(partial(confirm, _facts(request), given.code, origin))
        return text_of(s.RecoveryOut(codes))

    async def give_code(self, request: web.Request) -> str:
        """POST /api/v1/second-factor/code."""
        given: s.CodeIn = convert(await self.door.object(request), s.CodeIn)
        give, origin = self._identity.credentials.give_code, origin_of(request)
        await in_thread(partial(give, _facts(request), given.code, origin))
        return text_of(s.DoneOut())

    async def remove_factor(self, request: web.Request) -> str:
        """DELETE /api/v1/second-factor."""
        proof: s.ProofIn = convert(await self.door.object(request), s.ProofIn)
        remove, origin = self._identity.credentials.remove_factor, origin_of(request)
        await self._line.run(partial(remove, _facts(request), proof.password, origin))
        return text_of(s.DoneOut())

    # Keys

    async def keys(self, request: web.Request) -> str:
        """GET /api/v1/keys."""
        rows = await in_thread(partial(self._identity.keys.of, _facts(request).account))
        return text_of(s.KeysOut([s.key_out(row) for row in rows]))

    async def new_key(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/keys."""
        wanted: s.KeyIn = convert(await self.door.object(request), s.KeyIn)
        until = wanted.expires_at
        new = NewKey(
            kind=wanted.kind,
            scopes=wanted.scopes,
            label=wanted.label,
            networks=wanted.networks,
            expires_ns=None if until is None else parse_time(until, "expires_at"),
            public_key=wanted.public_key,
            account=wanted.account,
        )
        create, origin = self._identity.create_key, origin_of(request)
        row, secret = await in_thread(partial(create, _facts(request), new, origin))
        return 201, text_of(s.new_key_out(row, secret))

    async def revoke_key(self, request: web.Request) -> str:
        """DELETE /api/v1/keys/{key}."""
        key, revoke = request.match_info["key"], self._identity.keys.revoke
        row = await in_thread(partial(revoke, _facts(request).account, key, origin_of(request)))
        return text_of(s.key_out(row))

    # Sub-accounts

    async def sub_accounts(self, request: web.Request) -> str:
        """GET /api/v1/sub-accounts."""
        rows = await in_thread(partial(self._identity.sub_accounts.of, _facts(request).account))
        return text_of(s.SubAccountsOut([_sub_account_out(row) for row in rows]))

    async def new_sub_account(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/sub-accounts. What a crash left out the next call opens."""
        wanted: s.SubAccountIn = convert(await self.door.object(request), s.SubAccountIn)
        owner, sub_accounts = _facts(request).account, self._identity.sub_accounts
        row = await in_thread(partial(sub_accounts.add, owner, wanted.label, origin_of(request)))
        for known in await asyncio.to_thread(sub_accounts.of, owner):
            await self._open(known)
        return 201, text_of(_sub_account_out(row))

    async def _open(self, row: SubAccount) -> None:
        if self.door.services.engine.core.account_status(row.account) >= 0:
            return
        command = c.OpenAccount(account=row.account, parent=row.owner)
        events = await self.door.events(codec.encode_command(command))
        if isinstance(events[-1], CommandRejected) and events[-1].reason != Reject.EXISTS:
            raise self.door.renderer.refusal(events[-1])


def _facts(request: web.Request) -> Facts:
    return request[CALLER].facts


def _sub_account_out(row: SubAccount) -> s.SubAccountOut:
    return s.SubAccountOut(row.account, row.label, time_text(row.created_ns))
