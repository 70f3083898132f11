# Matching: what happens to one maker after the other, and the walk that foresees it.

cdef inline int64_t hold_per_lot(
    Market *market, int side, int64_t price_ticks, int64_t cap_ppm
) noexcept nogil:
    """Return what one open lot holds: base units of a sell, quote units of a buy.

    The price passed the overflow filter, so neither product exceeds 2^62.
    """
    return hold_at(market, side, price_ticks * market.tick_value_units, cap_ppm)


cdef inline int64_t hold_at(
    Market *market, int side, int64_t lot_price, int64_t cap_ppm
) noexcept nogil:
    """Return what one open lot holds at a price of so many units a lot."""
    return of_side(side, hold_of_buy(market, lot_price, cap_ppm), market.lot_units)


cdef inline int64_t hold_of_buy(Market *market, int64_t lot_price, int64_t cap_ppm) noexcept nogil:
    return lot_price + fee_up(lot_price, cap_ppm & market.terms.held_fee)


cdef inline int64_t of_side(int side, int64_t of_buy, int64_t of_sell) noexcept nogil:
    """Return one of two numbers without a branch: sides cannot be predicted."""
    cdef int64_t mask = -<int64_t>side
    return (of_buy & ~mask) | (of_sell & mask)


cdef inline int64_t hold_of(State *s, Market *market, uint32_t slot) noexcept nogil:
    cdef Order *order = &s.orders[slot]
    if rare(order.flags & SPECIAL):
        return special_hold(s, market, slot)
    return hold_per_lot(market, order.side, order.price_ticks, order.cap_ppm)


cdef inline Balance *paying(Pair *pair, int side) noexcept nogil:
    return pair.paying[side]


cdef inline void release(Balance *balance, int64_t units) noexcept nogil:
    balance.held -= units
    balance.available += units


cdef inline int64_t maker_rate(State *s, Market *market, uint32_t pair) noexcept nogil:
    if rare(s.pairs[pair].limited & HAS_RATES):
        return s.pair_limits[pair].maker_ppm
    return market.maker_ppm


cdef inline int64_t taker_rate(State *s, Market *market, uint32_t pair) noexcept nogil:
    if rare(s.pairs[pair].limited & HAS_RATES):
        return s.pair_limits[pair].taker_ppm
    return market.taker_ppm


cdef inline int64_t cap_of(State *s, Market *market, uint32_t pair) noexcept nogil:
    """Return the most that an order accepted now can ever be charged."""
    if rare(s.pairs[pair].limited & HAS_RATES):
        return max(
            max(s.pair_limits[pair].maker_ppm, s.pair_limits[pair].taker_ppm),
            max(market.auction_ppm, <int64_t>0),
        )
    return market.cap_ppm


cdef inline int64_t fee_of(int64_t amount_units, int64_t rate_ppm) noexcept nogil:
    if OUTCRY_MUTANT == 3:
        # A broken core for the tests: fees are rounded down.
        return fee_down(amount_units, rate_ppm)
    return fee_up(amount_units, rate_ppm)


cdef inline bint is_own(State *s, Taker *t, Order *maker) noexcept nogil:
    if OUTCRY_MUTANT == 4:
        # A broken core for the tests: nobody is kept from trading with themselves.
        return False
    return (maker.pair == t.pair or rare(t.group) and in_group(s, t, maker)) and (
        t.self_trade != NONE
    )


cdef bint in_group(State *s, Taker *t, Order *maker) noexcept nogil:
    return s.accounts[s.pairs[maker.pair].account].group == t.group


cdef inline int64_t affordable(
    Taker *t, int64_t open_lots, int64_t rest_units, int64_t lot_price
) noexcept nogil:
    """Return the lots an order still wants at a price."""
    if t.kind != BUDGET:
        return open_lots
    if t.pays_fee_in_quote:
        return lots_for_budget(rest_units, lot_price, t.rate_ppm)
    return rest_units // lot_price


cdef inline void count_daily(State *s, Pair *pair, int64_t notional_units) noexcept nogil:
    if pair.day != s.today:
        pair.day = s.today
        pair.daily_units.low = 0
        pair.daily_units.high = 0
        memset(&s.pair_limits[pair - s.pairs].inside_units, 0, sizeof(Sum128))
    sum_grow(&pair.daily_units, notional_units)


