# Orders that become smaller in their place, or enter once more with another price or size.

cdef void shrink_order(State *s, uint32_t slot, int64_t lots) noexcept nogil:
    """Take fewer lots than are open off an order, in its place, and off the one it is linked with."""
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef int64_t units = lots * hold_of(s, &s.markets[pair.market], slot)
    release(paying(pair, order.side), units)
    shrink_in_place(s, slot, lots, -units)
    if rare(order.flags & SPECIAL):
        s.touched = True
        if order.flags & LINKED and lots:
            shrink_in_place(s, special_at(s, slot).partner, lots, 0)


cdef void shrink_in_place(State *s, uint32_t slot, int64_t lots, int64_t hold_change) noexcept nogil:
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef Market *market = &s.markets[pair.market]
    cdef Level *level = &s.levels[order.level]
    cdef int64_t before
    cdef ReplacedEvent *event
    order.lots -= lots
    order.open_lots -= lots
    if rare(order.flags & WAITING):
        event = emit_replaced(
            s, market, pair.account_id, order, True, hold_change, order.price_ticks, 0
        )
        event.update_id = 0
        return
    before = level.lots
    show_less(s, slot, lots)
    market.update_id += level.lots != before
    emit_replaced(
        s, market, pair.account_id, order, True, hold_change, order.price_ticks, level.lots
    )


cdef int replaceable(State *s, Market *market, uint32_t market_id) noexcept nogil:
    """Check that orders of a market may be replaced now."""
    if market is not NULL and is_calling(market):
        return 0
    return trading(s, market, market_id)


cdef bint may_name(State *s, uint32_t slot, int64_t price_ticks) noexcept nogil:
    """Return whether a price is one for an order: a stop-market has none, a peg may have none."""
    if s.orders[slot].flags & SPECIAL:
        if is_stop_market(s, slot):
            return price_ticks == 0
        if special_at(s, slot).terms.peg and s.orders[slot].side == SELL:
            return price_ticks >= 0
    return price_ticks >= 1


cdef inline bint is_stop_market(State *s, uint32_t slot) noexcept nogil:
    return (
        s.orders[slot].flags & SPECIAL != 0
        and special_at(s, slot).terms.kind == MARKET
        and special_at(s, slot).terms.trigger != NO_TRIGGER
    )


cdef int replace_order(State *s, Account *account, ReplaceRecord *record) noexcept nogil:
    cdef uint32_t market_id = record.header.market
    cdef int64_t lots = record.lots
    cdef int64_t price_ticks = record.price_ticks
    cdef int64_t used
    cdef uint32_t slot
    cdef Order *order
    cdef Market *market
    cdef int reason = 0
    order_named(s, &record.naming, account)
    if account.status == FROZEN:
        return refuse(s, REJECT_ACCOUNT_FROZEN, account.status, 0)
    if market_id:
        reason = replaceable(s, find_market(s, market_id), market_id)
    slot = touchable_order(s, account, market_id)
    if reason == 0 and (lots < 1 or not may_name(s, slot, record.price_ticks)):
        reason = refuse(s, REJECT_SHAPE, 0, 0)
    if reason == 0 and slot == 0:
        reason = refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    if reason:
        return reason
    order = &s.orders[slot]
    market = &s.markets[s.pairs[order.pair].market]
    reason = replaceable(s, market, market.market)
    if reason == 0 and order.flags & SPECIAL:
        reason = may_be_replaced(s, market, slot, &price_ticks)
    if reason:
        return reason
    used = order.lots - order.open_lots
    if lots < used:
        return refuse(s, REJECT_BELOW_FILLED, lots, used)
    if lots == used:
        if order.flags & SPECIAL:
            s.touched = True
        close_order(s, slot, DONE_REDUCED)
    elif lots <= order.lots and price_ticks == named_price(s, slot):
        shrink_order(s, slot, order.lots - lots)
    else:
        return move_order(s, account, market, slot, price_ticks, lots)
    return 0


cdef int may_be_replaced(
    State *s, Market *market, uint32_t slot, int64_t *price_ticks
) noexcept nogil:
    """Check that a special order may be replaced; give the price that it has to one that slides."""
    cdef int64_t best_ticks, behind
    if s.orders[slot].flags & (PENDING | QUEUED) or special_at(s, slot).terms.slices:
        return refuse(s, REJECT_TRANSITION, 0, 0)
    if is_stop_market(s, slot):
        price_ticks[0] = s.orders[slot].price_ticks
    if s.orders[slot].flags & SLIDE:
        behind = slid(s, market, s.orders[slot].side, price_ticks[0], &best_ticks)
        if behind < 1:
            return refuse(s, REJECT_POST_ONLY, price_ticks[0], best_ticks)
        price_ticks[0] = behind
    return 0


