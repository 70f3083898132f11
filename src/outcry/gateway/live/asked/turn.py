"""What of the commands that one connection sent in one turn the limits let through."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from outcry.gateway.errors import ApiError
from outcry.gateway.limits.gate import Gate, TooMuch
from outcry.gateway.live.socket import Slot

if TYPE_CHECKING:
    from outcry.gateway.live.session import Waiting

Fail = Callable[[Slot, str, ApiError], None]


class Turns:
    """Counts the turns of one connection."""

    def __init__(self, gate: Gate, address: str, fail: Fail) -> None:
        self._gate = gate
        self._address = address
        self._fail = fail

    def within_limits(
        self, account: int, records: list[bytes], waiting: "list[Waiting]", *, cancels: bool
    ) -> "tuple[list[bytes], list[Waiting]]":
        """Count what was read in one turn, all at once; refuse and leave out what is too much."""
        weight = len(waiting)
        try:
            self._gate.request(self._address, weight, cancels=cancels)
            if cancels:
                self._gate.caller(account, weight, cancels=True)
        except TooMuch as error:
            for slot, number, _, _, key, *_ in waiting:
                self._fail(slot, number, error.of(key))
            return [], []
        if cancels:
            return records, waiting
        try:
            self._gate.orders(account, sum(item[6] for item in waiting), weight)
        except TooMuch:
            return self._one_by_one(account, records, waiting)
        return records, waiting

    def _one_by_one(
        self, account: int, records: list[bytes], waiting: "list[Waiting]"
    ) -> "tuple[list[bytes], list[Waiting]]":
        """Take as many orders as the limits allow, the first ones first."""
        taken_records: list[bytes] = []
        taken: list[Waiting] = []
        start = 0
        for item in waiting:
            slot, number, count, _, key, _, orders, _ = item
            try:
                self._gate.orders(account, orders, 1)
            except TooMuch as error:
                self._fail(slot, number, error.of(key))
            else:
                taken.append(item)
                taken_records += records[start : start + count]
            start += count
        return taken_records, taken