cdef void count_inside(State *s, uint32_t one, uint32_t other, int64_t units) noexcept nogil:
    """Count what two orders of one group traded; it is no turnover of theirs."""
    cdef uint32_t group = s.accounts[s.pairs[one].account].group
    if s.accounts[s.pairs[other].account].group == group:
        sum_grow(&s.pair_limits[one].inside_units, units)
        sum_grow(&s.pair_limits[other].inside_units, units)


cdef inline void forget_order(State *s, Market *market, uint32_t slot) noexcept nogil:
    """Stop counting an order, which is out of its level, as open; free its slot."""
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    erase_id(s, order.order_id, slot)
    if rare(order.flags & SPECIAL):
        drop_terms(s, market, slot)
    pair.open_orders -= 1
    unlist_order(s, &s.accounts[pair.account], slot)
    s.open_orders -= 1
    free_order(s, slot)


cdef void close_order(State *s, uint32_t slot, int reason) noexcept nogil:
    end_order(s, slot, reason)


cdef inline void end_order(State *s, uint32_t slot, int reason) noexcept nogil:
    """End a booked order: out of the book, its hold released."""
    cdef Order *order = &s.orders[slot]
    cdef Pair *pair = &s.pairs[order.pair]
    cdef Market *market = &s.markets[pair.market]
    cdef int64_t units, level_lots
    cdef DoneEvent *event
    if rare(order.flags & SPECIAL):
        end_special(s, slot, reason)
        return
    units = order.open_lots * hold_per_lot(
        market, order.side, order.price_ticks, order.cap_ppm
    )
    level_lots = leave_level(s, market, slot, order.open_lots)
    market.update_id += 1
    if not (OUTCRY_MUTANT == 1 and reason == DONE_CANCELLED):
        # The broken core for the tests keeps the hold of a cancelled order.
        release(paying(pair, order.side), units)
    if order.watched:
        s.touched = True
    event = emit_done(
        s, pair.account_id, market.market, order.order_id, order.side, reason
    )
    event.booked = 1
    event.open_lots = order.open_lots
    event.filled_lots = order.lots - order.open_lots - order.prevented_lots
    event.prevented_lots = order.prevented_lots
    event.release_units = units
    event.price_ticks = order.price_ticks
    event.level_lots = level_lots
    event.update_id = market.update_id
    forget_order(s, market, slot)


cdef inline int64_t take_lots(
    State *s, Market *market, uint32_t slot, int64_t lots
) noexcept nogil:
    """Take filled or prevented lots off a maker and its level; return the level's lots.

    A maker at 0 leaves its level; it is still counted as open.
    """
    cdef Order *maker = &s.orders[slot]
    cdef Level *level = &s.levels[maker.level]
    market.update_id += 1
    maker.open_lots -= lots
    if rare(maker.flags & (LINKED | ICEBERG)):
        return take_odd_lots(s, market, slot, lots)
    if maker.open_lots == 0:
        return leave_level(s, market, slot, lots)
    level.lots -= lots
    return level.lots


cdef inline void end_maker(State *s, Market *market, uint32_t slot) noexcept nogil:
    """End a maker that has nothing open and is out of its level."""
    cdef Order *maker = &s.orders[slot]
    cdef DoneEvent *event = emit_done(
        s, s.pairs[maker.pair].account_id, market.market, maker.order_id,
        maker.side, DONE_PREVENTED if maker.prevented_lots else DONE_FILLED,
    )
    event.open_lots = 0
    event.filled_lots = maker.lots - maker.prevented_lots
    event.prevented_lots = maker.prevented_lots
    event.price_ticks = maker.price_ticks
    forget_order(s, market, slot)


cdef inline void use_lots(State *s, Taker *t, int64_t lots) noexcept nogil:
    """Count lots of the taker; an order by budget has no size, so its lots grow instead."""
    if t.kind == BUDGET:
        t.lots += lots
    else:
        t.open_lots -= lots
        if rare(t.flags & LINKED):
            lower_partner(s, t.market, t.slot, lots)


cdef inline void touch(State *s, Taker *t, Order *maker) noexcept nogil:
    if rare(t.watched or maker.watched):
        s.touched = True


