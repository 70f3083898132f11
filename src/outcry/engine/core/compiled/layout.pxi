# Command and event records as C structs. `outcry/codec/layouts.py` holds the same tables and says what the
# fields mean; they are packed because a caller's buffer may lie at any address.

cdef packed struct Header:
    uint16_t length
    uint8_t number
    uint8_t version
    uint32_t flags  # of a command; the index of an event
    uint64_t sequence
    int64_t time_ns
    uint32_t account
    uint32_t market

cdef enum:
    VERSION = 1
    KEY_MASK = 0xFF
    FLAG_INTERNAL = 0x100
    FLAG_STAFF = 0x200
    COMMAND_FLAGS = 0x3FF
    KEY_LENGTH_MAX = 64

cdef enum:
    PLACE_ORDER = 1
    CANCEL_ORDER = 2
    REDUCE_ORDER = 3
    REPLACE_ORDER = 4
    CANCEL_REPLACE = 5
    CANCEL_ALL = 6
    OPEN_ACCOUNT = 7
    DEPOSIT = 8
    WITHDRAW = 9
    FINISH_WITHDRAWAL = 10
    TRANSFER = 11
    ADJUST = 12
    SET_ASSET = 13
    SET_MARKET = 14
    SET_FEES = 15
    SET_LIMITS = 16
    SET_STATE = 17
    SET_MODE = 18
    SET_ACCOUNT_STATUS = 19
    TICK = 20
    PLACE_SPECIAL = 21
    PLACE_LIST = 22
    SET_RULES = 23  # from here on the host answers
    SET_TIERS = 24
    SET_ACCOUNT_FEES = 25
    SET_SCHEDULE = 26
    RENEW_SWITCH = 27
    CLOSE_SESSION = 28
    RESET_SESSIONS = 29
    RETIRE_MARKET = 30
    ACTIVATE_RULES = 31
    END_ORDER = 32  # internal commands begin here
    QUEUE_ORDER = 33
    FIRE_ORDER = 34
    PLACE_CHILDREN = 35
    MOVE_PEG = 36
    RUN_SLICE = 37
    UNCROSS = 38
    PUT_STATE = 39
    PUT_BAND = 40
    PUT_RATES = 41
    PUT_FLOOR = 42  # and end here
    SKIP_COMMAND = 43
    COMMANDS_END = 44

# The body of a new order: all of PlaceOrder, the tail of CancelReplace.
cdef packed struct OrderBody:
    uint8_t side
    uint8_t kind
    uint8_t time_in_force
    uint8_t self_trade
    uint32_t flags
    int64_t price_ticks
    int64_t lots
    int64_t budget_units

# How cancel, reduce, replace and cancel-replace name an order.
cdef packed struct Naming:
    uint64_t order_id
    uint8_t[16] target

cdef packed struct PlaceRecord:
    Header header
    OrderBody body

# What makes an order special. The time in force has its place in the event only, the kind has none:
# it fills what is padding elsewhere.
cdef packed struct TermsBody:
    int64_t display_lots
    int64_t expires_ns
    int64_t trigger_ticks
    int64_t trail_ppm
    int64_t peg_offset_ticks
    int64_t interval_ns
    uint64_t session
    uint32_t slices
    uint32_t api_key
    uint8_t trigger
    uint8_t peg
    uint8_t time_in_force
    uint8_t kind
    uint32_t padding

cdef packed struct SpecialRecord:
    Header header
    OrderBody body
    TermsBody terms

cdef packed struct MemberBody:
    OrderBody body
    TermsBody terms

cdef packed struct ListRecord:
    Header header
    uint64_t list_kind
    uint64_t count
    MemberBody[3] members

# The bodies of the commands that the host answers; the core looks at none of them.
cdef enum:
    RULES_SIZE = 72
    TIERS_SIZE = 200
    TIER_SIZE = 24
    ACCOUNT_FEES_SIZE = 24
    SCHEDULE_SIZE = 136
    ENTRY_SIZE = 16
    SWITCH_SIZE = 16

