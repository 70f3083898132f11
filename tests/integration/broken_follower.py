"""`outcry`, with a core that charges a unit too much: a follower that has to disagree.

It waits for the venue's word, or with `OUTCRY_TEST_HASTE` for none.
"""

import os

from outcry import follower
from outcry.domain.units import fee_units
from outcry.engine.core.reference import match

if __name__ == "__main__":
    match.fee_units = lambda notional, rate: fee_units(notional, rate) + 1  # type: ignore[assignment]
    if "OUTCRY_TEST_HASTE" in os.environ:
        follower.GRACE_S, follower.IDLE_S, follower.PACE_S = -1, 0.005, 0
    else:
        follower.GRACE_S = 60
    from outcry.cli import main

    main()
