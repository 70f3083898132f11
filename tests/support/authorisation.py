"""The authorisation matrix: every call of the served document, every kind of caller, what is told.

A call stands in `ACCESS` by what it takes. One that does not stand there is no cell of the matrix,
and the test that holds the two together fails.
"""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import jwt

from outcry.adapters.sqlite_identity import secret_file
from outcry.bootstrap import secret_path
from outcry.identity.api_keys import SCOPES, NewKey
from outcry.identity.records.trail import NOWHERE
from outcry.identity.staff.roles import ROLES
from tests.support.gateway import TATA_INR, Answer, House, Person
from tests.support.people import Program, staff
from tests.support.stream import Stream

PUBLIC, EITHER, READ, TRADE, OWN, STAFF = "public", "either", "read", "trade", "own", "staff"
WITHDRAW = "withdraw"
ACCESS = {
    PUBLIC: """register login refresh wallet_nonce wallet_login wallet_key statistics depth
        trades klines tickers markets assets health ready status metrics proof_keys
        events_head events_heads events_consistency trades_head trades_heads trades_inclusion
        trades_consistency
        trade_entries liabilities""",
    EITHER: "events_inclusion",
    READ: """open_orders order orders lists list fills balances statement transfers volume export
        my_liabilities withdrawals withdrawal beneficiaries""",
    TRADE: """place place_short batch replace cancel cancel_all cancel_replace place_list
        cancel_list dead_man_switch""",
    WITHDRAW: "withdraw cancel_withdrawal new_beneficiary remove_beneficiary",
    OWN: """me logout sessions end_session end_sessions logins change_password new_factor
        wallets link_wallet unlink_wallet confirm_factor give_code remove_factor keys new_key
        revoke_key sub_accounts new_sub_account faucet new_asset new_market reset""",
    STAFF: """staff_person staff_status staff_end_sessions staff_requests staff_ask staff_approve
        staff_refuse staff_trail staff_overview staff_health staff_mode staff_risk staff_snapshots
        staff_snapshot staff_digest staff_trail_state staff_markets staff_new_market
        staff_change_market staff_retire_market staff_market_state staff_directory
        staff_person_whole staff_limits staff_roles staff_revoke_key staff_orders
        staff_cancel_orders staff_withdrawals staff_withdrawal staff_approve_withdrawal
        staff_reject_withdrawal staff_sent_withdrawal staff_failed_withdrawal
        staff_retry_withdrawal staff_deposits staff_deposit staff_ledger staff_publish staff_bots
        staff_start_bot staff_stop_bot staff_change_bot""",
}
"""By what a call takes, the names of the calls. `either`: for everybody, and with a token more."""
KIND_OF = {name: kind for kind, names in ACCESS.items() for name in names.split()}

WITH_TOKEN = {"person", "admin", "admin without second factor"}
NOBODY = {
    "anonymous": "UNAUTHORIZED",
    "expired token": "UNAUTHORIZED",
    "ended session": "UNAUTHORIZED",
    "expired key": "BAD_SIGNATURE",
    "revoked key": "BAD_SIGNATURE",
    "key of another secret": "BAD_SIGNATURE",
}
"""Callers who are nobody, and what they are told."""
KEYS = {f"{scope} key": scope for scope in SCOPES}
CALLERS = (*NOBODY, *KEYS, *sorted(WITH_TOKEN))

Call = Callable[[str, str, Any], Awaitable[Answer]]


def expected(caller: str, kind: str) -> str:
    """Return the code that a caller is told; empty where they are let through."""
    if kind == PUBLIC or (kind == EITHER and not caller.endswith(("token", "session"))):
        return ""
    if caller in NOBODY:
        return NOBODY[caller]
    if caller in KEYS:
        return "" if KEYS[caller] == kind else "SCOPE"
    if kind == STAFF and caller != "admin":
        return "FORBIDDEN" if caller == "person" else "SECOND_FACTOR"
    return ""


@dataclass(frozen=True)
class Cell:
    """A call by a caller, and what was told that should not have been."""

    call: str
    caller: str
    told: str
    expected: str


