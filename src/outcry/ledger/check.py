"""The online checker: postings against themselves, and against an engine that computed apart."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from outcry.ledger.posting import UNITS, Balance, Purpose, number_of
from outcry.ledger.rows import Row

_AVAILABLE, _HELD = int(Purpose.AVAILABLE), int(Purpose.HELD)


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

    def __init__(self, balances: Mapping[int, Balance]) -> None:
        """Begin with the balances as they are; `balances` is looked at whenever it is checked."""
        self._balances = balances
        self._totals: dict[int, list[int]] = defaultdict(lambda: [0] * (len(Purpose) + 1))
        for _, asset, purpose, units, _, _ in balances.values():
            self._totals[asset][purpose] += units

    def check(self, postings: list[Row], touched: Iterable[Balance], core: Books) -> None:
        """Check postings that follow those of the last call; the core stands behind the last one.

        `touched` are the balances they moved, at least.

        Raises:
            LedgerBroken: naming the first event that is wrong in itself, or the last one that
                changed what differs from the core.
        """
        self._check_postings(postings)
        for owner, asset in {(balance[0], balance[1]) for balance in touched}:
            if owner:
                self._check_balance(owner, asset, postings, core)
        for asset in {balance[1] for balance in touched}:
            self._check_totals(asset, postings, core)

    def _check_postings(self, postings: list[Row]) -> None:
        place = find(postings, self._totals)
        if place < 0:
            return
        _, sequence, index, owner, asset, purpose, _, balance = postings[place]
        if balance < 0 and owner:
            name = Purpose(purpose).name.lower()
            what = f"{name} of {owner} in asset {asset} is {balance}"
        else:
            sums: dict[int, int] = defaultdict(int)
            for row in postings:
                if row[1:3] == (sequence, index):
                    sums[row[4]] += row[6]
            what = f"its postings do not sum to zero: { {a: u for a, u in sums.items() if u} }"
        raise LedgerBroken(sequence, index, what)

    def _check_balance(self, owner: int, asset: int, postings: list[Row], core: Books) -> None:
        available = self._balances.get(number_of(owner, asset, _AVAILABLE))
        held = self._balances.get(number_of(owner, asset, _HELD))
        mine = (available[UNITS] if available else 0, held[UNITS] if held else 0)
        theirs = core.balance(owner, asset)
        if mine != theirs:
            what = f"(available, held) of {owner} in asset {asset} is {mine}, the engine's {theirs}"
            raise _broken(postings, {owner}, asset, what)

    def _check_totals(self, asset: int, postings: list[Row], core: Books) -> None:
        _, available, held, in_flight, fees, loss, deposited, withdrawn = self._totals[asset]
        mine = (available, held, fees, in_flight, loss, -deposited, withdrawn)
        theirs = core.totals(asset)
        if mine != tuple(theirs):
            what = f"the sums of asset {asset} are {mine}, the engine's {tuple(theirs)}"
            owners = {row[3] for row in postings}
            raise _broken(postings, owners, asset, what)


def _broken(postings: list[Row], owners: set[int], asset: int, what: str) -> LedgerBroken:
    """Return what is wrong, with the last event that moved this asset of one of the owners."""
    for _, sequence, index, owner, of, _, _, _ in reversed(postings):
        if owner in owners and of == asset:
            return LedgerBroken(sequence, index, what)
    return LedgerBroken(0, 0, what)


def first_wrong(postings: list[Row], totals: Mapping[int, list[int]]) -> int:
    """Return the place of the first posting that is wrong in itself; -1 where none is.

    It brings an account below zero, or is the last one of an event that does not sum to zero.
    Their changes are added to `totals`, which are by asset and then by purpose. `compiled` has a
    twin of this.
    """
    sums: dict[int, int] = {}
    last_sequence = last_index = 0
    for place, row in enumerate(postings):
        _, sequence, index, owner, asset, purpose, change, balance = row
        if index != last_index or sequence != last_sequence:
            if any(sums.values()):
                return place - 1
            sums = {}
            last_sequence, last_index = sequence, index
        sums[asset] = sums.get(asset, 0) + change
        totals[asset][purpose] += change
        if balance < 0 and owner:
            return place
    return len(postings) - 1 if any(sums.values()) else -1


try:
    from outcry.ledger.compiled.posting import first_wrong as find
except ImportError:
    find = first_wrong
