"""The roles of staff, in memory, because every call of theirs asks.

They are given at the machine, or by two admins.
"""

from collections.abc import Collection
from typing import Any

from outcry.identity.errors import NotAllowed, WrongCredentials
from outcry.identity.records.kept import STAFF, StaffMember
from outcry.identity.records.people import person_by_email
from outcry.identity.records.trail import Trail
from outcry.ports import IdentityStore, IdentityWork

SUPPORT, RISK, FINANCE, ADMIN = "support", "risk", "finance", "admin"
ROLES = (SUPPORT, RISK, FINANCE, ADMIN)


class Roles:
    """Who has which role."""

    def __init__(self, store: IdentityStore, trail: Trail) -> None:
        self._store = store
        self._trail = trail
        with store.work() as work:
            rows = STAFF.find(work, "account > 0")
        self._roles = {row.account: frozenset(row.roles.split(",")) for row in rows}

    def of(self, account: int) -> frozenset[str]:
        """Return somebody's roles. Reads no store."""
        return self._roles.get(account, frozenset())

    def check(self, account: int, *wanted: str) -> None:
        """Let somebody pass who has one of these roles.

        Raises:
            NotAllowed: they have none of them.
        """
        if self.of(account).isdisjoint(wanted):
            raise NotAllowed

    def give(self, email: str, roles: Collection[str], by: str) -> int:
        """Give somebody these roles and no others; return their account. `by` is the operator.

        Raises:
            WrongCredentials: nobody has this e-mail.
            NotAllowed: there is no such role.
        """
        if not set(roles) <= set(ROLES):
            raise NotAllowed(f"The roles are {', '.join(ROLES)}.")
        with self._store.work() as work:
            person = person_by_email(work, email)
            if person is None:
                raise WrongCredentials("Nobody is registered with this e-mail.")
            self._write(work, person.account, roles, 0, by=by)
        self._know(person.account, roles)
        return person.account

    def set(self, account: int, roles: Collection[str], request: int) -> None:
        """Give somebody these roles and no others, as two admins want it by a request."""
        with self._store.work() as work:
            self._write(work, account, roles, 0, request=request)
        self._know(account, roles)

    def members(self) -> dict[int, frozenset[str]]:
        """Return everybody who has a role. Reads no store."""
        return dict(self._roles)

    def _write(
        self,
        work: IdentityWork,
        account: int,
        roles: Collection[str],
        actor: int,
        **how: Any,  # noqa: ANN401 - who, or what, wanted it
    ) -> None:
        given = ",".join(role for role in ROLES if role in roles)
        if given:
            STAFF.put(work, StaffMember(account, given))
        else:
            work.rows("DELETE FROM staff WHERE account = ?", account)
        self._trail.add(work, "roles_given", actor, account, roles=given, **how)

    def _know(self, account: int, roles: Collection[str]) -> None:
        if roles:
            self._roles[account] = frozenset(roles)
        else:
            self._roles.pop(account, None)
