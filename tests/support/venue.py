"""A venue in process with one market and two rich accounts."""

from typing import Any

from outcry import Venue

ANN, BOB = 7, 8
START_NS = 1_767_225_600_000_000_000


def open_venue(core: str = "", **options: Any) -> Venue:
    """Return BTC_USDT, tick 0.01, lot 0.0001, without fees."""
    venue = Venue(core, time_ns=START_NS, **options)
    venue.asset("BTC", decimals=8)
    venue.asset("USDT", decimals=6)
    venue.market("BTC_USDT", tick="0.01", lot="0.0001")
    for account in (ANN, BOB):
        venue.account(account, {"BTC": "1000", "USDT": 1_000_000})
    return venue
