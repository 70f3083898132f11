# Call phases, in which orders join the book and nothing trades, and the uncross that ends them.

cdef bint reserve_own(State *s, Taker *t) noexcept nogil:
    """Find the own orders that an order would cross, for `meet_own`; make room for its events."""
    cdef BookSide *book = &t.market.sides[1 - t.side]
    cdef uint32_t c = book.count
    cdef uint32_t i, slot
    cdef Level *level
    cdef size_t found = 0
    s.effects_length = 0
    if t.self_trade == NONE or (s.pairs[t.pair].open_orders == 0 and t.group == 0):
        return True
    while c:
        c -= 1
        i = book.chunks[c].count
        while i:
            i -= 1
            level = &s.levels[book.chunks[c].levels[i]]
            if key_of(t.side, level.price_ticks) > t.limit_reach:
                return note_own(s, found)
            slot = level.head
            while slot:
                if is_own(s, t, &s.orders[slot]) and slot != t.passed_slot:
                    if not reserve_scratch(s, found + 1):
                        return False
                    s.scratch[found] = slot
                    found += 1
                slot = s.orders[slot].next
    return note_own(s, found)


cdef bint note_own(State *s, size_t found) noexcept nogil:
    """Note how many own orders were found, as `effects_length`; make room for their events."""
    s.effects_length = found
    return reserve_output(s, effects_of(found))


cdef int meet_own(State *s, Taker *t) noexcept nogil:
    """Prevent what an order would trade with its own account; return why it ends, 0 if not."""
    cdef size_t i
    cdef uint32_t slot
    cdef int64_t lots
    for i in range(s.effects_length):
        slot = <uint32_t>s.scratch[i]
        if t.self_trade != DECREMENT:
            if t.self_trade != EXPIRE_TAKER:
                close_order(s, slot, DONE_SELF_TRADE)
            if t.self_trade != EXPIRE_MAKER:
                return DONE_SELF_TRADE
            continue
        lots = min(t.open_lots, s.orders[slot].open_lots)
        if lots:
            s.hidden_first = True
            prevent(s, t, slot, lots)
            s.hidden_first = False
            if s.orders[slot].open_lots == 0:
                end_maker(s, t.market, slot)
    return 0


cdef uint64_t count_crossing(State *s, Market *market, int side, int64_t price_ticks) noexcept nogil:
    """Return how many orders of a side an uncross at a price may trade."""
    cdef BookSide *book = &market.sides[side]
    cdef uint64_t found = 0
    cdef uint32_t c = book.count
    cdef uint32_t i, slot
    while c:
        c -= 1
        i = book.chunks[c].count
        while i:
            i -= 1
            if book.chunks[c].keys[i] < key_of(side, price_ticks):
                return found
            slot = s.levels[book.chunks[c].levels[i]].head
            while slot:
                found += 1
                slot = s.orders[slot].next
    return found


cdef uint32_t first_crossing(State *s, Market *market, int side, int64_t price_ticks) noexcept nogil:
    """Return the first order of a side if it trades at a price, else 0."""
    cdef Level *best = &s.levels[market.sides[side].best]
    if best.price_ticks == 0 or key_of(side, best.price_ticks) < key_of(side, price_ticks):
        return 0
    return best.head


cdef int uncross(State *s, InternalRecord *record) noexcept nogil:
    """Trade all that crosses at one price, price before time."""
    cdef Market *market = find_market(s, record.header.market)
    cdef int64_t price_ticks = <int64_t>record.order_id
    cdef uint32_t buy = 0
    cdef uint32_t sell = 0
    cdef uint64_t orders
    if market is NULL:
        return refuse(s, REJECT_UNKNOWN_MARKET, record.header.market, 0)
    if price_ticks < 1:
        return refuse(s, REJECT_SHAPE, 0, 0)
    orders = count_crossing(s, market, BUY, price_ticks)
    orders += count_crossing(s, market, SELL, price_ticks)
    if not reserve_output(
        s,
        (orders + 4) * (sizeof(TradeEvent) + sizeof(DoneEvent) + 2 * sizeof(BookedEvent)),
    ):
        return NO_MEMORY
    while True:
        buy = first_crossing(s, market, BUY, price_ticks)
        sell = first_crossing(s, market, SELL, price_ticks)
        if buy == 0 or sell == 0:
            break
        trade_at(s, market, buy, sell, price_ticks)
    refill_empty(s, market, buy)
    refill_empty(s, market, sell)
    return 0