cdef int64_t named_price(State *s, uint32_t slot) noexcept nogil:
    """Return the price that a replace may change: of a peg its cap."""
    if s.orders[slot].flags & SPECIAL and special_at(s, slot).terms.peg:
        return special_at(s, slot).limit_ticks
    return s.orders[slot].price_ticks


cdef int move_order(
    State *s, Account *account, Market *market, uint32_t slot, int64_t price_ticks, int64_t lots
) noexcept nogil:
    """Re-queue an order with a new price or more lots, trading if it crosses."""
    cdef Order *order = &s.orders[slot]
    cdef Balance *balance = paying(&s.pairs[order.pair], order.side)
    cdef int64_t old_hold = order.open_lots * hold_of(s, market, slot)
    cdef int64_t new_hold
    cdef Taker t
    cdef Cost cost
    cdef bint crossing
    cdef int reason = may_place(s, account, order.side)
    if reason == 0:
        reason = filters_of(s, market, slot, price_ticks, lots, &cost)
    if reason:
        return reason
    again_taker(s, &t, account, market, slot, price_ticks, lots)
    new_hold = mul_saturated(t.open_lots, t.hold_per_lot)
    crossing = enters_book(s, slot) and crosses(market, t.side, price_ticks)
    reason = move_checks(s, &t, slot, &cost, crossing)
    if reason == 0:
        reason = funds(s, new_hold, balance.available + old_hold)
    if reason:
        return reason
    if not reserve_book(s, market, t.side) or not (
        reserve_own(s, &t) if is_calling(market) else reserve_effects(s, &t)
    ):
        return NO_MEMORY
    release(balance, old_hold - new_hold)
    replace_at(s, &t, slot, price_ticks, new_hold - old_hold)
    if enters_book(s, slot):
        end_taker(s, &t, enter_again(s, &t, crossing))
    return 0


cdef int enter_again(State *s, Taker *t, bint crossing) noexcept nogil:
    if is_calling(t.market):
        return meet_own(s, t)
    return match(s, t) if crossing else 0


cdef inline bint enters_book(State *s, uint32_t slot) noexcept nogil:
    """Return whether an order that is replaced goes into the book: it was there and is no peg."""
    if s.orders[slot].flags & SPECIAL == 0:
        return True
    return s.orders[slot].flags & WAITING == 0 and special_at(s, slot).terms.peg == NO_PEG


cdef int filters_of(
    State *s, Market *market, uint32_t slot, int64_t price_ticks, int64_t lots, Cost *cost
) noexcept nogil:
    """Check an order's new size and price, and the new size of the one it is linked with."""
    cdef Order *order = &s.orders[slot]
    cdef uint32_t partner
    cdef int64_t more = lots - order.lots
    cdef Cost of_partner
    cdef int reason
    if usual(order.flags & SPECIAL == 0):
        return limit_filters(s, market, price_ticks, lots, order.cap_ppm, cost)
    reason = kind_filters(
        s, market, &special_at(s, slot).terms, price_ticks, lots, 0, order.cap_ppm, cost
    )
    if reason or order.flags & LINKED == 0 or more <= 0:
        return reason
    partner = special_at(s, slot).partner
    order = &s.orders[partner]
    return kind_filters(
        s, market, &special_at(s, partner).terms, order.price_ticks, order.lots + more, 0,
        order.cap_ppm, &of_partner,
    )


cdef int move_checks(
    State *s, Taker *t, uint32_t slot, Cost *cost, bint crossing
) noexcept nogil:
    """Take the checks from the band to post-only."""
    cdef int reason = 0
    if enters_book(s, slot):
        reason = outside_band(s, t.market, t.side, t.price_ticks)
    if reason == 0:
        reason = notional_limits(
            s, t.market, t.pair, mul_saturated(cost.lot_price_units, t.open_lots)
        )
    if reason == 0:
        reason = position(s, t.account, t.market, t.pair, t.side, t.open_lots, slot)
    if reason == 0:
        reason = post_only(s, t, crossing)
    return reason


