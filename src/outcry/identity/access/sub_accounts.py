"""Sub-accounts: accounts beside somebody's own, which API keys made for them speak for."""

from outcry.identity.errors import BadLabel, TooMany
from outcry.identity.records.kept import SUB_ACCOUNTS, SubAccount
from outcry.identity.records.people import next_account
from outcry.identity.records.trail import NOWHERE, Origin, Trail
from outcry.ports import Clock, IdentityStore

SUB_ACCOUNTS_MAX = 100
LABEL_CHARACTERS_MAX = 64


class SubAccounts:
    """Who has which."""

    def __init__(self, store: IdentityStore, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail

    def of(self, owner: int) -> list[SubAccount]:
        """Return somebody's sub-accounts, oldest first."""
        with self._store.work() as work:
            return SUB_ACCOUNTS.find(work, "owner = ? ORDER BY account", owner)

    def add(self, owner: int, label: str, origin: Origin = NOWHERE) -> SubAccount:
        """Give somebody the next account as a sub-account. The engine opens it afterwards.

        Raises:
            BadLabel: it cannot be printed, or is too long.
            TooMany: they have as many as there may be.
        """
        if len(label) > LABEL_CHARACTERS_MAX or not label.isprintable():
            raise BadLabel
        with self._store.work() as work:
            if len(SUB_ACCOUNTS.find(work, "owner = ?", owner)) >= SUB_ACCOUNTS_MAX:
                raise TooMany(f"You have {SUB_ACCOUNTS_MAX} sub-accounts.")
            row = SubAccount(next_account(work), owner, label, self._clock.now_ns())
            SUB_ACCOUNTS.add(work, row)
            self._trail.add(work, "sub_account_opened", owner, row.account, origin, label=label)
        return row
