# The commands that name orders. A handler returns 0, the reason of its refusal or NO_MEMORY; it
# changes nothing before everything it may need is reserved.

cdef void order_named(State *s, Naming *naming, Account *account) noexcept nogil:
    """Note the id that a command names, resolved through the live keys if it can be."""
    cdef KeyEntry *entry
    s.named_order_id = naming.order_id
    if naming.order_id == 0:
        entry = find_entry(s, &naming.target[0], account.key_count)
        if entry is not NULL and entry.account == account.account:
            s.named_order_id = entry.order_id


cdef inline uint32_t touchable_order(
    State *s, Account *account, uint32_t market_id
) noexcept nogil:
    """Return the slot of the named order if it is open, the account's, and in the market."""
    cdef uint32_t slot = find_order(s, s.named_order_id)
    cdef Pair *pair
    if slot == 0:
        return 0
    pair = &s.pairs[s.orders[slot].pair]
    if pair.account_id != account.account:
        return 0
    if market_id and s.markets[pair.market].market != market_id:
        return 0
    return slot


cdef inline void new_taker(
    State *s, Taker *t, Account *account, Market *market, uint32_t pair, OrderBody *wanted
) noexcept nogil:
    t.order_id = 0
    t.pair = pair
    t.price_ticks = wanted.price_ticks
    t.lots = wanted.lots
    t.open_lots = wanted.lots
    t.prevented_lots = 0
    t.hold_per_lot = 0
    t.rest_units = wanted.budget_units
    t.cap_ppm = <uint32_t>market.cap_ppm
    t.slot = 0
    t.side = wanted.side
    t.kind = wanted.kind
    t.time_in_force = wanted.time_in_force
    t.self_trade = wanted.self_trade
    t.flags = <uint8_t>wanted.flags
    t.watched = 0
    t.account = account
    t.market = market
    t.reach = key_of(t.side, t.price_ticks) if t.kind == LIMIT else NO_KEY - 1
    meet_market(t)


cdef inline void meet_market(Taker *t) noexcept nogil:
    """Note what a taker pays in its market now."""
    t.rate_ppm = min(t.market.taker_ppm, <int64_t>t.cap_ppm)
    t.pays_fee_in_quote = t.side == BUY and t.market.rules.fee_asset == FEE_QUOTE


cdef int place_any_order(
    State *s, Account *account, Market *market, OrderBody *wanted
) noexcept nogil:
    cdef Cost cost
    cdef uint32_t pair
    cdef int reason = may_place(s, account, wanted.side)
    if reason == 0:
        reason = trading(s, market, s.record.market)
    if reason == 0:
        reason = order_shape(s, market, wanted)
    if reason == 0:
        reason = filters(s, market, wanted, market.cap_ppm, &cost)
    if reason:
        return reason
    pair = reserve_placing(s, account, market, wanted.side)
    if pair == 0:
        return NO_MEMORY
    reason = open_order_limits(s, account, market, pair, wanted)
    if reason:
        return reason
    return enter(s, account, market, pair, wanted, &cost)


cdef inline uint32_t reserve_placing(
    State *s, Account *account, Market *market, int side
) noexcept nogil:
    """Make room for everything that booking an order may need; return its pair, 0 without."""
    cdef uint32_t pair = make_pair(s, account, market)
    if pair and reserve_book(s, market, side) and reserve_account_order(account):
        return pair
    return 0


cdef int enter(
    State *s, Account *account, Market *market, uint32_t pair, OrderBody *wanted, Cost *cost
) noexcept nogil:
    """Pass the last checks and carry the order out."""
    cdef Balance *balance = paying(&s.pairs[pair], wanted.side)
    cdef int64_t hold_units
    cdef int reason
    if (
        wanted.kind != LIMIT
        or wanted.time_in_force != GTC
        or crosses(market, wanted.side, wanted.price_ticks)
    ):
        return enter_as_taker(s, account, market, pair, wanted, cost)
    hold_units = hold_of_limit(market, wanted.side, wanted.lots, cost)
    reason = notional_limits(s, market, pair, cost.notional_units)
    if reason == 0:
        reason = funds(s, hold_units, balance.available)
    if reason == 0:
        rest(s, account, market, pair, wanted, balance, hold_units)
    return reason


cdef inline uint64_t next_id(State *s) noexcept nogil:
    """Give out an order id."""
    cdef uint64_t order_id = s.next_order_id
    s.next_order_id += 1
    s.named_order_id = order_id
    return order_id


