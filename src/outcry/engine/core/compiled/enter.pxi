# How an order enters: the checks that need its account, its taking or its place, and its effects.

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
    t.kept_lots = 0
    t.limit_ticks = 0
    t.terms = NULL
    t.passed_slot = 0
    t.rest_units = wanted.budget_units
    t.cap_ppm = <uint32_t>cap_of(s, market, pair)
    t.slot = 0
    t.side = wanted.side
    t.kind = wanted.kind
    t.time_in_force = wanted.time_in_force
    t.self_trade = wanted.self_trade
    t.flags = <uint8_t>wanted.flags
    t.watched = 0
    t.rest_reason = DONE_REST
    t.account = account
    t.market = market
    t.limit_reach = key_of(t.side, t.price_ticks) if t.kind == LIMIT else NO_KEY - 1
    meet_market(s, t)


cdef inline void meet_market(State *s, Taker *t) noexcept nogil:
    """Note what a taker pays in its market now, how far it may go and who it may not meet."""
    cdef Band *band = &t.market.bands[t.side]
    t.rate_ppm = min(taker_rate(s, t.market, t.pair), <int64_t>t.cap_ppm)
    t.pays_fee_in_quote = t.side == BUY and t.market.rules.fee_asset == FEE_QUOTE
    t.first_key = band.first_key
    t.reach = min(t.limit_reach, band.last_key)
    t.group = t.account.group if rare(t.account.grouped) else 0


cdef int place_any_order(
    State *s, Account *account, Market *market, OrderBody *wanted
) noexcept nogil:
    cdef Entry e
    enter_plain(&e, wanted)
    return place_entry(s, account, market, &e)


cdef int place_entry(State *s, Account *account, Market *market, Entry *e) noexcept nogil:
    """Place one order, plain or special."""
    cdef uint32_t pair
    cdef int reason = may_place(s, account, e.wanted.side)
    if reason == 0:
        reason = entry_state(s, market, s.record.market, e)
    if reason == 0:
        reason = entry_shape(s, market, e)
    if reason:
        return reason
    pair = reserve_placing(s, account, market, e.wanted.side)
    if pair == 0 or (e.special and not reserve_specials(s, 1)):
        return NO_MEMORY
    reason = first_checks(s, account, market, pair, e)
    return reason if reason else enter(s, account, market, pair, e, 0)


cdef int first_checks(
    State *s, Account *account, Market *market, uint32_t pair, Entry *e
) noexcept nogil:
    """Take the checks from the filters to the open-order limits."""
    cdef int reason = 0
    e.cap_ppm = cap_of(s, market, pair)
    if rare(e.special):
        reason = price_entry(s, market, e)
    if reason == 0:
        reason = entry_filters(s, market, e)
    if reason == 0:
        reason = would_trigger(s, market, e)
    if reason == 0 and not e.late_band:
        reason = entry_band(s, market, e)
    if reason == 0 and (e.rests or e.waits):
        reason = open_order_limits(
            s, account, market, pair, 1, e.terms.trigger != NO_TRIGGER
        )
    return reason


cdef inline uint32_t reserve_placing(
    State *s, Account *account, Market *market, int side
) noexcept nogil:
    """Make room for everything that booking an order may need; return its pair, 0 without."""
    cdef uint32_t pair = make_pair(s, account, market)
    if pair and reserve_book(s, market, side) and reserve_account_order(s, account, 1):
        return pair
    return 0


cdef int enter(
    State *s, Account *account, Market *market, uint32_t pair, Entry *e, uint32_t replaced
) noexcept nogil:
    """Pass the last checks and carry the order out; it may first end one that it replaces."""
    cdef Balance *balance
    cdef int reason
    prepare(s, account, market, pair, e)
    e.t.passed_slot = replaced
    if not reserve_entry(s, e):
        return NO_MEMORY
    if replaced:
        close_order(s, replaced, DONE_REPLACED)
        e.t.passed_slot = 0
    balance = paying(&s.pairs[pair], e.wanted.side)
    if rare(e.late_band):
        reason = entry_band(s, market, e)
        if reason:
            return reason
    weigh(s, e)
    reason = last_checks(s, e)
    if reason == 0:
        reason = post_only(s, &e.t, e.crossing)
    if reason == 0 and not e.killed:
        reason = funds(s, e.needed_units, balance.available)
        if reason == 0 and e.wanted.kind == BUDGET:
            reason = below_lot(s, &e.t, &e.plan, e.wanted.budget_units)
    if reason:
        return reason
    if e.wanted.kind == LIMIT or e.waits:
        if not e.killed:
            balance.available -= e.needed_units
            balance.held += e.needed_units
    else:
        e.needed_units = 0
    if e.killed:
        e.needed_units = 0
    e.t.order_id = next_id(s)
    carry_in(s, e)
    return 0


cdef void prepare(
    State *s, Account *account, Market *market, uint32_t pair, Entry *e
) noexcept nogil:
    """Make a taker of an order that has passed the first checks."""
    cdef Taker *t = &e.t
    new_taker(s, t, account, market, pair, &e.wanted)
    if e.rests:
        t.time_in_force = GTC
    if rare(e.special):
        t.terms = &e.terms
        t.flags |= SPECIAL
        if e.terms.display_lots:
            t.flags |= ICEBERG
        if e.terms.peg:
            t.limit_ticks = t.price_ticks
    if t.kind == LIMIT or e.waits:
        t.hold_per_lot = hold_per_lot(market, t.side, t.price_ticks, t.cap_ppm)


