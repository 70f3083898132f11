"""Withdrawals: what was asked, who approved it, and what has still to be done with the money.

The engine holds the money and this room says what for. No transaction spans both, so a row always
says what comes next: it is written before the engine is asked, under a key that follows from the
row, and again when the engine has answered. Whatever a crash cuts off is simply asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from outcry.identity.errors import (
    IdReused,
    NotAllowed,
    NotNow,
    TooMany,
    UnknownWithdrawal,
)
from outcry.identity.records.money import WITHDRAWALS, Withdrawal
from outcry.identity.records.trail import NOWHERE, Origin, Trail
from outcry.identity.staff.roles import ADMIN, FINANCE, Roles
from outcry.identity.withdrawals.destination import Destination
from outcry.ports import Clock, IdentityStore, IdentityWork

ASKING, REFUSED = "asking", "refused"
"""Nothing is held: the engine has not answered yet, or has refused. Nobody is shown these."""
REQUESTED, APPROVED, SENT = "requested", "approved", "sent"
REJECTED, FAILED, CANCELLED = "rejected", "failed", "cancelled"
SHOWN = (REQUESTED, APPROVED, SENT, REJECTED, FAILED, CANCELLED)
WAITING = "waiting"
"""Of these states together: somebody of the staff has still something to do."""
_WAITING = (REQUESTED, APPROVED, FAILED)
OPEN_MAX = 100
"""Withdrawals of one account that are not over."""
MAY_DECIDE = (FINANCE, ADMIN)
_FROM = {
    SENT: (APPROVED,),
    REJECTED: (REQUESTED, APPROVED, FAILED),
    CANCELLED: (REQUESTED,),
}
"""From which states the money may be let go, to which."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an owner asks for; `amount` is `amount_units` as people read it, for the trail."""

    account: int
    owner: int
    client_id: str
    amount_units: int
    amount: str
    to: Destination


@dataclass(frozen=True, slots=True)
class Which:
    """Of which withdrawals a page is made; nothing named: of all. A state may be `WAITING`."""

    account: int = 0
    state: str = ""
    asset: str = ""


