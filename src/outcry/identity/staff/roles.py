"""The roles of staff. In memory, because every call of theirs asks; given at the machine alone."""

from collections.abc import Collection

from outcry.identity.errors import NotAllowed, WrongCredentials
from outcry.identity.records.kept import STAFF, StaffMember
from outcry.identity.records.people import person_by_email
from outcry.identity.records.trail import Trail
from outcry.ports import IdentityStore

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
        given = ",".join(role for role in ROLES if role in roles)
        with self._store.work() as work:
            person = person_by_email(work, email)
            if person is None:
                raise WrongCredentials("Nobody is registered with this e-mail.")
            if given:
                STAFF.put(work, StaffMember(person.account, given))
            else:
                work.rows("DELETE FROM staff WHERE account = ?", person.account)
            self._trail.add(work, "roles_given", 0, person.account, roles=given, by=by)
        if given:
            self._roles[person.account] = frozenset(given.split(","))
        else:
            self._roles.pop(person.account, None)
        return person.account
