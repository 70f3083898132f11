"""Bugs in the ledger: what is posted, and how it goes on after a start.

The simulation has to notice them: by the ledger's own check against an engine, or because the rows
are not those made from genesis in one go.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from outcry.ledger import check, days, postings
from outcry.ledger.ledger import Ledger
from outcry.ledger.proofs import tree
from outcry.ledger.reads import start
from outcry.ledger.reads.start import LedgerStart
from tests.mutation.flow import Fault, patch
from tests.mutation.mutant import Mutant
from tests.property.broken_ledger import BROKEN, UNSEEN_BY_THE_CHECKER
from tests.simulation.faults import Faults
from tests.support.broken import Function

RESTARTS = Faults(ledger_crashes=0.2, ledger_full=0.1)


def from_nothing(_: Function) -> Function:
    return lambda _start, _log: 0


def yesterday(_: str) -> str:
    return "SELECT -1 FROM (SELECT count(*) FROM market_days)"


def tried_once(take: Function) -> Function:
    def broken(ledger: Ledger) -> Any:
        rows = take(ledger)
        ledger.written()
        return rows

    return broken


BUGS = (
    Fault(
        "a Merkle log begins anew at a start",
        patch(LedgerStart, "size", from_nothing),
        faults=RESTARTS,
    ),
    Fault("a day begins anew at a start", patch(start, "_LAST_DAY", yesterday), faults=RESTARTS),
    Fault(
        "rows that failed are not written again", patch(Ledger, "take", tried_once), faults=RESTARTS
    ),
    *(Fault(broken.wrong, broken, faults=RESTARTS) for broken in BROKEN + UNSEEN_BY_THE_CHECKER),
)


@contextmanager
def plain() -> Iterator[None]:
    """Let the ledger run as it is written down, where it also was compiled."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("outcry.ledger.ledger.post_all", postings.post_all)
        patched.setattr("outcry.ledger.ledger.add_trade", days.add_trade)
        patched.setattr("outcry.ledger.check.find", check.first_wrong)
        patched.setattr("outcry.ledger.proofs.tree.hashes_of_leaves", tree.leaf_hashes)
        patched.setattr("outcry.ledger.proofs.tree.hashes_of_parents", tree.parent_hashes)
        yield


def notice(bug: Fault) -> str:
    """Return how the simulation tells of a bug in the plain ledger."""
    with plain():
        return bug.notice()


MUTANTS = tuple(Mutant(bug.wrong, "ledger", partial(notice, bug)) for bug in BUGS)
