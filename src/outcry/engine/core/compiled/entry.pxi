# An order on its way in: what it says of itself, and the checks that look at nothing but that, the
# market's rules and its last price. Plain and special orders go this way alike.

cdef inline void enter_plain(Entry *e, OrderBody *wanted) noexcept nogil:
    e.wanted = wanted[0]
    e.special = False
    e.waits = False
    e.late_band = False
    e.rests = wanted.kind == LIMIT and wanted.time_in_force == GTC
    e.terms.trigger = NO_TRIGGER
    e.terms.peg = NO_PEG
    e.terms.slices = 0


cdef inline bint is_resting(OrderBody *wanted) noexcept nogil:
    return wanted.kind == LIMIT and (
        wanted.time_in_force == GTC
        or wanted.time_in_force == GTD or wanted.time_in_force == DAY
    )


cdef void enter_special(Entry *e, OrderBody *wanted, TermsBody *terms) noexcept nogil:
    e.wanted = wanted[0]
    e.terms = terms[0]
    e.terms.time_in_force = wanted.time_in_force
    e.terms.kind = wanted.kind
    e.terms.padding = 0
    e.special = True
    e.late_band = False
    e.waits = terms.trigger != NO_TRIGGER or terms.peg != NO_PEG or terms.slices != 0
    e.rests = is_resting(wanted)


cdef int entry_state(State *s, Market *market, uint32_t market_id, Entry *e) noexcept nogil:
    """Check that the market takes the order; in a call phase it does if the order can wait for it."""
    e.calling = False
    if usual(market is not NULL and market.state == TRADING):
        return 0
    e.calling = market is not NULL and is_calling(market)
    if e.calling and is_resting(&e.wanted) and e.wanted.flags == 0 and not e.waits:
        return 0
    return not_trading(s, market, market_id)


cdef inline bint is_calling(Market *market) noexcept nogil:
    return market.state == PRE_OPEN or market.state == AUCTION


cdef inline int entry_shape(State *s, Market *market, Entry *e) noexcept nogil:
    if usual(not e.special):
        return order_shape(s, market, &e.wanted)
    return special_shape(s, market, e)


cdef bint body_fits(Market *market, OrderBody *wanted, TermsBody *terms) noexcept nogil:
    """Check sizes, price and budget of a special order for its kind."""
    cdef int64_t least = 0 if terms.peg and wanted.side == SELL else 1
    if wanted.side > SELL or wanted.self_trade > NONE or wanted.time_in_force > DAY:
        return False
    if wanted.self_trade == NONE and not market.rules.allow_self_trade:
        return False
    if wanted.kind == LIMIT:
        return wanted.price_ticks >= least and wanted.lots >= 1 and wanted.budget_units == 0
    if wanted.kind == MARKET:
        return wanted.price_ticks == 0 and wanted.lots >= 1 and wanted.budget_units == 0
    return (
        wanted.kind == BUDGET and wanted.price_ticks == 0 and wanted.lots == 0
        and 1 <= wanted.budget_units and wanted.budget_units < UNITS_LIMIT
        and terms.trigger == 0 and terms.peg == 0 and terms.slices == 0
        and terms.display_lots == 0
    )


cdef bint time_fits(State *s, OrderBody *wanted, TermsBody *terms) noexcept nogil:
    cdef int time_in_force = wanted.time_in_force
    if time_in_force == GTD:
        if terms.expires_ns <= s.now_ns:
            return False
    elif terms.expires_ns:
        return False
    if wanted.kind == LIMIT:
        return True
    if wanted.kind == MARKET and terms.trigger:
        return time_in_force != FOK
    return time_in_force == GTC or time_in_force == IOC


cdef bint trigger_fits(OrderBody *wanted, TermsBody *terms) noexcept nogil:
    if terms.trigger == NO_TRIGGER:
        return terms.trigger_ticks == 0 and terms.trail_ppm == 0
    if terms.peg or terms.slices:
        return False
    if terms.trigger == TRAIL:
        return (
            1 <= terms.trail_ppm and terms.trail_ppm < PPM
            and terms.trigger_ticks >= 0 and wanted.kind == LIMIT
        )
    return terms.trigger <= TAKE and terms.trigger_ticks >= 1 and terms.trail_ppm == 0


cdef bint peg_fits(OrderBody *wanted, TermsBody *terms) noexcept nogil:
    cdef int64_t most = (<int64_t>1 << 32) - 1
    if terms.peg == NO_PEG:
        return terms.peg_offset_ticks == 0
    return (
        terms.peg <= PEG_MID
        and -most <= terms.peg_offset_ticks and terms.peg_offset_ticks <= most
        and is_resting(wanted) and wanted.flags == 0 and terms.slices == 0
    )


cdef bint slices_fit(State *s, OrderBody *wanted, TermsBody *terms) noexcept nogil:
    if terms.slices == 0:
        return terms.interval_ns == 0
    return (
        terms.interval_ns >= 1
        and (s.rules == 1 or terms.slices <= SLICES_MOST)
        and mul_saturated(terms.slices, terms.interval_ns) < UNITS_LIMIT
        and wanted.kind == LIMIT and wanted.time_in_force == GTC and wanted.flags == 0
    )


cdef bint flags_fit(OrderBody *wanted, TermsBody *terms) noexcept nogil:
    """Check post-only, slide and what is displayed."""
    cdef bint may = is_resting(wanted) and terms.peg == 0 and terms.slices == 0
    if wanted.flags and not (
        may and (
            wanted.flags == POST_ONLY
            or (wanted.flags == (POST_ONLY | SLIDE) and terms.trigger == NO_TRIGGER)
        )
    ):
        return False
    if terms.display_lots == 0:
        return True
    return may and 1 <= terms.display_lots and terms.display_lots <= wanted.lots


