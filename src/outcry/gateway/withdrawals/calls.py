"""What people ask about their withdrawals and addresses. Who approves them is staff's business."""

import re
from functools import partial

from aiohttp import web

from outcry.domain.decimals import format_units
from outcry.gateway.errors import ApiError
from outcry.gateway.http import CALLER, Door, Handler
from outcry.gateway.json_input import convert
from outcry.gateway.native.query import page_limit
from outcry.gateway.people.caller import Caller
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.schemas import DoneOut
from outcry.gateway.people.threads import in_thread, text_of
from outcry.gateway.staff.markets.defining import amount_units
from outcry.gateway.withdrawals import schemas as s
from outcry.gateway.withdrawals.flow import WithdrawalFlow
from outcry.gateway.withdrawals.render import beneficiary_out, withdrawal_out
from outcry.identity.records.money import Withdrawal
from outcry.identity.withdrawals.destination import Destination
from outcry.identity.withdrawals.withdrawals import CANCELLED, SHOWN, WAITING, Wanted, Which
from outcry.ledger.reads.history import LARGEST, BadCursor, decode_cursor, encode_cursor
from outcry.marketdata.text import time_text

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,36}", re.ASCII)
CURSOR = "w"


class WithdrawalCalls:
    """Calls of owners: people in a session, and keys with the scope withdraw."""

    def __init__(self, door: Door, flow: WithdrawalFlow) -> None:
        self.door = door
        self._flow = flow
        self._identity = door.services.identity
        self._registry = door.services.registry

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "withdraw": self.ask,
            "withdrawals": self.page,
            "withdrawal": self.one,
            "cancel_withdrawal": self.cancel,
            "beneficiaries": self.beneficiaries,
            "new_beneficiary": self.new_beneficiary,
            "remove_beneficiary": self.remove_beneficiary,
        }

    async def ask(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/withdrawals."""
        caller = request[CALLER]
        given: s.WithdrawalIn = convert(await self.door.object(request), s.WithdrawalIn)
        asset = self._registry.asset_by_symbol(given.asset)
        if asset is None:
            raise ApiError("UNKNOWN_ASSET", field="asset", given=given.asset)
        units = amount_units(given.amount, asset.unit_decimals, "amount")
        if not _CLIENT_ID.fullmatch(given.client_withdrawal_id):
            raise ApiError("BAD_ID", field="client_withdrawal_id", given=given.client_withdrawal_id)
        to = await self._destination(given.asset, given.address, given.memo)
        await self._check(caller)
        owner = _owner(caller)
        amount = format_units(units, asset.unit_decimals)
        wanted = Wanted(caller.account, owner, given.client_withdrawal_id, units, amount, to)
        book, origin = self._identity.withdrawals, origin_of(request)
        row = await in_thread(partial(book.ask, owner, wanted, origin))
        status = 201 if row.becoming else 200
        return status, self._text(await self._flow.carry_on(row))

    async def _check(self, caller: Caller) -> None:
        """Let somebody pass who may let money leave just now.

        Raises:
            ApiError: `SECOND_FACTOR`, `WITHDRAWALS_HELD`.
        """
        credentials, session = self._identity.credentials, caller.session
        if session is not None:
            await in_thread(partial(credentials.require_fresh, session, required=False))
        until_ns = await in_thread(partial(credentials.withdrawals_held_until_ns, _owner(caller)))
        if until_ns:
            why = f"credentials were changed: nothing leaves before {time_text(until_ns)}"
            raise ApiError("WITHDRAWALS_HELD", why)

    async def page(self, request: web.Request) -> str:
        """GET /api/v1/withdrawals."""
        query, limit = request.query, page_limit(request)
        which = Which(request[CALLER].account, state_of(query.get("state")), query.get("asset", ""))
        below = below_of(query.get("cursor"))
        book = self._identity.withdrawals
        rows = await in_thread(partial(book.page, which, below, limit + 1))
        found = [withdrawal_out(row, self._registry) for row in rows[:limit]]
        return text_of(s.WithdrawalsOut(found, next_of(rows, limit)))

    async def one(self, request: web.Request) -> str:
        """GET /api/v1/withdrawals/{withdrawal}."""
        return self._text(await self._own(request))

    async def cancel(self, request: web.Request) -> str:
        """DELETE /api/v1/withdrawals/{withdrawal}."""
        row, owner = await self._own(request), _owner(request[CALLER])
        decide = self._identity.withdrawals.decide
        decided = partial(decide, owner, row.number, CANCELLED, origin_of(request))
        return self._text(await self._flow.carry_on(await in_thread(decided)))

    async def _own(self, request: web.Request) -> Withdrawal:
        number = number_of(request, "withdrawal", "UNKNOWN_WITHDRAWAL")
        one = self._identity.withdrawals.one
        return await in_thread(partial(one, number, request[CALLER].account))

    def _text(self, row: Withdrawal) -> str:
        return text_of(withdrawal_out(row, self._registry))

    # Addresses

    async def beneficiaries(self, request: web.Request) -> str:
        """GET /api/v1/beneficiaries."""
        rows = await in_thread(partial(self._identity.beneficiaries.of, request[CALLER].account))
        return text_of(s.BeneficiariesOut([beneficiary_out(row) for row in rows]))

    async def new_beneficiary(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/beneficiaries."""
        caller = request[CALLER]
        given: s.BeneficiaryIn = convert(await self.door.object(request), s.BeneficiaryIn)
        if self._registry.asset_by_symbol(given.asset) is None:
            raise ApiError("UNKNOWN_ASSET", field="asset", given=given.asset)
        to = await self._destination(given.asset, given.address, given.memo)
        await self._require_fresh(caller)
        add, origin = self._identity.beneficiaries.add, origin_of(request)
        added = partial(add, caller.account, _owner(caller), given.label, to, origin)
        return 201, text_of(beneficiary_out(await in_thread(added)))

    async def remove_beneficiary(self, request: web.Request) -> str:
        """DELETE /api/v1/beneficiaries/{beneficiary}."""
        caller, origin = request[CALLER], origin_of(request)
        number = number_of(request, "beneficiary", "UNKNOWN_BENEFICIARY")
        remove = self._identity.beneficiaries.remove
        await in_thread(partial(remove, caller.account, _owner(caller), number, origin))
        return text_of(DoneOut())

    async def _require_fresh(self, caller: Caller) -> None:
        session, fresh = caller.session, self._identity.credentials.require_fresh
        if session is not None:
            await in_thread(partial(fresh, session, required=False))

    async def _destination(self, asset: str, address: str, memo: str | None) -> Destination:
        return await in_thread(lambda: Destination(asset, address, memo or ""))


def _owner(caller: Caller) -> int:
    """Return the person behind a caller: of a key for a sub-account, who made it."""
    return caller.account if caller.key is None else caller.key.owner


def state_of(text: str | None) -> str:
    """Return the state that a query names; "" for any.

    Raises:
        ApiError: `BAD_VALUE`.
    """
    if text is None:
        return ""
    if text not in {*SHOWN, WAITING}:
        why = f"state is one of {', '.join(SHOWN)}, or {WAITING} for those that are not over"
        raise ApiError("BAD_VALUE", why, field="state", given=text)
    return text


def below_of(cursor: str | None) -> int:
    """Return below which number a page begins.

    Raises:
        ApiError: `BAD_CURSOR`.
    """
    if cursor is None:
        return LARGEST
    try:
        return decode_cursor(CURSOR, 1, cursor)[0]
    except BadCursor:
        raise ApiError("BAD_CURSOR", field="cursor", given=cursor) from None


def next_of(rows: list[Withdrawal], limit: int) -> str | None:
    """Return the cursor behind a page of at most `limit` rows; None where there are no more."""
    return encode_cursor(CURSOR, rows[limit - 1].number) if len(rows) > limit else None


def number_of(request: web.Request, name: str, code: str) -> int:
    """Return a number in a path; what is none is nothing that is there.

    Raises:
        ApiError: `code`.
    """
    text = request.match_info[name]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ApiError(code, field=name, given=text)
    return int(text)