cdef inline void trade(
    State *s, Taker *t, uint32_t slot, int64_t lots, int64_t lot_price
) noexcept nogil:
    """Trade `lots` with a maker at the maker's price."""
    cdef Market *market = t.market
    cdef Order *maker = &s.orders[slot]
    cdef Pair *taker_pair = &s.pairs[t.pair]
    cdef Pair *maker_pair = &s.pairs[maker.pair]
    cdef bint received = market.rules.fee_asset == FEE_RECEIVED
    cdef int64_t base = lots * market.lot_units
    cdef int64_t notional = lots * lot_price
    cdef TradeEvent *event
    # Written in place: the header once the trade is done, these numbers while it is.
    event = <TradeEvent *>emit(s, TRADE, sizeof(TradeEvent), t.account.account, market.market)
    event.notional_units = notional
    event.taker_release_units = lots * t.hold_per_lot
    charge(s, market, t, maker, base, event)
    if OUTCRY_MUTANT == 5 and t.side == BUY:
        # A broken core for the tests: what a better price saved stays held.
        event.taker_release_units = min(
            event.taker_release_units, notional + event.taker_fee_units
        )
    # A maker is a limit order: what it sells is all that it held for it.
    event.maker_release_units = base
    if t.side == BUY:
        settle_buyer(
            taker_pair, event.taker_release_units, notional, base, event.taker_fee_units, received
        )
        settle_seller(
            maker_pair, event.maker_release_units, notional, base, event.maker_fee_units
        )
    else:
        settle_seller(
            taker_pair, event.taker_release_units, notional, base, event.taker_fee_units
        )
        event.maker_release_units = lots * hold_of_buy(market, lot_price, maker.cap_ppm)
        if rare(maker.flags & SPECIAL):
            event.maker_release_units = lots * special_hold(s, market, slot)
        settle_buyer(
            maker_pair, event.maker_release_units, notional, base, event.maker_fee_units, received
        )
    take_fees(s, market, t.side, event, received)
    count_daily(s, taker_pair, notional)
    count_daily(s, maker_pair, notional)
    if rare(t.self_trade == NONE):
        count_inside(s, t.pair, maker.pair, notional)
    use_lots(s, t, lots)
    touch(s, t, maker)
    event.maker_account = maker_pair.account_id
    print_trade(s, t, slot, lots, event)


cdef inline void charge(
    State *s, Market *market, Taker *t, Order *maker, int64_t base, TradeEvent *event
) noexcept nogil:
    """Write both fees, each in the asset that its side pays in; a rebate is a negative one."""
    cdef int64_t notional = event.notional_units
    cdef int64_t rate_ppm = min(maker_rate(s, market, maker.pair), <int64_t>maker.cap_ppm)
    cdef int64_t of_taker = notional
    cdef int64_t of_maker = notional
    if rare(market.rules.fee_asset == FEE_RECEIVED):
        if t.side == BUY:
            of_taker = base
        else:
            of_maker = base
    event.taker_fee_units = fee_of(of_taker, t.rate_ppm)
    if rate_ppm < 0:
        event.maker_fee_units = -min(fee_down(notional, -rate_ppm), event.taker_fee_units)
    else:
        event.maker_fee_units = fee_of(of_maker, rate_ppm)


cdef inline void take_fees(
    State *s, Market *market, int taker_side, TradeEvent *event, bint received
) noexcept nogil:
    """Add a trade's fees to what the venue has of the assets they are paid in."""
    cdef Asset *base = &s.assets[market.base]
    cdef Asset *quote = &s.assets[market.quote]
    if received and taker_side == BUY:
        base.fees += event.taker_fee_units
        quote.fees += event.maker_fee_units
    elif received:
        base.fees += event.maker_fee_units
        quote.fees += event.taker_fee_units
    else:
        quote.fees += event.taker_fee_units + event.maker_fee_units


cdef inline void print_trade(
    State *s, Taker *t, uint32_t slot, int64_t lots, TradeEvent *event
) noexcept nogil:
    """Take the lots off the maker and write what the trade left of everything."""
    cdef Market *market = t.market
    cdef Order *maker = &s.orders[slot]
    market.last_price_ticks = maker.price_ticks
    if rare(
        maker.price_ticks <= market.watch_low_ticks
        or maker.price_ticks >= market.watch_high_ticks
    ):
        s.touched = True
    event.trade_id = market.next_trade_id
    market.next_trade_id += 1
    event.taker_order_id = t.order_id
    event.maker_order_id = maker.order_id
    event.taker_side = t.side
    event.flags = 0
    event.price_ticks = maker.price_ticks
    event.lots = lots
    event.taker_open_lots = t.open_lots + t.kept_lots
    event.level_lots = take_lots(s, market, slot, lots)
    event.maker_open_lots = maker.open_lots
    event.update_id = market.update_id


