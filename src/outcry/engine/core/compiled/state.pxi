# Everything the core remembers. Things are named by 32-bit slots of growing arrays, not by
# pointers: links are half as long, and growing an array is one memory copy. Slot 0 of the pools
# means none.

cdef enum:
    CHUNK_KEYS = 128  # a power of two
    CHUNK_MERGE = 80  # Neighbours with no more keys than this together become one chunk.
    CHUNK_SPARSE = 24  # A chunk that falls below this looks for a neighbour to join.
    HINTS = 2048  # of a side, a power of two
    HINT_FOLD = 11  # its logarithm
    KEY_BLOCK = 4096
    RESERVED_AT_ONCE = 256
    OUTPUT_CAP = 1 << 20
    OUTPUT_OF_ONE = 2048  # bytes that a command which meets no makers may need at most

# An open order, one cache line.
cdef struct Order:
    uint64_t order_id  # 0 in a free slot
    int64_t price_ticks
    int64_t lots
    int64_t open_lots
    int64_t prevented_lots
    uint32_t pair  # slot of the (account, market) it belongs to
    uint32_t next  # in its level; in the free list
    uint32_t previous
    uint32_t level
    uint32_t cap_ppm
    uint8_t side
    uint8_t self_trade
    uint8_t flags
    uint8_t watched

# Beside each order: what only its coming and going touch.
cdef struct Link:
    uint32_t next_of_id  # the next order whose id has the same place
    uint32_t place  # among its account's orders
    uint64_t joined  # the moment it last joined a level, as `next_join` counted it

# The terms of an open order. `order_id` is 0 in a free slot.
cdef struct Special:
    uint64_t order_id
    TermsBody terms
    int64_t shown_lots  # of an iceberg in the book
    int64_t limit_ticks  # of a peg
    uint32_t partner  # slot of the order it is linked with
    uint32_t next  # in the free list

# Open orders at one price, oldest first. `price_ticks` is 0 in a free slot.
cdef struct Level:
    int64_t price_ticks
    int64_t lots
    uint32_t head
    uint32_t tail  # in the free list: the next free slot
    uint32_t side
    uint32_t icebergs  # Where there are some, `lots` is what is shown.

# A stretch of the sorted prices of one side. A key is the price of a bid, minus the price of an
# ask, so that the best is the highest key of either side and lies at the end, where most changes
# happen and nothing needs to move.
# Places after the last key hold NO_KEY, above all keys: a search always takes the same steps.
cdef struct Chunk:
    uint32_t count
    Chunk *spare  # the next one, while none of them is in use
    int64_t[CHUNK_KEYS] keys
    uint32_t[CHUNK_KEYS] levels

cdef struct BookSide:
    uint32_t count  # chunks
    uint32_t capacity
    uint32_t best  # level slot, 0 where the side is empty
    uint32_t orders
    uint32_t icebergs
    int64_t touch  # the best price as a key of the other side; NO_KEY where there is none
    int64_t *firsts  # the lowest key of each chunk
    Chunk **chunks

cdef struct Best:
    int64_t bid_ticks
    int64_t bid_lots
    int64_t ask_ticks
    int64_t ask_lots
    int64_t bid_reference_ticks  # of the best orders that are no pegs
    int64_t ask_reference_ticks

# A market's rules as `passes` wants them, see `note_terms`.
cdef struct Terms:
    int64_t least_lots
    uint64_t lots_range
    int64_t least_notional_units
    uint64_t notional_range
    uint64_t most_open_orders
    int64_t most_daily_units
    int64_t held_fee  # a mask: all ones where a buy holds its fee too
    int64_t usual  # whether the market trades and nothing but these rules limits an order

# Between which prices a side may take, as keys of that side; and the last key it may rest at.
cdef struct Band:
    int64_t low_ticks
    int64_t high_ticks
    int64_t first_key
    int64_t last_key

cdef struct Market:
    uint32_t market
    uint32_t slot
    uint32_t base  # asset slots
    uint32_t quote
    int64_t tick_value_units
    int64_t lot_units
    int64_t maker_ppm
    int64_t taker_ppm
    int64_t auction_ppm
    int64_t cap_ppm  # of an order accepted now
    int64_t state
    uint64_t update_id
    uint64_t next_trade_id
    int64_t last_price_ticks
    int64_t watch_low_ticks
    int64_t watch_high_ticks
    uint32_t *hints  # per side, level slots by folded price; made with the first order
    BookSide[2] sides
    Terms terms
    Band[2] bands
    int64_t floor_maker_ppm
    int64_t floor_taker_ppm
    uint64_t waiting  # open orders that are not in the book
    MarketBody rules
    int64_t version
    bint watch_book
    Best seen_best

