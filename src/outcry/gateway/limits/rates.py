"""How much is allowed: the settings, and the rates that clients are told."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import msgspec

SECOND_NS = 1_000_000_000
GENEROUS = 1_000_000_000
"""What development mode allows where nothing else was set: more than any bench can ask."""
Positive = Annotated[int, msgspec.Meta(ge=1)]
INTERVALS_S = {"SECOND": 1, "MINUTE": 60, "DAY": 86_400}


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What clients may ask in a time. Not set: the figure named, or no limit in development mode.

    A request weighs 1 or more, see the weights of each call. Cancels have a reserve that nothing
    else can take.
    """

    ip_weight_1m: Positive | None = None
    """Weight of the requests from one address in a minute; 6,000. IPv6 counts by network."""
    key_weight_1m: Positive | None = None
    """Weight of the requests with one API key in a minute; 6,000."""
    account_weight_1m: Positive | None = None
    """Weight of the requests of one account in a minute, over all its keys; 12,000."""
    orders_10s: Positive | None = None
    """New orders of one account in ten seconds; 100."""
    orders_1d: Positive | None = None
    """New orders of one account in a day, of UTC; 200,000."""
    cancel_reserve_percent: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 20
    """What only cancels can take, on top of each limit."""
    refusals_1m: Positive = 100
    """Refusals to one address in a minute before it is shut out."""
    shut_out_s: Positive = 120
    """How long for the first time; twice as long each time it happens again within three days."""
    shut_out_max_s: Positive = 259_200
    sockets_per_account: Positive | None = None
    """WebSocket connections that speak for one account; 10."""


class Rate(NamedTuple):
    """So many tokens in so many intervals, as Binance's `rateLimits` say it."""

    kind: str
    """REQUEST_WEIGHT or ORDERS."""
    interval: str
    """SECOND, MINUTE or DAY."""
    intervals: int
    tokens: int

    @property
    def interval_ns(self) -> int:
        """How long a bucket of this rate lasts."""
        return INTERVALS_S[self.interval] * self.intervals * SECOND_NS

    @property
    def letter(self) -> str:
        """How headers name it: 1M, 10S, 1D."""
        return f"{self.intervals}{self.interval[0]}"


class Rates(NamedTuple):
    """The rates in force."""

    ip: Rate
    key: Rate
    account: Rate
    orders_10s: Rate
    orders_1d: Rate
    sockets_per_account: int


def rates_of(settings: LimitSettings, *, development: bool) -> Rates:
    """Return the rates that these settings mean."""

    def tokens(wanted: int | None, usual: int) -> int:
        if wanted is not None:
            return wanted
        return GENEROUS if development else usual

    return Rates(
        Rate("REQUEST_WEIGHT", "MINUTE", 1, tokens(settings.ip_weight_1m, 6_000)),
        Rate("REQUEST_WEIGHT", "MINUTE", 1, tokens(settings.key_weight_1m, 6_000)),
        Rate("REQUEST_WEIGHT", "MINUTE", 1, tokens(settings.account_weight_1m, 12_000)),
        Rate("ORDERS", "SECOND", 10, tokens(settings.orders_10s, 100)),
        Rate("ORDERS", "DAY", 1, tokens(settings.orders_1d, 200_000)),
        tokens(settings.sockets_per_account, 10),
    )
