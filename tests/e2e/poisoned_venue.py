"""`outcry`, with a bug in its cores. There is no such switch in the product."""

from outcry.engine import core
from tests.support.poison import poisoned

if __name__ == "__main__":
    good = dict(core.CORES)
    core._compiled = lambda: poisoned(good["compiled"]())
    core._reference = lambda: poisoned(good["reference"]())
    from outcry.cli import main

    main()
