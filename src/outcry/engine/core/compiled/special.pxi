# Special orders: a plain order and its terms. The order goes the way of any other; its terms are
# told after its acceptance, and kept beside it while it is open.

cdef int place_special(State *s, Account *account, SpecialRecord *record) noexcept nogil:
    cdef Market *market = find_market(s, record.header.market)
    cdef OrderBody plain = record.body
    cdef TermsBody terms = record.terms
    cdef size_t accepted_at
    cdef uint32_t pair
    cdef Cost cost
    cdef int reason = may_place(s, account, plain.side)
    plain.time_in_force = GTC
    terms.time_in_force = record.body.time_in_force
    if reason == 0:
        reason = trading(s, market, record.header.market)
    if reason == 0:
        reason = special_shape(s, market, &plain, &terms)
    if reason == 0:
        reason = filters(s, market, &plain, market.cap_ppm, &cost)
    if reason:
        return reason
    pair = reserve_placing(s, account, market, plain.side)
    if pair == 0 or not reserve_special(s):
        return NO_MEMORY
    # There is more room after this than any order's own events and its terms need.
    if not reserve_both(s, account, market, pair, &plain):
        return NO_MEMORY
    reason = open_order_limits(s, account, market, pair, &plain)
    if reason:
        return reason
    accepted_at = s.out_length
    reason = enter(s, account, market, pair, &plain, &cost)
    if reason == 0:
        tell_terms(s, accepted_at, &terms)
        keep_terms(s, s.named_order_id, &terms)
    return reason


cdef int special_shape(
    State *s, Market *market, OrderBody *plain, TermsBody *terms
) noexcept nogil:
    """Check what an order and its terms say together; note when an order for the day ends."""
    cdef bint fits = (
        plain.kind == LIMIT
        and terms.display_lots == 0 and terms.trigger_ticks == 0 and terms.trail_ppm == 0
        and terms.peg_offset_ticks == 0 and terms.interval_ns == 0 and terms.session == 0
        and terms.slices == 0 and terms.trigger == 0 and terms.peg == 0
    )
    if terms.time_in_force == DAY:
        fits = fits and terms.expires_ns == 0
        terms.expires_ns = next_midnight_ns(s)
    elif terms.time_in_force == GTD:
        fits = fits and terms.expires_ns > s.now_ns
    else:
        fits = False
    return order_shape(s, market, plain) if fits else refuse(s, REJECT_SHAPE, 0, 0)


cdef int64_t next_midnight_ns(State *s) noexcept nogil:
    """Return when the day ends; the last day that 63 bits know has no end of its own."""
    if <int64_t>s.today + 1 > INT64_MAX // DAY_NS:
        return INT64_MAX
    return (<int64_t>s.today + 1) * DAY_NS


cdef void tell_terms(State *s, size_t accepted_at, TermsBody *terms) noexcept nogil:
    """Put the terms after the order's acceptance, and number anew what came after it."""
    cdef AcceptedEvent *accepted = <AcceptedEvent *>(s.out + accepted_at)
    cdef size_t at = accepted_at + accepted.header.length
    cdef TermsEvent *event = <TermsEvent *>(s.out + at)
    accepted.wanted.time_in_force = terms.time_in_force
    memmove(s.out + at + sizeof(TermsEvent), s.out + at, s.out_length - at)
    event.header = accepted.header
    event.header.length = sizeof(TermsEvent)
    event.header.number = ORDER_TERMS
    event.order_id = accepted.order_id
    event.terms = terms[0]
    event.terms.padding = 0
    s.out_length += sizeof(TermsEvent)
    s.index += 1
    while at < s.out_length:
        (<Header *>(s.out + at)).flags += 1
        at += (<Header *>(s.out + at)).length


cdef void keep_terms(State *s, uint64_t order_id, TermsBody *terms) noexcept nogil:
    """Keep the terms of an order that is open, and touch a watch; room was reserved."""
    cdef uint32_t slot = find_order(s, order_id)
    cdef uint32_t special = s.free_special
    if slot == 0:
        return
    if special:
        s.free_special = s.specials[special].next
    else:
        special = s.special_used
        s.special_used += 1
    s.specials[special].order_id = order_id
    s.specials[special].terms = terms[0]
    s.links[slot].special = special
    s.special_count += 1
    s.touched = True


cdef void drop_terms(State *s, uint32_t slot) noexcept nogil:
    """Forget the terms of an order that has ended."""
    cdef uint32_t special = s.links[slot].special
    s.specials[special].order_id = 0
    s.specials[special].next = s.free_special
    s.free_special = special
    s.special_count -= 1


cdef bint reserve_special(State *s) noexcept nogil:
    cdef void *moved = grown(
        s.specials, <uint64_t>s.special_count + 2, &s.special_capacity, sizeof(Special), 64
    )
    if moved is NULL:
        return False
    s.specials = <Special *>moved
    return True


cdef int expire_order(State *s, ExpireRecord *record) noexcept nogil:
    """End an order whose time has come; only what stands above the core knows of it."""
    cdef uint32_t slot
    if record.header.flags & FLAG_INTERNAL == 0 or record.header.flags & KEY_MASK:
        return refuse(s, REJECT_SHAPE, 0, 0)
    s.named_order_id = record.order_id
    slot = find_order(s, record.order_id)
    if slot == 0:
        return refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    close_order(s, slot, DONE_EXPIRED)
    return 0


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


cdef inline TermsBody *terms_of(State *s, uint32_t slot) noexcept nogil:
    return &s.specials[s.links[slot].special].terms


cdef void write_terms(State *s, Writer *w) noexcept nogil:
    """Write the terms of the open special orders, by order id."""
    cdef uint64_t *ids = special_ids(s)
    cdef TermsBody *terms
    cdef uint32_t i
    w.failed = w.failed or ids is NULL
    put(w, s.special_count)
    for i in range(s.special_count):
        if w.failed:
            break
        terms = terms_of(s, find_order(s, ids[i]))
        put(w, <int64_t>ids[i])
        put(w, terms.display_lots)
        put(w, terms.expires_ns)
        put(w, terms.trigger_ticks)
        put(w, terms.trail_ppm)
        put(w, terms.peg_offset_ticks)
        put(w, terms.interval_ns)
        put(w, <int64_t>terms.session)
        put(w, terms.slices)
        put(w, terms.trigger)
        put(w, terms.peg)
        put(w, terms.time_in_force)
    free(ids)


cdef void read_terms(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 96)
    cdef uint32_t slot
    cdef uint64_t order_id
    cdef TermsBody terms
    cdef int i
    while left and not spoiled(r):
        left -= 1
        memset(&terms, 0, sizeof(TermsBody))
        order_id = take_in(r, 1, INT64_MAX)
        take_in(r, 0, 0)
        terms.expires_ns = take_in(r, 1, INT64_MAX)
        for i in range(8):
            take_in(r, 0, 0)
        terms.time_in_force = take_in(r, GTD, DAY)
        slot = find_order(s, order_id)
        if spoiled(r) or slot == 0 or s.links[slot].special:
            r.bad = True
        elif not reserve_special(s):
            r.no_memory = True
        else:
            keep_terms(s, order_id, &terms)
