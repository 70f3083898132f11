# The commands that define assets and markets and set rates, limits, states and modes.

cdef bint is_symbol(const uint8_t *text, int size, int *length) noexcept nogil:
    """Return whether padded text is capitals, digits and underscores; note its length."""
    cdef int i = 0
    cdef uint8_t c
    while i < size and text[i]:
        c = text[i]
        if not (c"A" <= c <= c"Z" or c"0" <= c <= c"9" or c == c"_"):
            return False
        i += 1
    length[0] = i
    while i < size:
        if text[i]:
            return False
        i += 1
    return True


cdef bint has_underscore(const uint8_t *text, int length) noexcept nogil:
    return memchr(text, c"_", length) is not NULL


cdef bint reserve_asset(State *s) noexcept nogil:
    cdef void *moved
    moved = grown(
        s.asset_sums, s.asset_used + 1, &s.asset_sums_capacity, sizeof(Sum128), 8
    )
    if moved is NULL:
        return False
    s.asset_sums = <Sum128 *>moved
    moved = grown(s.assets, s.asset_used + 1, &s.asset_capacity, sizeof(Asset), 8)
    if moved is NULL:
        return False
    s.assets = <Asset *>moved
    return True


cdef Asset *add_asset(State *s, uint32_t asset_id) noexcept nogil:
    cdef uint32_t slot = s.asset_used
    s.asset_used += 1
    s.asset_slots[asset_id] = slot
    memset(&s.assets[slot], 0, sizeof(Asset))
    s.assets[slot].asset = asset_id
    return &s.assets[slot]


cdef bint asset_shape(AssetRecord *record) noexcept nogil:
    cdef int length
    return (
        1 <= record.asset < ASSET_LIMIT
        and record.unit_decimals <= 18
        and record.unit_decimals <= record.chain_decimals
        and record.chain_decimals <= 36
        and is_symbol(&record.symbol[0], 16, &length)
        and length >= 1
        and not has_underscore(&record.symbol[0], length)
    )


cdef int set_asset(State *s, AssetRecord *record) noexcept nogil:
    cdef Asset *asset
    cdef AssetRecord *event
    cdef uint32_t a
    if not asset_shape(record):
        return refuse(s, REJECT_SHAPE, 0, 0)
    if find_asset(s, record.asset):
        return refuse(s, REJECT_EXISTS, 0, 0)
    for a in range(1, s.asset_used):
        if memcmp(&s.assets[a].symbol[0], &record.symbol[0], 16) == 0:
            return refuse(s, REJECT_EXISTS, 0, 0)
    if not reserve_asset(s):
        return NO_MEMORY
    asset = add_asset(s, record.asset)
    asset.unit_decimals = record.unit_decimals
    asset.chain_decimals = <uint32_t>record.chain_decimals
    memcpy(&asset.symbol[0], &record.symbol[0], 16)
    event = <AssetRecord *>emit(s, ASSET_SET, sizeof(AssetRecord), 0, 0)
    memcpy(&event.asset, &record.asset, sizeof(AssetRecord) - sizeof(Header))
    return 0


cdef inline bint in_units(int64_t value, int64_t least) noexcept nogil:
    return least <= value and value < UNITS_LIMIT


cdef inline bint is_maximum(int64_t value, int64_t least) noexcept nogil:
    return value == 0 or (least <= value and value < UNITS_LIMIT)


cdef bint market_symbol(const uint8_t *symbol) noexcept nogil:
    """Return whether a symbol has 3 to 32 characters and an underscore inside, at neither end."""
    cdef int length
    return (
        is_symbol(symbol, 32, &length)
        and 3 <= length
        and symbol[0] != c"_"
        and symbol[length - 1] != c"_"
        and has_underscore(symbol, length)
    )


cdef bint market_shape(uint32_t market_id, MarketBody *rules) noexcept nogil:
    return (
        1 <= market_id < MARKET_LIMIT
        and market_symbol(&rules.symbol[0])
        and rules.base != rules.quote
        and rules.fee_asset <= FEE_RECEIVED
        and rules.allow_self_trade <= 1
        and in_units(rules.tick_mantissa, 1)
        and in_units(rules.lot_units, 1)
        and rules.tick_decimals <= 18
        and in_units(rules.min_lots, 1)
        and is_maximum(rules.max_lots, rules.min_lots)
        and is_maximum(rules.market_max_lots, rules.min_lots)
        and in_units(rules.min_notional_units, 0)
        and is_maximum(rules.max_notional_units, rules.min_notional_units)
        and in_units(rules.limit_order_notional_units, NO_LIMIT)
        and in_units(rules.limit_open_orders, NO_LIMIT)
        and in_units(rules.limit_daily_notional_units, NO_LIMIT)
        and in_units(rules.limit_stop_orders, NO_LIMIT)
        and in_units(rules.limit_position_units, NO_LIMIT)
        and 0 <= rules.protection_ppm
        and rules.protection_ppm < PPM
    )


