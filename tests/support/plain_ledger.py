"""The ledger as it is written down, where its loops also were compiled."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from outcry.ledger import check, days, posting
from outcry.ledger.proofs import facts, tree


@contextmanager
def plain_ledger() -> Iterator[None]:
    """Let the ledger run without its compiled loops meanwhile."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("outcry.ledger.ledger.post_all", posting.post_all)
        patched.setattr("outcry.ledger.ledger.add_trade", days.add_trade)
        patched.setattr("outcry.ledger.ledger.event_rows", facts.event_rows)
        patched.setattr("outcry.ledger.check.find", check.first_wrong)
        patched.setattr("outcry.ledger.proofs.tree.hashes_of_leaves", tree.leaf_hashes)
        patched.setattr("outcry.ledger.proofs.tree.hashes_of_parents", tree.parent_hashes)
        yield
