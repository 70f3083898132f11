# The price index and the levels of a book.

cdef inline int64_t key_of(int side, int64_t price_ticks) noexcept nogil:
    return (price_ticks ^ -<int64_t>side) + side


cdef inline uint32_t chunk_for(BookSide *side, int64_t key) noexcept nogil:
    """Return the chunk where a key is or belongs: the last that starts at or below it."""
    cdef uint32_t low = 0
    cdef uint32_t left = side.count
    cdef uint32_t half
    while left > 1:
        half = left >> 1
        # A product instead of a branch: which half it is cannot be predicted.
        low += half * <uint32_t>(side.firsts[low + half] <= key)
        left -= half
    return low


cdef inline uint32_t place_for(Chunk *chunk, int64_t key) noexcept nogil:
    """Return how many keys of a chunk are below `key`."""
    cdef uint32_t low = 0
    cdef uint32_t half = CHUNK_KEYS // 2
    while half:
        low += half * <uint32_t>(chunk.keys[low + half - 1] < key)
        half >>= 1
    return low + <uint32_t>(chunk.keys[low] < key)


cdef void set_keys(Chunk *chunk, uint32_t count) noexcept nogil:
    """Note how many keys a chunk has, and that there are none after them."""
    cdef uint32_t i
    chunk.count = count
    for i in range(count, <uint32_t>CHUNK_KEYS):
        chunk.keys[i] = NO_KEY


cdef inline uint32_t hint_for(int side, int64_t price_ticks) noexcept nogil:
    """Return where a side's hint for a price is; prices near each other share cache lines."""
    cdef uint32_t folded = <uint32_t>(price_ticks ^ (price_ticks >> HINT_FOLD)) & (HINTS - 1)
    return side * HINTS + folded


cdef inline void set_best(State *s, BookSide *book) noexcept nogil:
    cdef Chunk *last
    cdef Level *best
    if book.count == 0:
        book.best = 0
        book.touch = NO_KEY
        return
    last = book.chunks[book.count - 1]
    book.best = last.levels[last.count - 1]
    best = &s.levels[book.best]
    book.touch = key_of(1 - <int>best.side, best.price_ticks)


cdef inline void insert_in_chunk(
    BookSide *side, uint32_t c, uint32_t at, int64_t key, uint32_t level
) noexcept nogil:
    cdef Chunk *chunk = side.chunks[c]
    cdef uint32_t after = chunk.count - at
    if after:
        memmove(&chunk.keys[at + 1], &chunk.keys[at], after * sizeof(int64_t))
        memmove(&chunk.levels[at + 1], &chunk.levels[at], after * sizeof(uint32_t))
    chunk.keys[at] = key
    chunk.levels[at] = level
    chunk.count += 1
    if at == 0:
        side.firsts[c] = key


cdef void open_chunk(State *s, BookSide *side, uint32_t c) noexcept nogil:
    """Put an empty chunk at place `c` of the directory."""
    memmove(&side.firsts[c + 1], &side.firsts[c], (side.count - c) * sizeof(int64_t))
    memmove(&side.chunks[c + 1], &side.chunks[c], (side.count - c) * sizeof(Chunk *))
    side.chunks[c] = take_chunk(s)
    side.count += 1


cdef void close_chunk(State *s, BookSide *side, uint32_t c) noexcept nogil:
    """Take the chunk at place `c` out of the directory."""
    free_chunk(s, side.chunks[c])
    side.count -= 1
    memmove(&side.firsts[c], &side.firsts[c + 1], (side.count - c) * sizeof(int64_t))
    memmove(&side.chunks[c], &side.chunks[c + 1], (side.count - c) * sizeof(Chunk *))


cdef void split_chunk(State *s, BookSide *side, uint32_t c) noexcept nogil:
    """Move the upper half of a full chunk into a new one after it."""
    cdef Chunk *lower
    cdef Chunk *upper
    cdef uint32_t half = CHUNK_KEYS // 2
    open_chunk(s, side, c + 1)
    lower = side.chunks[c]
    upper = side.chunks[c + 1]
    set_keys(upper, lower.count - half)
    memcpy(&upper.keys[0], &lower.keys[half], upper.count * sizeof(int64_t))
    memcpy(&upper.levels[0], &lower.levels[half], upper.count * sizeof(uint32_t))
    set_keys(lower, half)
    side.firsts[c + 1] = upper.keys[0]