cdef void plain_symbol(const uint8_t *symbol, uint8_t *plain) noexcept nogil:
    """Write a symbol less its underscores."""
    cdef int i
    cdef int used = 0
    memset(plain, 0, 32)
    for i in range(32):
        if symbol[i] != c"_":
            plain[used] = symbol[i]
            used += 1


cdef bint symbol_taken(State *s, uint32_t market_id, const uint8_t *symbol) noexcept nogil:
    """Return whether another market's symbol is the same less underscores."""
    cdef uint8_t[32] wanted
    cdef uint8_t[32] other
    cdef uint32_t m
    plain_symbol(symbol, &wanted[0])
    for m in range(1, s.market_used):
        plain_symbol(&s.markets[m].rules.symbol[0], &other[0])
        if s.markets[m].market != market_id and memcmp(&wanted[0], &other[0], 32) == 0:
            return True
    return False


cdef int64_t tick_value(State *s, MarketBody *rules) noexcept nogil:
    """Return tick x lot in quote units, 0 where that is not a whole number below 2^62."""
    cdef int exponent = <int>s.assets[find_asset(s, rules.quote)].unit_decimals
    exponent -= <int>s.assets[find_asset(s, rules.base)].unit_decimals
    exponent -= <int>rules.tick_decimals
    return scaled_tick_value(rules.tick_mantissa, rules.lot_units, exponent)


cdef int set_market(State *s, MarketRecord *record) noexcept nogil:
    cdef MarketBody *rules = &record.body
    cdef uint32_t market_id = record.header.market
    cdef Market *market
    cdef int64_t value
    cdef int reason
    if not market_shape(market_id, rules):
        return refuse(s, REJECT_SHAPE, 0, 0)
    if find_asset(s, rules.base) == 0:
        return refuse(s, REJECT_UNKNOWN_ASSET, rules.base, 0)
    if find_asset(s, rules.quote) == 0:
        return refuse(s, REJECT_UNKNOWN_ASSET, rules.quote, 0)
    value = tick_value(s, rules)
    if value == 0:
        return refuse(s, REJECT_SHAPE, 0, 0)
    market = find_market(s, market_id)
    reason = market_conflict(s, market, market_id, rules)
    if reason:
        return reason
    if market is NULL:
        if not reserve_market(s):
            return NO_MEMORY
        market = add_market(s, market_id, rules)
    market.version += rescales(market, rules)
    market.rules = rules[0]
    market.tick_value_units = value
    market.lot_units = rules.lot_units
    note_terms(market)
    emit_market(s, market)
    return 0


cdef bint rescales(Market *market, MarketBody *rules) noexcept nogil:
    return (
        rules.tick_mantissa != market.rules.tick_mantissa
        or rules.tick_decimals != market.rules.tick_decimals
        or rules.lot_units != market.rules.lot_units
    )


cdef int market_conflict(
    State *s, Market *market, uint32_t market_id, MarketBody *rules
) noexcept nogil:
    """Check new rules against the market as it is (NULL for a new one) and against the others."""
    cdef int64_t open_orders
    if symbol_taken(s, market_id, &rules.symbol[0]):
        return refuse(s, REJECT_EXISTS, 0, 0)
    if market is NULL:
        return 0
    if (
        memcmp(&market.rules.symbol[0], &rules.symbol[0], 32)
        or market.rules.base != rules.base
        or market.rules.quote != rules.quote
    ):
        return refuse(s, REJECT_EXISTS, 0, 0)
    if rules.fee_asset == FEE_RECEIVED and (
        market.maker_ppm < 0 or market.floor_maker_ppm < 0
    ):
        return refuse(s, REJECT_FEES, 0, 0)
    open_orders = <int64_t>(market.sides[BUY].orders + market.sides[SELL].orders + market.waiting)
    if open_orders and (rescales(market, rules) or rules.fee_asset != market.rules.fee_asset):
        return refuse(s, REJECT_TRANSITION, open_orders, 0)
    return 0


