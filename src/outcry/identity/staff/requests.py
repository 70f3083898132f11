"""Four eyes: what one of the staff asks, another approves or refuses. Nothing is done in between.

A request that was approved is carried out by whoever has the means, under its own key, so that a
crash in between does not do it twice; what came of it is written down beside it.
"""

from dataclasses import replace
from typing import Any

import msgspec

from outcry.identity.access_tokens import SECOND_NS
from outcry.identity.errors import NotAllowed, ReferenceTaken, TooMany, UnknownRequest
from outcry.identity.records.kept import REQUESTS, StaffRequest
from outcry.identity.records.money import DEPOSIT_REFERENCES, DepositReference
from outcry.identity.records.trail import Origin, Trail
from outcry.identity.staff.roles import ADMIN, FINANCE, RISK, SUPPORT, Roles
from outcry.ports import Clock, IdentityStore, IdentityWork

ADJUST, RESET_FACTOR, CREDIT, SET_ROLES = "adjust", "reset_factor", "credit", "set_roles"
CREATE_MARKET, CHANGE_MARKET, RETIRE_MARKET = "create_market", "change_market", "retire_market"
RESUME = "resume"
"""Let the venue trade again after it has doubted its money."""
_MONEY, _RULES = (FINANCE, ADMIN), (RISK, ADMIN)
MAY_ASK = {
    ADJUST: _MONEY,
    CREDIT: _MONEY,
    RESET_FACTOR: (SUPPORT, ADMIN),
    SET_ROLES: (ADMIN,),
    CREATE_MARKET: _RULES,
    CHANGE_MARKET: _RULES,
    RETIRE_MARKET: (ADMIN,),
    RESUME: _RULES,
}
MAY_DECIDE = {
    ADJUST: _MONEY,
    CREDIT: _MONEY,
    RESET_FACTOR: (ADMIN,),
    SET_ROLES: (ADMIN,),
    CREATE_MARKET: _RULES,
    CHANGE_MARKET: _RULES,
    RETIRE_MARKET: _RULES,
    RESUME: _RULES,
}
ASKED, APPROVED, REFUSED, DONE, FAILED = "asked", "approved", "refused", "done", "failed"
LIFETIME_S = 86_400
"""A request that nobody has decided on for so long cannot be approved any more."""
OPEN_MAX = 1_000
CREDITS_MAX = 1_000
"""Deposits of staff that are told with their requests."""


class Requests:
    """The requests of staff."""

    def __init__(self, store: IdentityStore, clock: Clock, trail: Trail, roles: Roles) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._roles = roles

    def ask(
        self,
        by: int,
        act: str,
        subject: int,
        reason: str,
        origin: Origin,
        **details: Any,  # noqa: ANN401 - whatever the act has
    ) -> StaffRequest:
        """Ask for an act.

        Raises:
            NotAllowed: the role for it lacks.
            TooMany: too many wait.
            ReferenceTaken: a deposit with this reference was asked for, and not refused.
        """
        self._roles.check(by, *MAY_ASK[act])
        with self._store.work() as work:
            ((last, waiting),) = work.rows(
                "SELECT coalesce(max(number), 0), "
                "coalesce(sum(CASE WHEN state = 'asked' THEN 1 ELSE 0 END), 0) FROM staff_request"
            )
            if waiting >= OPEN_MAX:
                raise TooMany
            text = msgspec.json.encode(details).decode()
            row = StaffRequest(
                last + 1, act, subject, text, reason, by, self._clock.now_ns(), 0, 0, ASKED
            )
            REQUESTS.add(work, row)
            if act == CREDIT:
                self._refer(work, row, str(details["reference"]))
            self._trail.add(
                work, "asked", by, subject, origin,
                request=row.number, asks=act, reason=reason, **details,
            )  # fmt: skip
        return row

    def decide(self, by: int, number: int, origin: Origin, *, approve: bool) -> StaffRequest:
        """Approve or refuse. Whoever asked may refuse their own request, never approve it.

        Raises:
            UnknownRequest: there is none that waits.
            NotAllowed: the role lacks, or it is one's own, or it is too old.
        """
        with self._store.work() as work:
            row = REQUESTS.one(work, "number = ?", number)
            if row is None or row.state != ASKED:
                raise UnknownRequest
            now_ns = self._clock.now_ns()
            own = row.asked_by == by
            if not own or approve:
                self._roles.check(by, *MAY_DECIDE[row.act])
            if own and approve:
                raise NotAllowed("Nobody approves what they asked for themselves.")
            if approve and now_ns >= row.asked_ns + LIFETIME_S * SECOND_NS:
                raise NotAllowed("The request is more than a day old; ask again.")
            state = APPROVED if approve else REFUSED
            row = replace(row, decided_by=by, decided_ns=now_ns, state=state)
            REQUESTS.put(work, row)
            self._trail.add(work, state, by, row.subject, origin, request=number, asks=row.act)
        return row

    def _refer(self, work: IdentityWork, row: StaffRequest, reference: str) -> None:
        """Let a reference stand for one deposit alone, unless that one came to nothing."""
        known = DEPOSIT_REFERENCES.one(work, "reference = ?", reference)
        before = REQUESTS.one(work, "number = ?", known.request) if known else None
        if before is not None and before.state not in {REFUSED, FAILED}:
            raise ReferenceTaken
        DEPOSIT_REFERENCES.put(work, DepositReference(reference, row.number))

    def settle(self, number: int, *, done: bool, sequence: int = 0) -> StaffRequest:
        """Write down what came of a request that was approved.

        `sequence`: of the command that did it, where one did.
        """
        with self._store.work() as work:
            row = REQUESTS.one(work, "number = ?", number)
            assert row is not None
            assert row.state == APPROVED
            row = replace(row, state=DONE if done else FAILED)
            if sequence:
                details = details_of(row) | {"sequence": sequence}
                row = replace(row, details=msgspec.json.encode(details).decode())
            REQUESTS.put(work, row)
            self._trail.add(work, row.state, 0, row.subject, request=number, asks=row.act)
        return row

    def page(self, limit: int, state: str = "") -> list[StaffRequest]:
        """Return requests, newest first; those of a state, or all."""
        where = "(state = ? OR ? = '') ORDER BY number DESC LIMIT ?"
        with self._store.work() as work:
            return REQUESTS.find(work, where, state, state, limit)

    def one(self, number: int) -> StaffRequest | None:
        """Return a request."""
        with self._store.work() as work:
            return REQUESTS.one(work, "number = ?", number)

    def credits(self) -> dict[int, tuple[int, str]]:
        """Return the newest deposits of staff: by their sequence, the request and the reference."""
        where = "act = ? AND state = ? ORDER BY number DESC LIMIT ?"
        with self._store.work() as work:
            rows = REQUESTS.find(work, where, CREDIT, DONE, CREDITS_MAX)
        found = [(row.number, details_of(row)) for row in rows]
        return {
            details["sequence"]: (number, details["reference"])
            for number, details in found
            if "sequence" in details
        }

    def waiting(self) -> int:
        """Return how many wait for somebody to decide."""
        with self._store.work() as work:
            ((count,),) = work.rows("SELECT count(*) FROM staff_request WHERE state = ?", ASKED)
        return int(count)

    def unsettled(self) -> list[StaffRequest]:
        """Return what was approved and of which nobody knows what came of it: oldest first."""
        with self._store.work() as work:
            return REQUESTS.find(work, "state = ? ORDER BY number", APPROVED)


def details_of(row: StaffRequest) -> dict[str, Any]:
    """Return the details of a request."""
    found: dict[str, Any] = msgspec.json.decode(row.details)
    return found