cdef void refill_empty(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Refill the iceberg that an uncross has left with nothing shown, if it has."""
    if slot and s.orders[slot].flags & ICEBERG and shown_of(s, slot) == 0:
        refill(s, market, slot)


cdef void trade_at(
    State *s, Market *market, uint32_t buy, uint32_t sell, int64_t price_ticks
) noexcept nogil:
    """Trade a buy and a sell of the book; the one that joined it later is the taker."""
    cdef bint buy_takes = s.links[buy].joined > s.links[sell].joined
    cdef uint32_t taker = buy if buy_takes else sell
    cdef uint32_t maker = sell if buy_takes else buy
    cdef int64_t lots = min(s.orders[buy].open_lots, s.orders[sell].open_lots)
    cdef TradeEvent *event = <TradeEvent *>emit(
        s, TRADE, sizeof(TradeEvent), s.pairs[s.orders[taker].pair].account_id, market.market
    )
    event.taker_side = BUY if buy_takes else SELL
    event.lots = lots
    event.price_ticks = price_ticks
    event.notional_units = lots * price_ticks * market.tick_value_units
    pay_auction(s, market, buy, sell, event)
    event.trade_id = market.next_trade_id
    market.next_trade_id += 1
    event.taker_order_id = s.orders[taker].order_id
    event.maker_order_id = s.orders[maker].order_id
    event.maker_account = s.pairs[s.orders[maker].pair].account_id
    event.flags = TRADE_IN_AUCTION
    print_at(s, market, price_ticks)
    if s.orders[taker].watched or s.orders[maker].watched:
        s.touched = True
    event.level_lots = 0
    event.update_id = 0
    take_and_show(s, market, maker, lots)
    event.maker_open_lots = s.orders[maker].open_lots
    take_and_show(s, market, taker, lots)
    event.taker_open_lots = s.orders[taker].open_lots
    if s.orders[maker].open_lots == 0:
        end_maker(s, market, maker)
    if s.orders[taker].open_lots == 0:
        end_maker(s, market, taker)


cdef void take_and_show(State *s, Market *market, uint32_t slot, int64_t lots) noexcept nogil:
    """Take the lots that an order traded off its level, and tell what it shows now."""
    cdef int64_t level_lots = take_lots(s, market, slot, lots)
    emit_in_book(s, market, ORDER_SHOWN, slot, shown_of(s, slot), level_lots)


cdef void print_at(State *s, Market *market, int64_t price_ticks) noexcept nogil:
    market.last_price_ticks = price_ticks
    if price_ticks <= market.watch_low_ticks or price_ticks >= market.watch_high_ticks:
        s.touched = True


cdef void pay_auction(
    State *s, Market *market, uint32_t buy, uint32_t sell, TradeEvent *event
) noexcept nogil:
    """Settle a trade of an uncross; both sides pay the rate of auctions and nobody earns one."""
    cdef Order *buyer = &s.orders[buy]
    cdef Order *seller = &s.orders[sell]
    cdef bint received = market.rules.fee_asset == FEE_RECEIVED
    cdef int64_t base = event.lots * market.lot_units
    cdef int64_t buyer_fee = fee_of(
        base if received else event.notional_units,
        min(market.auction_ppm, <int64_t>buyer.cap_ppm),
    )
    cdef int64_t seller_fee = fee_of(
        event.notional_units, min(market.auction_ppm, <int64_t>seller.cap_ppm)
    )
    cdef int64_t buyer_release = event.lots * hold_of(s, market, buy)
    settle_buyer(
        &s.pairs[buyer.pair], buyer_release, event.notional_units, base, buyer_fee, received
    )
    settle_seller(&s.pairs[seller.pair], base, event.notional_units, base, seller_fee)
    if event.taker_side == BUY:
        event.taker_fee_units, event.maker_fee_units = buyer_fee, seller_fee
        event.taker_release_units, event.maker_release_units = buyer_release, base
    else:
        event.taker_fee_units, event.maker_fee_units = seller_fee, buyer_fee
        event.taker_release_units, event.maker_release_units = base, buyer_release
    take_fees(s, market, event.taker_side, event, received)
    count_daily(s, &s.pairs[buyer.pair], event.notional_units)
    count_daily(s, &s.pairs[seller.pair], event.notional_units)
    count_inside(s, buyer.pair, seller.pair, event.notional_units)