cdef inline void settle_buyer(
    Pair *pair, int64_t released, int64_t notional, int64_t base, int64_t fee, bint received
) noexcept nogil:
    pair.paying[BUY].held -= released
    pair.paying[BUY].available += released - notional - (0 if received else fee)
    pair.paying[SELL].available += base - (fee if received else 0)


cdef inline void settle_seller(
    Pair *pair, int64_t released, int64_t notional, int64_t base, int64_t fee
) noexcept nogil:
    pair.paying[SELL].held -= released
    pair.paying[SELL].available += released - base
    pair.paying[BUY].available += notional - fee


cdef void prevent(State *s, Taker *t, uint32_t slot, int64_t lots) noexcept nogil:
    """Decrement both orders of one account, or group, instead of trading."""
    cdef Market *market = t.market
    cdef Order *maker = &s.orders[slot]
    cdef Pair *pair = &s.pairs[maker.pair]
    cdef PreventedEvent *event
    cdef int64_t taker_release = lots * t.hold_per_lot
    cdef int64_t maker_release = lots * hold_of(s, market, slot)
    use_lots(s, t, lots)
    t.prevented_lots += lots
    maker.prevented_lots += lots
    release(paying(&s.pairs[t.pair], t.side), taker_release)
    release(paying(pair, maker.side), maker_release)
    touch(s, t, maker)
    event = <PreventedEvent *>emit(
        s, MATCH_PREVENTED, sizeof(PreventedEvent), t.account.account, market.market
    )
    event.taker_order_id = t.order_id
    event.maker_order_id = maker.order_id
    event.maker_account = pair.account_id
    event.taker_side = t.side
    event.price_ticks = maker.price_ticks
    event.lots = lots
    event.taker_release_units = taker_release
    event.maker_release_units = maker_release
    event.taker_open_lots = t.open_lots + t.kept_lots
    event.level_lots = take_lots(s, market, slot, lots)
    event.maker_open_lots = maker.open_lots
    event.update_id = market.update_id


cdef int stopped_at(State *s, Taker *t, int64_t key) noexcept nogil:
    """Return why an order ends before a maker with this key, which it does not trade with."""
    if key <= t.limit_reach:
        if t.kind == BUDGET and t.rest_units == 0:
            return DONE_BUDGET_EXHAUSTED
        s.touched = True
        return DONE_PROTECTED
    return 0 if t.kind == LIMIT else DONE_NO_LIQUIDITY


cdef int match(State *s, Taker *t) noexcept nogil:
    """Let an order do what it can; return why it ends, 0 where its limit or its size says so."""
    cdef Market *market = t.market
    cdef BookSide *book = &market.sides[1 - t.side]
    cdef uint32_t slot
    cdef Order *maker
    cdef int64_t lot_price, offered, lots, notional, cost
    cdef bint own, whole
    if rare(book.touch < t.first_key) and (t.open_lots or t.kind == BUDGET):
        return stopped_at(s, t, book.touch)
    while t.open_lots or t.kind == BUDGET:
        if book.touch > t.reach:
            return stopped_at(s, t, book.touch)
        slot = s.levels[book.best].head
        maker = &s.orders[slot]
        own = is_own(s, t, maker)
        if own and t.self_trade != DECREMENT:
            if t.self_trade != EXPIRE_TAKER:
                close_order(s, slot, DONE_SELF_TRADE)
            if t.self_trade != EXPIRE_MAKER:
                return DONE_SELF_TRADE
            continue
        look_at_next_maker(s, maker)
        lot_price = mul_saturated(maker.price_ticks, market.tick_value_units)
        offered = maker.open_lots
        if rare(maker.flags & ICEBERG):
            offered = shown_of(s, slot)
        lots = min(affordable(t, t.open_lots, t.rest_units, lot_price), offered)
        whole = lots == offered
        if lots:
            notional = lots * lot_price
            if t.kind == BUDGET:
                cost = fee_of(notional, t.rate_ppm) if t.pays_fee_in_quote else 0
                t.rest_units -= notional + cost
            if own:
                prevent(s, t, slot, lots)
            else:
                trade(s, t, slot, lots, lot_price)
            if whole:
                if rare(maker.open_lots):
                    refill(s, market, slot)
                else:
                    end_maker(s, market, slot)
        if t.kind == BUDGET and not whole:
            return DONE_BUDGET_EXHAUSTED
    return 0