cdef void join_chunks(State *s, BookSide *side, uint32_t c) noexcept nogil:
    """Append chunk `c + 1` to chunk `c`."""
    cdef Chunk *lower = side.chunks[c]
    cdef Chunk *upper = side.chunks[c + 1]
    memcpy(&lower.keys[lower.count], &upper.keys[0], upper.count * sizeof(int64_t))
    memcpy(&lower.levels[lower.count], &upper.levels[0], upper.count * sizeof(uint32_t))
    lower.count += upper.count
    close_chunk(s, side, c + 1)


cdef void thin_out(State *s, BookSide *side, uint32_t c) noexcept nogil:
    """Join a sparse chunk with a neighbour, so that cancelled orders do not leave memory behind."""
    if side.chunks[c].count == 0:
        close_chunk(s, side, c)
    elif c + 1 < side.count and (
        side.chunks[c].count + side.chunks[c + 1].count <= CHUNK_MERGE
    ):
        join_chunks(s, side, c)
    elif c > 0 and side.chunks[c - 1].count + side.chunks[c].count <= CHUNK_MERGE:
        join_chunks(s, side, c - 1)


cdef inline uint32_t hinted_level(
    State *s, Market *market, int side, int64_t price_ticks
) noexcept nogil:
    """Return the level if the hint knows it; hints name no level that is gone."""
    cdef uint32_t slot = market.hints[hint_for(side, price_ticks)]
    return slot if s.levels[slot].price_ticks == price_ticks else 0


cdef inline uint32_t level_at(
    State *s, Market *market, int side, int64_t price_ticks
) noexcept nogil:
    """Return the level of a price, made if it is new; room for it was reserved."""
    cdef uint32_t slot = hinted_level(s, market, side, price_ticks)
    return slot if usual(slot) else searched_level(s, market, side, price_ticks)


cdef uint32_t searched_level(
    State *s, Market *market, int side, int64_t price_ticks
) noexcept nogil:
    cdef BookSide *book = &market.sides[side]
    cdef int64_t key = key_of(side, price_ticks)
    cdef uint32_t slot, c, at
    cdef Chunk *chunk
    if book.count == 0:
        open_chunk(s, book, 0)
        book.firsts[0] = key
    c = chunk_for(book, key)
    chunk = book.chunks[c]
    at = place_for(chunk, key)
    if at < chunk.count and chunk.keys[at] == key:
        slot = chunk.levels[at]
        market.hints[hint_for(side, price_ticks)] = slot
        return slot
    slot = take_level(s)
    s.levels[slot].price_ticks = price_ticks
    s.levels[slot].lots = 0
    s.levels[slot].icebergs = 0
    s.levels[slot].head = 0
    s.levels[slot].tail = 0
    s.levels[slot].side = side
    market.hints[hint_for(side, price_ticks)] = slot
    if chunk.count == CHUNK_KEYS:
        split_chunk(s, book, c)
        if at > CHUNK_KEYS // 2:
            c += 1
            at -= CHUNK_KEYS // 2
    insert_in_chunk(book, c, at, key, slot)
    set_best(s, book)
    return slot


