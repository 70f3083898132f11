"""The address book: where people's money goes, under names of their own."""

from outcry.identity.errors import BadLabel, LabelTaken, TooMany, UnknownBeneficiary
from outcry.identity.records.money import BENEFICIARIES, Beneficiary
from outcry.identity.records.trail import Origin, Trail
from outcry.identity.withdrawals.destination import Destination
from outcry.ports import Clock, IdentityStore

BENEFICIARIES_MAX = 200
LABEL_CHARACTERS_MAX = 64


class Beneficiaries:
    """Whose addresses are which."""

    def __init__(self, store: IdentityStore, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail

    def of(self, account: int) -> list[Beneficiary]:
        """Return the addresses of an account, by name."""
        with self._store.work() as work:
            return BENEFICIARIES.find(work, "account = ? ORDER BY label", account)

    def add(
        self, account: int, by: int, label: str, to: Destination, origin: Origin
    ) -> Beneficiary:
        """Keep an address under a name.

        Raises:
            BadLabel: the name cannot be printed, is empty or too long.
            LabelTaken: another address has this name. TooMany: there are as many as may be.
        """
        if not label.strip() or len(label) > LABEL_CHARACTERS_MAX or not label.isprintable():
            raise BadLabel("A label has 1 to 64 characters that can be printed.")
        with self._store.work() as work:
            known = BENEFICIARIES.find(work, "account = ?", account)
            if any(row.label == label for row in known):
                raise LabelTaken
            if len(known) >= BENEFICIARIES_MAX:
                raise TooMany(f"You have {BENEFICIARIES_MAX} addresses.")
            ((last,),) = work.rows("SELECT coalesce(max(number), 0) FROM beneficiary")
            row = Beneficiary(
                number=last + 1,
                account=account,
                label=label,
                asset=to.asset,
                address=to.address,
                memo=to.memo,
                created_ns=self._clock.now_ns(),
            )
            BENEFICIARIES.add(work, row)
            facts = {"beneficiary": row.number, "label": label, "address": to.address}
            self._trail.add(work, "beneficiary_added", by, account, origin, **facts)
        return row

    def remove(self, account: int, by: int, number: int, origin: Origin) -> None:
        """Forget an address.

        Raises:
            UnknownBeneficiary: the account has no such address.
        """
        with self._store.work() as work:
            row = BENEFICIARIES.one(work, "number = ? AND account = ?", number, account)
            if row is None:
                raise UnknownBeneficiary
            work.rows("DELETE FROM beneficiary WHERE number = ?", number)
            facts = {"beneficiary": number, "label": row.label}
            self._trail.add(work, "beneficiary_removed", by, account, origin, **facts)
