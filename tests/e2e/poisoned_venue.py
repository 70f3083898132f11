"""`outcry`, with a bug in its cores, the ledger's too. There is no such switch in the product."""

import sys
from functools import partial

from outcry.adapters import ledger_process
from outcry.bootstrap import assembly
from outcry.engine import core
from tests.support.poison import poisoned

FOLLOWER = (sys.executable, "-m", "tests.e2e.poisoned_venue", "ledger", "--follow")

if __name__ == "__main__":
    good = dict(core.CORES)
    core._compiled = lambda: poisoned(good["compiled"]())
    core._reference = lambda: poisoned(good["reference"]())
    start = partial(ledger_process.process_start, command=FOLLOWER)
    assembly.process_start = start  # type: ignore[assignment]
    from outcry.cli import main

    main()
