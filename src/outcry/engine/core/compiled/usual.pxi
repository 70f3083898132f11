# The usual order: a limit that may rest, of an active account with no limits of its own in a market
# that trades. All its checks are one look, which can only say that they pass: whatever else it
# meets, `place_any_order` takes the checks one by one and knows what a refusal says.

cdef struct Passed:
    uint32_t pair
    int64_t hold_per_lot
    int64_t hold_units
    Balance *balance


cdef void note_terms(Market *market) noexcept nogil:
    """Put a market's rules into the form in which one comparison checks two of them."""
    cdef Terms *terms = &market.terms
    cdef MarketBody *rules = &market.rules
    cdef int64_t most = UNITS_LIMIT // 2 - 1  # with its fee this is below 2^62 still
    terms.least_lots = max(rules.min_lots, <int64_t>1)
    terms.lots_range = <uint64_t>INT64_MAX - <uint64_t>terms.least_lots
    if rules.max_lots:
        terms.lots_range = <uint64_t>rules.max_lots - <uint64_t>terms.least_lots
    if rules.max_notional_units:
        most = min(most, rules.max_notional_units)
    if rules.limit_order_notional_units != NO_LIMIT:
        most = min(most, rules.limit_order_notional_units)
    terms.least_notional_units = rules.min_notional_units
    terms.notional_range = <uint64_t>most - <uint64_t>rules.min_notional_units
    if most < rules.min_notional_units:
        terms.least_notional_units = INT64_MAX
        terms.notional_range = 0
    # No limit is -1, the largest of all where there are no signs.
    terms.most_open_orders = <uint64_t>rules.limit_open_orders
    terms.most_daily_units = rules.limit_daily_notional_units
    if rules.limit_daily_notional_units == NO_LIMIT:
        terms.most_daily_units = INT64_MAX
    terms.held_fee = -<int64_t>(rules.fee_asset == FEE_QUOTE)
    terms.usual = market.state == TRADING and rules.limit_position_units == NO_LIMIT


cdef inline bint passes(
    State *s, Account *account, Market *market, OrderBody *wanted, Passed *p
) noexcept nogil:
    """Return whether an order is usual and every check but post-only passes it."""
    cdef Pair *pair = &s.pairs[account.recent_pair]
    cdef Terms *terms
    cdef BookSide *book
    cdef uint64_t first_word
    cdef int64_t lot_price, notional
    if rare(market is NULL):
        return False
    memcpy(&first_word, wanted, 8)
    terms = &market.terms
    book = &market.sides[first_word & 1]
    lot_price = mul_saturated(wanted.price_ticks, market.tick_value_units)
    notional = mul_saturated(wanted.lots, lot_price)
    if not usual(
        # Either side, limit, GTC, self-trade 0 to 3, post-only or not, no budget.
        (first_word & ~<uint64_t>0x103000001) | <uint64_t>wanted.budget_units == 0
        and wanted.price_ticks >= 1
        and account.status == ACTIVE
        and terms.usual
        and key_of(first_word & 1, wanted.price_ticks) <= market.bands[first_word & 1].last_key
        and pair.market == market.slot
        and pair.limited == 0
        and <uint64_t>(wanted.lots - terms.least_lots) <= terms.lots_range
        and <uint64_t>(notional - terms.least_notional_units) <= terms.notional_range
        and notional <= terms.most_daily_units
        and (pair.day != s.today or sum_below(&pair.daily_units, terms.most_daily_units - notional))
        and pair.open_orders < terms.most_open_orders
        and account.open_orders < account.room
        and s.reserved != 0
        and book.count < book.capacity
    ):
        return False
    p.pair = account.recent_pair
    p.hold_per_lot = hold_at(market, first_word & 1, lot_price, market.cap_ppm)
    p.hold_units = mul_saturated(wanted.lots, p.hold_per_lot)
    p.balance = paying(pair, first_word & 1)
    return usual(p.hold_units <= p.balance.available)


cdef inline int place_order(State *s, Account *account, PlaceRecord *record) noexcept nogil:
    cdef OrderBody *wanted = &record.body
    cdef Market *market = find_market(s, record.header.market)
    cdef Passed p
    if usual(passes(s, account, market, wanted, &p)):
        if not crosses(market, wanted.side, wanted.price_ticks):
            s.reserved -= 1
            rest(s, account, market, p.pair, wanted, p.balance, p.hold_units)
            return 0
        if usual(wanted.flags == 0):
            return cross(s, account, market, wanted, &p)
    return place_any_order(s, account, market, wanted)


cdef inline void rest(
    State *s, Account *account, Market *market, uint32_t pair, OrderBody *wanted,
    Balance *balance, int64_t hold_units
) noexcept nogil:
    """Book an order that passed all checks and crosses nothing."""
    cdef uint32_t slot = take_order(s)
    cdef Order *order = &s.orders[slot]
    balance.available -= hold_units
    balance.held += hold_units
    order.order_id = next_id(s)
    order.price_ticks = wanted.price_ticks
    order.lots = wanted.lots
    order.open_lots = wanted.lots
    order.prevented_lots = 0
    order.pair = pair
    order.cap_ppm = <uint32_t>market.cap_ppm
    order.side = wanted.side
    order.self_trade = wanted.self_trade
    order.flags = <uint8_t>wanted.flags
    order.watched = 0
    count_order(s, account, &s.pairs[pair], order.order_id, slot)
    emit_accepted(
        s, account.account, market, wanted, order.order_id, hold_units, market.cap_ppm,
        book_order(s, market, slot),
    )


cdef int cross(
    State *s, Account *account, Market *market, OrderBody *wanted, Passed *p
) noexcept nogil:
    """Let a limit that passed all checks trade, and book what is left of it."""
    cdef Taker t
    look_at_first_maker(s, &market.sides[1 - <int>wanted.side])
    new_taker(s, &t, account, market, p.pair, wanted)
    t.hold_per_lot = p.hold_per_lot
    if not reserve_effects(s, &t):
        return NO_MEMORY
    s.reserved -= 1
    t.order_id = next_id(s)
    p.balance.available -= p.hold_units
    p.balance.held += p.hold_units
    emit_accepted(
        s, account.account, market, wanted, t.order_id, p.hold_units, t.cap_ppm, 0
    )
    end_taker(s, &t, match(s, &t))
    return 0
