"""Every reason for which a command is refused, with its stable number.

A refusal is a value, never an exception. The hundreds follow the order of the checks: where two
rules are broken the one with the lower hundred is reported, and inside a hundred the lower number.
"""

from enum import IntEnum


class Reject(IntEnum):
    """The reason of a `CommandRejected`. Names and numbers never change meaning."""

    VENUE_HALTED = 101
    VENUE_READ_ONLY = 102
    VENUE_CANCEL_ONLY = 103
    ID_REUSED = 110
    UNKNOWN_ACCOUNT = 201
    ACCOUNT_FROZEN = 202
    REDUCE_ONLY = 203
    UNKNOWN_MARKET = 301
    MARKET_HALTED = 302
    MARKET_CANCEL_ONLY = 303
    MARKET_CLOSED = 304
    CALL_PHASE = 305
    SHAPE = 401
    UNKNOWN_ORDER = 402
    TICK = 501
    LOT = 502
    MIN_SIZE = 503
    MAX_SIZE = 504
    MARKET_MAX_SIZE = 505
    MIN_NOTIONAL = 506
    MAX_NOTIONAL = 507
    NOTIONAL_OVERFLOW = 508
    WOULD_TRIGGER = 551
    BAND = 601
    RATE = 701
    OPEN_ORDERS = 702
    OPEN_ORDERS_TOTAL = 703
    STOP_ORDERS = 704
    ORDER_NOTIONAL = 705
    DAILY_NOTIONAL = 706
    POSITION = 707
    POST_ONLY = 801
    FUNDS = 803
    BUDGET_BELOW_LOT = 804
    BELOW_FILLED = 901
    OVERFLOW = 902
    FEES = 903
    TRANSITION = 904
    EXISTS = 905
    UNKNOWN_WITHDRAWAL = 906
    UNKNOWN_ASSET = 907
