"""Looking people up: by a part of the e-mail, an account, a wallet, or a role."""

from collections.abc import Collection

from outcry.identity.records.kept import CHANGES, PEOPLE, SUB_ACCOUNTS, WALLETS, Person
from outcry.identity.records.people import person_by_account
from outcry.ports import IdentityStore

WALLET_START = "0x"


class Directory:
    """The people of a venue, for its staff."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    def search(
        self, query: str, below: int, limit: int, among: Collection[int] | None = None
    ) -> list[Person]:
        """Return people that fit, newest first, with accounts below one; `among` some, or all.

        A number is an account, a sub-account's too; what begins with 0x a wallet; anything else a
        part of the e-mail. Nothing finds everybody.
        """
        if among is not None:
            found = [self._person(account) for account in sorted(among, reverse=True)]
            fits = [person for person in found if person and query.lower() in person.email]
            return [person for person in fits if person.account < below][:limit]
        if query.isascii() and query.isdigit():
            return self._only(self.owner(int(query)) if len(query) <= 18 else None, below)
        if query.lower().startswith(WALLET_START):
            return self._only(self._of_wallet(query), below)
        part = query.lower()
        for special in ("\\", "%", "_"):
            part = part.replace(special, f"\\{special}")
        where = "email LIKE ? ESCAPE '\\' AND account < ? ORDER BY account DESC LIMIT ?"
        with self._store.work() as work:
            return PEOPLE.find(work, where, f"%{part}%", below, limit)

    def owner(self, account: int) -> Person | None:
        """Return the person behind an account, of a sub-account its owner."""
        with self._store.work() as work:
            sub = SUB_ACCOUNTS.one(work, "account = ?", account)
            return person_by_account(work, sub.owner if sub else account)

    def changed_ns(self, account: int) -> int:
        """Return when somebody last changed what they get in with; 0 for never."""
        with self._store.work() as work:
            found = CHANGES.one(work, "account = ?", account)
        return found.changed_ns if found else 0

    def _of_wallet(self, address: str) -> Person | None:
        with self._store.work() as work:
            wallet = WALLETS.one(work, "lower(address) = ?", address.lower())
            return person_by_account(work, wallet.account) if wallet else None

    def _person(self, account: int) -> Person | None:
        with self._store.work() as work:
            return person_by_account(work, account)

    def _only(self, person: Person | None, below: int) -> list[Person]:
        return [person] if person is not None and person.account < below else []
