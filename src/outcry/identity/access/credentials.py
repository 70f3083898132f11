"""What somebody gets in with: the password, the second factor, and what a change of them means.

Whatever is proven here is counted when it fails, and every change is in the trail.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from outcry.identity.access.lockout import Lockout
from outcry.identity.access.second_factor import NewFactor, SecondFactors
from outcry.identity.access.sessions import Sessions, printable
from outcry.identity.access_tokens import SECOND_NS, Facts
from outcry.identity.errors import FactorNeeded, WrongCode, WrongCredentials
from outcry.identity.passwords import Passwords
from outcry.identity.records.kept import CHANGES, LOGINS, PEOPLE, CredentialChange, Login, Person
from outcry.identity.records.people import person_by_account
from outcry.identity.records.trail import NOWHERE, Origin, Trail
from outcry.ports import Clock, IdentityStore, IdentityWork

FRESH_S = 300
"""A code of the second factor is fresh for so long in the session it was given in."""
HOLD_S = 86_400
"""Nothing is withdrawn for so long after credentials were changed."""
LOGINS_KEPT = 100
Used = TypeVar("Used")


class Credentials:
    """People's passwords and second factors. Calls that take a password hash for long."""

    def __init__(
        self,
        store: IdentityStore,
        clock: Clock,
        trail: Trail,
        passwords: Passwords,
        sessions: Sessions,
        factors: SecondFactors,
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._passwords = passwords
        self._sessions = sessions
        self._factors = factors
        self.lockout = Lockout(clock)

    def change_password(
        self, caller: Facts, password: str, new_password: str, origin: Origin = NOWHERE
    ) -> None:
        """Change the password; every other session of the person ends.

        Raises:
            WrongCredentials: `password` is not theirs. LockedOut: too many were not.
            WeakPassword: the new one cannot be.
            FactorNeeded: they have a second factor, and no code of it was given just now.
        """
        self.require_fresh(caller, required=False)
        person = self.prove(caller.account, password, origin)
        changed = replace(person, password_hash=self._passwords.hash(new_password))
        with self._store.work() as work:
            PEOPLE.put(work, changed)
            self.changed(work, caller.account, "password", origin)
            ended = self._sessions.end_within(
                work, caller.account, caller.account, "password changed", origin, caller.session
            )
        self._sessions.forget(ended)

    def begin_factor(self, account: int, password: str, origin: Origin = NOWHERE) -> NewFactor:
        """Make a second factor, which is in force once `confirm_factor` was given a code of it.

        Raises:
            WrongCredentials, LockedOut: as for `change_password`.
            FactorThere: there is one in force.
        """
        person = self.prove(account, password, origin)
        with self._store.work() as work:
            return self._factors.begin(work, account, person.email)

    def confirm_factor(self, caller: Facts, code: str, origin: Origin = NOWHERE) -> list[str]:
        """Put a new second factor in force; return its recovery codes, told this once.

        Raises:
            NoFactor, FactorThere, WrongCode, LockedOut.
        """
        codes = self._counted(caller.account, self._factors.confirm, code, origin)
        with self._store.work() as work:
            self._sessions.factor_given(work, caller.session)
            self.changed(work, caller.account, "second factor added", origin)
        return codes

    def give_code(self, caller: Facts, code: str, origin: Origin = NOWHERE) -> None:
        """Take a code of the second factor: what needs one can be done in this session for a while.

        Raises:
            NoFactor, WrongCode, LockedOut.
        """
        self._counted(caller.account, self._factors.take, code, origin)
        with self._store.work() as work:
            self._sessions.factor_given(work, caller.session)

    def remove_factor(self, caller: Facts, password: str, origin: Origin = NOWHERE) -> None:
        """Take the second factor away.

        Raises:
            WrongCredentials, LockedOut: as for `change_password`.
            FactorNeeded: no code of it was given just now, or there is none.
        """
        self.require_fresh(caller)
        self.prove(caller.account, password, origin)
        with self._store.work() as work:
            self._factors.remove(work, caller.account)
            self.changed(work, caller.account, "second factor removed", origin)

    def reset_factor(self, account: int) -> None:
        """Take somebody's second factor away, as staff has asked and approved. Sessions end."""
        with self._store.work() as work:
            self._factors.remove(work, account)
            self.changed(work, account, "second factor reset", NOWHERE, actor=0)
            ended = self._sessions.end_within(work, account, 0, "second factor reset", NOWHERE, "")
        self._sessions.forget(ended)

    def has_factor(self, account: int) -> bool:
        """Return whether somebody has a second factor in force."""
        with self._store.work() as work:
            return self._factors.confirmed(work, account)

    def require_fresh(self, caller: Facts, *, required: bool | None = None) -> None:
        """Let somebody pass who has just given a code of their second factor.

        Without a second factor they pass where none is required: `required`, or the settings.

        Raises:
            FactorNeeded: they have not.
        """
        given_ns = self._sessions.factor_ns(caller.session)
        if given_ns and self._clock.now_ns() < given_ns + FRESH_S * SECOND_NS:
            return
        needed = self._factors.required if required is None else required
        if needed or self.has_factor(caller.account):
            raise FactorNeeded("Give a code of your second factor just before this.")

    def require_factor(self, caller: Facts) -> None:
        """Let somebody pass in whose session a code of the second factor was ever given.

        Raises:
            FactorNeeded: none was.
        """
        if not self._sessions.factor_ns(caller.session):
            raise FactorNeeded("Log in with your second factor for this.")

    def withdrawals_held_until_ns(self, account: int) -> int:
        """Return until when nothing may be withdrawn; 0 if it may."""
        with self._store.work() as work:
            found = CHANGES.one(work, "account = ?", account)
        until_ns = found.changed_ns + HOLD_S * SECOND_NS if found else 0
        return until_ns if until_ns > self._clock.now_ns() else 0

    def prove(self, account: int, password: str, origin: Origin) -> Person:
        """Return a person who has shown their password again."""
        with self._store.work() as work:
            person = person_by_account(work, account)
        if person is None:
            raise WrongCredentials
        self.lockout.check(person.email, origin.address)
        if not self._passwords.fits(password, person.password_hash):
            self.failed(person.email, person, "wrong password", origin)
            raise WrongCredentials("The password is wrong.")
        return person

    def check_code(self, person: Person, code: str | None, origin: Origin) -> bool:
        """Return whether a second factor was given, as it has to be where there is one."""
        if not self.has_factor(person.account):
            return False
        if not code:
            raise FactorNeeded
        self._counted(person.account, self._factors.take, code, origin)
        return True

    def _counted(
        self, account: int, use: Callable[[IdentityWork, int, str], Used], code: str, origin: Origin
    ) -> Used:
        """Use a code up; a wrong one counts as a failed attempt."""
        with self._store.work() as work:
            person = person_by_account(work, account)
        assert person is not None
        self.lockout.check(person.email, origin.address)
        try:
            with self._store.work() as work:
                return use(work, account, code)
        except WrongCode:
            self.failed(person.email, person, "wrong code", origin)
            raise

    def failed(self, name: str, person: Person | None, why: str, origin: Origin) -> None:
        """Count a failed attempt, and note it where somebody is there."""
        locked = self.lockout.fail(name, origin.address)
        if person is None:
            return
        with self._store.work() as work:
            self.note_login(work, person.account, why, origin)
            if locked:
                self._trail.add(work, "locked_out", 0, person.account, origin)

    def note_login(self, work: IdentityWork, account: int, outcome: str, origin: Origin) -> None:
        """Write down an attempt to log in as somebody."""
        ((last,),) = work.rows("SELECT coalesce(max(number), 0) FROM login")
        now_ns, agent = self._clock.now_ns(), printable(origin.agent)
        LOGINS.add(work, Login(last + 1, account, now_ns, origin.address, agent, outcome))
        older = (
            "DELETE FROM login WHERE account = ? AND number NOT IN "
            "(SELECT number FROM login WHERE account = ? ORDER BY number DESC LIMIT ?)"
        )
        work.rows(older, account, account, LOGINS_KEPT)

    def changed(
        self, work: IdentityWork, account: int, what: str, origin: Origin, actor: int | None = None
    ) -> None:
        """Write down that credentials were changed: nothing is withdrawn for a day."""
        CHANGES.put(work, CredentialChange(account, self._clock.now_ns(), what))
        by = account if actor is None else actor
        self._trail.add(work, "credentials_changed", by, account, origin, what=what)
