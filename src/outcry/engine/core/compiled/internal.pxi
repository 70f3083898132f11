# Internal commands: what stands above the core decides when; here is what becomes of the orders.

cdef int internal(State *s, Header *header) noexcept nogil:
    cdef InternalRecord *record = <InternalRecord *>header
    cdef int number = header.number
    if header.flags & FLAG_INTERNAL == 0 or header.flags & KEY_MASK:
        return refuse(s, REJECT_SHAPE, 0, 0)
    if number == PLACE_CHILDREN:
        return place_children(s, <ChildrenRecord *>header)
    if number == UNCROSS:
        return uncross(s, record)
    if number >= PUT_STATE:
        return put_decision(s, header)
    s.named_order_id = record.order_id
    return internal_of_order(s, record, find_order(s, record.order_id))


cdef int internal_of_order(State *s, InternalRecord *record, uint32_t slot) noexcept nogil:
    cdef int number = record.header.number
    if not value_fits(number, record):
        return refuse(s, REJECT_SHAPE, 0, 0)
    if slot == 0:
        return refuse(s, REJECT_UNKNOWN_ORDER, 0, 0)
    if number == END_ORDER:
        close_order(s, slot, <int>record.value)
        return 0
    if number == MOVE_PEG:
        return move_peg(s, slot, record.value)
    if number == RUN_SLICE:
        return run_slice(s, slot, record.value)
    if not waits_for_trigger(s, slot):
        return refuse(s, REJECT_SHAPE, 0, 0)
    if number == FIRE_ORDER:
        return fire_order(s, slot, record.value)
    s.orders[slot].flags |= QUEUED
    return 0


cdef bint value_fits(int number, InternalRecord *record) noexcept nogil:
    """Return whether a reason is one, lots are some and a peg's price is one or none."""
    if number == END_ORDER:
        return 1 <= record.value and record.value <= DONE_REJECTED_ON_TRIGGER
    if number == RUN_SLICE:
        return record.value >= 1
    return number != MOVE_PEG or record.value >= 0


cdef bint waits_for_trigger(State *s, uint32_t slot) noexcept nogil:
    return (
        s.orders[slot].flags & WAITING != 0
        and special_at(s, slot).terms.trigger != NO_TRIGGER
    )


cdef int fire_order(State *s, uint32_t slot, int64_t price_ticks) noexcept nogil:
    """Let an order that was triggered run, if it passes what an order passes now."""
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef Market *market = &s.markets[pair.market]
    cdef Account *account = &s.accounts[pair.account]
    cdef Taker t
    cdef int reason
    if order.flags & PENDING or (
        order.flags & LINKED
        and s.orders[special_at(s, slot).partner].flags & WAITING == 0
    ):
        return refuse(s, REJECT_SHAPE, 0, 0)
    taker_of_order(s, &t, account, market, slot)
    in_force(s, &t, slot)
    if not reserve_book(s, market, t.side) or not reserve_effects(s, &t):
        return NO_MEMORY
    emit_two(s, market, ORDER_TRIGGERED, slot, price_ticks, t.open_lots)
    reason = fire_checks(s, &t, slot)
    if reason:
        close_order(s, slot, reason)
        return 0
    stop_waiting(s, market, slot)
    end_taker(s, &t, match(s, &t))
    return 0


cdef void in_force(State *s, Taker *t, uint32_t slot) noexcept nogil:
    """Give an order that runs at last the time in force that its terms say."""
    cdef TermsBody *terms = &special_at(s, slot).terms
    if terms.kind == MARKET and terms.trigger:
        t.time_in_force = IOC
        t.rest_reason = DONE_PROTECTED
    elif terms.time_in_force == IOC or terms.time_in_force == FOK:
        t.time_in_force = terms.time_in_force


cdef int fire_checks(State *s, Taker *t, uint32_t slot) noexcept nogil:
    """Return why a fired order ends at once, 0 if it does not."""
    cdef bint crossing = crosses(t.market, t.side, t.price_ticks)
    cdef int64_t notional = mul_saturated(
        t.open_lots, mul_saturated(t.price_ticks, t.market.tick_value_units)
    )
    cdef int reason = may_place(s, t.account, t.side)
    if reason == 0:
        reason = trading(s, t.market, t.market.market)
    if reason == 0 and not is_stop_market(s, slot):
        reason = outside_band(s, t.market, t.side, t.price_ticks)
    if reason == 0:
        reason = notional_limits(s, t.market, t.pair, notional)
    if reason == 0:
        reason = position(s, t.account, t.market, t.pair, t.side, 0, 0)
    if reason == 0:
        reason = post_only(s, t, crossing)
    if reason:
        return DONE_REJECTED_ON_TRIGGER
    if t.time_in_force == FOK and t.open_lots and not (crossing and fills(s, t)):
        return DONE_FOK_KILLED
    return 0


cdef int move_peg(State *s, uint32_t slot, int64_t price_ticks) noexcept nogil:
    """Put a pegged order at the back of another level, or out of the book."""
    cdef Order *order = &s.orders[slot]
    cdef Market *market = &s.markets[s.pairs[order.pair].market]
    cdef int64_t old_ticks = order.price_ticks
    cdef int64_t level_lots
    cdef bint booked = order.flags & WAITING == 0
    if not may_move(s, market, slot, price_ticks):
        return refuse(s, REJECT_SHAPE, 0, 0)
    if price_ticks == 0:
        if booked:
            market.update_id += 1
            level_lots = leave_book(s, market, slot)
            start_waiting(s, market, slot)
            emit_in_book(s, market, ORDER_PARKED, slot, order.open_lots, level_lots)
        return 0
    if not reserve_book(s, market, order.side):
        return NO_MEMORY
    order = &s.orders[slot]
    if booked:
        market.update_id += 1
        level_lots = leave_book(s, market, slot)
        order.price_ticks = price_ticks
        emit_replaced(
            s, market, s.pairs[order.pair].account_id, order, False, 0, old_ticks, level_lots
        )
    else:
        stop_waiting(s, market, slot)
        order.price_ticks = price_ticks
    level_lots = book_order(s, market, slot)
    emit_in_book(s, market, ORDER_BOOKED, slot, order.open_lots, level_lots)
    return 0


