# The numbers of `outcry/domain`, as C constants. Their meaning is told there.

cdef enum:  # Side, and CancelAll's both
    BUY = 0
    SELL = 1
    BOTH_SIDES = 2

cdef enum:  # Kind
    LIMIT = 0
    MARKET = 1
    BUDGET = 2

cdef enum:  # TimeInForce
    GTC = 0
    IOC = 1
    FOK = 2
    GTD = 3
    DAY = 4

cdef enum:  # SelfTrade
    EXPIRE_TAKER = 0
    EXPIRE_MAKER = 1
    EXPIRE_BOTH = 2
    DECREMENT = 3
    NONE = 4

cdef enum:  # OrderFlag; the last two are the core's own and never leave it
    POST_ONLY = 1
    SLIDE = 2
    WAITING = 4
    PENDING = 8
    QUEUED = 16
    LINKED = 32
    SPECIAL = 64  # has terms
    ICEBERG = 128
    FLAGS_TOLD = 63
    BOOKED = 0x10000

cdef enum:  # Trigger
    NO_TRIGGER = 0
    STOP = 1
    TAKE = 2
    TRAIL = 3

cdef enum:  # Peg
    NO_PEG = 0
    PEG_MID = 3

cdef enum:  # ListKind
    OCO = 1
    OTO = 2
    OTOCO = 3
    LIST_MOST = 3

cdef enum:  # TradeFlag
    TRADE_IN_AUCTION = 1

cdef enum:  # ReplaceMode
    STOP_ON_FAILURE = 1
    ALLOW_FAILURE = 2

cdef enum:  # DoneReason
    DONE_FILLED = 1
    DONE_CANCELLED = 2
    DONE_REDUCED = 3
    DONE_REPLACED = 4
    DONE_EXPIRED = 5
    DONE_NO_LIQUIDITY = 6
    DONE_BUDGET_EXHAUSTED = 7
    DONE_PROTECTED = 8
    DONE_FOK_KILLED = 9
    DONE_REST = 10
    DONE_SELF_TRADE = 11
    DONE_PREVENTED = 12
    DONE_REJECTED_ON_TRIGGER = 15

cdef enum:  # FeeAsset
    FEE_QUOTE = 0
    FEE_RECEIVED = 1

cdef enum:  # MarketState
    CLOSED = 0
    PRE_OPEN = 1
    AUCTION = 2
    TRADING = 3
    HALTED = 4
    CANCEL_ONLY = 5
    RETIRED = 6

cdef enum:  # VenueMode
    MODE_NORMAL = 0
    MODE_CANCEL_ONLY = 1
    MODE_READ_ONLY = 2
    MODE_HALTED = 3

cdef enum:  # AccountStatus
    ACTIVE = 0
    REDUCE_ONLY = 1
    FROZEN = 2

cdef enum:  # Cause
    CAUSE_DEPOSIT = 1
    CAUSE_WITHDRAWAL_REQUESTED = 2
    CAUSE_WITHDRAWAL_FINAL = 3
    CAUSE_WITHDRAWAL_FAILED = 4
    CAUSE_TRANSFER = 5
    CAUSE_ADJUST_CREDIT = 6
    CAUSE_ADJUST_DEBIT = 7

cdef enum:  # ModeCause
    MODE_BY_COMMAND = 0
    MODE_BY_CONSERVATION = 1

cdef enum:  # Reject
    REJECT_VENUE_HALTED = 101
    REJECT_VENUE_READ_ONLY = 102
    REJECT_VENUE_CANCEL_ONLY = 103
    REJECT_ID_REUSED = 110
    REJECT_UNKNOWN_ACCOUNT = 201
    REJECT_ACCOUNT_FROZEN = 202
    REJECT_REDUCE_ONLY = 203
    REJECT_UNKNOWN_MARKET = 301
    REJECT_MARKET_HALTED = 302
    REJECT_MARKET_CANCEL_ONLY = 303
    REJECT_MARKET_CLOSED = 304
    REJECT_CALL_PHASE = 305
    REJECT_SHAPE = 401
    REJECT_UNKNOWN_ORDER = 402
    REJECT_MIN_SIZE = 503
    REJECT_MAX_SIZE = 504
    REJECT_MARKET_MAX_SIZE = 505
    REJECT_MIN_NOTIONAL = 506
    REJECT_MAX_NOTIONAL = 507
    REJECT_NOTIONAL_OVERFLOW = 508
    REJECT_WOULD_TRIGGER = 551
    REJECT_BAND = 601
    REJECT_OPEN_ORDERS = 702
    REJECT_OPEN_ORDERS_TOTAL = 703
    REJECT_STOP_ORDERS = 704
    REJECT_ORDER_NOTIONAL = 705
    REJECT_DAILY_NOTIONAL = 706
    REJECT_POSITION = 707
    REJECT_POST_ONLY = 801
    REJECT_FUNDS = 803
    REJECT_BUDGET_BELOW_LOT = 804
    REJECT_BELOW_FILLED = 901
    REJECT_OVERFLOW = 902
    REJECT_FEES = 903
    REJECT_TRANSITION = 904
    REJECT_EXISTS = 905
    REJECT_UNKNOWN_WITHDRAWAL = 906
    REJECT_UNKNOWN_ASSET = 907

cdef enum:
    ACCOUNT_LIMIT = 0x1000000
    MARKET_LIMIT = 0x10000
    ASSET_LIMIT = 0x10000
    NO_LIMIT = -1
    RULES_KNOWN = 2
    OPEN_ORDERS_TOTAL_DEFAULT = 1000
    ICEBERG_PARTS = 100000
    SLICES_MOST = 1000
    CHECK_EVERY = 10000
    KEYS_OF_AN_ACCOUNT = 65536
    KEYS_OF_THE_VENUE = 10000000

cdef enum:  # Why a handler or the loop stopped; a positive number from a handler is a Reject.
    STOP_END = 0
    STOP_WATCH = 1
    STOP_DUE = 2
    STOP_FULL = 3
    STOP_ASK = 4
    ASKED = -4  # a handler leaves its command to the host
    NO_MEMORY = -1
    BAD_LENGTH = -2
    BAD_SEQUENCE = -3
    STILL_ASKED = -5