cdef bint reserve_market(State *s) noexcept nogil:
    cdef void *moved = grown(s.markets, s.market_used + 1, &s.market_capacity, sizeof(Market), 4)
    if moved is NULL:
        return False
    s.markets = <Market *>moved
    return True


cdef Market *add_market(State *s, uint32_t market_id, MarketBody *rules) noexcept nogil:
    """Make a closed market, free of fees, without a scale yet."""
    cdef uint32_t slot = s.market_used
    cdef Market *market = &s.markets[slot]
    s.market_used += 1
    s.market_slots[market_id] = slot
    memset(market, 0, sizeof(Market))
    market.market = market_id
    market.slot = slot
    market.base = find_asset(s, rules.base)
    market.quote = find_asset(s, rules.quote)
    market.next_trade_id = 1
    market.watch_high_ticks = INT64_MAX
    market.sides[BUY].touch = NO_KEY
    market.sides[SELL].touch = NO_KEY
    market.floor_maker_ppm = market.floor_taker_ppm = PPM
    set_band(market, BUY, 0, INT64_MAX)
    set_band(market, SELL, 0, INT64_MAX)
    return market


cdef void emit_market(State *s, Market *market) noexcept nogil:
    cdef MarketEvent *event = <MarketEvent *>emit(
        s, MARKET_SET, sizeof(MarketEvent), 0, market.market
    )
    event.body = market.rules
    event.tick_value_units = market.tick_value_units
    event.version = market.version


cdef void set_rates(Market *market, int64_t maker, int64_t taker, int64_t auction) noexcept nogil:
    market.maker_ppm = maker
    market.taker_ppm = taker
    market.auction_ppm = auction
    market.cap_ppm = max(max(maker, taker), max(auction, <int64_t>0))


cdef bint rates_fit(int64_t maker, int64_t taker, int64_t auction, int fee_asset) noexcept nogil:
    return (
        0 <= taker and taker < PPM and 0 <= auction and auction < PPM
        and -PPM < maker and maker < PPM and taker + maker >= 0
        and (maker >= 0 or fee_asset == FEE_QUOTE)
    )


cdef bint floors_fit(Market *market, int64_t maker, int64_t taker) noexcept nogil:
    """Return whether no pair of rates, own ones included, pays out more than it takes in."""
    # A floor may be any number; below the lowest rate all are the same.
    maker = min(maker, max(market.floor_maker_ppm, -2 * PPM))
    taker = min(taker, max(market.floor_taker_ppm, -2 * PPM))
    return maker + taker >= 0 and (
        market.floor_maker_ppm >= 0 or market.rules.fee_asset == FEE_QUOTE
    )


cdef int set_fees(State *s, FeesRecord *record) noexcept nogil:
    cdef Market *market = find_market(s, record.header.market)
    cdef int64_t auction = record.auction_ppm
    cdef FeesRecord *event
    if market is NULL:
        return refuse(s, REJECT_UNKNOWN_MARKET, record.header.market, 0)
    if auction == -1:
        auction = max(record.maker_ppm, <int64_t>0)
    if not rates_fit(
        record.maker_ppm, record.taker_ppm, auction, market.rules.fee_asset
    ) or not floors_fit(market, record.maker_ppm, record.taker_ppm):
        return refuse(s, REJECT_FEES, 0, 0)
    set_rates(market, record.maker_ppm, record.taker_ppm, auction)
    event = <FeesRecord *>emit(s, FEES_SET, sizeof(FeesRecord), 0, market.market)
    event.maker_ppm = market.maker_ppm
    event.taker_ppm = market.taker_ppm
    event.auction_ppm = auction
    return 0


cdef bint limits_fit(LimitsRecord *record) noexcept nogil:
    if record.header.market:
        if record.open_orders_total != NO_LIMIT:
            return False
    elif (
        record.order_notional_units != NO_LIMIT
        or record.open_orders != NO_LIMIT
        or record.daily_notional_units != NO_LIMIT
        or record.stop_orders != NO_LIMIT
        or record.position_units != NO_LIMIT
    ):
        return False
    return (
        in_units(record.order_notional_units, NO_LIMIT)
        and in_units(record.open_orders, NO_LIMIT)
        and in_units(record.daily_notional_units, NO_LIMIT)
        and in_units(record.open_orders_total, NO_LIMIT)
        and in_units(record.stop_orders, NO_LIMIT)
        and in_units(record.position_units, NO_LIMIT)
    )


