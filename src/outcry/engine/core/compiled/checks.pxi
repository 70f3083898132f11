# The checks of order commands, in the order of `docs/core.md`. Each returns 0 or the reason.

cdef inline Market *find_market(State *s, uint32_t market_id) noexcept nogil:
    if market_id < MARKET_LIMIT and s.market_slots[market_id]:
        return &s.markets[s.market_slots[market_id]]
    return NULL


cdef inline int may_place(State *s, Account *account, int side) noexcept nogil:
    if usual(account.status == ACTIVE):
        return 0
    if account.status == FROZEN:
        return refuse(s, REJECT_ACCOUNT_FROZEN, account.status, 0)
    if side == BUY:
        return refuse(s, REJECT_REDUCE_ONLY, account.status, 0)
    return 0


cdef inline int known_or_none(State *s, uint32_t market_id) noexcept nogil:
    if market_id and find_market(s, market_id) is NULL:
        return refuse(s, REJECT_UNKNOWN_MARKET, market_id, 0)
    return 0


cdef inline int trading(State *s, Market *market, uint32_t market_id) noexcept nogil:
    if usual(market is not NULL and market.state == TRADING):
        return 0
    return not_trading(s, market, market_id)


cdef int not_trading(State *s, Market *market, uint32_t market_id) noexcept nogil:
    if market is NULL:
        return refuse(s, REJECT_UNKNOWN_MARKET, market_id, 0)
    if market.state == HALTED:
        return refuse(s, REJECT_MARKET_HALTED, market.state, 0)
    if market.state == CANCEL_ONLY:
        return refuse(s, REJECT_MARKET_CANCEL_ONLY, market.state, 0)
    if market.state == CLOSED or market.state == RETIRED:
        return refuse(s, REJECT_MARKET_CLOSED, market.state, 0)
    return refuse(s, REJECT_CALL_PHASE, market.state, 0)


cdef inline int order_shape(State *s, Market *market, OrderBody *wanted) noexcept nogil:
    cdef uint64_t first_word
    memcpy(&first_word, wanted, 8)
    # One test for the usual order: of either side, limit, GTC, self-trade 0 to 3, no flags.
    if usual(
        first_word & ~<uint64_t>0x03000001 == 0
        and wanted.price_ticks >= 1 and wanted.lots >= 1 and wanted.budget_units == 0
    ):
        return 0
    return any_order_shape(s, market, wanted)


cdef int any_order_shape(State *s, Market *market, OrderBody *wanted) noexcept nogil:
    cdef bint fits = (
        wanted.side <= SELL
        and wanted.time_in_force <= FOK
        and (wanted.self_trade < NONE
             or (wanted.self_trade == NONE and market.rules.allow_self_trade))
        and (wanted.flags == 0 or wanted.flags == POST_ONLY)
    )
    cdef bint plain = (
        wanted.time_in_force != FOK and wanted.flags == 0 and wanted.price_ticks == 0
    )
    if wanted.kind == LIMIT:
        fits = (
            fits and wanted.price_ticks >= 1 and wanted.lots >= 1 and wanted.budget_units == 0
            and (wanted.flags == 0 or wanted.time_in_force == GTC)
        )
    elif wanted.kind == MARKET:
        fits = fits and plain and wanted.lots >= 1 and wanted.budget_units == 0
    elif wanted.kind == BUDGET:
        fits = (
            fits and plain and wanted.lots == 0
            and 1 <= wanted.budget_units and wanted.budget_units < UNITS_LIMIT
        )
    else:
        fits = False
    return 0 if fits else refuse(s, REJECT_SHAPE, 0, 0)


cdef inline int size_filters(State *s, Market *market, int kind, int64_t lots) noexcept nogil:
    if lots < market.rules.min_lots:
        return refuse(s, REJECT_MIN_SIZE, lots, market.rules.min_lots)
    if market.rules.max_lots and lots > market.rules.max_lots:
        return refuse(s, REJECT_MAX_SIZE, lots, market.rules.max_lots)
    if kind == MARKET and market.rules.market_max_lots and lots > market.rules.market_max_lots:
        return refuse(s, REJECT_MARKET_MAX_SIZE, lots, market.rules.market_max_lots)
    return 0


