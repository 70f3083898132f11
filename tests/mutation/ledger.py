"""Bugs in the ledger: what is posted, and how it goes on after a start.

The simulation has to notice them: by the ledger's own check against an engine, or because the rows
are not those made from genesis in one go.
"""

from functools import partial
from typing import Any

from outcry.follower import follower
from outcry.ledger.reads import start
from outcry.ledger.reads.start import LedgerStart
from outcry.ports import Checkpoint
from tests.mutation.flow import Fault, patch
from tests.mutation.mutant import Mutant
from tests.property.broken_ledger import BROKEN, UNSEEN_BY_THE_CHECKER
from tests.simulation.faults import Faults
from tests.support.broken import Function
from tests.support.plain_ledger import plain_ledger

RESTARTS = Faults(ledger_crashes=0.05, ledger_full=0.1)


def from_nothing(_: Function) -> Function:
    return lambda _start, _log: 0


def yesterday(_: str) -> str:
    return "SELECT -1 FROM (SELECT count(*) FROM market_days)"


def at_the_end(engine_at: Function) -> Function:
    def broken(log: Any, snapshots: Any, factory: Any, _position: Any) -> Any:
        end = log.tail()
        return engine_at(log, snapshots, factory, Checkpoint(1, end.sequence, end.chain_hash))

    return broken


BUGS = (
    Fault(
        "a Merkle log begins anew at a start",
        patch(LedgerStart, "size", from_nothing),
        faults=RESTARTS,
    ),
    Fault("a day begins anew at a start", patch(start, "_LAST_DAY", yesterday), faults=RESTARTS),
    Fault(
        "a follower begins at the end of the log",
        patch(follower, "engine_at", at_the_end),
        faults=RESTARTS,
    ),
    *(Fault(broken.wrong, broken, faults=RESTARTS) for broken in BROKEN + UNSEEN_BY_THE_CHECKER),
)


def notice(bug: Fault) -> str:
    """Return how the simulation tells of a bug in the plain ledger."""
    with plain_ledger():
        return bug.notice()


MUTANTS = tuple(Mutant(bug.wrong, "ledger", partial(notice, bug)) for bug in BUGS)
