# Growing arrays. Everything a command may need is reserved before it changes anything, so a failed
# allocation leaves the state as it was; what follows a reservation cannot fail.

cdef void *grown(
    void *array, uint64_t needed, uint32_t *capacity, size_t item, uint32_t least
) noexcept nogil:
    """Return the array with room for `needed` items; NULL without memory.

    The first item, which is "none" where it is not a thing, is cleared; the rest is as it comes.
    """
    cdef uint64_t wanted = max(capacity[0] + (capacity[0] >> 1), least)
    cdef void *moved
    if needed <= capacity[0]:
        return array
    wanted = max(wanted, needed)
    if wanted >> 32:
        return NULL
    # Orders, accounts and pairs are one cache line each only if the array starts at one, which
    # `realloc` does not promise.
    moved = aligned_memory(wanted * item)
    if moved is NULL:
        return NULL
    memset(moved, 0, item)
    memcpy(moved, array, capacity[0] * item)
    give_back(array, capacity[0] * item)
    capacity[0] = <uint32_t>wanted
    return moved


cdef bint reserve_pools(State *s) noexcept nogil:
    """Make room for the next few hundred orders, each with a level of its own.

    Both pools hand out slots in ascending order and take them back into free lists, so what is
    used but not open is free.
    """
    cdef uint64_t needed = <uint64_t>s.open_orders + 1 + RESERVED_AT_ONCE
    cdef void *moved = grown(s.orders, needed, &s.order_capacity, sizeof(Order), 1024)
    if moved is NULL:
        return False
    s.orders = <Order *>moved
    moved = grown(s.links, needed, &s.link_capacity, sizeof(Link), 1024)
    if moved is NULL:
        return False
    s.links = <Link *>moved
    # There are never more levels than open orders, but for one that is being re-queued.
    moved = grown(s.levels, needed + 1, &s.level_capacity, sizeof(Level), 1024)
    if moved is NULL:
        return False
    s.levels = <Level *>moved
    if not reserve_ids(s, RESERVED_AT_ONCE):
        return False
    s.reserved = RESERVED_AT_ONCE
    return True


cdef inline uint32_t take_order(State *s) noexcept nogil:
    cdef uint32_t slot = s.free_order
    if slot:
        s.free_order = s.orders[slot].next
        return slot
    slot = s.order_used
    s.order_used += 1
    return slot


cdef inline void free_order(State *s, uint32_t slot) noexcept nogil:
    s.orders[slot].order_id = 0
    s.orders[slot].next = s.free_order
    s.free_order = slot


cdef inline uint32_t take_level(State *s) noexcept nogil:
    cdef uint32_t slot = s.free_level
    if slot:
        s.free_level = s.levels[slot].tail
        return slot
    slot = s.level_used
    s.level_used += 1
    return slot


cdef inline void free_level(State *s, uint32_t slot) noexcept nogil:
    s.levels[slot].price_ticks = 0
    s.levels[slot].tail = s.free_level
    s.free_level = slot


cdef bint reserve_chunk(State *s) noexcept nogil:
    cdef Chunk *chunk
    if s.spare_chunks is not NULL:
        return True
    chunk = <Chunk *>malloc(sizeof(Chunk))
    if chunk is NULL:
        return False
    free_chunk(s, chunk)
    return True


cdef Chunk *take_chunk(State *s) noexcept nogil:
    cdef Chunk *chunk = s.spare_chunks
    s.spare_chunks = chunk.spare
    s.spare_count -= 1
    if s.spare_count == 0:
        # The next order has to look for another one.
        s.reserved = 0
    set_keys(chunk, 0)
    return chunk


cdef void free_chunk(State *s, Chunk *chunk) noexcept nogil:
    """Keep a few chunks for the next split, so that a book at a standstill never allocates."""
    if s.spare_count >= 64:
        free(chunk)
        return
    chunk.spare = s.spare_chunks
    s.spare_chunks = chunk
    s.spare_count += 1


cdef bint reserve_side(BookSide *side) noexcept nogil:
    """Make room for one more chunk in a side's directory."""
    cdef uint32_t wanted = side.capacity * 2 if side.capacity else 8
    cdef void *moved
    if side.count < side.capacity:
        return True
    moved = realloc(side.firsts, wanted * sizeof(int64_t))
    if moved is NULL:
        return False
    side.firsts = <int64_t *>moved
    moved = realloc(side.chunks, wanted * sizeof(Chunk *))
    if moved is NULL:
        return False
    side.chunks = <Chunk **>moved
    side.capacity = wanted
    return True


cdef bint reserve_output(State *s, size_t length) noexcept nogil:
    """Make room for `length` more bytes of events.

    Where the caller's guess was too small the output moves to memory of the state's own.
    """
    cdef size_t wanted = s.out_length + length
    cdef void *moved
    if wanted <= s.out_capacity:
        return True
    wanted += wanted >> 1
    moved = realloc(NULL if s.out_lent else s.out, wanted)
    if moved is NULL:
        return False
    if s.out_lent:
        memcpy(moved, s.out, s.out_length)
    s.out = <uint8_t *>moved
    note_output_room(s, wanted)
    s.out_lent = False
    return True