# The internal commands that name an order, and what comes after its id: a reason, a price, lots.
cdef packed struct InternalRecord:
    Header header
    uint64_t order_id
    int64_t value

cdef packed struct ChildrenRecord:
    Header header
    uint64_t first_order_id
    uint64_t second_order_id
    int64_t lots

cdef packed struct BandRecord:
    Header header
    int64_t buy_low_ticks
    int64_t buy_high_ticks
    int64_t sell_low_ticks
    int64_t sell_high_ticks

# The command and the event have the same body.
cdef packed struct RatesRecord:
    Header header
    uint64_t own
    int64_t maker_ppm
    int64_t taker_ppm

cdef packed struct FloorRecord:
    Header header
    int64_t maker_ppm
    int64_t taker_ppm

cdef packed struct StateRecord:
    Header header
    uint64_t state
    int64_t reference_ticks

cdef packed struct CancelRecord:
    Header header
    Naming naming

cdef packed struct ReduceRecord:
    Header header
    Naming naming
    int64_t lots

cdef packed struct ReplaceRecord:
    Header header
    Naming naming
    int64_t price_ticks
    int64_t lots

cdef packed struct CancelReplaceRecord:
    Header header
    Naming naming
    uint64_t mode
    OrderBody body

cdef enum:
    ADMIN_SIZE = 32
    REASON_SIZE = 128

cdef packed struct SkipRecord:
    Header header
    uint64_t skipped_sequence
    uint8_t[ADMIN_SIZE] first_admin
    uint8_t[ADMIN_SIZE] second_admin
    uint8_t[REASON_SIZE] reason

# CancelAll's side, OpenAccount's parent, SetMode's mode, SetAccountStatus's status, PutState's
# state, ActivateRules's rules; also the event CommandSkipped.
cdef packed struct WordRecord:
    Header header
    uint64_t word

# Deposit, Withdraw, Adjust.
cdef packed struct MoneyRecord:
    Header header
    uint64_t asset
    int64_t amount_units

cdef packed struct FinishRecord:
    Header header
    uint64_t withdrawal_id
    uint64_t failed

cdef packed struct TransferRecord:
    Header header
    uint32_t to_account
    uint32_t asset
    int64_t amount_units

# The command and the event have the same body.
cdef packed struct AssetRecord:
    Header header
    uint32_t asset
    uint32_t unit_decimals
    uint8_t[16] symbol
    uint64_t chain_decimals

cdef packed struct MarketBody:
    uint8_t[32] symbol
    uint32_t base
    uint32_t quote
    int64_t tick_mantissa
    uint32_t tick_decimals
    uint8_t fee_asset
    uint8_t allow_self_trade
    uint16_t padding
    int64_t lot_units
    int64_t min_lots
    int64_t max_lots
    int64_t market_max_lots
    int64_t min_notional_units
    int64_t max_notional_units
    int64_t limit_order_notional_units
    int64_t limit_open_orders
    int64_t limit_daily_notional_units
    int64_t limit_stop_orders
    int64_t limit_position_units
    int64_t protection_ppm

cdef packed struct MarketRecord:
    Header header
    MarketBody body

cdef packed struct FeesRecord:
    Header header
    int64_t maker_ppm
    int64_t taker_ppm
    int64_t auction_ppm

cdef packed struct LimitsRecord:
    Header header
    int64_t order_notional_units
    int64_t open_orders
    int64_t daily_notional_units
    int64_t open_orders_total
    int64_t stop_orders
    int64_t position_units

cdef enum:
    ORDER_ACCEPTED = 1
    ORDER_BOOKED = 2
    ORDER_REPLACED = 3
    ORDER_DONE = 4
    TRADE = 5
    MATCH_PREVENTED = 6
    COMMAND_REJECTED = 7
    COMMAND_REPLAYED = 8
    BALANCE_CHANGED = 9
    MASS_CANCELLED = 10
    ACCOUNT_OPENED = 11
    ACCOUNT_STATUS_CHANGED = 12
    ASSET_SET = 13
    MARKET_SET = 14
    FEES_SET = 15
    LIMITS_SET = 16
    STATE_CHANGED = 17
    MODE_CHANGED = 18
    ORDER_TERMS = 19
    ORDER_TRIGGERED = 20
    ORDER_SHOWN = 21
    ORDER_PARKED = 22
    LIST_ACCEPTED = 23
    CHILD_PLACED = 24
    RATES_SET = 25
    RULES_ACTIVATED = 36
    COMMAND_SKIPPED = 37

