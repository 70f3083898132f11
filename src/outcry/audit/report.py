"""What an audit has found, as data: counts, sums, and every disagreement by name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LISTED_MAX = 50
"""Disagreements of one table that are told in full; all are counted."""
_SHOWN_BYTES = 16

Key = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: where it is, which event it belongs to, and what is wrong."""

    table: str
    key: Key
    what: str
    sequence: int | None = None
    event_index: int | None = None


@dataclass(slots=True)
class TableReport:
    """How much of a table was compared, and how much of it is wrong."""

    rows: int = 0
    wrong: int = 0


@dataclass(slots=True)
class AssetSums:
    """Where the units of one asset are, as the ledger, its postings or the engine have it.

    `dust` is what would be missing: credited less withdrawn less all that is here.
    """

    asset: int
    symbol: str = ""
    decimals: int = 0
    available: int = 0
    held: int = 0
    in_flight: int = 0
    fees: int = 0
    loss: int = 0
    credited: int = 0
    withdrawn: int = 0
    agrees: bool = True

    @property
    def dust(self) -> int:
        """What is missing, or (negative) too much."""
        here = self.available + self.held + self.in_flight + self.fees + self.loss
        return self.credited - self.withdrawn - here


@dataclass(slots=True)
class AuditReport:
    """Everything an audit says."""

    sequence: int = 0
    """The ledger was compared up to here."""
    log_sequence: int = 0
    """The log was replayed up to here."""
    batches: int = 0
    events: int = 0
    digest: bytes = b""
    """Of the engine behind `log_sequence`."""
    tables: dict[str, TableReport] = field(default_factory=dict)
    assets: list[AssetSums] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    complete: bool = True
    """False where damage kept the audit from looking at everything."""

    @property
    def wrong(self) -> int:
        """How many disagreements there are, listed or not."""
        return sum(table.wrong for table in self.tables.values())

    @property
    def proven(self) -> bool:
        """Whether everything was looked at and agrees."""
        return self.complete and not self.wrong

    def table(self, name: str) -> TableReport:
        """Return the report of a table."""
        return self.tables.setdefault(name, TableReport())

    def find(
        self,
        table: str,
        key: Key,
        what: str,
        sequence: int | None = None,
        event_index: int | None = None,
    ) -> None:
        """Note a disagreement."""
        found = self.table(table)
        found.wrong += 1
        if found.wrong <= LISTED_MAX:
            self.findings.append(Finding(table, key, what, sequence, event_index))


def shown(value: object) -> str:
    """Return a value of a row as a report shows it."""
    if isinstance(value, bytes):
        text = value[:_SHOWN_BYTES].hex()
        return f"{text}... ({len(value)} bytes)" if len(value) > _SHOWN_BYTES else text or "nothing"
    return repr(value) if isinstance(value, str) else str(value)


def named(names: Sequence[str], values: Sequence[Any]) -> Key:
    """Return a key as column -> value."""
    return {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in zip(names, values, strict=True)
    }