cdef struct Balance:
    int64_t available
    int64_t held

cdef struct Asset:
    uint32_t asset
    uint32_t unit_decimals
    uint32_t chain_decimals
    uint8_t[16] symbol
    # Sums that only ever grow are kept modulo 2^64, like the snapshot's words; differences of them
    # are below 2^62 and so exact.
    uint64_t credited
    uint64_t withdrawn
    uint64_t loss
    int64_t fees
    int64_t in_flight

# What is counted per account and market. Both balances are pointed to because a trade reaches a
# maker's money through its order; `place_balances` renews the pointers when they move.
cdef struct Pair:
    uint32_t account  # slots
    uint32_t market
    uint32_t open_orders
    uint32_t next  # of the same account
    Balance *paying[2]  # by side: a buy pays in quote, a sell in base
    Sum128 daily_units
    uint32_t day
    uint32_t limited  # whether `pair_limits` has limits (1) or rates (2) of its own
    uint32_t account_id
    uint32_t stops  # waiting orders with a trigger

cdef enum:
    HAS_LIMITS = 1
    HAS_RATES = 2

# Beside each pair: what few have.
cdef struct PairLimits:
    int64_t order_notional_units
    int64_t open_orders
    int64_t daily_notional_units
    int64_t stop_orders
    int64_t position_units
    int64_t maker_ppm
    int64_t taker_ppm
    Sum128 inside_units  # the part of the day's total that was traded inside the group

cdef struct Account:
    uint32_t account
    uint16_t status
    uint16_t grouped  # whether there are others in its group
    uint32_t open_orders
    uint32_t balance_count  # asset slots that `balances` covers
    Balance *balances  # by asset slot
    uint32_t first_pair
    uint32_t recent_pair  # Most accounts trade one market for a while.
    uint32_t *orders  # pool slots of the open ones, in any order
    uint32_t order_capacity
    uint32_t room  # orders that may be open before a limit or the array needs a look
    uint32_t group  # id of its parent, its own without
    uint32_t parent  # id, 0 without
    uint64_t key_count

cdef struct Withdrawal:
    uint64_t withdrawal_id
    uint32_t account
    uint32_t asset  # slots
    int64_t amount_units

cdef struct KeyEntry:
    uint8_t[16] hash
    uint8_t[16] digest
    uint64_t order_id
    uint64_t first_sequence
    int64_t time_ns
    uint64_t number
    uint64_t account_number
    uint32_t account  # id
    uint16_t reason
    uint8_t command

# Where an entry is in the ring, and 31 bits of its hash over a 1 that says the place is taken.
cdef struct KeyPlace:
    uint32_t position
    uint32_t tag

cdef struct KeyTable:
    uint64_t count
    uint64_t head  # positions of the oldest entry and of the next one
    uint64_t tail
    KeyEntry **blocks  # ring of blocks; a position's block is (position / KEY_BLOCK) modulo this
    uint64_t block_capacity  # a power of two
    KeyPlace *places
    uint64_t mask
    uint64_t used
    uint64_t looks  # entries that are still to be looked at, whether they answer
    uint64_t passed_on  # of those that the last look has met, how many do

# The order being entered, whether it will ever rest or not.
cdef struct Taker:
    uint64_t order_id
    int64_t price_ticks
    int64_t lots
    int64_t open_lots
    int64_t prevented_lots
    int64_t hold_per_lot
    int64_t reach  # the last key it trades at
    int64_t limit_reach  # the last key its price reaches; its band may end before it
    int64_t first_key  # where its band begins
    int64_t kept_lots  # open ones that wait while a slice trades
    int64_t limit_ticks  # of a peg
    int64_t rest_units  # of a budget
    int64_t rate_ppm
    TermsBody *terms  # of a new order that has some
    uint32_t passed_slot  # a maker that will be gone
    uint32_t group  # of an account that is not alone in it, else 0
    uint32_t pair
    uint32_t slot  # of an order that is being replaced, else 0
    uint32_t cap_ppm
    uint8_t side
    uint8_t kind
    uint8_t time_in_force
    uint8_t self_trade
    uint8_t flags
    uint8_t watched
    uint8_t rest_reason  # why it ends with lots left that may not rest
    bint pays_fee_in_quote
    Account *account
    Market *market

# An order in a level as a walk goes round it.
cdef struct Queued:
    uint32_t slot
    uint32_t next
    int64_t shown_lots
    int64_t open_lots