cdef inline int notional_filters(State *s, Market *market, int64_t notional) noexcept nogil:
    if notional < market.rules.min_notional_units:
        return refuse(s, REJECT_MIN_NOTIONAL, notional, market.rules.min_notional_units)
    if market.rules.max_notional_units and notional > market.rules.max_notional_units:
        return refuse(s, REJECT_MAX_NOTIONAL, notional, market.rules.max_notional_units)
    return 0


cdef inline int limit_filters(
    State *s, Market *market, int64_t price_ticks, int64_t lots, int64_t cap_ppm, Cost *cost
) noexcept nogil:
    """Check a limit's size and notional; note what it costs."""
    cdef int64_t notional = mul_saturated(
        lots, mul_saturated(price_ticks, market.tick_value_units)
    )
    cdef int reason = size_filters(s, market, LIMIT, lots)
    if reason == 0:
        reason = notional_filters(s, market, notional)
    return reason if reason else cost_of(s, market, price_ticks, lots, cap_ppm, cost)


cdef inline int cost_of(
    State *s, Market *market, int64_t price_ticks, int64_t lots, int64_t cap_ppm, Cost *cost
) noexcept nogil:
    """Note what a limit costs; refuse what does not fit in 62 bits."""
    cdef int64_t lot_price = mul_saturated(price_ticks, market.tick_value_units)
    cdef int64_t with_fee = lot_price
    cost.lot_price_units = lot_price
    cost.notional_units = mul_saturated(lots, lot_price)
    if lot_price < UNITS_LIMIT:
        with_fee += fee_up(lot_price, cap_ppm)
    cost.with_fee_units = mul_saturated(lots, with_fee)
    if cost.with_fee_units >= UNITS_LIMIT:
        return refuse(s, REJECT_NOTIONAL_OVERFLOW, 0, UNITS_LIMIT)
    return 0


cdef inline int filters(
    State *s, Market *market, OrderBody *wanted, int64_t cap_ppm, Cost *cost
) noexcept nogil:
    if usual(wanted.kind == LIMIT):
        return limit_filters(s, market, wanted.price_ticks, wanted.lots, cap_ppm, cost)
    if wanted.kind == MARKET:
        return size_filters(s, market, MARKET, wanted.lots)
    return notional_filters(s, market, wanted.budget_units)


cdef inline int64_t hold_of_limit(
    Market *market, int side, int64_t lots, Cost *cost
) noexcept nogil:
    """Return what a limit order holds; INT64_MAX, which nobody has, for lots beyond 2^63 units."""
    cdef int64_t of_sell = mul_saturated(lots, market.lot_units)
    if market.rules.fee_asset == FEE_RECEIVED:
        return of_side(side, cost.notional_units, of_sell)
    return of_side(side, cost.with_fee_units, of_sell)


cdef inline int open_order_limits(
    State *s, Account *account, Market *market, uint32_t slot, int64_t more, int64_t stops
) noexcept nogil:
    """Check that so many more orders may be open, so many of them with a trigger."""
    cdef Pair *pair = &s.pairs[slot]
    cdef int64_t limit = market.rules.limit_open_orders
    if rare(pair.limited & HAS_LIMITS) and s.pair_limits[slot].open_orders != NO_LIMIT:
        limit = s.pair_limits[slot].open_orders
    if limit != NO_LIMIT and pair.open_orders + more - 1 >= limit:
        return refuse(s, REJECT_OPEN_ORDERS, pair.open_orders, limit)
    limit = total_limit(s, account)
    if account.open_orders + more - 1 >= limit:
        return refuse(s, REJECT_OPEN_ORDERS_TOTAL, account.open_orders, limit)
    if usual(stops == 0):
        return 0
    limit = market.rules.limit_stop_orders
    if pair.limited & HAS_LIMITS and s.pair_limits[slot].stop_orders != NO_LIMIT:
        limit = s.pair_limits[slot].stop_orders
    if limit != NO_LIMIT and pair.stops + stops - 1 >= limit:
        return refuse(s, REJECT_STOP_ORDERS, pair.stops, limit)
    return 0


