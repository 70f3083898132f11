# What special orders hold, and pairs that hold once for both.

cdef inline int64_t own_hold(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Return what one open lot of a special order holds by itself."""
    cdef Order *order = &s.orders[slot]
    cdef Special *special = special_at(s, slot)
    cdef int64_t price_ticks = special.limit_ticks if special.terms.peg else order.price_ticks
    if order.flags & PENDING or (special.terms.kind == MARKET and not special.terms.trigger):
        return 0
    return hold_per_lot(market, order.side, price_ticks, order.cap_ppm)


cdef int64_t special_hold(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Return what one open lot holds; of a linked pair the higher of the two."""
    cdef int64_t held = own_hold(s, market, slot)
    if s.orders[slot].flags & LINKED:
        held = max(held, own_hold(s, market, special_at(s, slot).partner))
    return held


cdef inline bint are_linked(State *s, uint32_t one, uint32_t other) noexcept nogil:
    return s.orders[one].flags & LINKED and special_at(s, one).partner == other


cdef inline bint tells_hold(State *s, uint32_t slot) noexcept nogil:
    """Return whether what an order holds is told with it: of a pair, with the lower id."""
    cdef Order *order = &s.orders[slot]
    if usual(order.flags & LINKED == 0):
        return True
    return order.order_id < s.orders[special_at(s, slot).partner].order_id


cdef void lower_partner(State *s, Market *market, uint32_t slot, int64_t lots) noexcept nogil:
    """Take lots that one of a pair has lost off the other."""
    cdef uint32_t partner = special_at(s, slot).partner
    cdef Order *order = &s.orders[partner]
    order.lots -= lots
    order.open_lots -= lots
    if order.flags & WAITING == 0:
        show_less(s, partner, lots)


cdef int64_t release_at_end(State *s, uint32_t slot, int64_t open_lots, int64_t held) noexcept nogil:
    """Return what an order that ends releases: what is linked with it goes on holding its own."""
    cdef Market *market = &s.markets[s.pairs[s.orders[slot].pair].market]
    if s.orders[slot].flags & LINKED:
        held -= own_hold(s, market, special_at(s, slot).partner)
    return open_lots * held


cdef void link_orders(State *s, uint32_t one, uint32_t other) noexcept nogil:
    s.orders[one].flags |= LINKED
    s.orders[other].flags |= LINKED
    special_at(s, one).partner = other
    special_at(s, other).partner = one


cdef void unlink(State *s, uint32_t slot) noexcept nogil:
    """Let the other one of a pair be by itself."""
    cdef uint32_t partner = special_at(s, slot).partner
    s.orders[slot].flags &= ~<uint8_t>LINKED
    s.orders[partner].flags &= ~<uint8_t>LINKED
    special_at(s, slot).partner = 0
    special_at(s, partner).partner = 0
