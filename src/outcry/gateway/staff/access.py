"""What the calls of staff share: who may, what a reason is, and how the venue is made to act."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from aiohttp import web

from outcry import codec
from outcry.codec.layouts import OUTSIDE_COMMANDS
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, CommandReplayed, Event
from outcry.domain.market import Asset, Market
from outcry.gateway.errors import ApiError
from outcry.gateway.http import CALLER, Door
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.threads import in_thread
from outcry.gateway.special.outcomes import as_before
from outcry.gateway.staff.markets.defining import amount_units
from outcry.identity.access_tokens import SECOND_NS, Facts
from outcry.identity.staff.roles import ROLES

REASON_CHARACTERS_MAX = 200
LOOK_AGAIN_NS = 600 * SECOND_NS
"""The same look by the same person is written down once in so long."""
LOOKS_KEPT = 10_000
ANYBODY = ROLES
"""Everybody of the staff."""


class StaffAccess:
    """Lets staff in, writes down what they do, and does it."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.identity = door.services.identity
        self.registry = door.services.registry
        self.core = door.services.engine.core
        self._looks: dict[tuple[object, ...], int] = {}

    # Who may

    async def admit(self, request: web.Request, *roles: str) -> Facts:
        """Return the session of somebody with one of these roles and a second factor in it.

        Raises:
            ApiError: `FORBIDDEN`, `SECOND_FACTOR`.
        """
        facts: Facts = request[CALLER].facts

        def check() -> None:
            self.identity.roles.check(facts.account, *roles)
            self.identity.credentials.require_factor(facts)

        await in_thread(check)
        return facts

    async def fresh(self, facts: Facts) -> None:
        """Let somebody act who has just given a code of their second factor.

        Raises:
            ApiError: `SECOND_FACTOR`.
        """
        fresh = self.identity.credentials.require_fresh
        await in_thread(partial(fresh, facts, required=True))

    async def note(
        self,
        request: web.Request,
        act: str,
        subject: int,
        **details: Any,  # noqa: ANN401 - whatever the act has
    ) -> None:
        """Write an act down; it is done afterwards."""
        by, origin = request[CALLER].account, origin_of(request)
        await in_thread(partial(self.identity.note, by, act, subject, origin, **details))

    async def look(
        self,
        request: web.Request,
        what: str,
        subject: int,
        **details: Any,  # noqa: ANN401 - what was looked for
    ) -> None:
        """Write down that somebody is looked at; of the same look again and again, one in a while.

        A console asks anew every few seconds, and the trail is read by people.
        """
        now_ns = self.door.services.clock.now_ns()
        key = (request[CALLER].account, what, subject, tuple(sorted(details.items())))
        if len(self._looks) >= LOOKS_KEPT:
            self._looks.clear()
        if now_ns < self._looks.get(key, 0) + LOOK_AGAIN_NS:
            return
        await self.note(request, what, subject, **details)
        self._looks[key] = now_ns

    # What is meant

    def account(self, request: web.Request) -> int:
        """Return the account that a path names, which the engine knows.

        Raises:
            ApiError: `UNKNOWN_ACCOUNT`.
        """
        found = number(request.match_info["account"], "UNKNOWN_ACCOUNT", "account")
        self.check_account(found)
        return found

    def check_account(self, account: int) -> None:
        """Refuse an account that the engine does not know.

        Raises:
            ApiError: `UNKNOWN_ACCOUNT`.
        """
        if not 0 < account < 1 << 62 or self.core.account_status(account) < 0:
            raise ApiError("UNKNOWN_ACCOUNT", field="account", given=account)

    def market(self, symbol: str) -> Market:
        """Return a market by its symbol.

        Raises:
            ApiError: `UNKNOWN_MARKET`.
        """
        found = self.registry.market_by_symbol(symbol)
        if found is None:
            raise ApiError("UNKNOWN_MARKET", field="market", given=symbol)
        return found

    def amount(self, symbol: str | None, amount: str | None) -> tuple[Asset, int]:
        """Return an asset and an amount of it in its units, below 0 where it is taken.

        Raises:
            ApiError: `MISSING_FIELD`, `UNKNOWN_ASSET`, `BAD_DECIMAL`.
        """
        for field, text in (("asset", symbol), ("amount", amount)):
            if text is None:
                raise ApiError("MISSING_FIELD", f"the field {field!r} is missing", field=field)
        asset = self.registry.asset_by_symbol(symbol or "")
        if asset is None:
            raise ApiError("UNKNOWN_ASSET", field="asset", given=symbol)
        text = amount or ""
        units = amount_units(text.removeprefix("-"), asset.unit_decimals, "amount")
        return asset, -units if text.startswith("-") else units

    # What is done

    async def do(self, *commands: c.Command) -> list[list[Event]]:
        """Let the venue carry out commands, in this order; return what each brought about.

        Raises:
            ApiError: what the first one was refused for; those beside it are carried out.
        """
        records = b"".join(codec.encode_command(command) for command in commands)
        outcomes = await self.door.submit(records, len(commands), reserve=False)
        for events in outcomes:
            refused = refusal_in(events)
            if refused is not None:
                raise self.door.renderer.refusal(refused)
        return outcomes


_OUTSIDE = frozenset(layout.number for layout in OUTSIDE_COMMANDS)


def refusal_in(events: Sequence[Event]) -> CommandRejected | None:
    """Return the refusal of a command that came from outside; None where it was carried out.

    A refusal of before, told again, is one.
    """
    for event in events:
        if isinstance(event, CommandRejected) and event.command in _OUTSIDE:
            return event
        if isinstance(event, CommandReplayed):
            return as_before(event) if event.reason else None
    return None


def sequence_of(events: Sequence[Event]) -> int:
    """Return at which sequence a command was carried out, now or before."""
    for event in events:
        if isinstance(event, CommandReplayed):
            return event.first_sequence
    return events[-1].sequence


def number(text: str, code: str, field: str) -> int:
    """Return a number in a path or a query.

    Raises:
        ApiError: `code`.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ApiError(code, field=field, given=text)
    return int(text)


def check_reason(text: str, field: str = "reason") -> None:
    """Refuse what is no reason, or whatever else `field` is.

    Raises:
        ApiError: `BAD_VALUE`.
    """
    if not text.strip() or len(text) > REASON_CHARACTERS_MAX or not text.isprintable():
        why = f"a {field} is one line of at most {REASON_CHARACTERS_MAX} characters"
        raise ApiError("BAD_VALUE", why, field=field)
