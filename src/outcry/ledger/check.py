"""The online checker: postings against themselves, and against an engine that computed apart."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from outcry.ledger.posting import Purpose
from outcry.ledger.rows import Row

_AVAILABLE, _HELD, _FEES = int(Purpose.AVAILABLE), int(Purpose.HELD), int(Purpose.FEES)
_IN_FLIGHT, _DEPOSITED = int(Purpose.IN_FLIGHT), int(Purpose.DEPOSITED)

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
        self._totals: dict[int, list[int]] = {}
        for (_, asset, purpose), units in balances:
            self._total_of(asset)[purpose] += units

    def _total_of(self, asset: int) -> list[int]:
        totals = self._totals.get(asset)
        if totals is None:
            totals = self._totals[asset] = [0] * (len(Purpose) + 1)
        return totals

    def check(self, postings: list[Row], balances: Balances, core: Books) -> None:
        """Check postings that follow those of the last call; the core stands behind the last one.

        Raises:
            LedgerBroken: naming the first event that is wrong in itself, or the last one that
                changed what differs from the core.
        """
        self._check_postings(postings)
        touched = {(row[3], row[4]): row for row in postings}
        for (owner, asset), row in touched.items():
            if owner:
                self._check_balance(owner, asset, row, balances, core)
        for asset, row in {row[4]: row for row in postings}.items():
            self._check_totals(asset, row, core)

    def _check_postings(self, postings: list[Row]) -> None:
        open_sums: dict[int, int] = {}
        last: tuple[int, int] = (0, 0)
        for _, sequence, index, owner, asset, purpose, change, balance in postings:
            if (sequence, index) != last:
                _check_sums(open_sums, last)
                open_sums, last = {}, (sequence, index)
            open_sums[asset] = open_sums.get(asset, 0) + change
            self._total_of(asset)[purpose] += change
            if balance < 0 and (owner or purpose == _FEES):
                name = Purpose(purpose).name.lower()
                raise LedgerBroken(
                    sequence, index, f"{name} of {owner} in asset {asset} is {balance}"
                )
        _check_sums(open_sums, last)

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


def _check_sums(sums: dict[int, int], event: tuple[int, int]) -> None:
    if any(sums.values()):
        wrong: Any = {asset: units for asset, units in sums.items() if units}
        raise LedgerBroken(*event, f"its postings do not sum to zero: {wrong}")