cdef bint may_move(State *s, Market *market, uint32_t slot, int64_t price_ticks) noexcept nogil:
    """Return whether an order is a peg and a price is one that it may have."""
    cdef Order *order = &s.orders[slot]
    cdef int64_t limit_ticks
    if order.flags & SPECIAL == 0 or special_at(s, slot).terms.peg == NO_PEG:
        return False
    if price_ticks == 0:
        return True
    limit_ticks = special_at(s, slot).limit_ticks
    if limit_ticks and key_of(order.side, price_ticks) > key_of(order.side, limit_ticks):
        return False
    return not crosses(market, order.side, price_ticks)


cdef int run_slice(State *s, uint32_t slot, int64_t lots) noexcept nogil:
    """Let some lots of a waiting order trade; it waits on with what is left."""
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef Market *market = &s.markets[pair.market]
    cdef Taker t
    if order.flags & WAITING == 0 or special_at(s, slot).terms.slices == 0:
        return refuse(s, REJECT_SHAPE, 0, 0)
    taker_of_order(s, &t, &s.accounts[pair.account], market, slot)
    t.open_lots = min(lots, order.open_lots)
    t.kept_lots = order.open_lots - t.open_lots
    t.time_in_force = IOC
    if not reserve_effects(s, &t):
        return NO_MEMORY
    emit_two(s, market, ORDER_TRIGGERED, slot, 0, t.open_lots)
    match(s, &t)
    order.open_lots = t.open_lots + t.kept_lots
    order.prevented_lots = t.prevented_lots
    if order.open_lots == 0:
        emit_taker_done(s, &t, DONE_PREVENTED if t.prevented_lots else DONE_FILLED, 0)
        forget_order(s, market, slot)
    return 0


cdef int put_decision(State *s, Header *header) noexcept nogil:
    """Note what was decided about a market: its state, its band, rates, the least rates."""
    cdef Market *market = find_market(s, header.market)
    if header.number == PUT_RATES and find_account(s, header.account) is NULL:
        return refuse(s, REJECT_UNKNOWN_ACCOUNT, header.account, 0)
    if market is NULL:
        return refuse(s, REJECT_UNKNOWN_MARKET, header.market, 0)
    if header.number == PUT_STATE:
        if (<WordRecord *>header).word > RETIRED:
            return refuse(s, REJECT_SHAPE, 0, 0)
        change_state(s, market, <int64_t>(<WordRecord *>header).word)
        return 0
    if header.number == PUT_BAND:
        put_band(market, <BandRecord *>header)
        return 0
    if header.number == PUT_RATES:
        return put_rates(s, market, <RatesRecord *>header)
    market.floor_maker_ppm = (<FloorRecord *>header).maker_ppm
    market.floor_taker_ppm = (<FloorRecord *>header).taker_ppm
    return 0


cdef void put_band(Market *market, BandRecord *record) noexcept nogil:
    set_band(market, BUY, record.buy_low_ticks, record.buy_high_ticks)
    set_band(market, SELL, record.sell_low_ticks, record.sell_high_ticks)


cdef void set_band(Market *market, int side, int64_t low_ticks, int64_t high_ticks) noexcept nogil:
    """Note between which prices a side may take; no key is as high as that of no price at all."""
    cdef Band *band = &market.bands[side]
    band.low_ticks = low_ticks
    band.high_ticks = high_ticks
    band.first_key = low_ticks if side == BUY else -max(high_ticks, -INT64_MAX)
    band.last_key = high_ticks if side == BUY else -max(low_ticks, -INT64_MAX)
    band.last_key = min(band.last_key, NO_KEY - 1)


cdef int put_rates(State *s, Market *market, RatesRecord *record) noexcept nogil:
    cdef Account *account = find_account(s, record.header.account)
    cdef RatesRecord *event
    cdef uint32_t pair
    if record.own > 1 or not (
        0 <= record.taker_ppm and record.taker_ppm < PPM
        and -PPM < record.maker_ppm and record.maker_ppm < PPM
        and (record.maker_ppm >= 0 or market.rules.fee_asset == FEE_QUOTE)
    ):
        return refuse(s, REJECT_SHAPE, 0, 0)
    pair = make_pair(s, account, market)
    if pair == 0:
        return NO_MEMORY
    rate_pair(s, pair, record.own != 0, record.maker_ppm, record.taker_ppm)
    event = <RatesRecord *>emit(
        s, RATES_SET, sizeof(RatesRecord), account.account, market.market
    )
    event.own = record.own
    event.maker_ppm = record.maker_ppm
    event.taker_ppm = record.taker_ppm
    return 0


cdef void rate_pair(
    State *s, uint32_t pair, bint own, int64_t maker_ppm, int64_t taker_ppm
) noexcept nogil:
    s.pair_limits[pair].maker_ppm = maker_ppm
    s.pair_limits[pair].taker_ppm = taker_ppm
    s.pairs[pair].limited &= ~<uint32_t>HAS_RATES
    if own:
        s.pairs[pair].limited |= HAS_RATES
