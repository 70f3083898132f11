# The children of lists, once their parent is filled.

cdef struct Child:
    uint32_t slot
    bint triggered  # It has a trigger: placed, it goes on waiting.
    int64_t lots
    int64_t old_lots
    Cost cost
    Plan plan
    Taker t

cdef int place_children(State *s, ChildrenRecord *record) noexcept nogil:
    """Place one child, or two that are a pair from now on; what fails its checks ends them."""
    cdef Child[2] children
    cdef int count = 2 if record.second_order_id else 1
    cdef int reason
    cdef Child *runner = NULL
    cdef int64_t held = 0
    cdef int i
    cdef bint killed = False
    s.named_order_id = record.first_order_id
    if record.lots < 0:
        return refuse(s, REJECT_SHAPE, 0, 0)
    reason = find_children(s, record, children, count)
    if reason:
        return reason
    for i in range(count):
        prepare_child(s, &children[i], record.lots)
        if not children[i].triggered:
            runner = &children[i]
    if not reserve_output(s, OUTPUT_OF_ONE):
        return NO_MEMORY
    if runner is not NULL and not (
        reserve_book(s, runner.t.market, runner.t.side) and reserve_effects(s, &runner.t)
    ):
        return NO_MEMORY
    for i in range(count):
        if reason == 0:
            reason = check_child(s, &children[i])
        held = max(held, children[i].t.hold_per_lot)
    if runner is not NULL and runner.t.time_in_force == FOK:
        killed = not fills(s, &runner.t)
    if reason == 0 and not killed:
        reason = child_funds(s, &children[0], runner, held)
    s.touched = True
    if reason:
        reject_children(s, children, count)
        return 0
    place_checked(s, children, count, 0 if killed else held)
    if runner is not NULL:
        run_child(s, runner, count, killed)
    return 0


cdef int find_children(
    State *s, ChildrenRecord *record, Child *children, int count
) noexcept nogil:
    cdef int i
    children[0].slot = find_order(s, record.first_order_id)
    children[1].slot = find_order(s, record.second_order_id)
    for i in range(count):
        if children[i].slot == 0:
            return refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    for i in range(count):
        if s.orders[children[i].slot].flags & PENDING == 0:
            return refuse(s, REJECT_SHAPE, 0, 0)
    if count == 2 and not are_pair(s, record, children[0].slot, children[1].slot):
        return refuse(s, REJECT_SHAPE, 0, 0)
    return 0


cdef bint are_pair(
    State *s, ChildrenRecord *record, uint32_t one_slot, uint32_t other_slot
) noexcept nogil:
    """Return whether two pending orders can be a pair: at most one of them goes into the book."""
    cdef Order *one = &s.orders[one_slot]
    cdef Order *other = &s.orders[other_slot]
    cdef bint one_waits = special_at(s, one_slot).terms.trigger != NO_TRIGGER
    cdef bint other_waits = special_at(s, other_slot).terms.trigger != NO_TRIGGER
    return (
        record.first_order_id < record.second_order_id
        and one.pair == other.pair
        and one.side == other.side
        and one.lots == other.lots
        and (one_waits or other_waits)
        and (one_waits or may_rest(s, one_slot))
        and (other_waits or may_rest(s, other_slot))
    )


cdef bint may_rest(State *s, uint32_t slot) noexcept nogil:
    """Return whether an order's terms say that it is a limit that may stay open."""
    cdef TermsBody *terms = &special_at(s, slot).terms
    return terms.kind == LIMIT and (
        terms.time_in_force != IOC and terms.time_in_force != FOK
    )


