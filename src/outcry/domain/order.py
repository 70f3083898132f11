"""What an order says of itself, with the numbers the records carry."""

from enum import IntEnum, IntFlag


class Side(IntEnum):
    """The side of an order. FIX tag 54, renumbered from 0."""

    BUY = 0
    SELL = 1


BOTH_SIDES = 2
"""In `CancelAll`: orders of either side."""


class Kind(IntEnum):
    """How an order names its price and its size."""

    LIMIT = 0
    MARKET = 1
    """By size: `lots` at whatever the book asks."""
    BUDGET = 2
    """By budget: as many lots as `budget_units` of the quote asset buy (or sell for)."""


class TimeInForce(IntEnum):
    """How long an order lives. FIX tag 59."""

    GTC = 0
    IOC = 1
    FOK = 2
    GTD = 3
    """Until a time of the venue's clock."""
    DAY = 4
    """Until the next midnight UTC."""


class SelfTrade(IntEnum):
    """What happens when an order meets an order of its own account; the taker's choice rules."""

    EXPIRE_TAKER = 0
    EXPIRE_MAKER = 1
    EXPIRE_BOTH = 2
    DECREMENT = 3
    NONE = 4
    """Trade with oneself, where the market allows it."""


class OrderFlag(IntFlag):
    """Flags of an order, in `PlaceOrder` and `OrderAccepted`."""

    POST_ONLY = 1
    BOOKED = 1 << 16
    """In `OrderAccepted` only: the whole order joined the book at once."""


class ReplaceMode(IntEnum):
    """How `CancelReplace` treats a cancel that fails."""

    STOP_ON_FAILURE = 1
    ALLOW_FAILURE = 2


class DoneReason(IntEnum):
    """Why an order ended."""

    FILLED = 1
    CANCELLED = 2
    REDUCED = 3
    REPLACED = 4
    EXPIRED = 5
    NO_LIQUIDITY = 6
    BUDGET_EXHAUSTED = 7
    PROTECTED = 8
    FOK_KILLED = 9
    REST = 10
    """The rest of an immediate-or-cancel order."""
    SELF_TRADE = 11
    PREVENTED = 12
    OCO = 13
    PARENT_DONE = 14
    REJECTED_ON_TRIGGER = 15