cdef int special_shape(State *s, Market *market, Entry *e) noexcept nogil:
    """Check what an order and its terms say together; note when an order for the day ends."""
    cdef OrderBody *wanted = &e.wanted
    cdef TermsBody *terms = &e.terms
    if not (
        body_fits(market, wanted, terms)
        and time_fits(s, wanted, terms)
        and trigger_fits(wanted, terms)
        and peg_fits(wanted, terms)
        and slices_fit(s, wanted, terms)
        and flags_fit(wanted, terms)
    ):
        return refuse(s, REJECT_SHAPE, 0, 0)
    if wanted.time_in_force == DAY:
        terms.expires_ns = next_midnight_ns(s)
    return 0


cdef int64_t next_midnight_ns(State *s) noexcept nogil:
    """Return when the day ends; the last day that 63 bits know has no end of its own."""
    if <int64_t>s.today + 1 > INT64_MAX // DAY_NS:
        return INT64_MAX
    return (<int64_t>s.today + 1) * DAY_NS


cdef int64_t slid(
    State *s, Market *market, int side, int64_t price_ticks, int64_t *best_ticks
) noexcept nogil:
    """Return a price that does not cross: one tick behind the opposite best where it would."""
    if market.sides[1 - side].best == 0 or not crosses(market, side, price_ticks):
        return price_ticks
    best_ticks[0] = s.levels[market.sides[1 - side].best].price_ticks
    return best_ticks[0] + 1 if side == SELL else best_ticks[0] - 1


cdef int price_entry(State *s, Market *market, Entry *e) noexcept nogil:
    """Give the price that they have to an order that slides and to a stop-market."""
    cdef OrderBody *wanted = &e.wanted
    cdef int64_t price_ticks, best_ticks
    if wanted.flags & SLIDE:
        price_ticks = slid(s, market, wanted.side, wanted.price_ticks, &best_ticks)
        if price_ticks < 1:
            return refuse(s, REJECT_POST_ONLY, wanted.price_ticks, best_ticks)
        wanted.price_ticks = price_ticks
    if wanted.kind == MARKET and e.terms.trigger:
        wanted.price_ticks = protected_ticks(
            wanted.side, e.terms.trigger_ticks, market.rules.protection_ppm
        )
    return 0


cdef int64_t protected_ticks(int side, int64_t trigger_ticks, int64_t ppm) noexcept nogil:
    """Return the worst price that a stop-market order trades at."""
    if side == BUY:
        return share_down(trigger_ticks, PPM + ppm)
    return max(share_up(trigger_ticks, PPM - ppm), <int64_t>1)


cdef inline int entry_filters(State *s, Market *market, Entry *e) noexcept nogil:
    cdef OrderBody *wanted = &e.wanted
    if rare(e.special):
        return kind_filters(
            s, market, &e.terms, wanted.price_ticks, wanted.lots, wanted.budget_units,
            e.cap_ppm, &e.cost,
        )
    return filters(s, market, wanted, e.cap_ppm, &e.cost)


cdef int kind_filters(
    State *s, Market *market, TermsBody *terms, int64_t price_ticks, int64_t lots,
    int64_t budget_units, int64_t cap_ppm, Cost *cost
) noexcept nogil:
    """Check size and notional of a special order, as its kind is checked."""
    cdef int reason = 0
    if terms.kind == BUDGET:
        return notional_filters(s, market, budget_units)
    if terms.kind == MARKET:
        reason = size_filters(s, market, MARKET, lots)
        if reason == 0 and terms.trigger:
            reason = cost_of(s, market, price_ticks, lots, cap_ppm, cost)
        return reason
    memset(cost, 0, sizeof(Cost))
    reason = size_filters(s, market, LIMIT, lots)
    if reason == 0 and terms.display_lots and lots > mul_saturated(terms.display_lots, ICEBERG_PARTS):
        reason = refuse(s, REJECT_MAX_SIZE, lots, mul_saturated(terms.display_lots, ICEBERG_PARTS))
    if reason == 0 and price_ticks:
        reason = limit_filters(s, market, price_ticks, lots, cap_ppm, cost)
    return reason


cdef int would_trigger(State *s, Market *market, Entry *e) noexcept nogil:
    cdef int64_t last = market.last_price_ticks
    cdef int64_t trigger = e.terms.trigger_ticks
    cdef bint reached
    if e.terms.trigger == NO_TRIGGER or e.terms.trigger == TRAIL or last == 0:
        return 0
    if (e.terms.trigger == STOP) == (e.wanted.side == BUY):
        reached = last >= trigger
    else:
        reached = last <= trigger
    return refuse(s, REJECT_WOULD_TRIGGER, trigger, last) if reached else 0


cdef inline int outside_band(
    State *s, Market *market, int side, int64_t price_ticks
) noexcept nogil:
    """Refuse a limit that the market's band does not take."""
    cdef Band *band = &market.bands[side]
    if usual(key_of(side, price_ticks) <= band.last_key or market.state != TRADING):
        return 0
    return refuse(
        s, REJECT_BAND, price_ticks, band.low_ticks if side == SELL else band.high_ticks
    )


cdef inline int entry_band(State *s, Market *market, Entry *e) noexcept nogil:
    if e.wanted.kind != LIMIT or e.waits:
        return 0
    return outside_band(s, market, e.wanted.side, e.wanted.price_ticks)
