# Looking ahead in a batch. An operation waits for memory more than it computes, and the records to
# come say which: cursors run ahead of the loop, and each asks for what the one before it has
# brought. They only read what is inside the batch and the tables, and there are no branches on what
# the records say: a wrong guess (an order id read out of a record that has none, a place of the id
# table that is another order's) costs less than a mispredicted jump.

cdef enum:
    FAR = 8  # records ahead of the loop: asks for the place of an order's id
    MIDDLE = 5  # asks for the order
    NEAR = 2  # asks for the order's surroundings and for the account
    FAR_FROM_ORDERS = 16384  # With fewer open orders their tables are in the cache anyway.
    PEEKED = 40  # bytes: a header and the first word of the body
    BATCH_AHEAD = 1024  # bytes of the batch itself: two microseconds of work
    CACHE_LINE = 64

cdef struct Ahead:
    const uint8_t *data
    size_t size
    size_t far
    size_t middle
    size_t near


cdef inline void look_from(
    State *s, Ahead *ahead, const uint8_t *data, size_t size, size_t offset
) noexcept nogil:
    """Set the cursors out; on the way nothing is asked for."""
    cdef int i
    ahead.data = data
    ahead.size = size
    ahead.far = ahead.middle = ahead.near = offset
    for i in range(FAR):
        peek(s, ahead, &ahead.far)
    for i in range(MIDDLE):
        peek(s, ahead, &ahead.middle)
    for i in range(NEAR):
        peek(s, ahead, &ahead.near)


cdef inline Header *peek(State *s, Ahead *ahead, size_t *cursor) noexcept nogil:
    """Return the record at a cursor and move it on; past the end, a record of zeros."""
    cdef Header *record = <Header *>(ahead.data + cursor[0])
    if rare(ahead.size - cursor[0] < PEEKED):
        return <Header *>&s.no_record
    cursor[0] = min(cursor[0] + record.length, ahead.size)
    return record


cdef inline uint64_t word_of(Header *record) noexcept nogil:
    """Return the word where a cancel, reduce or replace has the id of its order."""
    return (<CancelRecord *>record).naming.order_id


cdef inline void look_ahead(State *s, Ahead *ahead) noexcept nogil:
    """Move the cursors on by one record; called once for every record."""
    cdef Header *record
    cdef Order *order
    cdef uint32_t slot
    record = peek(s, ahead, &ahead.far)
    prefetch_to_write(chain_of_id(s, word_of(record)))
    record = peek(s, ahead, &ahead.middle)
    slot = chain_of_id(s, word_of(record))[0]
    prefetch_to_write(&s.orders[slot])
    prefetch_to_write(&s.links[slot])
    record = peek(s, ahead, &ahead.near)
    order = &s.orders[chain_of_id(s, word_of(record))[0]]
    prefetch_to_write(&s.levels[order.level])
    prefetch_to_write(&s.orders[order.next])
    prefetch_to_write(&s.orders[order.previous])
    look_at_account(s, record)
    look_at_index(s, record, order)


cdef inline void look_at_account(State *s, Header *record) noexcept nogil:
    cdef Account *account
    if record.account < s.account_slots_size:
        account = &s.accounts[s.account_slots[record.account]]
        prefetch_to_write(&s.pairs[account.recent_pair])
        prefetch_to_write(account.balances)
        prefetch_to_write(account.orders + account.open_orders)


cdef inline void look_at_batch(const uint8_t *data, size_t size, size_t offset) noexcept nogil:
    """Ask for the beginning of a batch; the loop asks for the rest as it goes."""
    cdef size_t end = min(size, offset + <size_t>BATCH_AHEAD)
    while offset < end:
        prefetch(data + offset)
        offset += CACHE_LINE


cdef inline void look_at_next(State *s, Header *record, size_t left) noexcept nogil:
    """Ask for the order and the account of the record that follows one that is well formed.

    With few open orders that is enough; it makes what a mispredicted jump lays bare shorter.
    """
    cdef Header *following = <Header *>(<uint8_t *>record + record.length)
    cdef uint32_t slot
    if usual(left >= record.length + <size_t>PEEKED):
        slot = chain_of_id(s, word_of(following))[0]
        prefetch_to_write(&s.orders[slot])
        look_at_account(s, following)


cdef void look_at_index(State *s, Header *record, Order *order) noexcept nogil:
    """Ask for the part of the price index that a coming order or cancel will search."""
    cdef int64_t price_ticks = order.price_ticks
    cdef int side = order.side
    cdef Market *market = find_market(s, record.market)
    cdef Chunk *chunk
    cdef uint32_t i
    if market is NULL:
        return
    if record.number == PLACE_ORDER:
        price_ticks = (<PlaceRecord *>record).body.price_ticks
        side = (<PlaceRecord *>record).body.side & 1
    if market.sides[side].count == 0:
        return
    chunk = market.sides[side].chunks[chunk_for(&market.sides[side], key_of(side, price_ticks))]
    for i in range(0, <uint32_t>CHUNK_KEYS, 8):
        prefetch_to_write(&chunk.keys[i])


cdef inline void look_at_first_maker(State *s, BookSide *book) noexcept nogil:
    """Ask for the order at the touch, which a taker is about to meet."""
    prefetch_to_write(&s.orders[s.levels[book.best].head])


cdef inline void look_at_next_maker(State *s, Order *maker) noexcept nogil:
    """Ask for what a taker meets after this maker, and for this maker's id."""
    prefetch_to_write(&s.orders[maker.next])
    prefetch_to_write(chain_of_id(s, maker.order_id))