class Matrix:
    """Makes every call as every caller."""

    def __init__(self, house: House, person: Person, admin: Person, plain_admin: Person) -> None:
        self.house = house
        self._people = {
            "person": person,
            "admin": admin,
            "admin without second factor": plain_admin,
        }
        self._identity = house.venue.services.identity
        self._keys = {name: self._key(scope) for name, scope in KEYS.items()}
        self._keys["expired key"] = self._key(*SCOPES, expires_ns=time.time_ns() + 1_000_000)
        self._keys["revoked key"] = self._key(*SCOPES)
        self._identity.keys.revoke(person.account, self._keys["revoked key"].key)
        self._keys["key of another secret"] = replace(self._key(*SCOPES), secret="x" * 64)
        time.sleep(0.002)

    @classmethod
    async def of(cls, house: House) -> "Matrix":
        """Return the matrix of a venue, with people of its own."""
        plain = await staff(house, *ROLES, factor=False)
        return cls(house, await house.person(), await staff(house, *ROLES), plain)

    def _key(self, *scopes: str, expires_ns: int | None = None) -> Program:
        owner = self._people["person"].account
        wanted = NewKey("hmac", scopes, expires_ns=expires_ns)
        row, secret = self._identity.keys.create(owner, wanted)
        assert secret is not None
        return Program(self.house, row.key, secret)

    def callers(self) -> dict[str, Call]:
        """Return everybody, in new sessions: some calls end the one they are made in."""
        found: dict[str, Call] = {"anonymous": self.house.call}
        found |= {name: key.call for name, key in self._keys.items()}
        for name, person in self._people.items():
            found[name] = self._with_token(self._session(person, name == "admin"))
        person = self._people["person"]
        ended = self._identity.session_for(person.account)
        self._identity.sessions.end(person.account, ended.session, 0, NOWHERE)
        found["ended session"] = self._with_token(ended.token)
        found["expired token"] = self._with_token(self._expired(person))
        return found

    def _session(self, person: Person, factor: bool) -> str:
        session = self._identity.session_for(person.account)
        if factor:
            with self._identity._store.work() as work:
                self._identity.sessions.factor_given(work, session.session)
        return session.token

    def _expired(self, person: Person) -> str:
        claims = jwt.decode(person.token, options={"verify_signature": False})
        past = claims | {"iat": int(time.time()) - 100, "exp": int(time.time()) - 1}
        return jwt.encode(past, secret_file(secret_path(self.house.venue.settings)), "HS256")

    def _with_token(self, token: str) -> Call:
        async def call(method: str, path: str, body: Any = None) -> Answer:
            headers = {"Authorization": f"Bearer {token}"}
            return await self.house.call(method, path, body, headers=headers)

        return call

    async def calls(self) -> list[tuple[str, str, str, bool]]:
        """Return (name, method, path, whether it takes a body) of every call."""
        paths = (await self.house.get("/openapi.json"))["paths"]
        return [
            (operation["operationId"], method.upper(), path, "requestBody" in operation)
            for path, item in paths.items()
            for method, operation in item.items()
        ]

    async def wrong(self) -> tuple[list[Cell], int]:
        """Return every cell that is wrong, and how many there are."""
        wrong, cells = [], 0
        for name, method, path, takes in await self.calls():
            if name not in KIND_OF:
                continue
            target, body = re.sub(r"{\w+}", "0", path), {} if takes else None
            for caller, call in self.callers().items():
                answer = await call(method, target, body)
                told = answer.code if answer.status in {401, 403} else ""
                if kind_of(name) == PUBLIC and told == "WRONG_CREDENTIALS":
                    told = ""
                cells += 1
                should = expected(caller, kind_of(name))
                if told != should or answer.status >= 500:
                    wrong.append(Cell(name, caller, answer.code, should))
        return wrong, cells

    async def wrong_on_sockets(self) -> tuple[list[Cell], int]:
        """Do the same for what a WebSocket can be asked for."""
        wrong, cells = [], 0
        order = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "0"}
        asked = {
            "orders": (READ, {"op": "subscribe", "channels": ["orders"]}),
            "fills": (READ, {"op": "subscribe", "channels": ["fills"]}),
            "balances": (READ, {"op": "subscribe", "channels": ["balances"]}),
            "lists": (READ, {"op": "subscribe", "channels": ["lists"]}),
            "place": (TRADE, {"op": "order.place", "args": order}),
            "batch": (TRADE, {"op": "order.batch", "args": {"orders": [order]}}),
            "replace": (TRADE, {"op": "order.replace", "args": {"order_id": 1, "price": "5.00"}}),
            "cancel": (TRADE, {"op": "order.cancel", "args": {"order_id": 1}}),
            "cancel_all": (TRADE, {"op": "order.cancel_all"}),
            "cancel_replace": (
                TRADE,
                {"op": "order.cancel_replace", "args": {"cancel": {"order_id": 1}, "order": order}},
            ),
            "place_list": (
                TRADE,
                {"op": "list.place", "args": {"market": TATA_INR, "kind": "oco", "orders": []}},
            ),
            "cancel_list": (TRADE, {"op": "list.cancel", "args": {"list_id": 1}}),
            "switch": (TRADE, {"op": "switch.renew", "args": {"timeout_ms": 0}}),
            "book": (PUBLIC, {"op": "subscribe", "channels": [f"book:{TATA_INR}"]}),
        }
        for caller, auth in self._auths().items():
            stream = await self.house.stream()
            told = await _code(stream, **auth) if auth else ""
            should = NOBODY.get(caller, "") if auth else ""
            if told != should:
                wrong.append(Cell("auth", caller, told, should))
            for name, (kind, message) in asked.items():
                told = await _code(stream, **message)
                told = told if told in {"UNAUTHORIZED", "SCOPE", "FORBIDDEN"} else ""
                should = expected(caller, kind)
                # Who could not say who they are is a nobody from then on.
                should = "UNAUTHORIZED" if should and caller in NOBODY else should
                cells += 1
                if told != should:
                    wrong.append(Cell(name, caller, told, should))
            await stream.close()
        return wrong, cells

    def _auths(self) -> dict[str, dict[str, Any]]:
        person = self._people["person"]
        found: dict[str, dict[str, Any]] = {"anonymous": {}}
        for name, key in self._keys.items():
            headers = key.headers("GET", "/api/v1/ws")
            names = {part: headers[f"X-Outcry-{part.title()}"] for part in _PARTS}
            found[name] = {"op": "auth", **names}
        ended = self._identity.session_for(person.account)
        self._identity.sessions.end(person.account, ended.session, 0, NOWHERE)
        found["ended session"] = {"op": "auth", "token": ended.token}
        found["expired token"] = {"op": "auth", "token": self._expired(person)}
        found["person"] = {"op": "auth", "token": person.token}
        return found


_PARTS = ("key", "time", "window", "signature")


def kind_of(name: str) -> str:
    """Return what a call takes."""
    return KIND_OF[name]


async def _code(stream: Stream, **message: Any) -> str:
    answer = await stream.answer(**message)
    return "" if answer["ok"] else str(answer["error"]["code"])
