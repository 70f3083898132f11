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
    SLIDE = 2
    """With `POST_ONLY`: rest one tick behind the opposite best instead of being refused."""
    WAITING = 4
    """In a core's answers only: open, but not in the book."""
    PENDING = 8
    """In a core's answers only: the child of a list, which waits for its parent."""
    QUEUED = 16
    """In a core's answers only: triggered, and waiting for its turn."""
    LINKED = 32
    """In a core's answers only: it shares its hold with the other one of a pair."""
    BOOKED = 1 << 16
    """In `OrderAccepted` only: the whole order joined the book at once."""


class Trigger(IntEnum):
    """What a waiting order waits for. FIX tag 1100 and the customary stop types."""

    NONE = 0
    STOP = 1
    """Stop-loss: a buy waits for a print at its trigger or above, a sell at it or below."""
    TAKE = 2
    """Take-profit: the other way round."""
    TRAIL = 3
    """A sell waits for a print `trail_ppm` below the highest since it began, a buy above the
    lowest. It begins with the next print, or where `trigger_ticks` says."""


class Peg(IntEnum):
    """What the price of a pegged order follows: the best displayed prices of orders without peg."""

    NONE = 0
    BID = 1
    ASK = 2
    MID = 3


class ListKind(IntEnum):
    """How the orders of a list belong together."""

    OCO = 1
    """One cancels the other: of two, the first to be filled or fired ends the other."""
    OTO = 2
    """One triggers the other: the second is placed when the first is filled."""
    OTOCO = 3
    """The first, once filled, places the other two as an OCO."""


class Scope(IntEnum):
    """Whose orders a dead man's switch cancels."""

    ACCOUNT = 0
    API_KEY = 1
    """Those of the account that carry its number."""
    ALL = 2
    """Everybody's; the account is the venue's own."""


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
