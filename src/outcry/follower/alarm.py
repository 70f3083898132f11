"""What has to agree and does not: how it is told to the venue."""

from dataclasses import asdict, dataclass
from typing import Any

from outcry.ledger.check import LedgerBroken
from outcry.ledger.proofs.heads import HeadsDisagree
from outcry.ports import LedgerAltered, LedgerDamaged, LogDamaged, ProofsUnusable


class Disagreement(Exception):
    """The venue published other events than the log leads to."""

    def __init__(self, sequence: int, what: str, written: bool = False) -> None:
        super().__init__(what)
        self.sequence = sequence
        self.what = what
        self.written = written


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that must agree does not.

    `kind` is `ledger` (the rows against themselves or the engine), `venue` (its events against
    those the log leads to), `store` (a row is not what was written, or would have changed), `heads`
    (the Merkle logs against what was signed) or `log`.
    """

    kind: str
    sequence: int
    event_index: int
    what: str
    written: bool = False
    """The venue's word came after the rows were written. The next follower begins behind them, so
    it could not say who is right."""

    def message(self) -> dict[str, Any]:
        """Return it as it is told."""
        return {"alarm": asdict(self)}


def alarm_of(error: Exception, position: int) -> Alarm | None:
    """Return the alarm that an error is; None for mere bad luck. `position` is where it came up."""
    match error:
        case LedgerBroken():
            return Alarm("ledger", error.sequence, error.event_index, error.what)
        case Disagreement():
            return Alarm("venue", error.sequence, 0, error.what, error.written)
        case LedgerAltered() | LedgerDamaged():
            return Alarm("store", position, 0, str(error))
        case HeadsDisagree() | ProofsUnusable():
            return Alarm("heads", position, 0, str(error))
        case LogDamaged():
            return Alarm("log", position, 0, str(error))
        case _:
            return None