cdef void prepare_child(State *s, Child *child, int64_t most) noexcept nogil:
    """Make a taker of a child with no more lots than its parent's fill is good for."""
    cdef Order *order = &s.orders[child.slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef Market *market = &s.markets[pair.market]
    cdef TermsBody *terms = &special_at(s, child.slot).terms
    cdef Taker *t = &child.t
    taker_of_order(s, t, &s.accounts[pair.account], market, child.slot)
    child.triggered = terms.trigger != NO_TRIGGER
    child.old_lots = order.lots
    child.lots = min(most, order.lots) if most else order.lots
    t.lots = t.open_lots = child.lots
    if not child.triggered:
        in_force(s, t, child.slot)
        t.kind = terms.kind
    if t.kind == MARKET:
        t.time_in_force = IOC
        t.limit_reach = NO_KEY - 1
        t.hold_per_lot = 0
        meet_market(s, t)
    else:
        t.hold_per_lot = hold_per_lot(market, t.side, t.price_ticks, t.cap_ppm)


cdef int check_child(State *s, Child *child) noexcept nogil:
    """Take a new order's checks, from its account's status to post-only."""
    cdef Taker *t = &child.t
    cdef int64_t notional
    cdef int64_t lots = t.lots
    cdef int reason = may_place(s, t.account, t.side)
    if reason == 0:
        reason = trading(s, t.market, t.market.market)
    if reason == 0:
        reason = kind_filters(
            s, t.market, &special_at(s, child.slot).terms, t.price_ticks, t.lots, 0, t.cap_ppm,
            &child.cost,
        )
    if reason:
        return reason
    notional = child.cost.notional_units
    if t.kind == MARKET:
        walk(s, t, &child.plan)
        notional = sum_saturated(&child.plan.notional_units, 0)
        lots = child.plan.traded_lots
    elif not child.triggered:
        reason = outside_band(s, t.market, t.side, t.price_ticks)
    if reason == 0:
        reason = notional_limits(s, t.market, t.pair, notional)
    if reason == 0:
        reason = position(s, t.account, t.market, t.pair, t.side, lots, 0)
    if reason == 0 and not child.triggered:
        reason = post_only(s, t, crosses(t.market, t.side, t.price_ticks))
    return reason


cdef int child_funds(State *s, Child *child, Child *runner, int64_t held) noexcept nogil:
    cdef int64_t needed = mul_saturated(child.t.lots, held)
    if runner is not NULL and runner.t.kind == MARKET:
        needed = market_order_funds(&runner.t, &runner.plan)
    return funds(s, needed, paying(&s.pairs[child.t.pair], child.t.side).available)


cdef void reject_children(State *s, Child *children, int count) noexcept nogil:
    cdef int i
    for i in range(count):
        close_order(s, children[i].slot, DONE_REJECTED_ON_TRIGGER)


cdef void place_checked(State *s, Child *children, int count, int64_t held) noexcept nogil:
    """Give children their size and what they hold, and tell; those with a trigger wait on."""
    cdef int i
    cdef Order *order
    cdef Market *market = children[0].t.market
    cdef Balance *balance = paying(&s.pairs[children[0].t.pair], children[0].t.side)
    held = children[0].lots * held
    release(balance, -held)
    for i in range(count):
        order = &s.orders[children[i].slot]
        order.lots = order.open_lots = children[i].lots
        if children[i].triggered:
            order.flags &= ~<uint8_t>PENDING
        else:
            stop_waiting(s, market, children[i].slot)
        emit_two(
            s, market, CHILD_PLACED, children[i].slot, children[i].lots, held if i == 0 else 0
        )
    if count == 2:
        link_orders(s, children[0].slot, children[1].slot)


cdef void run_child(State *s, Child *runner, int count, bint killed) noexcept nogil:
    """Let the child that waits for nothing more do what it can."""
    cdef Taker *t = &runner.t
    if count == 2:
        t.flags |= LINKED
        t.hold_per_lot = special_hold(s, t.market, t.slot)
    if killed:
        emit_taker_done(s, t, DONE_FOK_KILLED, 0)
        forget_order(s, t.market, t.slot)
    else:
        end_taker(s, t, match(s, t))
