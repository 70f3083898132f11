# The checks of order commands, in the order of `docs/core.md`. Each returns 0 or the reason.

cdef inline Market *find_market(State *s, uint32_t market_id) noexcept nogil:
    if market_id < MARKET_LIMIT and s.market_slots[market_id]:
        return &s.markets[s.market_slots[market_id]]
    return NULL


cdef inline int may_place(State *s, Account *account, int side) noexcept nogil:
    if likely(account.status == ACTIVE):
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


cdef int trading(State *s, Market *market, uint32_t market_id) noexcept nogil:
    if market is NULL:
        return refuse(s, REJECT_UNKNOWN_MARKET, market_id, 0)
    if likely(market.state == TRADING):
        return 0
    if market.state == HALTED:
        return refuse(s, REJECT_MARKET_HALTED, market.state, 0)
    if market.state == CANCEL_ONLY:
        return refuse(s, REJECT_MARKET_CANCEL_ONLY, market.state, 0)
    if market.state == CLOSED:
        return refuse(s, REJECT_MARKET_CLOSED, market.state, 0)
    return refuse(s, REJECT_CALL_PHASE, market.state, 0)


cdef int order_shape(State *s, Market *market, OrderBody *wanted) noexcept nogil:
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


cdef int size_filters(State *s, Market *market, int kind, int64_t lots) noexcept nogil:
    if lots < market.rules.min_lots:
        return refuse(s, REJECT_MIN_SIZE, lots, market.rules.min_lots)
    if market.rules.max_lots and lots > market.rules.max_lots:
        return refuse(s, REJECT_MAX_SIZE, lots, market.rules.max_lots)
    if kind == MARKET and market.rules.market_max_lots and lots > market.rules.market_max_lots:
        return refuse(s, REJECT_MARKET_MAX_SIZE, lots, market.rules.market_max_lots)
    return 0


cdef int notional_filters(State *s, Market *market, int64_t notional) noexcept nogil:
    if notional < market.rules.min_notional_units:
        return refuse(s, REJECT_MIN_NOTIONAL, notional, market.rules.min_notional_units)
    if market.rules.max_notional_units and notional > market.rules.max_notional_units:
        return refuse(s, REJECT_MAX_NOTIONAL, notional, market.rules.max_notional_units)
    return 0


cdef int limit_filters(
    State *s, Market *market, int64_t price_ticks, int64_t lots, int64_t cap_ppm
) noexcept nogil:
    """Check a limit's size and notional; what passes fits in 62 bits, fees included."""
    cdef int64_t lot_price = mul_saturated(price_ticks, market.tick_value_units)
    cdef int reason = size_filters(s, market, LIMIT, lots)
    if reason == 0:
        reason = notional_filters(s, market, mul_saturated(lots, lot_price))
    if reason:
        return reason
    if lot_price < UNITS_LIMIT:
        lot_price += fee_up(lot_price, cap_ppm)
    if mul_saturated(lots, lot_price) >= UNITS_LIMIT:
        return refuse(s, REJECT_NOTIONAL_OVERFLOW, 0, UNITS_LIMIT)
    return 0


cdef int filters(State *s, Taker *t, OrderBody *wanted) noexcept nogil:
    if t.kind == LIMIT:
        return limit_filters(s, t.market, wanted.price_ticks, wanted.lots, t.cap_ppm)
    if t.kind == MARKET:
        return size_filters(s, t.market, MARKET, wanted.lots)
    return notional_filters(s, t.market, wanted.budget_units)


cdef int open_order_limits(State *s, Taker *t) noexcept nogil:
    """Only what may stay open is counted."""
    cdef Pair *pair = &s.pairs[t.pair]
    cdef int64_t limit = t.market.rules.limit_open_orders
    if t.kind != LIMIT or t.time_in_force != GTC:
        return 0
    if unlikely_true(pair.limited) and s.pair_limits[t.pair].open_orders != NO_LIMIT:
        limit = s.pair_limits[t.pair].open_orders
    if limit != NO_LIMIT and pair.open_orders >= limit:
        return refuse(s, REJECT_OPEN_ORDERS, pair.open_orders, limit)
    limit = t.account.open_orders_total_limit
    if limit == NO_LIMIT:
        limit = OPEN_ORDERS_TOTAL_DEFAULT
    if t.account.open_orders >= limit:
        return refuse(s, REJECT_OPEN_ORDERS_TOTAL, t.account.open_orders, limit)
    return 0


cdef int notional_limits(State *s, Taker *t, int64_t notional) noexcept nogil:
    """Check an order's notional; a saturated one is above every limit, as the true one is."""
    cdef Pair *pair = &s.pairs[t.pair]
    cdef int64_t limit = t.market.rules.limit_order_notional_units
    cdef int64_t sum_units = notional
    if unlikely_true(pair.limited) and (
        s.pair_limits[t.pair].order_notional_units != NO_LIMIT
    ):
        limit = s.pair_limits[t.pair].order_notional_units
    if limit != NO_LIMIT and notional > limit:
        return refuse(s, REJECT_ORDER_NOTIONAL, notional, limit)
    limit = t.market.rules.limit_daily_notional_units
    if unlikely_true(pair.limited) and (
        s.pair_limits[t.pair].daily_notional_units != NO_LIMIT
    ):
        limit = s.pair_limits[t.pair].daily_notional_units
    if limit == NO_LIMIT:
        return 0
    if pair.day == s.today:
        sum_units = sum_saturated(&pair.daily_units, notional)
    if sum_units > limit:
        return refuse(s, REJECT_DAILY_NOTIONAL, sum_units, limit)
    return 0


cdef int post_only(State *s, Taker *t, bint crossing) noexcept nogil:
    if crossing and t.flags & POST_ONLY:
        return refuse(
            s, REJECT_POST_ONLY, t.price_ticks,
            s.levels[t.market.sides[1 - t.side].best].price_ticks,
        )
    return 0


cdef int funds(State *s, Taker *t, int64_t needed, int64_t available) noexcept nogil:
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
