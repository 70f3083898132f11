"""People by their e-mail and account, and the numbers of new accounts."""

from outcry.identity.records.kept import PEOPLE, Person
from outcry.ports import IdentityWork


def next_account(work: IdentityWork) -> int:
    """Return an account number that was never given before."""
    ((account,),) = work.rows("UPDATE last_account SET account = account + 1 RETURNING account")
    return int(account)


def add_person(
    work: IdentityWork, email: str, password_hash: str, created_ns: int
) -> Person | None:
    """Store a person under the next account number; None if the e-mail is taken."""
    if person_by_email(work, email) is not None:
        return None
    person = Person(next_account(work), email, password_hash, created_ns)
    PEOPLE.add(work, person)
    return person


def person_by_email(work: IdentityWork, email: str) -> Person | None:
    """Return the person with this e-mail (already normalised)."""
    return PEOPLE.one(work, "email = ?", email)


def person_by_account(work: IdentityWork, account: int) -> Person | None:
    """Return the person with this account."""
    return PEOPLE.one(work, "account = ?", account)