cdef inline int64_t book_order(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Put an order at the back of its level; return the level's lots."""
    market.update_id += 1
    return join_level(s, market, slot)


cdef int enter_as_taker(
    State *s, Account *account, Market *market, uint32_t pair, OrderBody *wanted, Cost *cost
) noexcept nogil:
    """Enter an order that may trade, or ends at once."""
    cdef Balance *balance = paying(&s.pairs[pair], wanted.side)
    cdef bint crossing
    cdef bint killed = False
    cdef Taker t
    cdef Plan plan
    cdef int64_t notional, needed
    cdef int reason
    new_taker(s, &t, account, market, pair, wanted)
    crossing = t.kind != LIMIT or crosses(market, t.side, t.price_ticks)
    if crossing and not reserve_effects(s, &t):
        return NO_MEMORY
    if t.kind == LIMIT:
        t.hold_per_lot = hold_per_lot(market, t.side, t.price_ticks, t.cap_ppm)
        notional = cost.notional_units
        needed = hold_of_limit(market, t.side, t.lots, cost)
        killed = t.time_in_force == FOK and not (crossing and fills(s, &t))
    else:
        walk(s, &t, &plan)
        notional = t.rest_units if t.kind == BUDGET else sum_saturated(&plan.notional_units, 0)
        needed = market_order_funds(&t, &plan)
    reason = notional_limits(s, market, pair, notional)
    if reason == 0:
        reason = post_only(s, &t, crossing)
    if reason == 0 and not killed:
        reason = funds(s, needed, balance.available)
        if reason == 0 and t.kind == BUDGET:
            reason = below_lot(s, &t, &plan, wanted.budget_units)
    if reason:
        return reason
    t.order_id = next_id(s)
    if t.kind != LIMIT or killed:
        needed = 0
    balance.available -= needed
    balance.held += needed
    emit_accepted(s, account.account, market, wanted, t.order_id, needed, 0)
    if killed:
        emit_taker_done(s, &t, DONE_FOK_KILLED, 0)
    else:
        end_taker(s, &t, match(s, &t))
    return 0


cdef bint fills(State *s, Taker *t) noexcept nogil:
    """Return whether the book has all the lots of a fill-or-kill."""
    cdef Plan plan
    walk(s, t, &plan)
    return plan.traded_lots >= t.lots


cdef int64_t market_order_funds(Taker *t, Plan *plan) noexcept nogil:
    """Return what an order without a limit must have available; INT64_MAX for what does not fit."""
    if t.side == BUY:
        return t.rest_units if t.kind == BUDGET else sum_saturated(&plan.cost_units, 0)
    return mul_saturated(
        plan.traded_lots if t.kind == BUDGET else t.lots, t.market.lot_units
    )


cdef inline void end_taker(State *s, Taker *t, int reason) noexcept nogil:
    """Book or end an order that has done what it could."""
    cdef int64_t units = 0
    if reason == 0 and t.open_lots and t.time_in_force == GTC:
        emit_booked(s, t, book_taker(s, t))
        return
    if reason == 0:
        if t.open_lots:
            reason = DONE_REST
        else:
            reason = DONE_PREVENTED if t.prevented_lots else DONE_FILLED
    if t.open_lots:
        units = t.open_lots * t.hold_per_lot
        release(paying(&s.pairs[t.pair], t.side), units)
    emit_taker_done(s, t, reason, units)
    if t.slot:
        forget_order(s, t.market, t.slot)


cdef int64_t book_taker(State *s, Taker *t) noexcept nogil:
    """Put an order's open lots at the back of their level; return the level's lots."""
    cdef uint32_t slot = t.slot if t.slot else take_order(s)
    cdef Order *order = &s.orders[slot]
    order.order_id = t.order_id
    order.price_ticks = t.price_ticks
    order.lots = t.lots
    order.open_lots = t.open_lots
    order.prevented_lots = t.prevented_lots
    order.pair = t.pair
    order.cap_ppm = t.cap_ppm
    order.side = t.side
    order.self_trade = t.self_trade
    order.flags = t.flags
    order.watched = t.watched
    if t.slot == 0:
        count_order(s, t.account, &s.pairs[t.pair], t.order_id, slot)
    return book_order(s, t.market, slot)


cdef inline void count_order(
    State *s, Account *account, Pair *pair, uint64_t order_id, uint32_t slot
) noexcept nogil:
    """Count a new order as open, under its id and its account; room was reserved."""
    insert_id(s, order_id, slot)
    s.links[slot].special = 0
    list_order(s, account, slot)
    pair.open_orders += 1
    s.open_orders += 1


cdef inline bint cancel_usual(State *s, CancelRecord *record) noexcept nogil:
    """Cancel an order that is named by its id, with its account and market; False if it is not."""
    cdef uint32_t slot = find_order(s, record.naming.order_id)
    cdef Pair *pair = &s.pairs[s.orders[slot].pair]
    if rare(
        slot == 0
        or pair.account_id != record.header.account
        or s.markets[pair.market].market != record.header.market
    ):
        return False
    s.named_order_id = record.naming.order_id
    end_order(s, slot, DONE_CANCELLED)
    return True


cdef int cancel_order(State *s, Account *account, CancelRecord *record) noexcept nogil:
    cdef uint32_t slot
    cdef int reason
    order_named(s, &record.naming, account)
    reason = known_or_none(s, record.header.market)
    if reason:
        return reason
    slot = touchable_order(s, account, record.header.market)
    if slot == 0:
        return refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    close_order(s, slot, DONE_CANCELLED)
    return 0


cdef int reduce_order(State *s, Account *account, ReduceRecord *record) noexcept nogil:
    cdef uint32_t slot
    cdef int reason
    order_named(s, &record.naming, account)
    reason = known_or_none(s, record.header.market)
    if reason:
        return reason
    if record.lots < 1:
        return refuse(s, REJECT_SHAPE, 0, 0)
    slot = touchable_order(s, account, record.header.market)
    if slot == 0:
        return refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    if record.lots >= s.orders[slot].open_lots:
        close_order(s, slot, DONE_REDUCED)
    else:
        shrink_order(s, slot, record.lots)
    return 0


cdef void shrink_order(State *s, uint32_t slot, int64_t lots) noexcept nogil:
    """Take fewer lots than are open off a booked order, in its place."""
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef Market *market = &s.markets[pair.market]
    cdef int64_t units = lots * hold_of(market, order)
    order.lots -= lots
    order.open_lots -= lots
    s.levels[order.level].lots -= lots
    market.update_id += lots != 0
    release(paying(pair, order.side), units)
    emit_replaced(
        s, market, s.accounts[pair.account].account, order, True, -units, order.price_ticks,
        s.levels[order.level].lots,
    )


cdef int replace_order(State *s, Account *account, ReplaceRecord *record) noexcept nogil:
    cdef uint32_t market_id = record.header.market
    cdef int64_t lots = record.lots
    cdef int64_t used
    cdef uint32_t slot
    cdef Order *order
    cdef Market *market
    cdef int reason = 0
    order_named(s, &record.naming, account)
    if account.status == FROZEN:
        return refuse(s, REJECT_ACCOUNT_FROZEN, account.status, 0)
    if market_id:
        reason = trading(s, find_market(s, market_id), market_id)
    if reason == 0 and (record.price_ticks < 1 or lots < 1):
        reason = refuse(s, REJECT_SHAPE, 0, 0)
    if reason:
        return reason
    slot = touchable_order(s, account, market_id)
    if slot == 0:
        return refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    order = &s.orders[slot]
    market = &s.markets[s.pairs[order.pair].market]
    reason = trading(s, market, market.market)
    if reason:
        return reason
    used = order.lots - order.open_lots
    if lots < used:
        return refuse(s, REJECT_BELOW_FILLED, lots, used)
    if lots == used:
        close_order(s, slot, DONE_REDUCED)
    elif record.price_ticks == order.price_ticks and lots <= order.lots:
        shrink_order(s, slot, order.lots - lots)
    else:
        return move_order(s, account, market, slot, record.price_ticks, lots)
    return 0


cdef int move_order(
    State *s, Account *account, Market *market, uint32_t slot, int64_t price_ticks, int64_t lots
) noexcept nogil:
    """Re-queue an order with a new price or more lots, trading if it crosses."""
    cdef Order *order = &s.orders[slot]
    cdef bint crossing = crosses(market, order.side, price_ticks)
    cdef Balance *balance = paying(&s.pairs[order.pair], order.side)
    cdef int64_t old_hold = order.open_lots * hold_of(market, order)
    cdef int64_t old_price_ticks = order.price_ticks
    cdef int64_t new_hold, level_lots
    cdef Taker t
    cdef Cost cost
    cdef int reason = may_place(s, account, order.side)
    if reason == 0:
        reason = limit_filters(s, market, price_ticks, lots, order.cap_ppm, &cost)
    if reason:
        return reason
    taker_of_order(s, &t, account, market, slot)
    t.price_ticks = price_ticks
    t.reach = key_of(t.side, price_ticks)
    t.lots = lots
    t.open_lots = lots - (order.lots - order.open_lots)
    t.hold_per_lot = hold_per_lot(market, t.side, price_ticks, t.cap_ppm)
    new_hold = mul_saturated(t.open_lots, t.hold_per_lot)
    reason = notional_limits(s, market, t.pair, cost.lot_price_units * t.open_lots)
    if reason == 0:
        reason = post_only(s, &t, crossing)
    if reason == 0:
        reason = funds(s, new_hold, balance.available + old_hold)
    if reason:
        return reason
    if not reserve_book(s, market, t.side) or not reserve_effects(s, &t):
        return NO_MEMORY
    order = &s.orders[slot]
    level_lots = leave_level(s, market, slot, order.open_lots)
    market.update_id += 1
    release(balance, old_hold - new_hold)
    order.price_ticks = price_ticks
    order.lots = lots
    order.open_lots = t.open_lots
    emit_replaced(
        s, market, account.account, order, False, new_hold - old_hold, old_price_ticks, level_lots
    )
    end_taker(s, &t, match(s, &t) if crossing else 0)
    return 0


cdef void taker_of_order(
    State *s, Taker *t, Account *account, Market *market, uint32_t slot
) noexcept nogil:
    """Let a booked order enter once more; it keeps its id, its cap and its pool slot."""
    cdef Order *order = &s.orders[slot]
    t.order_id = order.order_id
    t.prevented_lots = order.prevented_lots
    t.rest_units = 0
    t.pair = order.pair
    t.slot = slot
    t.cap_ppm = order.cap_ppm
    t.side = order.side
    t.kind = LIMIT
    t.time_in_force = GTC
    t.self_trade = order.self_trade
    t.flags = order.flags
    t.watched = order.watched
    t.account = account
    t.market = market
    meet_market(t)


cdef int cancel_replace(State *s, Account *account, CancelReplaceRecord *record) noexcept nogil:
    cdef OrderBody *wanted = &record.body
    cdef Market *market = find_market(s, record.header.market)
    cdef uint32_t slot, pair
    cdef Cost cost
    cdef int reason = may_place(s, account, wanted.side)
    order_named(s, &record.naming, account)
    if reason == 0:
        reason = trading(s, market, record.header.market)
    if reason == 0 and record.mode != STOP_ON_FAILURE and record.mode != ALLOW_FAILURE:
        reason = refuse(s, REJECT_SHAPE, 0, 0)
    if reason == 0:
        reason = order_shape(s, market, wanted)
    if reason:
        return reason
    slot = touchable_order(s, account, record.header.market)
    if slot == 0 and record.mode == STOP_ON_FAILURE:
        return refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    reason = filters(s, market, wanted, market.cap_ppm, &cost)
    if reason:
        return reason
    pair = reserve_placing(s, account, market, wanted.side)
    if pair == 0 or not reserve_both(s, account, market, pair, wanted):
        return NO_MEMORY
    reason = open_order_limits(s, account, market, pair, wanted)
    if reason:
        return reason
    if slot:
        close_order(s, slot, DONE_REPLACED)
    return enter(s, account, market, pair, wanted, &cost)


cdef bint reserve_both(
    State *s, Account *account, Market *market, uint32_t pair, OrderBody *wanted
) noexcept nogil:
    """Make room for the events of a new order before the old one is cancelled for it."""
    cdef Taker t
    new_taker(s, &t, account, market, pair, wanted)
    return reserve_effects(s, &t) and reserve_output(s, s.effects_length + OUTPUT_OF_ONE)


cdef int cancel_all(State *s, Account *account, WordRecord *record) noexcept nogil:
    cdef MassCancelledEvent *event
    cdef int64_t cancelled
    cdef int reason = known_or_none(s, record.header.market)
    if reason:
        return reason
    if record.word > BOTH_SIDES:
        return refuse(s, REJECT_SHAPE, 0, 0)
    cancelled = close_all(s, account, record.header.market, record.word)
    if cancelled < 0:
        return NO_MEMORY
    event = <MassCancelledEvent *>emit(
        s, MASS_CANCELLED, sizeof(MassCancelledEvent), account.account, record.header.market
    )
    event.side = record.word
    event.cancelled_orders = cancelled
    return 0


cdef int64_t close_all(
    State *s, Account *account, uint32_t market_id, uint64_t side
) noexcept nogil:
    """Cancel an account's fitting orders, oldest id first; return how many, -1 without memory."""
    cdef int64_t count = gather_orders(s, account, market_id, side)
    cdef int64_t i
    if count < 0 or not reserve_output(s, count * sizeof(DoneEvent) + 1024):
        return -1
    for i in range(count):
        close_order(s, find_order(s, s.scratch[i]), DONE_CANCELLED)
    return count