# What a limit order costs. All products are below 2^62, or the order was refused.
cdef struct Cost:
    int64_t lot_price_units
    int64_t notional_units
    int64_t with_fee_units  # lots x (price and fee of a lot): the hold of a buy that pays in quote

# What an order would do, for the checks that have to know before anything happens.
cdef struct Plan:
    int64_t traded_lots
    int64_t prevented_lots
    Sum128 notional_units
    Sum128 cost_units
    int end
    int64_t stopped_at_ticks
    uint64_t makers
    int64_t open_lots  # what the walk has left of the order
    int64_t rest_units

# An order on its way in, and what its checks found out.
cdef struct Entry:
    OrderBody wanted  # as it will be accepted
    TermsBody terms
    bint special
    bint waits  # It will not be in the book yet.
    bint rests  # It may stay open.
    bint calling  # The market is in a call phase.
    bint late_band  # Its band is checked once the order that it replaces is gone.
    bint crossing
    bint killed
    int64_t cap_ppm
    int64_t notional_units
    int64_t needed_units
    Cost cost
    Plan plan
    Taker t

# What a command leaves while the host carries it out: all that its end needs.
cdef struct Asked:
    bint waits
    Header header
    bint keyed
    KeyEntry entry

cdef struct State:
    uint64_t sequence
    int64_t now_ns
    int64_t next_due_ns
    int64_t horizon_ns  # an ordinary record is stamped before this: what is due, or the day's end
    uint64_t next_check  # sequence of the next full sums
    int64_t mode
    int64_t rules
    uint64_t next_order_id
    uint64_t next_withdrawal_id
    uint64_t next_join
    uint32_t index  # of the next event under this sequence
    uint32_t today  # now_ns in whole days
    int64_t day_end_ns
    bint opened  # an internal command opened this sequence; its own command follows
    bint touched  # by the current command: a watch
    uint32_t book_watches
    bint hidden_first  # Prevention in a call phase takes hidden lots before shown ones.
    Asked asked

    # Of the current command: its record, its key and what its refusal says.
    Header *record
    const uint8_t *key
    uint32_t key_length
    uint64_t named_order_id
    int64_t given
    int64_t bound

    uint8_t[64] no_record  # zeros, what looking past the end of a batch sees

    uint8_t *out
    size_t out_length
    size_t out_capacity
    size_t out_full  # an ordinary record begins with no more output than this
    size_t effects_length  # bytes that the order being entered may say at most
    size_t events_per_kilobyte  # of records, in the last call
    bint out_lent  # the output is inside a bytes object of the caller's

    Order *orders
    uint32_t order_used
    uint32_t order_capacity
    uint32_t free_order
    uint32_t open_orders
    Link *links  # by order slot
    uint32_t link_capacity
    uint32_t id_mask
    uint32_t *ids  # the first order of each place
    uint32_t reserved  # orders that may still be booked before `reserve_pools` looks again

    Special *specials
    uint32_t special_used
    uint32_t special_capacity
    uint32_t free_special
    uint32_t special_count
    uint32_t *special_of  # by order slot; only where its flags say that it has terms
    uint32_t special_of_capacity

    Level *levels
    uint32_t level_used
    uint32_t level_capacity
    uint32_t free_level
    Chunk *spare_chunks
    uint32_t spare_count

    Account *accounts
    uint32_t account_used
    uint32_t account_capacity
    uint32_t *account_slots  # by account id
    uint32_t account_slots_size
    int64_t *total_limits  # of open orders, by account slot
    uint32_t total_limits_capacity

    Pair *pairs
    PairLimits *pair_limits
    uint32_t pair_used
    uint32_t pair_capacity
    uint32_t pair_limits_capacity
    uint32_t *pair_places
    uint64_t pair_mask

    Asset *assets
    uint32_t asset_used
    uint32_t asset_capacity
    uint32_t asset_sums_capacity
    uint32_t *asset_slots  # by asset id
    Sum128 *asset_sums  # scratch of the full sums, one per asset

    Market *markets
    uint32_t market_used
    uint32_t market_capacity
    uint32_t *market_slots  # by market id

    Withdrawal *withdrawals  # open ones, ascending by id
    uint64_t withdrawal_count
    uint64_t withdrawal_capacity

    KeyTable keys

    uint64_t *scratch  # order ids and slots while many are cancelled
    size_t scratch_capacity
    Queued *queue  # what a walk makes of a level with icebergs
    uint32_t queue_capacity
    uint8_t *notes
    size_t notes_length