cdef void drop_level(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Take an empty level out of the index."""
    cdef Level *level = &s.levels[slot]
    cdef BookSide *book = &market.sides[level.side]
    cdef int64_t key = key_of(level.side, level.price_ticks)
    cdef uint32_t c = book.count - 1
    cdef uint32_t at, after
    cdef uint32_t *hint = &market.hints[hint_for(level.side, level.price_ticks)]
    cdef Chunk *chunk
    if hint[0] == slot:
        hint[0] = 0
    if book.best != slot:
        c = chunk_for(book, key)
    chunk = book.chunks[c]
    at = chunk.count - 1 if book.best == slot else place_for(chunk, key)
    chunk.count -= 1
    after = chunk.count - at
    if after:
        memmove(&chunk.keys[at], &chunk.keys[at + 1], after * sizeof(int64_t))
        memmove(&chunk.levels[at], &chunk.levels[at + 1], after * sizeof(uint32_t))
    chunk.keys[chunk.count] = NO_KEY
    if at == 0 and chunk.count:
        book.firsts[c] = chunk.keys[0]
    if chunk.count < CHUNK_SPARSE:
        thin_out(s, book, c)
    free_level(s, slot)
    set_best(s, book)


cdef inline int64_t join_level(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Put an order at the back of its level; return the level's lots."""
    cdef Order *order = &s.orders[slot]
    cdef uint32_t level_slot = level_at(s, market, order.side, order.price_ticks)
    cdef Level *level = &s.levels[level_slot]
    cdef uint32_t *link
    order.level = level_slot
    order.next = 0
    order.previous = level.tail
    link = &s.orders[level.tail].next if level.tail else &level.head
    link[0] = slot
    level.tail = slot
    if OUTCRY_MUTANT == 2 and level.head != slot:
        # A broken core for the tests: the newest order of a level trades first.
        level.tail = order.previous
        s.orders[level.tail].next = 0
        order.previous = 0
        order.next = level.head
        s.orders[level.head].previous = slot
        level.head = slot
    if rare(order.flags & ICEBERG):
        show_iceberg(s, market, slot)
    else:
        level.lots += order.open_lots
    s.links[slot].joined = s.next_join
    s.next_join += 1
    market.sides[order.side].orders += 1
    return level.lots


cdef inline int64_t leave_level(
    State *s, Market *market, uint32_t slot, int64_t lots
) noexcept nogil:
    """Take an order and its last open lots out of its level; return what is left of the level."""
    cdef Order *order = &s.orders[slot]
    cdef Level *level = &s.levels[order.level]
    cdef uint32_t previous = order.previous
    cdef uint32_t following = order.next
    cdef int64_t left_lots = level.lots - lots
    cdef uint32_t *link
    link = &s.orders[previous].next if previous else &level.head
    link[0] = following
    link = &s.orders[following].previous if following else &level.tail
    link[0] = previous
    market.sides[order.side].orders -= 1
    level.lots = left_lots
    # Asked of the order, not of the level: its memory has just been written.
    if rare((previous | following) == 0):
        drop_level(s, market, order.level)
    return left_lots


cdef inline bint reserve_book(State *s, Market *market, int side) noexcept nogil:
    """Make room for one more order of a side, with a level of its own."""
    if usual(
        s.reserved
        and market.sides[side].count < market.sides[side].capacity
    ):
        s.reserved -= 1
        return True
    return reserve_book_slowly(s, market, side)


cdef bint reserve_book_slowly(State *s, Market *market, int side) noexcept nogil:
    if market.hints is NULL:
        market.hints = <uint32_t *>calloc(2 * HINTS, sizeof(uint32_t))
        if market.hints is NULL:
            return False
    if not (reserve_pools(s) and reserve_chunk(s) and reserve_side(&market.sides[side])):
        return False
    s.reserved -= 1
    return True


cdef inline bint crosses(Market *market, int side, int64_t price_ticks) noexcept nogil:
    """Return whether a limit would trade with the best opposite price."""
    return market.sides[1 - side].touch <= key_of(side, price_ticks)


cdef int64_t open_lots_at(State *s, Level *level) noexcept nogil:
    """Return all open lots of a level, shown or not."""
    cdef uint32_t slot = level.head
    cdef int64_t lots = 0
    if level.icebergs == 0:
        return level.lots
    while slot:
        lots += s.orders[slot].open_lots
        slot = s.orders[slot].next
    return lots


cdef int64_t best_unpegged(State *s, BookSide *book) noexcept nogil:
    """Return the best price of a side with an order that is no peg; 0 for none."""
    cdef uint32_t c = book.count
    cdef uint32_t i, slot
    while c:
        c -= 1
        i = book.chunks[c].count
        while i:
            i -= 1
            slot = s.levels[book.chunks[c].levels[i]].head
            while slot:
                if s.orders[slot].flags & SPECIAL == 0 or special_at(s, slot).terms.peg == NO_PEG:
                    return s.orders[slot].price_ticks
                slot = s.orders[slot].next
    return 0


cdef Best best_prices(State *s, Market *market) noexcept nogil:
    """Return what a watched market is watched for; slot 0 of the levels is all zeros."""
    cdef Best best
    best.bid_ticks = s.levels[market.sides[BUY].best].price_ticks
    best.bid_lots = s.levels[market.sides[BUY].best].lots
    best.ask_ticks = s.levels[market.sides[SELL].best].price_ticks
    best.ask_lots = s.levels[market.sides[SELL].best].lots
    best.bid_reference_ticks = best_unpegged(s, &market.sides[BUY])
    best.ask_reference_ticks = best_unpegged(s, &market.sides[SELL])
    return best