cdef inline int notional_limits(
    State *s, Market *market, uint32_t slot, int64_t notional
) noexcept nogil:
    """Check an order's notional; a saturated one is above every limit, as the true one is."""
    cdef Pair *pair = &s.pairs[slot]
    cdef int64_t order_limit = market.rules.limit_order_notional_units
    cdef int64_t daily_limit = market.rules.limit_daily_notional_units
    cdef int64_t sum_units = notional
    if rare(pair.limited & HAS_LIMITS):
        if s.pair_limits[slot].order_notional_units != NO_LIMIT:
            order_limit = s.pair_limits[slot].order_notional_units
        if s.pair_limits[slot].daily_notional_units != NO_LIMIT:
            daily_limit = s.pair_limits[slot].daily_notional_units
    if notional > order_limit and order_limit != NO_LIMIT:
        return refuse(s, REJECT_ORDER_NOTIONAL, notional, order_limit)
    if daily_limit == NO_LIMIT:
        return 0
    if pair.day == s.today:
        sum_units = sum_saturated(&pair.daily_units, notional)
    if sum_units > daily_limit:
        return refuse(s, REJECT_DAILY_NOTIONAL, sum_units, daily_limit)
    return 0


cdef int64_t position_limit(State *s, Market *market, uint32_t slot) noexcept nogil:
    if s.pairs[slot].limited & HAS_LIMITS and s.pair_limits[slot].position_units != NO_LIMIT:
        return s.pair_limits[slot].position_units
    return market.rules.limit_position_units


cdef inline int position(
    State *s, Account *account, Market *market, uint32_t pair, int side, int64_t lots,
    uint32_t instead_of
) noexcept nogil:
    """Check what an account would have of the base asset if all it wants to buy were bought."""
    if usual(side == SELL or position_limit(s, market, pair) == NO_LIMIT):
        return 0
    return position_checked(s, account, market, pair, lots, instead_of)


cdef int position_checked(
    State *s, Account *account, Market *market, uint32_t pair, int64_t lots, uint32_t instead_of
) noexcept nogil:
    cdef int64_t limit = position_limit(s, market, pair)
    cdef int64_t wanted
    cdef Sum128 total
    cdef Order *order
    cdef Market *other
    cdef uint32_t i, slot
    memset(&total, 0, sizeof(Sum128))
    sum_grow(&total, s.pairs[pair].paying[SELL].available)
    sum_grow(&total, s.pairs[pair].paying[SELL].held)
    sum_product(&total, lots, market.lot_units)
    for i in range(account.open_orders):
        slot = account.orders[i]
        order = &s.orders[slot]
        other = &s.markets[s.pairs[order.pair].market]
        if order.side == SELL or other.base != market.base or order.flags & PENDING:
            continue
        if instead_of and (slot == instead_of or are_linked(s, slot, instead_of)):
            continue
        if tells_hold(s, slot):
            sum_product(&total, order.open_lots, other.lot_units)
    wanted = sum_saturated(&total, 0)
    return refuse(s, REJECT_POSITION, wanted, limit) if wanted > limit else 0


cdef inline int post_only(State *s, Taker *t, bint crossing) noexcept nogil:
    if crossing and t.flags & POST_ONLY:
        return refuse(
            s, REJECT_POST_ONLY, t.price_ticks,
            s.levels[t.market.sides[1 - t.side].best].price_ticks,
        )
    return 0


cdef inline int funds(State *s, int64_t needed, int64_t available) noexcept nogil:
    return refuse(s, REJECT_FUNDS, needed, available) if needed > available else 0


cdef int below_lot(State *s, Taker *t, Plan *plan, int64_t budget_units) noexcept nogil:
    """Refuse a budget that the first maker it could trade with is too dear for."""
    cdef int64_t cost
    if plan.end != DONE_BUDGET_EXHAUSTED or plan.traded_lots or plan.prevented_lots:
        return 0
    cost = plan.stopped_at_ticks * t.market.tick_value_units
    if t.pays_fee_in_quote:
        cost += fee_of(cost, t.rate_ppm)
    return refuse(s, REJECT_BUDGET_BELOW_LOT, budget_units, cost)
