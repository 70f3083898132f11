"""The online checker: postings against themselves, and against an engine that computed apart."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from outcry.ledger.posting import Purpose
from outcry.ledger.rows import Row

_AVAILABLE, _HELD = int(Purpose.AVAILABLE), int(Purpose.HELD)

Balances = Mapping[tuple[int, int, int], int]
"""By (owner, asset, purpose), in units."""


class LedgerBroken(Exception):
    """Something that must always hold does not. Nothing that follows may be written."""

    def __init__(self, sequence: int, event_index: int, what: str) -> None:
        super().__init__(f"event {sequence}.{event_index}: {what}")
        self.sequence = sequence
        self.event_index = event_index
        self.what = what


class Books(Protocol):
    """What the checker asks of an engine's core."""

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        """Return (available, held) units."""

    def totals(self, asset: int) -> tuple[int, ...]:
        """Return available, held, fees, in_flight, loss, credited, withdrawn of an asset."""


class Checker:
    """Sums what was posted since the last check, and compares."""

    def __init__(self, balances: Iterable[tuple[tuple[int, int, int], int]]) -> None:
        """Begin with the balances as they are."""
        self._totals: dict[int, list[int]] = defaultdict(lambda: [0] * (len(Purpose) + 1))
        for (_, asset, purpose), units in balances:
            self._totals[asset][purpose] += units

    def check(
        self,
        postings: list[Row],
        touched: Mapping[tuple[int, int, int], Row],
        balances: Balances,
        core: Books,
    ) -> None:
        """Check postings that follow those of the last call; the core stands behind the last one.

        `touched` has the last posting of every ledger account they changed.

        Raises:
            LedgerBroken: naming the first event that is wrong in itself, or the last one that
                changed what differs from the core.
        """
        self._check_postings(postings)
        for (owner, asset), row in {(key[0], key[1]): row for key, row in touched.items()}.items():
            if owner:
                self._check_balance(owner, asset, row, balances, core)
        for asset, row in {key[1]: row for key, row in touched.items()}.items():
            self._check_totals(asset, row, core)

    def _check_postings(self, postings: list[Row]) -> None:
        totals = self._totals
        sums: dict[int, int] = {}
        last_sequence = last_index = 0
        for _, sequence, index, owner, asset, purpose, change, balance in postings:
            if index != last_index or sequence != last_sequence:
                if any(sums.values()):
                    raise _unbalanced(sums, last_sequence, last_index)
                sums = {}
                last_sequence, last_index = sequence, index
            sums[asset] = sums.get(asset, 0) + change
            totals[asset][purpose] += change
            if balance < 0 and owner:
                name = Purpose(purpose).name.lower()
                what = f"{name} of {owner} in asset {asset} is {balance}"
                raise LedgerBroken(sequence, index, what)
        if any(sums.values()):
            raise _unbalanced(sums, last_sequence, last_index)

    @staticmethod
    def _check_balance(owner: int, asset: int, row: Row, balances: Balances, core: Books) -> None:
        mine = (
            balances.get((owner, asset, _AVAILABLE), 0),
            balances.get((owner, asset, _HELD), 0),
        )
        theirs = core.balance(owner, asset)
        if mine != theirs:
            what = f"(available, held) of {owner} in asset {asset} is {mine}, the engine's {theirs}"
            raise LedgerBroken(row[1], row[2], what)

    def _check_totals(self, asset: int, row: Row, core: Books) -> None:
        _, available, held, in_flight, fees, loss, deposited, withdrawn = self._totals[asset]
        mine = (available, held, fees, in_flight, loss, -deposited, withdrawn)
        theirs = core.totals(asset)
        if mine != tuple(theirs):
            what = f"the sums of asset {asset} are {mine}, the engine's {tuple(theirs)}"
            raise LedgerBroken(row[1], row[2], what)


def _unbalanced(sums: dict[int, int], sequence: int, event_index: int) -> LedgerBroken:
    wrong = {asset: units for asset, units in sums.items() if units}
    return LedgerBroken(sequence, event_index, f"its postings do not sum to zero: {wrong}")
