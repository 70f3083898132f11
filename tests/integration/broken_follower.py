"""`outcry`, with a core that charges a unit too much: a follower that has to disagree.

It waits for the venue's word, or with `OUTCRY_TEST_HASTE` hears of nothing before it is written.
"""

import os

from outcry.domain.units import fee_units
from outcry.engine.core.reference import match
from outcry.follower import loop
from outcry.follower.follower import Follower
from outcry.follower.loop import Inbox

_early: list[tuple[int, bytes]] = []


def heard_late(inbox: Inbox, hasty: Follower) -> bool:
    """Stand in for what takes in the notes."""
    _early.extend(inbox.take())
    while _early and _early[0][0] <= hasty.position.sequence:
        hasty.note(*_early.pop(0))
    return False


if __name__ == "__main__":
    match.fee_units = lambda notional, rate: fee_units(notional, rate) + 1  # type: ignore[assignment]
    if "OUTCRY_TEST_HASTE" in os.environ:
        loop.GRACE_S, loop._heard = 0, heard_late
    else:
        loop.GRACE_S = 60
    from outcry.cli import main

    main()
