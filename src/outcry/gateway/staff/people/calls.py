"""Calls about people: finding them, everything about one, and what may be done about one."""

from functools import partial

from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.http import Handler
from outcry.gateway.json_input import convert
from outcry.gateway.native.query import page_limit
from outcry.gateway.native.schemas import BalanceOut
from outcry.gateway.people import schemas as s
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.staff import StaffCalls, status_name
from outcry.gateway.people.threads import in_thread, text_of
from outcry.gateway.staff.access import ANYBODY, check_reason
from outcry.gateway.staff.people.limits import limits_of, limits_out
from outcry.gateway.staff.schemas import people as o
from outcry.identity.errors import UnknownKey
from outcry.identity.records.directory import Directory
from outcry.identity.records.kept import Person, StaffRequest
from outcry.identity.staff.requests import SET_ROLES, details_of
from outcry.identity.staff.roles import ADMIN, RISK, ROLES, SUPPORT
from outcry.ledger.reads.history import LARGEST, BadCursor, decode_cursor, encode_cursor
from outcry.marketdata.text import time_text

QUERY_CHARACTERS_MAX = 254
CURSOR = "p"


class StaffPeopleCalls:
    """What staff asks about people."""

    def __init__(self, staff: StaffCalls) -> None:
        self._staff = staff
        self._access = staff.access
        self._identity = staff.access.identity
        self._directory: Directory = self._identity.directory
        staff.deeds[SET_ROLES] = self._set_roles

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "staff_directory": self.search,
            "staff_person_whole": self.whole,
            "staff_limits": self.limits,
            "staff_roles": self.roles,
            "staff_revoke_key": self.revoke_key,
        }

    async def search(self, request: web.Request) -> str:
        """GET /api/v1/staff/directory."""
        await self._access.admit(request, *ANYBODY)
        query, role = request.query.get("query", ""), request.query.get("role")
        if len(query) > QUERY_CHARACTERS_MAX or not query.isprintable():
            raise ApiError("BAD_VALUE", "this finds nobody", field="query")
        if role is not None and role not in ROLES:
            why = f"role is one of {', '.join(ROLES)}"
            raise ApiError("BAD_VALUE", why, field="role", given=role)
        limit, below = page_limit(request), _below(request.query.get("cursor"))
        among = None
        if role is not None:
            members = self._identity.roles.members()
            among = [account for account, roles in members.items() if role in roles]
        await self._access.look(request, "searched", 0, query=query, role=role)
        search = partial(self._directory.search, query, below, limit + 1, among)
        rows = await in_thread(search)
        found = await in_thread(lambda: [self._found(row) for row in rows[:limit]])
        more = len(rows) > limit
        cursor = encode_cursor(CURSOR, rows[limit - 1].account) if more else None
        return text_of(o.DirectoryOut(found, cursor))

    def _found(self, row: Person) -> o.FoundPersonOut:
        return o.FoundPersonOut(
            user_id=row.account,
            email=row.email,
            created_at=time_text(row.created_ns),
            status=status_name(self._access.core.account_status(row.account)),
            second_factor=self._identity.credentials.has_factor(row.account),
            roles=sorted(self._identity.roles.of(row.account)),
        )

    async def whole(self, request: web.Request) -> str:
        """GET /api/v1/staff/people/{account}."""
        await self._access.admit(request, SUPPORT, RISK, ADMIN)
        person = await self._person(request)
        await self._access.look(request, "looked_at", person.account)
        return await self._whole(person)

    async def _person(self, request: web.Request) -> Person:
        account = self._access.account(request)
        person = await in_thread(partial(self._identity.person, account))
        if person is None:
            raise ApiError("UNKNOWN_ACCOUNT", field="account", given=account)
        return person

    async def _whole(self, person: Person) -> str:
        return text_of(await in_thread(partial(self._whole_out, person)))

    def _whole_out(self, person: Person) -> o.StaffPersonWholeOut:
        """Return everything about somebody. Reads the store."""
        identity, account, core = self._identity, person.account, self._access.core
        return o.StaffPersonWholeOut(
            person=self._staff.person_out(person),
            balances=[self._balance(*row) for row in core.balances(account)],
            open_orders=len(core.open_orders(account)),
            limits=limits_out(self._access, account),
            logins=[
                s.LoginOut(time_text(row.time_ns), row.address, row.agent, row.outcome)
                for row in identity.logins(account)
            ],
            sessions=[
                s.SessionItemOut(
                    session=row.session,
                    current=False,
                    created_at=time_text(row.created_ns),
                    renewed_at=time_text(row.renewed_ns),
                    expires_at=time_text(row.expires_ns),
                    address=row.address,
                    agent=row.agent,
                )
                for row in identity.sessions.of(account)
            ],
            keys=[s.key_out(row) for row in identity.keys.of(account)],
            wallets=[
                s.WalletOut(row.address, time_text(row.created_ns))
                for row in identity.wallets.of(account)
            ],
            sub_accounts=[
                s.SubAccountOut(row.account, row.label, time_text(row.created_ns))
                for row in identity.sub_accounts.of(account)
            ],
            credentials_changed_at=s.optional_time(self._directory.changed_ns(account)),
        )

    def _balance(self, asset: int, available: int, held: int) -> BalanceOut:
        amount = partial(self._access.door.renderer.amount, asset)
        symbol = self._access.registry.asset(asset).symbol
        return BalanceOut(symbol, amount(available), amount(held), amount(available + held))

    # Acts

    async def limits(self, request: web.Request) -> str:
        """POST /api/v1/staff/people/{account}/limits."""
        facts = await self._access.admit(request, RISK, ADMIN)
        wanted: o.LimitsIn = convert(await self._access.door.object(request), o.LimitsIn)
        check_reason(wanted.reason)
        person = await self._person(request)
        command = limits_of(self._access, person.account, wanted)
        await self._access.fresh(facts)
        told = {
            name: value
            for name in o.LimitsIn.__struct_fields__
            if (value := getattr(wanted, name)) is not None
        }
        await self._access.note(request, "limits_set", person.account, **told)
        await self._access.do(command)
        return await self._whole(person)

    async def roles(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/staff/people/{account}/roles."""
        await self._access.admit(request, ADMIN)
        wanted: o.RolesIn = convert(await self._access.door.object(request), o.RolesIn)
        check_reason(wanted.reason)
        person = await self._person(request)
        roles = [role for role in ROLES if role in wanted.roles]
        told = {"roles": roles, "email": person.email}
        return await self._staff.ask_for(request, SET_ROLES, person.account, wanted.reason, **told)

    async def _set_roles(self, row: StaffRequest) -> None:
        roles = details_of(row)["roles"]
        await in_thread(partial(self._identity.roles.set, row.subject, roles, row.number))

    async def revoke_key(self, request: web.Request) -> str:
        """DELETE /api/v1/staff/people/{account}/keys/{key}."""
        await self._access.admit(request, SUPPORT, RISK, ADMIN)
        person, key = await self._person(request), request.match_info["key"]
        known = self._identity.api_key(key)
        if known is None or known.owner != person.account:
            await in_thread(partial(self._check_key, person.account, key))
        await self._access.note(request, "key_revoked_by_staff", person.account, key=key)
        revoke, origin = self._identity.keys.revoke, origin_of(request)
        return text_of(s.key_out(await in_thread(partial(revoke, person.account, key, origin))))

    def _check_key(self, account: int, key: str) -> None:
        if all(row.key != key for row in self._identity.keys.of(account)):
            raise UnknownKey


def _below(cursor: str | None) -> int:
    if cursor is None:
        return LARGEST
    try:
        return decode_cursor(CURSOR, 1, cursor)[0]
    except BadCursor:
        raise ApiError("BAD_CURSOR", field="cursor", given=cursor) from None