cdef void note_output_room(State *s, size_t capacity) noexcept nogil:
    s.out_capacity = capacity
    s.out_full = min(capacity, <size_t>OUTPUT_CAP + OUTPUT_OF_ONE - 1)
    s.out_full -= min(s.out_full, <size_t>OUTPUT_OF_ONE)


cdef size_t expected_output(State *s, size_t input_length) noexcept nogil:
    """Return how many bytes of events to make room for at first: a little more than last time."""
    cdef size_t guess = (input_length >> 10) * s.events_per_kilobyte
    return min(guess + (guess >> 3), <size_t>OUTPUT_CAP) + 2 * OUTPUT_OF_ONE


cdef void note_output(State *s, size_t input_length) noexcept nogil:
    """Learn from a call how many bytes of events a kilobyte of records makes."""
    if input_length >= 1024:
        s.events_per_kilobyte = s.out_length // (input_length >> 10)


cdef void lend_output(State *s, uint8_t *memory, size_t size) noexcept nogil:
    """Let events be written to a caller's memory; none is given back with NULL and 0."""
    if not s.out_lent:
        free(s.out)
    s.out = memory
    note_output_room(s, size)
    s.out_length = 0
    s.out_lent = True


cdef bint reserve_scratch(State *s, size_t words) noexcept nogil:
    cdef void *moved
    if words <= s.scratch_capacity:
        return True
    words += words >> 1
    moved = realloc(s.scratch, words * sizeof(uint64_t))
    if moved is NULL:
        return False
    s.scratch = <uint64_t *>moved
    s.scratch_capacity = words
    return True


cdef bint start(State *s) noexcept nogil:
    """Bring zeroed memory to genesis."""
    s.next_due_ns = INT64_MAX
    s.events_per_kilobyte = 2048
    s.rules = 1
    s.next_order_id = 1
    s.next_withdrawal_id = 1
    s.next_join = 1
    s.day_end_ns = DAY_NS
    s.next_check = CHECK_EVERY
    s.order_used = 1
    s.level_used = 1
    s.special_used = 1
    s.account_used = 1
    s.pair_used = 1
    s.asset_used = 1
    s.market_used = 1
    s.asset_slots = <uint32_t *>calloc(ASSET_LIMIT, sizeof(uint32_t))
    s.market_slots = <uint32_t *>calloc(MARKET_LIMIT, sizeof(uint32_t))
    if s.asset_slots is NULL or s.market_slots is NULL:
        return False
    # Slot 0 of each pool is read as "nothing", so it has to exist.
    return (
        reserve_pools(s) and reserve_pair(s) and reserve_account(s)
        and reserve_asset(s) and reserve_market(s)
    )


cdef void stop(State *s) noexcept nogil:
    """Give back everything a state owns, and the state."""
    cdef uint32_t i
    cdef Account *account
    for i in range(1, s.market_used):
        free_market(&s.markets[i])
    for i in range(1, s.account_used):
        account = &s.accounts[i]
        give_back(account.balances, account.balance_count * sizeof(Balance))
        free(account.orders)
    while s.spare_chunks is not NULL:
        free(take_chunk(s))
    free_keys(&s.keys)
    lend_output(s, NULL, 0)
    give_back(s.orders, s.order_capacity * sizeof(Order))
    give_back(s.levels, s.level_capacity * sizeof(Level))
    give_back(s.specials, s.special_capacity * sizeof(Special))
    give_back(s.special_of, s.special_of_capacity * sizeof(uint32_t))
    give_back(s.total_limits, s.total_limits_capacity * sizeof(int64_t))
    give_back(s.queue, s.queue_capacity * sizeof(Queued))
    give_back(s.accounts, s.account_capacity * sizeof(Account))
    give_back(s.pairs, s.pair_capacity * sizeof(Pair))
    give_back(s.pair_limits, s.pair_limits_capacity * sizeof(PairLimits))
    give_back(s.assets, s.asset_capacity * sizeof(Asset))
    give_back(s.asset_sums, s.asset_sums_capacity * sizeof(Sum128))
    give_back(s.markets, s.market_capacity * sizeof(Market))
    give_back(s.links, s.link_capacity * sizeof(Link))
    if s.ids is not NULL:
        give_back(s.ids, (<size_t>s.id_mask + 1) * sizeof(uint32_t))
    free(s.pair_places)
    free(s.account_slots)
    free(s.asset_slots)
    free(s.market_slots)
    free(s.withdrawals)
    free(s.scratch)
    free(s.notes)
    free(s)


cdef void free_market(Market *market) noexcept nogil:
    cdef uint32_t i
    cdef int side
    for side in range(2):
        for i in range(market.sides[side].count):
            free(market.sides[side].chunks[i])
        free(market.sides[side].chunks)
        free(market.sides[side].firsts)
    free(market.hints)