cdef bint reserve_entry(State *s, Entry *e) noexcept nogil:
    """Make room for whatever an order will say and do."""
    if e.calling:
        return reserve_own(s, &e.t)
    if e.waits:
        return True
    if e.t.kind == LIMIT and not crosses(e.t.market, e.t.side, e.t.price_ticks):
        return True
    return reserve_effects(s, &e.t)


cdef void weigh(State *s, Entry *e) noexcept nogil:
    """Find out what an order would do, what the limits look at and what it needs."""
    cdef Taker *t = &e.t
    e.crossing = False
    e.killed = False
    if not (e.waits or e.calling):
        e.crossing = t.kind != LIMIT or crosses(t.market, t.side, t.price_ticks)
    if t.kind == LIMIT or e.waits:
        e.notional_units = e.cost.notional_units
        e.needed_units = mul_saturated(t.lots, t.hold_per_lot)
        if t.time_in_force == FOK and not e.waits:
            e.killed = not (e.crossing and fills(s, t))
        return
    walk(s, t, &e.plan)
    e.notional_units = sum_saturated(&e.plan.notional_units, 0)
    if t.kind == BUDGET:
        e.notional_units = t.rest_units
    e.needed_units = market_order_funds(t, &e.plan)


cdef int last_checks(State *s, Entry *e) noexcept nogil:
    """Take the checks of what an order would do, but for post-only and funds."""
    cdef Taker *t = &e.t
    cdef int64_t lots = t.lots
    cdef int reason = notional_limits(s, t.market, t.pair, e.notional_units)
    if reason or t.side == SELL:
        return reason
    if t.kind != LIMIT and not e.waits:
        lots = e.plan.traded_lots
    return position(s, t.account, t.market, t.pair, t.side, lots, 0)


cdef void accept(State *s, Entry *e, int64_t hold_units, int64_t level_lots) noexcept nogil:
    """Tell of a new order, and of its terms."""
    cdef Taker *t = &e.t
    emit_accepted(
        s, t.account.account, t.market, &e.wanted, t.order_id, hold_units, t.cap_ppm, level_lots
    )
    if e.special:
        emit_terms(s, t.account.account, t.market.market, t.order_id, &e.terms)


cdef void carry_in(State *s, Entry *e) noexcept nogil:
    """Accept an order that holds what it needs, and let it do what it can."""
    cdef Taker *t = &e.t
    cdef int64_t level_lots = 0
    if e.waits:
        wait_outside(s, t)
    elif e.calling:
        if s.effects_length == 0:
            level_lots = book_taker(s, t)
    elif not e.crossing and e.rests:
        level_lots = book_taker(s, t)
    accept(s, e, e.needed_units, level_lots)
    if e.killed:
        emit_taker_done(s, t, DONE_FOK_KILLED, 0)
    elif e.calling and t.slot == 0:
        end_taker(s, t, meet_own(s, t))
    elif not e.waits and t.slot == 0:
        end_taker(s, t, match(s, t))


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


cdef bint fills(State *s, Taker *t) noexcept nogil:
    """Return whether the book has all the lots of a fill-or-kill."""
    cdef Plan plan
    walk(s, t, &plan)
    return plan.traded_lots >= t.open_lots


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
            reason = t.rest_reason
        else:
            reason = DONE_PREVENTED if t.prevented_lots else DONE_FILLED
    if t.open_lots:
        units = t.open_lots * t.hold_per_lot
        if rare(t.flags & LINKED):
            units = release_at_end(s, t.slot, t.open_lots, t.hold_per_lot)
        release(paying(&s.pairs[t.pair], t.side), units)
    emit_taker_done(s, t, reason, units)
    if t.slot:
        forget_order(s, t.market, t.slot)


cdef uint32_t create_order(State *s, Taker *t) noexcept nogil:
    """Give an order its slot, count it as open and keep its terms; room was reserved."""
    t.slot = take_order(s)
    fill_slot(s, t)
    s.links[t.slot].joined = 0
    count_order(s, t.account, &s.pairs[t.pair], t.order_id, t.slot)
    if rare(t.terms is not NULL):
        keep_terms(s, t.slot, t.terms, t.limit_ticks)
    return t.slot


cdef inline void fill_slot(State *s, Taker *t) noexcept nogil:
    """Write an order as it is now into its slot."""
    cdef Order *order = &s.orders[t.slot]
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


cdef int64_t book_taker(State *s, Taker *t) noexcept nogil:
    """Put an order's open lots at the back of their level; return the level's lots."""
    if t.slot:
        fill_slot(s, t)
    else:
        create_order(s, t)
    return book_order(s, t.market, t.slot)


cdef inline void count_order(
    State *s, Account *account, Pair *pair, uint64_t order_id, uint32_t slot
) noexcept nogil:
    """Count a new order as open, under its id and its account; room was reserved."""
    insert_id(s, order_id, slot)
    list_order(s, account, slot)
    pair.open_orders += 1
    s.open_orders += 1
