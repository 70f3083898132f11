# The terms of special orders in snapshots, and what they make of orders that were read before.

cdef void write_terms(State *s, Writer *w) noexcept nogil:
    """Write the terms of the open special orders, by order id."""
    cdef uint64_t *ids = special_ids(s)
    cdef uint32_t i
    w.failed = w.failed or ids is NULL
    put(w, s.special_count)
    for i in range(s.special_count):
        if w.failed:
            break
        put(w, <int64_t>ids[i])
        write_special(s, w, special_at(s, find_order(s, ids[i])))
    free(ids)


cdef void write_special(State *s, Writer *w, Special *special) noexcept nogil:
    cdef TermsBody *terms = &special.terms
    put(w, terms.display_lots)
    put(w, terms.expires_ns)
    put(w, terms.trigger_ticks)
    put(w, terms.trail_ppm)
    put(w, terms.peg_offset_ticks)
    put(w, terms.interval_ns)
    put(w, <int64_t>terms.session)
    put(w, terms.slices)
    put(w, terms.api_key)
    put(w, terms.trigger)
    put(w, terms.peg)
    put(w, terms.time_in_force)
    put(w, terms.kind)
    put(w, special.shown_lots)
    put(w, special.limit_ticks)
    put(w, <int64_t>s.orders[special.partner].order_id if special.partner else 0)


cdef void read_terms(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 136)
    while left and not spoiled(r):
        left -= 1
        read_special(s, r)
    if not spoiled(r):
        check_specials(s, r)


cdef void read_special(State *s, Reader *r) noexcept nogil:
    """Read an order's terms and make it what they say; its partner may have none yet."""
    cdef uint64_t order_id = take_in(r, 1, INT64_MAX)
    cdef uint32_t slot = find_order(s, order_id)
    cdef TermsBody terms
    cdef int64_t shown_lots, limit_ticks
    cdef uint64_t partner_id
    memset(&terms, 0, sizeof(TermsBody))
    terms.display_lots = take_in(r, 0, UNITS_LIMIT - 1)
    terms.expires_ns = take_in(r, 0, INT64_MAX)
    terms.trigger_ticks = take_in(r, 0, INT64_MAX)
    terms.trail_ppm = take_in(r, 0, PPM - 1)
    terms.peg_offset_ticks = take(r)
    terms.interval_ns = take_in(r, 0, INT64_MAX)
    terms.session = <uint64_t>take(r)
    terms.slices = <uint32_t>take_in(r, 0, 0xFFFFFFFF)
    terms.api_key = <uint32_t>take_in(r, 0, 0xFFFFFFFF)
    terms.trigger = <uint8_t>take_in(r, NO_TRIGGER, TRAIL)
    terms.peg = <uint8_t>take_in(r, NO_PEG, PEG_MID)
    terms.time_in_force = <uint8_t>take_in(r, GTC, DAY)
    terms.kind = <uint8_t>take_in(r, LIMIT, MARKET)
    shown_lots = take_in(r, 0, UNITS_LIMIT - 1)
    limit_ticks = take_in(r, 0, INT64_MAX)
    partner_id = take_in(r, 0, INT64_MAX)
    if spoiled(r) or slot == 0 or s.orders[slot].flags & SPECIAL:
        r.bad = True
        return
    if not reserve_specials(s, 1):
        r.no_memory = True
        return
    keep_terms(s, slot, &terms, limit_ticks)
    s.orders[slot].flags |= SPECIAL
    special_at(s, slot).partner = find_order(s, partner_id)
    if (special_at(s, slot).partner == 0) != (partner_id == 0):
        r.bad = True
    if s.orders[slot].flags & WAITING:
        s.pairs[s.orders[slot].pair].stops += terms.trigger != NO_TRIGGER
    if terms.display_lots:
        show_again(s, r, slot, shown_lots)


cdef void show_again(State *s, Reader *r, uint32_t slot, int64_t shown_lots) noexcept nogil:
    """Let an iceberg that was read as a plain order show what it showed."""
    cdef Order *order = &s.orders[slot]
    order.flags |= ICEBERG
    if order.flags & WAITING:
        return
    if shown_lots > order.open_lots or shown_lots == 0:
        r.bad = True
        return
    special_at(s, slot).shown_lots = shown_lots
    s.levels[order.level].lots -= order.open_lots - shown_lots
    s.levels[order.level].icebergs += 1
    s.markets[s.pairs[order.pair].market].sides[order.side].icebergs += 1


cdef void check_specials(State *s, Reader *r) noexcept nogil:
    """Check that orders have the terms that their flags speak of, and that pairs are pairs."""
    cdef uint32_t slot
    cdef Order *order
    for slot in range(1, s.order_used):
        order = &s.orders[slot]
        if order.order_id == 0:
            continue
        if order.flags & SPECIAL == 0:
            if order.flags & ~<uint8_t>POST_ONLY:
                r.bad = True
        elif not special_fits(s, slot):
            r.bad = True


cdef bint special_fits(State *s, uint32_t slot) noexcept nogil:
    cdef Order *order = &s.orders[slot]
    cdef Special *special = special_at(s, slot)
    cdef Market *market = &s.markets[s.pairs[order.pair].market]
    cdef Order *other = &s.orders[special.partner]
    cdef int64_t lot_price = mul_saturated(special.limit_ticks, market.tick_value_units)
    if (special.partner != 0) != (order.flags & LINKED != 0):
        return False
    if special.partner and (
        other.flags & LINKED == 0 or other.flags & SPECIAL == 0 or special_at(s, special.partner).partner != slot
        or special.partner == slot or other.pair != order.pair or other.side != order.side
        or other.open_lots != order.open_lots
        or (order.flags | other.flags) & WAITING == 0
    ):
        return False
    if order.side == SELL:
        return True
    if lot_price >= UNITS_LIMIT:
        return False
    lot_price += fee_up(lot_price, order.cap_ppm)
    return mul_saturated(order.open_lots, lot_price) < UNITS_LIMIT


cdef void read_notes(State *s, Reader *r) noexcept nogil:
    cdef int64_t length = take_length(r, 1)
    if spoiled(r) or r.length - r.offset < <size_t>((length + 7) & ~7):
        r.bad = True
        return
    if not keep_notes(s, r.data + r.offset, length):
        r.no_memory = True
    r.offset += (length + 7) & ~7


cdef bint keep_notes(State *s, const uint8_t *data, size_t length) noexcept nogil:
    """Keep a copy of what is noted above the core."""
    cdef void *copy = malloc(length + 1)
    if copy is NULL:
        return False
    memcpy(copy, data, length)
    free(s.notes)
    s.notes = <uint8_t *>copy
    s.notes_length = length
    return True
