# Special orders: an order and its terms. The terms are told after its acceptance and kept beside it
# while it is open; what the order does goes the way of any other.

cdef int place_special(State *s, Account *account, SpecialRecord *record) noexcept nogil:
    cdef Entry e
    enter_special(&e, &record.body, &record.terms)
    return place_entry(s, account, find_market(s, record.header.market), &e)


cdef bint reserve_specials(State *s, uint32_t more) noexcept nogil:
    """Make room for the terms of more orders, whose slots were reserved."""
    cdef void *moved = grown(
        s.specials, <uint64_t>s.special_count + more + 1, &s.special_capacity, sizeof(Special), 64
    )
    if moved is NULL:
        return False
    s.specials = <Special *>moved
    moved = grown(
        s.special_of, s.order_capacity, &s.special_of_capacity, sizeof(uint32_t), 64
    )
    if moved is NULL:
        return False
    s.special_of = <uint32_t *>moved
    return True


cdef void keep_terms(
    State *s, uint32_t slot, TermsBody *terms, int64_t limit_ticks
) noexcept nogil:
    """Keep the terms of an order that is open, and touch a watch; room was reserved."""
    cdef uint32_t place = s.free_special
    cdef Special *special
    if place:
        s.free_special = s.specials[place].next
    else:
        place = s.special_used
        s.special_used += 1
    special = &s.specials[place]
    special.order_id = s.orders[slot].order_id
    special.terms = terms[0]
    special.shown_lots = 0
    special.limit_ticks = limit_ticks
    special.partner = 0
    s.special_of[slot] = place
    s.special_count += 1
    s.touched = True


cdef void drop_terms(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Forget the terms of an order that has ended, and whatever else made it special."""
    cdef uint32_t place = s.special_of[slot]
    if s.orders[slot].flags & LINKED:
        unlink(s, slot)
    if s.orders[slot].flags & WAITING:
        stop_waiting(s, market, slot)
    s.specials[place].order_id = 0
    s.specials[place].next = s.free_special
    s.free_special = place
    s.special_count -= 1


cdef void wait_outside(State *s, Taker *t) noexcept nogil:
    """Let a new order wait outside the book."""
    start_waiting(s, t.market, create_order(s, t))


cdef void start_waiting(State *s, Market *market, uint32_t slot) noexcept nogil:
    cdef Order *order = &s.orders[slot]
    order.flags |= WAITING
    market.waiting += 1
    if special_at(s, slot).terms.trigger:
        s.pairs[order.pair].stops += 1


cdef void stop_waiting(State *s, Market *market, uint32_t slot) noexcept nogil:
    cdef Order *order = &s.orders[slot]
    order.flags &= ~<uint8_t>(WAITING | PENDING | QUEUED)
    market.waiting -= 1
    if special_at(s, slot).terms.trigger:
        s.pairs[order.pair].stops -= 1


cdef void end_special(State *s, uint32_t slot, int reason) noexcept nogil:
    """End a special order, in the book or waiting, and release what only it held."""
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef Market *market = &s.markets[pair.market]
    cdef bint booked = order.flags & WAITING == 0
    cdef int64_t units = release_at_end(s, slot, order.open_lots, special_hold(s, market, slot))
    cdef int64_t level_lots = 0
    cdef DoneEvent *event
    if booked:
        market.update_id += 1
        level_lots = leave_book(s, market, slot)
    release(paying(pair, order.side), units)
    if order.watched:
        s.touched = True
    event = emit_done(s, pair.account_id, market.market, order.order_id, order.side, reason)
    event.booked = booked
    event.open_lots = order.open_lots
    event.filled_lots = order.lots - order.open_lots - order.prevented_lots
    event.prevented_lots = order.prevented_lots
    event.release_units = units
    event.price_ticks = order.price_ticks
    event.level_lots = level_lots
    if booked:
        event.update_id = market.update_id
    forget_order(s, market, slot)


cdef uint64_t *special_ids(State *s) noexcept nogil:
    """Return the ids of the orders with terms, ascending; the caller frees them."""
    cdef uint64_t *ids = <uint64_t *>malloc((<size_t>s.special_count + 1) * sizeof(uint64_t))
    cdef uint32_t used = 0
    cdef uint32_t i
    if ids is NULL:
        return NULL
    for i in range(1, s.special_used):
        if s.specials[i].order_id:
            ids[used] = s.specials[i].order_id
            used += 1
    qsort(ids, used, sizeof(uint64_t), compare_words)
    return ids
