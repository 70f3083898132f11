# The walk: the loop of `match` without its effects, for what has to be known beforehand.

cdef void walk(State *s, Taker *t, Plan *plan) noexcept nogil:
    """Foresee what an order would do to the book now."""
    cdef BookSide *book = &t.market.sides[1 - t.side]
    cdef uint32_t c = book.count
    cdef uint32_t i
    cdef Chunk *chunk
    cdef Level *level
    cdef int64_t key
    memset(plan, 0, sizeof(Plan))
    plan.open_lots = t.open_lots
    plan.rest_units = t.rest_units
    while c:
        c -= 1
        chunk = book.chunks[c]
        i = chunk.count
        while i:
            i -= 1
            level = &s.levels[chunk.levels[i]]
            key = key_of(t.side, level.price_ticks)
            if plan.open_lots == 0 and t.kind != BUDGET:
                return
            if key > t.reach or key < t.first_key:
                if key <= t.limit_reach:
                    plan.end = DONE_PROTECTED
                    if t.kind == BUDGET and plan.rest_units == 0:
                        plan.end = DONE_BUDGET_EXHAUSTED
                elif t.kind != LIMIT:
                    plan.end = DONE_NO_LIQUIDITY
                return
            if rare(level.icebergs):
                walk_round(s, t, plan, level)
            else:
                walk_level(s, t, plan, level)
            if plan.end:
                return
    if t.kind != LIMIT and (plan.open_lots or t.kind == BUDGET):
        plan.end = DONE_NO_LIQUIDITY


cdef inline bint wants_more(Taker *t, Plan *plan) noexcept nogil:
    return plan.end == 0 and (plan.open_lots != 0 or t.kind == BUDGET)


cdef void walk_level(State *s, Taker *t, Plan *plan, Level *level) noexcept nogil:
    """Foresee what happens at a level that shows all it has."""
    cdef uint32_t slot = level.head
    while slot and wants_more(t, plan):
        meet(s, t, plan, &s.orders[slot], slot, s.orders[slot].open_lots)
        slot = s.orders[slot].next


cdef void walk_round(State *s, Taker *t, Plan *plan, Level *level) noexcept nogil:
    """Foresee what happens at a level with icebergs: round and round it, as they are refilled.

    Room for the queue was made by `reserve_walk`. An order that is done leaves the ring; one that
    is refilled stays, and by going on from its neighbour it is at the back.
    """
    cdef Queued *ring = s.queue
    cdef Queued *one
    cdef uint32_t count = 0
    cdef uint32_t slot = level.head
    cdef uint32_t at = 0
    cdef uint32_t before
    while slot:
        ring[count].slot = slot
        ring[count].next = count + 1
        ring[count].shown_lots = shown_of(s, slot)
        ring[count].open_lots = s.orders[slot].open_lots
        count += 1
        slot = s.orders[slot].next
    before = count - 1
    ring[before].next = 0
    while count and wants_more(t, plan):
        one = &ring[at]
        if go_round(s, t, plan, one):
            before = at
        else:
            ring[before].next = one.next
            count -= 1
        at = one.next


cdef bint go_round(State *s, Taker *t, Plan *plan, Queued *one) noexcept nogil:
    """Meet an order once; return whether it will be met again."""
    cdef Order *maker = &s.orders[one.slot]
    cdef int64_t lots = meet(s, t, plan, maker, one.slot, one.shown_lots)
    if lots < 0:
        return False
    one.shown_lots -= lots
    one.open_lots -= lots
    if one.shown_lots == 0 and maker.flags & ICEBERG:
        one.shown_lots = min(special_at(s, one.slot).terms.display_lots, one.open_lots)
    return one.open_lots != 0


cdef int64_t meet(
    State *s, Taker *t, Plan *plan, Order *maker, uint32_t slot, int64_t offered
) noexcept nogil:
    """Note what would happen to one maker, and whether the order ends at it.

    Returns the lots it gives up, -1 where it is ended or will be gone.
    """
    cdef int64_t lot_price = mul_saturated(maker.price_ticks, t.market.tick_value_units)
    cdef int64_t lots, notional, fee
    cdef bint own
    if rare(slot == t.passed_slot):
        return -1
    own = is_own(s, t, maker)
    plan.makers += 1
    if own and t.self_trade != DECREMENT:
        if t.self_trade != EXPIRE_MAKER:
            plan.end = DONE_SELF_TRADE
        return -1
    lots = min(affordable(t, plan.open_lots, plan.rest_units, lot_price), offered)
    notional = mul_saturated(lots, lot_price)
    fee = fee_of(notional, t.rate_ppm) if t.pays_fee_in_quote else 0
    if t.kind == BUDGET:
        plan.rest_units -= notional + fee
        if lots < offered:
            plan.end = DONE_BUDGET_EXHAUSTED
            plan.stopped_at_ticks = maker.price_ticks
    else:
        plan.open_lots -= lots
    if own:
        plan.prevented_lots += lots
        return lots
    plan.traded_lots += lots
    sum_grow(&plan.notional_units, notional)
    sum_grow(&plan.cost_units, notional)
    sum_grow(&plan.cost_units, fee)
    return lots


cdef bint reserve_effects(State *s, Taker *t) noexcept nogil:
    """Make room for every event of an order that may sweep the book."""
    cdef BookSide *book = &t.market.sides[1 - t.side]
    cdef uint64_t makers = book.orders
    cdef uint8_t self_trade = t.self_trade
    cdef Plan plan
    if rare(book.icebergs):
        return reserve_rounds(s, t)
    if t.kind != BUDGET:
        # Each maker met gives up a lot, or is an own order that expires.
        makers = min(makers, <uint64_t>t.open_lots + s.pairs[t.pair].open_orders)
    s.effects_length = effects_of(makers)
    if t.group:
        s.effects_length = effects_of(book.orders)
    if usual(s.effects_length <= s.out_capacity - s.out_length):
        return True
    # No mode meets more makers than the one that steps over its own; a cancel-replace may have
    # taken away, by then, the order that would have ended it.
    t.self_trade = EXPIRE_MAKER
    walk(s, t, &plan)
    t.self_trade = self_trade
    s.effects_length = effects_of(plan.makers)
    return reserve_output(s, s.effects_length)


cdef bint reserve_rounds(State *s, Taker *t) noexcept nogil:
    """Make room where icebergs are met again and again: nothing but a walk tells how often."""
    cdef Plan plan
    if not reserve_walk(s, t):
        return False
    walk(s, t, &plan)
    s.effects_length = effects_of(plan.makers)
    return reserve_output(s, s.effects_length)


cdef bint reserve_walk(State *s, Taker *t) noexcept nogil:
    """Make room for the queue of any level that an order may meet."""
    cdef BookSide *book = &t.market.sides[1 - t.side]
    cdef void *moved
    if usual(book.icebergs == 0):
        return True
    moved = grown(s.queue, book.orders, &s.queue_capacity, sizeof(Queued), 64)
    if moved is NULL:
        return False
    s.queue = <Queued *>moved
    return True


cdef inline size_t effects_of(uint64_t makers) noexcept nogil:
    # A maker costs at most a trade and its end; the rest is the order's own and the next refusal.
    return makers * (sizeof(TradeEvent) + sizeof(DoneEvent)) + OUTPUT_OF_ONE
