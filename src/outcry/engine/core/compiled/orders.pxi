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
    if s.orders[slot].flags & (PENDING | QUEUED):
        return refuse(s, REJECT_TRANSITION, 0, 0)
    if s.orders[slot].flags & SPECIAL:
        s.touched = True
    if record.lots >= s.orders[slot].open_lots:
        close_order(s, slot, DONE_REDUCED)
    else:
        shrink_order(s, slot, record.lots)
    return 0


cdef int cancel_replace(State *s, Account *account, CancelReplaceRecord *record) noexcept nogil:
    cdef Market *market = find_market(s, record.header.market)
    cdef uint32_t slot, pair
    cdef Entry e
    cdef int reason = may_place(s, account, record.body.side)
    enter_plain(&e, &record.body)
    e.late_band = True
    order_named(s, &record.naming, account)
    if reason == 0:
        reason = entry_state(s, market, record.header.market, &e)
    if reason == 0 and record.mode != STOP_ON_FAILURE and record.mode != ALLOW_FAILURE:
        reason = refuse(s, REJECT_SHAPE, 0, 0)
    if reason == 0:
        reason = entry_shape(s, market, &e)
    if reason:
        return reason
    slot = touchable_order(s, account, record.header.market)
    if slot == 0 and record.mode == STOP_ON_FAILURE:
        return refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    pair = reserve_placing(s, account, market, e.wanted.side)
    if pair == 0:
        return NO_MEMORY
    reason = first_checks(s, account, market, pair, &e)
    return reason if reason else enter(s, account, market, pair, &e, slot)


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