cdef packed struct AcceptedEvent:
    Header header
    uint64_t order_id
    OrderBody wanted  # as the command says, and BOOKED
    int64_t hold_units
    uint32_t cap_ppm
    uint32_t key_length
    int64_t level_lots
    uint64_t update_id

cdef packed struct TermsEvent:
    Header header
    uint64_t order_id
    TermsBody terms

# OrderTriggered: the print and the lots. ChildPlaced: the lots and the hold.
cdef packed struct TwoEvent:
    Header header
    uint64_t order_id
    int64_t first
    int64_t second

cdef packed struct ListEvent:
    Header header
    uint64_t list_id
    uint64_t list_kind
    uint64_t[3] order_ids

# OrderBooked, OrderParked, and OrderShown with its shown lots.
cdef packed struct BookedEvent:
    Header header
    uint64_t order_id
    uint64_t side
    int64_t price_ticks
    int64_t open_lots
    int64_t level_lots
    uint64_t update_id

cdef packed struct ReplacedEvent:
    Header header
    uint64_t order_id
    uint32_t side
    uint32_t kept_priority
    int64_t price_ticks
    int64_t lots
    int64_t open_lots
    int64_t hold_units
    int64_t old_price_ticks
    int64_t level_lots
    uint64_t update_id

cdef packed struct DoneEvent:
    Header header
    uint64_t order_id
    uint16_t reason
    uint8_t side
    uint8_t booked
    uint32_t padding
    int64_t open_lots
    int64_t filled_lots
    int64_t prevented_lots
    int64_t release_units
    int64_t price_ticks
    int64_t level_lots
    uint64_t update_id

cdef packed struct TradeEvent:
    Header header
    uint64_t trade_id
    uint64_t taker_order_id
    uint64_t maker_order_id
    uint32_t maker_account
    uint16_t taker_side
    uint16_t flags
    int64_t price_ticks
    int64_t lots
    int64_t notional_units
    int64_t taker_fee_units
    int64_t maker_fee_units
    int64_t taker_release_units
    int64_t maker_release_units
    int64_t taker_open_lots
    int64_t maker_open_lots
    int64_t level_lots
    uint64_t update_id

cdef packed struct PreventedEvent:
    Header header
    uint64_t taker_order_id
    uint64_t maker_order_id
    uint32_t maker_account
    uint32_t taker_side
    int64_t price_ticks
    int64_t lots
    int64_t taker_release_units
    int64_t maker_release_units
    int64_t taker_open_lots
    int64_t maker_open_lots
    int64_t level_lots
    uint64_t update_id

cdef packed struct RejectedEvent:
    Header header
    uint32_t command
    uint32_t reason
    uint64_t order_id
    int64_t given
    int64_t bound

cdef packed struct ReplayedEvent:
    Header header
    uint32_t command
    uint32_t reason
    uint64_t order_id
    uint64_t first_sequence

cdef packed struct BalanceEvent:
    Header header
    uint32_t asset
    uint32_t cause
    uint64_t counter_account
    int64_t amount_units
    int64_t available_units
    uint64_t reference

cdef packed struct MassCancelledEvent:
    Header header
    uint64_t side
    uint64_t cancelled_orders

cdef packed struct ChangeEvent:  # AccountStatusChanged, StateChanged, RulesActivated
    Header header
    uint32_t now
    uint32_t previous

cdef packed struct ModeEvent:
    Header header
    uint32_t mode
    uint32_t previous
    uint32_t cause
    uint32_t asset

cdef packed struct MarketEvent:
    Header header
    MarketBody body
    int64_t tick_value_units
    int64_t version
