"""The hot core, written twice, and the one place that chooses between the two.

In: command records, sequenced.
Out: event records; both cores agree on every byte.
Never: a clock, chance, input or output.
"""

from collections.abc import Callable
from typing import Protocol

END, WATCH, DUE, FULL, ASK = 0, 1, 2, 3, 4
"""Why `Core.apply` returned."""

OrderTuple = tuple[int, int, int, int, int, int, int, int, int, int, int, int]
"""order_id, account, market, side, price_ticks, lots, open_lots, prevented_lots, cap_ppm,
self_trade, flags, hold_units. Of a linked pair the one with the lower id tells the hold."""

Terms = tuple[int, ...]
"""display_lots, expires_ns, trigger_ticks, trail_ppm, peg_offset_ticks, interval_ns, session,
slices, api_key, trigger, peg, time_in_force, kind, shown_lots, limit_ticks, partner."""

Records = bytes | bytearray | memoryview
"""Command records, one after the other."""

Levels = list[tuple[int, int]]
"""(price_ticks, lots), best first."""


class Core(Protocol):
    """The interface of both cores; `docs/core.md` has every rule."""

    implementation: str
    sequence: int
    now_ns: int
    mode: int
    rules: int
    next_due_ns: int
    notes: bytes

    def apply(self, records: Records, start: int = 0) -> tuple[bytes, int, int]:
        """Apply records from `start`; return (event records, next offset, why it stopped).

        Raises:
            ValueError: a record's length or sequence cannot be; what came before stays applied.
        """

    def snapshot(self) -> bytes:
        """Return the canonical state."""

    def digest(self) -> bytes:
        """Return SHA-256 of the canonical state."""

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        """Return (available, held) units."""

    def balances(self, account: int) -> list[tuple[int, int, int]]:
        """Return (asset, available, held) by asset, without rows of zeros."""

    def account_status(self, account: int) -> int:
        """Return the status, -1 where the account is not known."""

    def order(self, order_id: int) -> OrderTuple | None:
        """Return an open order."""

    def open_orders(self, account: int, market: int = 0) -> list[OrderTuple]:
        """Return an account's open orders by id, of one market or (0) all."""

    def depth(self, market: int, limit: int) -> tuple[int, Levels, Levels]:
        """Return (update_id, bids, asks)."""

    def find_key(self, account: int, key: str) -> tuple[int, int, int] | None:
        """Return (order_id, reason, first_sequence) of a live idempotency key."""

    def totals(self, asset: int) -> tuple[int, ...]:
        """Return available, held, fees, in_flight, loss, credited, withdrawn of an asset."""

    def conservation_failure(self) -> int:
        """Return the first asset whose sums disagree; 0 for none."""

    def terms(self, order_id: int) -> Terms | None:
        """Return the terms of an open special order, None where there are none."""

    def special_orders(self) -> list[int]:
        """Return the open orders that have terms, by id."""

    def open_order_count(self) -> int:
        """Return how many orders are open."""

    def watch_price(self, market: int, low_ticks: int, high_ticks: int) -> None:
        """Stop after a trade at or below `low_ticks`, or at or above `high_ticks`."""

    def watch_order(self, order_id: int, on: bool) -> None:
        """Stop after an open order was filled, decremented or done."""

    def watch_book(self, market: int, on: bool) -> None:
        """Stop after a market's best prices, the lots at them, or its references changed."""

    def say(self, events: Records) -> bytes:
        """Return event records with their index, and this command's sequence and time.

        Raises:
            ValueError: the bytes are not whole records.
        """

    def answer(self, reason: int = 0, given: int = 0, bound: int = 0) -> bytes:
        """End the command that `apply` stopped behind with `ASK`; return its last events.

        Raises:
            ValueError: no command waits for an answer.
        """

    def market(self, market: int) -> tuple[int, ...] | None:
        """Return what there is to know of a market.

        In order: state, last_price_ticks, update_id, crossed (0 or 1), fee_asset, lot_units,
        tick_value_units, maker_ppm, taker_ppm.
        """

    def market_orders(self, market: int) -> list[int]:
        """Return the ids of all open orders of one market or (0) all, ascending."""

    def sizes(self, market: int, limit: int) -> tuple[Levels, Levels]:
        """Return bids and asks like `depth`, with everything that is open."""

    def reference_price(self, market: int, side: int) -> int:
        """Return the best price of a displayed order that is not pegged; 0 for none."""

    def group(self, account: int) -> int:
        """Return an account's parent, or itself; 0 where it is not known."""

    def volumes(self) -> list[tuple[int, int, int]]:
        """Return (account, market, units) traded today outside the account's group."""

    def own_rates(self, market: int) -> list[tuple[int, int, int]]:
        """Return (account, maker_ppm, taker_ppm) of accounts with rates of their own."""


class CoreFactory(Protocol):
    """A core's class."""

    def __call__(self) -> Core:
        """Return a core at genesis."""

    def restore(self, snapshot: bytes, /) -> Core:
        """Return a core in the state of a canonical snapshot.

        Raises:
            ValueError: the bytes are not a canonical snapshot.
        """


def _reference() -> CoreFactory:
    from outcry.engine.core.reference.core import Core as Reference

    return Reference


def _compiled() -> CoreFactory:
    from outcry.engine.core.compiled.core import Core as Compiled

    return Compiled


CORES: dict[str, Callable[[], CoreFactory]] = {"reference": _reference, "compiled": _compiled}


def choose(name: str = "") -> CoreFactory:
    """Return the named core; without a name the compiled one if it was built.

    Raises:
        ImportError: the compiled core was asked for by name and was not built.
    """
    if name:
        return CORES[name]()
    try:
        return _compiled()
    except ImportError:
        return _reference()