cdef void taker_of_order(
    State *s, Taker *t, Account *account, Market *market, uint32_t slot
) noexcept nogil:
    """Let an order enter once more, or at last; it keeps its id, its cap and its pool slot."""
    cdef Order *order = &s.orders[slot]
    t.order_id = order.order_id
    t.price_ticks = order.price_ticks
    t.lots = order.lots
    t.open_lots = order.open_lots
    t.prevented_lots = order.prevented_lots
    t.hold_per_lot = hold_of(s, market, slot)
    t.rest_units = 0
    t.kept_lots = 0
    t.limit_ticks = 0
    t.terms = NULL
    t.passed_slot = 0
    t.pair = order.pair
    t.slot = slot
    t.cap_ppm = order.cap_ppm
    t.side = order.side
    t.kind = LIMIT
    t.time_in_force = GTC
    t.self_trade = order.self_trade
    t.flags = order.flags & ~<uint8_t>(WAITING | PENDING | QUEUED)
    t.watched = order.watched
    t.rest_reason = DONE_REST
    t.account = account
    t.market = market
    t.limit_reach = key_of(t.side, t.price_ticks)
    meet_market(s, t)


cdef void again_taker(
    State *s, Taker *t, Account *account, Market *market, uint32_t slot, int64_t price_ticks,
    int64_t lots
) noexcept nogil:
    """Make a taker of an order with another price and size."""
    cdef Order *order = &s.orders[slot]
    taker_of_order(s, t, account, market, slot)
    t.price_ticks = price_ticks
    t.limit_reach = key_of(t.side, price_ticks)
    meet_market(s, t)
    t.lots = lots
    t.open_lots = lots - (order.lots - order.open_lots)
    t.hold_per_lot = hold_per_lot(market, t.side, price_ticks, t.cap_ppm)
    if rare(order.flags & LINKED):
        t.hold_per_lot = max(
            t.hold_per_lot, own_hold(s, market, special_at(s, slot).partner)
        )


cdef void replace_at(
    State *s, Taker *t, uint32_t slot, int64_t price_ticks, int64_t hold_change
) noexcept nogil:
    """Take an order out of its level if it is in one, change it, and tell."""
    cdef Order *order = &s.orders[slot]
    cdef Market *market = t.market
    cdef int64_t old_price_ticks = order.price_ticks
    cdef int64_t more = t.open_lots - order.open_lots
    cdef int64_t level_lots = 0
    cdef bint booked = order.flags & WAITING == 0
    cdef bint pegged = order.flags & SPECIAL != 0 and special_at(s, slot).terms.peg != NO_PEG
    cdef ReplacedEvent *event
    if booked:
        market.update_id += 1
        level_lots = leave_book(s, market, slot)
    elif pegged:
        old_price_ticks = 0
    order.price_ticks = price_ticks
    order.lots = t.lots
    order.open_lots = t.open_lots
    if pegged:
        special_at(s, slot).limit_ticks = price_ticks
        if booked:
            start_waiting(s, market, slot)
    event = emit_replaced(
        s, market, t.account.account, order, False, hold_change, old_price_ticks, level_lots
    )
    if not booked:
        event.update_id = 0
    if rare(order.flags & SPECIAL):
        s.touched = True
        if order.flags & LINKED and more:
            follow(s, special_at(s, slot).partner, more)


cdef void follow(State *s, uint32_t slot, int64_t more) noexcept nogil:
    """Change an order's size as that of the one it is linked with was changed."""
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef Market *market = &s.markets[pair.market]
    cdef Level *level = &s.levels[order.level]
    cdef ReplacedEvent *event
    if more < 0:
        shrink_in_place(s, slot, -more, 0)
        return
    if order.flags & WAITING:
        order.lots += more
        order.open_lots += more
        event = emit_replaced(
            s, market, pair.account_id, order, False, 0, order.price_ticks, 0
        )
        event.update_id = 0
        return
    level.lots -= shown_of(s, slot)
    order.lots += more
    order.open_lots += more
    market.update_id += 1
    emit_replaced(s, market, pair.account_id, order, False, 0, order.price_ticks, level.lots)
    to_the_back(s, market, slot)
    if order.flags & ICEBERG:
        special_at(s, slot).shown_lots = min(
            special_at(s, slot).terms.display_lots, order.open_lots
        )
    level.lots += shown_of(s, slot)
    market.update_id += 1
    emit_in_book(s, market, ORDER_BOOKED, slot, order.open_lots, level.lots)