cdef int set_limits(State *s, Account *account, LimitsRecord *record) noexcept nogil:
    cdef LimitsRecord *event
    cdef uint32_t pair
    cdef int reason = known_or_none(s, record.header.market)
    if reason:
        return reason
    if not limits_fit(record):
        return refuse(s, REJECT_SHAPE, 0, 0)
    if record.header.market:
        pair = make_pair(s, account, find_market(s, record.header.market))
        if pair == 0:
            return NO_MEMORY
        limit_pair(
            s, pair, record.order_notional_units, record.open_orders,
            record.daily_notional_units, record.stop_orders, record.position_units,
        )
    else:
        s.total_limits[slot_of(s, account)] = record.open_orders_total
        note_room(s, account)
    event = <LimitsRecord *>emit(
        s, LIMITS_SET, sizeof(LimitsRecord), account.account, record.header.market
    )
    memcpy(
        &event.order_notional_units, &record.order_notional_units,
        sizeof(LimitsRecord) - sizeof(Header),
    )
    return 0


cdef void limit_pair(
    State *s, uint32_t slot, int64_t order_notional_units, int64_t open_orders,
    int64_t daily_notional_units, int64_t stop_orders, int64_t position_units
) noexcept nogil:
    cdef PairLimits *limits = &s.pair_limits[slot]
    cdef uint32_t *limited = &s.pairs[slot].limited
    limits.order_notional_units = order_notional_units
    limits.open_orders = open_orders
    limits.daily_notional_units = daily_notional_units
    limits.stop_orders = stop_orders
    limits.position_units = position_units
    limited[0] &= ~<uint32_t>HAS_LIMITS
    if (
        order_notional_units != NO_LIMIT
        or open_orders != NO_LIMIT
        or daily_notional_units != NO_LIMIT
        or stop_orders != NO_LIMIT
        or position_units != NO_LIMIT
    ):
        limited[0] |= HAS_LIMITS


cdef bint is_crossed(State *s, Market *market) noexcept nogil:
    """Return whether the best bid reaches the best ask."""
    cdef Level *bid = &s.levels[market.sides[BUY].best]
    return bid.price_ticks != 0 and crosses(market, BUY, bid.price_ticks)


cdef int set_state(State *s, StateRecord *record) noexcept nogil:
    cdef Market *market = find_market(s, record.header.market)
    cdef int64_t state = <int64_t>record.state
    if market is NULL:
        return refuse(s, REJECT_UNKNOWN_MARKET, record.header.market, 0)
    if record.state > CANCEL_ONLY or record.reference_ticks < 0:
        return refuse(s, REJECT_SHAPE, 0, 0)
    if (
        state == market.state or market.state == RETIRED
        or (market.state == HALTED and state != AUCTION and state != CLOSED)
    ):
        return refuse(s, REJECT_TRANSITION, state, market.state)
    if state == TRADING and (is_calling(market) or is_crossed(s, market)):
        return ask(s, &record.header)
    change_state(s, market, state)
    s.touched = True
    return 0


cdef void change_state(State *s, Market *market, int64_t state) noexcept nogil:
    cdef ChangeEvent *event
    event = <ChangeEvent *>emit(s, STATE_CHANGED, sizeof(ChangeEvent), 0, market.market)
    event.now = <uint32_t>state
    event.previous = <uint32_t>market.state
    market.state = state
    note_terms(market)


cdef int set_mode(State *s, WordRecord *record) noexcept nogil:
    cdef int previous = <int>s.mode
    if record.word > MODE_HALTED:
        return refuse(s, REJECT_SHAPE, 0, 0)
    if <int64_t>record.word == s.mode:
        return refuse(s, REJECT_TRANSITION, s.mode, s.mode)
    s.mode = <int64_t>record.word
    emit_mode(s, previous, MODE_BY_COMMAND, 0)
    s.touched = True
    return 0


cdef int set_account_status(State *s, Account *account, WordRecord *record) noexcept nogil:
    cdef ChangeEvent *event
    if record.word > FROZEN:
        return refuse(s, REJECT_SHAPE, 0, 0)
    if record.word == account.status:
        return refuse(s, REJECT_TRANSITION, account.status, account.status)
    if record.word == FROZEN and close_all(s, account, 0, BOTH_SIDES) < 0:
        return NO_MEMORY
    event = <ChangeEvent *>emit(
        s, ACCOUNT_STATUS_CHANGED, sizeof(ChangeEvent), account.account, 0
    )
    event.now = <uint32_t>record.word
    event.previous = account.status
    account.status = <uint32_t>record.word
    return 0
