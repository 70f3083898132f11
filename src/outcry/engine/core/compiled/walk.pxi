# The walk: the loop of `match` without its effects, for what has to be known beforehand.

cdef void walk(State *s, Taker *t, Plan *plan) noexcept nogil:
    """Foresee what an order would do to the book now."""
    cdef BookSide *book = &t.market.sides[1 - t.side]
    cdef uint32_t c = book.count
    cdef uint32_t i, slot
    cdef Chunk *chunk
    cdef int64_t open_lots = t.open_lots
    cdef int64_t rest_units = t.rest_units
    memset(plan, 0, sizeof(Plan))
    while c:
        c -= 1
        chunk = book.chunks[c]
        i = chunk.count
        while i:
            i -= 1
            if not reaches(t, s.levels[chunk.levels[i]].price_ticks):
                return
            slot = s.levels[chunk.levels[i]].head
            while slot:
                if open_lots == 0 and t.kind != BUDGET:
                    return
                meet(s, t, plan, &s.orders[slot], &open_lots, &rest_units)
                if plan.end:
                    return
                slot = s.orders[slot].next
    if t.kind != LIMIT and (open_lots or t.kind == BUDGET):
        plan.end = DONE_NO_LIQUIDITY


cdef void meet(
    State *s, Taker *t, Plan *plan, Order *maker, int64_t *open_lots, int64_t *rest_units
) noexcept nogil:
    """Note what would happen to one maker, and whether the order ends at it."""
    cdef int64_t lot_price = maker.price_ticks * t.market.tick_value_units
    cdef int64_t lots, notional, cost
    cdef bint own = is_own(t, maker)
    plan.makers += 1
    if own and t.self_trade != DECREMENT:
        if t.self_trade != EXPIRE_MAKER:
            plan.end = DONE_SELF_TRADE
        return
    lots = min(affordable(t, open_lots[0], rest_units[0], lot_price), maker.open_lots)
    notional = lots * lot_price
    cost = notional + (fee_of(notional, t.rate_ppm) if t.pays_fee_in_quote else 0)
    if t.kind == BUDGET:
        rest_units[0] -= cost
        if lots < maker.open_lots:
            plan.end = DONE_BUDGET_EXHAUSTED
            plan.stopped_at_ticks = maker.price_ticks
    else:
        open_lots[0] -= lots
    if own:
        plan.prevented_lots += lots
        return
    plan.traded_lots += lots
    sum_add(&plan.notional_units, notional)
    sum_add(&plan.cost_units, cost)


cdef bint reserve_effects(State *s, Taker *t) noexcept nogil:
    """Make room for every event of an order that may sweep the book."""
    cdef uint64_t makers = t.market.sides[1 - t.side].orders
    cdef uint8_t self_trade = t.self_trade
    cdef Plan plan
    if t.kind != BUDGET:
        # Each maker met gives up a lot, or is an own order that expires.
        makers = min(makers, <uint64_t>t.open_lots + s.pairs[t.pair].open_orders)
    s.effects_length = effects_of(makers)
    if usual(s.effects_length <= s.out_capacity - s.out_length):
        return True
    # No mode meets more makers than the one that steps over its own; a cancel-replace may have
    # taken away, by then, the order that would have ended it.
    t.self_trade = EXPIRE_MAKER
    walk(s, t, &plan)
    t.self_trade = self_trade
    s.effects_length = effects_of(plan.makers)
    return reserve_output(s, s.effects_length)


cdef inline size_t effects_of(uint64_t makers) noexcept nogil:
    # A maker costs at most a trade and its end; the rest is the order's own and the next refusal.
    return makers * (sizeof(TradeEvent) + sizeof(DoneEvent)) + OUTPUT_OF_ONE