class Withdrawals:
    """The withdrawals of a venue."""

    def __init__(self, store: IdentityStore, clock: Clock, trail: Trail, roles: Roles) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._roles = roles

    # The owner

    def ask(self, by: int, wanted: Wanted, origin: Origin) -> Withdrawal:
        """Write down what somebody wants; the same again returns what there is.

        One that the engine has refused begins anew.

        Raises:
            IdReused: the id names another withdrawal. TooMany: too many are open.
        """
        to, now_ns = wanted.to, self._clock.now_ns()
        with self._store.work() as work:
            known = WITHDRAWALS.one(
                work, "account = ? AND client_id = ?", wanted.account, wanted.client_id
            )
            if known is not None:
                same = (known.asset, known.amount_units, known.address, known.memo)
                if same != (to.asset, wanted.amount_units, to.address, to.memo):
                    raise IdReused
                if known.state != REFUSED:
                    return known
            self._check_open(work, wanted.account)
            row = Withdrawal(
                number=known.number if known else self._next(work),
                account=wanted.account,
                owner=wanted.owner,
                client_id=wanted.client_id,
                asset=to.asset,
                amount_units=wanted.amount_units,
                address=to.address,
                memo=to.memo,
                state=ASKING,
                becoming=REQUESTED,
                engine_id=0,
                reason="",
                reference="",
                first_by=0,
                first_ns=0,
                second_by=0,
                second_ns=0,
                closed_by=0,
                created_ns=now_ns,
                updated_ns=now_ns,
            )
            WITHDRAWALS.put(work, row)
            facts = {"withdrawal": row.number, "asset": to.asset, "amount": wanted.amount}
            self._trail.add(
                work, "withdrawal_asked", by, row.account, origin, **facts, address=to.address
            )
        return row

    def _check_open(self, work: IdentityWork, account: int) -> None:
        ((count,),) = work.rows(
            "SELECT count(*) FROM withdrawal WHERE account = ? AND state IN (?, ?, ?, ?)",
            account, ASKING, REQUESTED, APPROVED, FAILED,
        )  # fmt: skip
        if count >= OPEN_MAX:
            raise TooMany(f"You have {OPEN_MAX} withdrawals that are not over.")

    def _next(self, work: IdentityWork) -> int:
        ((last,),) = work.rows("SELECT coalesce(max(number), 0) FROM withdrawal")
        return int(last) + 1

    # What the engine answered

    def held(self, number: int, engine_id: int) -> Withdrawal:
        """Note that the engine holds the money."""
        return self._turn(number, state=REQUESTED, becoming="", engine_id=engine_id)

    def refused(self, number: int, reason: str) -> Withdrawal:
        """Note that the engine has refused to hold it: as if it had not been asked."""
        return self._turn(number, state=REFUSED, becoming="", reason=reason)

    def settled(self, number: int) -> Withdrawal:
        """Note that the engine has let the money go as was decided."""
        with self._store.work() as work:
            row = self._there(work, number)
            if not row.becoming:
                return row
            row = self._put(work, row, state=row.becoming, becoming="")
            facts = {"withdrawal": number}
            self._trail.add(work, f"withdrawal_{row.state}", 0, row.account, NOWHERE, **facts)
        return row

    def undecided(self, number: int) -> Withdrawal:
        """Note that the engine has not let the money go: all is as before the decision."""
        return self._turn(number, becoming="", closed_by=0)

    # What is decided

    def decide(
        self,
        by: int,
        number: int,
        becoming: str,
        origin: Origin,
        words: Mapping[str, str] | None = None,
    ) -> Withdrawal:
        """Write down that a withdrawal is to be sent, rejected or cancelled, and begin to.

        `words` are a `reason` or a `reference`. The same decision while it is under way goes on
        with it.

        Raises:
            UnknownWithdrawal: there is none. NotNow: it is in another state, or another decision
                is under way.
            NotAllowed: somebody would decide about their own money, or only one has approved it.
        """
        with self._store.work() as work:
            row = self._of_staff(work, by, number) if becoming != CANCELLED else None
            row = row or self._there(work, number)
            if row.becoming == becoming:
                return row
            if row.becoming or row.state not in _FROM[becoming]:
                raise NotNow(f"The withdrawal is {row.becoming or row.state}.")
            if becoming == SENT and not row.second_by:
                raise NotNow("Two of the staff have to approve it first.")
            told = dict(words or {})
            row = self._put(work, row, becoming=becoming, closed_by=by, **told)
            act = f"withdrawal_{becoming}_decided"
            self._trail.add(work, act, by, row.account, origin, withdrawal=number, **told)
        return row

    def approve(self, by: int, number: int, origin: Origin) -> Withdrawal:
        """Approve a withdrawal; two have to.

        Raises:
            UnknownWithdrawal, NotNow: as `decide`.
            NotAllowed: it is one's own, or one has approved it already.
        """
        with self._store.work() as work:
            row = self._of_staff(work, by, number)
            if row.becoming or row.state not in {REQUESTED, APPROVED} or row.second_by:
                raise NotNow(f"The withdrawal is {row.becoming or row.state}.")
            if by == row.first_by:
                raise NotAllowed("Somebody else has to approve it too.")
            now_ns = self._clock.now_ns()
            place = "second" if row.first_by else "first"
            told: dict[str, Any] = {f"{place}_by": by, f"{place}_ns": now_ns}
            row = self._put(work, row, state=APPROVED, **told)
            facts = {"withdrawal": number, "eyes": place}
            self._trail.add(work, "withdrawal_approved", by, row.account, origin, **facts)
        return row

    def failed(self, by: int, number: int, reason: str, origin: Origin) -> Withdrawal:
        """Note that it could not be sent. Its money stays held until somebody decides.

        Raises:
            UnknownWithdrawal, NotNow, NotAllowed: as `decide`.
        """
        with self._store.work() as work:
            row = self._of_staff(work, by, number)
            if row.becoming or row.state != APPROVED or not row.second_by:
                raise NotNow(f"The withdrawal is {row.becoming or row.state}.")
            row = self._put(work, row, state=FAILED, reason=reason)
            facts = {"withdrawal": number, "reason": reason}
            self._trail.add(work, "withdrawal_failed", by, row.account, origin, **facts)
        return row

    def retry(self, by: int, number: int, origin: Origin) -> Withdrawal:
        """Let one that failed wait for its sending again; who approved it stays.

        Raises:
            UnknownWithdrawal, NotNow, NotAllowed: as `decide`.
        """
        with self._store.work() as work:
            row = self._of_staff(work, by, number)
            if row.becoming or row.state != FAILED:
                raise NotNow(f"The withdrawal is {row.becoming or row.state}.")
            row = self._put(work, row, state=APPROVED, reason="")
            self._trail.add(work, "withdrawal_retried", by, row.account, origin, withdrawal=number)
        return row

    # Reads

    def one(self, number: int, account: int = 0) -> Withdrawal:
        """Return a withdrawal, of an account if one is named.

        Raises:
            UnknownWithdrawal: there is none, or it is somebody else's.
        """
        with self._store.work() as work:
            row = self._there(work, number)
        if row.state not in SHOWN or account not in {0, row.account}:
            raise UnknownWithdrawal
        return row

    def under_way(self, number: int) -> Withdrawal | None:
        """Return a withdrawal if the engine's answer about it is missing."""
        with self._store.work() as work:
            return WITHDRAWALS.one(work, "number = ? AND becoming <> ''", number)

    def page(self, which: Which, below: int, limit: int) -> list[Withdrawal]:
        """Return withdrawals with numbers below one, newest first."""
        states = {"": SHOWN, WAITING: _WAITING}.get(which.state, (which.state,))
        where = (
            "number < ? AND (account = ? OR ? = 0) AND (asset = ? OR ? = '') "
            f"AND state IN ({', '.join('?' * len(states))}) ORDER BY number DESC LIMIT ?"
        )
        pairs = [value for value in (which.account, which.asset) for _ in range(2)]
        with self._store.work() as work:
            return WITHDRAWALS.find(work, where, below, *pairs, *states, limit)

    def unfinished(self) -> list[Withdrawal]:
        """Return those of which the engine's answer is missing, oldest first."""
        with self._store.work() as work:
            return WITHDRAWALS.find(work, "becoming <> '' ORDER BY number")

    def waiting(self) -> int:
        """Return how many wait for somebody of the staff."""
        with self._store.work() as work:
            ((count,),) = work.rows(
                "SELECT count(*) FROM withdrawal WHERE state IN (?, ?, ?)", *_WAITING
            )
        return int(count)

    # Within

    def _of_staff(self, work: IdentityWork, by: int, number: int) -> Withdrawal:
        """Return a withdrawal that somebody may decide about: never their own."""
        self._roles.check(by, *MAY_DECIDE)
        row = self._there(work, number)
        if row.state not in SHOWN:
            raise UnknownWithdrawal
        if by in {row.owner, row.account}:
            raise NotAllowed("Nobody decides about money of their own.")
        return row

    def _there(self, work: IdentityWork, number: int) -> Withdrawal:
        row = WITHDRAWALS.one(work, "number = ?", number)
        if row is None:
            raise UnknownWithdrawal
        return row

    def _put(self, work: IdentityWork, row: Withdrawal, **changes: Any) -> Withdrawal:  # noqa: ANN401
        row = replace(row, updated_ns=max(self._clock.now_ns(), row.updated_ns + 1), **changes)
        WITHDRAWALS.put(work, row)
        return row

    def _turn(self, number: int, **changes: Any) -> Withdrawal:  # noqa: ANN401 - columns
        """Change a row that something is under way with."""
        with self._store.work() as work:
            row = self._there(work, number)
            return self._put(work, row, **changes) if row.becoming else row
