# Icebergs: orders that show a part of themselves. A level's lots are what its orders show.

cdef inline Special *special_at(State *s, uint32_t slot) noexcept nogil:
    """Return what a special order has beside it."""
    return &s.specials[s.special_of[slot]]


cdef inline int64_t shown_of(State *s, uint32_t slot) noexcept nogil:
    """Return the lots that an order in the book shows."""
    cdef Order *order = &s.orders[slot]
    if rare(order.flags & ICEBERG):
        return special_at(s, slot).shown_lots
    return order.open_lots


cdef void show_iceberg(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Let an iceberg that joins its level show what it may."""
    cdef Order *order = &s.orders[slot]
    cdef Special *special = special_at(s, slot)
    special.shown_lots = min(special.terms.display_lots, order.open_lots)
    s.levels[order.level].lots += special.shown_lots
    s.levels[order.level].icebergs += 1
    market.sides[order.side].icebergs += 1


cdef int64_t leave_showing(
    State *s, Market *market, uint32_t slot, int64_t lots
) noexcept nogil:
    """Take an order and the last lots it shows out of its level; return what the level shows."""
    cdef Order *order = &s.orders[slot]
    if order.flags & ICEBERG:
        special_at(s, slot).shown_lots = 0
        s.levels[order.level].icebergs -= 1
        market.sides[order.side].icebergs -= 1
    return leave_level(s, market, slot, lots)


cdef int64_t leave_book(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Take an order out of its level with all it shows; return what is left of the level."""
    return leave_showing(s, market, slot, shown_of(s, slot))


cdef void show_less(State *s, uint32_t slot, int64_t lots) noexcept nogil:
    """Let an order in the book, less `lots` by now, show no more than it has open."""
    cdef Order *order = &s.orders[slot]
    cdef Special *special
    if order.flags & ICEBERG:
        special = special_at(s, slot)
        lots = max(special.shown_lots - order.open_lots, <int64_t>0)
        special.shown_lots -= lots
    s.levels[order.level].lots -= lots


cdef int64_t take_odd_lots(
    State *s, Market *market, uint32_t slot, int64_t lots
) noexcept nogil:
    """Finish `take_lots` for an order that is linked or an iceberg; shown lots go first."""
    cdef Order *order = &s.orders[slot]
    cdef Level *level = &s.levels[order.level]
    cdef int64_t shown = lots
    if order.flags & LINKED:
        lower_partner(s, market, slot, lots)
    if order.flags & ICEBERG:
        shown = min(lots, special_at(s, slot).shown_lots)
        if s.hidden_first:
            shown = max(special_at(s, slot).shown_lots - order.open_lots, <int64_t>0)
        special_at(s, slot).shown_lots -= shown
        # The level has not changed where only hidden lots went.
        market.update_id -= shown == 0
    if order.open_lots == 0:
        return leave_showing(s, market, slot, shown)
    level.lots -= shown
    return level.lots


cdef void to_the_back(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Move an order to the back of its level, which counts as joining it."""
    cdef Order *order = &s.orders[slot]
    cdef Level *level = &s.levels[order.level]
    cdef uint32_t *link
    s.links[slot].joined = s.next_join
    s.next_join += 1
    if order.next == 0:
        return
    link = &s.orders[order.previous].next if order.previous else &level.head
    link[0] = order.next
    s.orders[order.next].previous = order.previous
    order.previous = level.tail
    order.next = 0
    s.orders[level.tail].next = slot
    level.tail = slot


cdef void refill(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Let an iceberg that shows nothing any more show its next lots, at the back of its level."""
    cdef Order *order = &s.orders[slot]
    cdef Special *special = special_at(s, slot)
    cdef Level *level = &s.levels[order.level]
    to_the_back(s, market, slot)
    special.shown_lots = min(special.terms.display_lots, order.open_lots)
    level.lots += special.shown_lots
    market.update_id += 1
    emit_in_book(s, market, ORDER_SHOWN, slot, special.shown_lots, level.lots)
