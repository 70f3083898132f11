# Reading a canonical snapshot into a state at genesis. The bytes are not trusted: every number that
# the core later relies on for memory or for exact arithmetic is checked here, and whatever else may
# be wrong shows when the restored state is written once more and compared.

cdef struct Reader:
    const uint8_t *data
    size_t length
    size_t offset
    bint bad
    bint no_memory


cdef inline int64_t take(Reader *r) noexcept nogil:
    cdef int64_t word = 0
    if r.length - r.offset < 8:
        r.bad = True
        return 0
    memcpy(&word, r.data + r.offset, 8)
    r.offset += 8
    return word


cdef inline int64_t take_in(Reader *r, int64_t least, int64_t most) noexcept nogil:
    """Return the next word; `least`, and the reader is bad, where it is out of range."""
    cdef int64_t word = take(r)
    if word < least or word > most:
        r.bad = True
        return least
    return word


cdef void take_bytes(Reader *r, uint8_t *data, size_t length) noexcept nogil:
    if r.length - r.offset < length:
        r.bad = True
        memset(data, 0, length)
        return
    memcpy(data, r.data + r.offset, length)
    r.offset += length


cdef int64_t take_length(Reader *r, int64_t row_size) noexcept nogil:
    """Return a list's length, which its rows have to fit after."""
    return take_in(r, 0, <int64_t>(r.length - r.offset) // row_size)


cdef inline bint spoiled(Reader *r) noexcept nogil:
    return r.bad or r.no_memory


cdef void read_snapshot(State *s, Reader *r) noexcept nogil:
    """Restore a state at genesis; the reader tells afterwards whether that went well."""
    cdef int64_t format = take_in(r, SNAPSHOT_FORMAT, SNAPSHOT_WITH_RULES)
    s.sequence = take_in(r, 0, INT64_MAX - 1)
    s.next_check = (s.sequence // CHECK_EVERY + 1) * CHECK_EVERY
    s.now_ns = take_in(r, 0, INT64_MAX)
    note_day(s)
    s.mode = take_in(r, MODE_NORMAL, MODE_HALTED)
    s.next_order_id = take_in(r, 1, INT64_MAX)
    s.next_withdrawal_id = take_in(r, 1, INT64_MAX)
    s.keys.count = take_in(r, 0, INT64_MAX - 1)
    s.next_join = take_in(r, 1, INT64_MAX)
    if format == SNAPSHOT_WITH_RULES:
        s.rules = take_in(r, 2, RULES_KNOWN)
    read_assets(s, r)
    read_accounts(s, r)
    read_markets(s, r)
    read_withdrawals(s, r)
    read_limits(s, r)
    read_own_rates(s, r)
    read_daily(s, r)
    read_keys(s, r)
    read_terms(s, r)
    read_notes(s, r)
    if r.offset != r.length:
        r.bad = True


cdef void read_assets(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 80)
    cdef uint32_t asset_id
    cdef Asset *asset
    while left and not spoiled(r):
        left -= 1
        asset_id = take_in(r, 1, ASSET_LIMIT - 1)
        if find_asset(s, asset_id):
            r.bad = True
            return
        if not reserve_asset(s):
            r.no_memory = True
            return
        asset = add_asset(s, asset_id)
        asset.unit_decimals = take_in(r, 0, 18)
        asset.chain_decimals = take_in(r, 0, 36)
        take_bytes(r, &asset.symbol[0], 16)
        asset.credited = take(r)
        asset.withdrawn = take(r)
        asset.fees = take_in(r, 0, UNITS_LIMIT)
        asset.in_flight = take_in(r, 0, UNITS_LIMIT)
        asset.loss = take(r)


cdef void read_accounts(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 48)
    cdef uint32_t account_id
    cdef uint64_t status, parent
    cdef Account *account
    while left and not spoiled(r):
        left -= 1
        account_id = take_in(r, 1, ACCOUNT_LIMIT - 1)
        if find_account(s, account_id) is not NULL:
            r.bad = True
            return
        if not reserve_account(s) or not reserve_account_id(s, account_id):
            r.no_memory = True
            return
        status = take_in(r, ACTIVE, FROZEN)
        parent = take_in(r, 0, ACCOUNT_LIMIT - 1)
        account = add_account(s, account_id, NULL)
        account.status = <uint16_t>status
        account.parent = <uint32_t>parent
        s.total_limits[slot_of(s, account)] = take_in(r, NO_LIMIT, UNITS_LIMIT - 1)
        note_room(s, account)
        account.key_count = take_in(r, 0, INT64_MAX - 1)
        read_balances(s, r, account)
    join_groups(s, r)


cdef void join_groups(State *s, Reader *r) noexcept nogil:
    """Put accounts into the groups of their parents, which may have higher ids than they."""
    cdef uint32_t slot
    cdef Account *account
    cdef Account *parent
    for slot in range(1, s.account_used):
        account = &s.accounts[slot]
        if account.parent == 0:
            continue
        parent = find_account(s, account.parent)
        if parent is NULL or parent.parent:
            r.bad = True
            return
        account.group = account.parent
        account.grouped = parent.grouped = 1


cdef void read_balances(State *s, Reader *r, Account *account) noexcept nogil:
    cdef int64_t left = take_length(r, 24)
    cdef uint32_t asset
    while left and not spoiled(r):
        left -= 1
        asset = find_asset(s, take_in(r, 1, ASSET_LIMIT - 1))
        if asset == 0:
            r.bad = True
            return
        if not reserve_balance(s, account, asset):
            r.no_memory = True
            return
        account.balances[asset].available = take_in(r, 0, UNITS_LIMIT)
        account.balances[asset].held = take_in(r, 0, UNITS_LIMIT)


cdef void read_markets(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 336)
    while left and not spoiled(r):
        left -= 1
        read_market(s, r)


cdef void read_market(State *s, Reader *r) noexcept nogil:
    cdef uint32_t market_id = take_in(r, 1, MARKET_LIMIT - 1)
    cdef MarketBody rules
    cdef Market *market
    cdef uint64_t update_id
    read_rules(r, &rules)
    if spoiled(r) or not market_shape(market_id, &rules) or find_market(s, market_id) is not NULL:
        r.bad = True
        return
    if find_asset(s, rules.base) == 0 or find_asset(s, rules.quote) == 0:
        r.bad = True
        return
    if not reserve_market(s):
        r.no_memory = True
        return
    market = add_market(s, market_id, &rules)
    market.rules = rules
    market.lot_units = rules.lot_units
    market.tick_value_units = take(r)
    if market.tick_value_units < 1 or market.tick_value_units != tick_value(s, &rules):
        r.bad = True
    market.version = take_in(r, 1, INT64_MAX - 1)
    market.state = take_in(r, CLOSED, RETIRED)
    note_terms(market)
    read_rates(r, market)
    market.next_trade_id = take_in(r, 1, INT64_MAX - 1)
    update_id = take_in(r, 0, INT64_MAX - 1)
    market.last_price_ticks = take_in(r, 0, INT64_MAX)
    read_band(r, market, BUY)
    read_band(r, market, SELL)
    market.floor_maker_ppm = take(r)
    market.floor_taker_ppm = take(r)
    read_orders(s, r, market, BUY)
    read_orders(s, r, market, SELL)
    read_orders(s, r, market, BOTH_SIDES)
    market.update_id = update_id


cdef void read_rules(Reader *r, MarketBody *rules) noexcept nogil:
    memset(rules, 0, sizeof(MarketBody))
    take_bytes(r, &rules.symbol[0], 32)
    rules.base = take_in(r, 1, ASSET_LIMIT - 1)
    rules.quote = take_in(r, 1, ASSET_LIMIT - 1)
    rules.tick_mantissa = take(r)
    rules.tick_decimals = take_in(r, 0, 18)
    rules.fee_asset = take_in(r, FEE_QUOTE, FEE_RECEIVED)
    rules.allow_self_trade = take_in(r, 0, 1)
    rules.lot_units = take(r)
    rules.min_lots = take(r)
    rules.max_lots = take(r)
    rules.market_max_lots = take(r)
    rules.min_notional_units = take(r)
    rules.max_notional_units = take(r)
    rules.limit_order_notional_units = take(r)
    rules.limit_open_orders = take(r)
    rules.limit_daily_notional_units = take(r)
    rules.limit_stop_orders = take(r)
    rules.limit_position_units = take(r)
    rules.protection_ppm = take(r)


cdef void read_rates(Reader *r, Market *market) noexcept nogil:
    cdef int64_t maker = take(r)
    cdef int64_t taker = take(r)
    cdef int64_t auction = take(r)
    if not rates_fit(maker, taker, auction, market.rules.fee_asset):
        r.bad = True
        return
    set_rates(market, maker, taker, auction)


cdef void read_band(Reader *r, Market *market, int side) noexcept nogil:
    cdef int64_t low_ticks = take(r)
    cdef int64_t high_ticks = take(r)
    set_band(market, side, low_ticks, high_ticks)


cdef void read_orders(State *s, Reader *r, Market *market, int side) noexcept nogil:
    """Read the orders of a side, or (both sides) those that wait."""
    cdef int64_t left = take_length(r, 88)
    while left and not spoiled(r):
        left -= 1
        read_order(s, r, market, side)


cdef void read_order(State *s, Reader *r, Market *market, int side) noexcept nogil:
    cdef Taker t
    cdef Account *account
    cdef uint64_t joined
    cdef uint64_t next_join = s.next_join
    memset(&t, 0, sizeof(Taker))
    t.order_id = take_in(r, 1, <int64_t>s.next_order_id - 1)
    account = find_account(s, take_in(r, 1, ACCOUNT_LIMIT - 1))
    t.side = take_in(r, BUY, SELL) if side == BOTH_SIDES else take_in(r, side, side)
    t.price_ticks = take_in(r, 0, INT64_MAX)
    # Only a market order, which waits, may want more than any units can pay for.
    t.lots = take_in(r, 0, INT64_MAX if side == BOTH_SIDES else UNITS_LIMIT - 1)
    t.open_lots = take_in(r, 0, t.lots)
    t.prevented_lots = take_in(r, 0, t.lots - t.open_lots)
    t.cap_ppm = take_in(r, 0, PPM - 1)
    t.self_trade = take_in(r, EXPIRE_TAKER, NONE)
    t.flags = take_in(r, 0, FLAGS_TOLD)
    joined = take_in(r, 0, <int64_t>s.next_join - 1)
    t.account = account
    t.market = market
    if spoiled(r) or account is NULL or find_order(s, t.order_id) or not order_fits(&t, side):
        r.bad = True
        return
    t.pair = reserve_placing(s, account, market, t.side)
    if t.pair == 0 or not reserve_specials(s, 1):
        r.no_memory = True
        return
    if side == BOTH_SIDES:
        create_order(s, &t)
        market.waiting += 1
    else:
        book_taker(s, &t)
    s.links[t.slot].joined = joined
    s.next_join = next_join


cdef bint order_fits(Taker *t, int side) noexcept nogil:
    """Return whether an order may be where it is, and whether its price and size can be."""
    if (side == BOTH_SIDES) != (t.flags & WAITING != 0):
        return False
    if side != BOTH_SIDES and (
        t.price_ticks == 0 or t.open_lots == 0 or t.flags & (PENDING | QUEUED)
    ):
        return False
    return holds_fit(t, t.price_ticks)


cdef bint holds_fit(Taker *t, int64_t price_ticks) noexcept nogil:
    """Return whether what an order's open lots cost and hold is below 2^62."""
    cdef int64_t lot_price = mul_saturated(price_ticks, t.market.tick_value_units)
    if t.flags & PENDING:
        return price_ticks == 0 or lot_price < UNITS_LIMIT
    if t.side == SELL:
        return mul_saturated(t.open_lots, t.market.lot_units) < UNITS_LIMIT
    if lot_price >= UNITS_LIMIT:
        return False
    lot_price += fee_up(lot_price, t.cap_ppm)
    return mul_saturated(t.open_lots, lot_price) < UNITS_LIMIT


cdef void read_withdrawals(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 32)
    cdef uint64_t previous_id = 0
    cdef Withdrawal *withdrawal
    cdef Account *account
    while left and not spoiled(r):
        left -= 1
        if not reserve_withdrawal(s):
            r.no_memory = True
            return
        withdrawal = &s.withdrawals[s.withdrawal_count]
        withdrawal.withdrawal_id = take_in(r, previous_id + 1, <int64_t>s.next_withdrawal_id - 1)
        previous_id = withdrawal.withdrawal_id
        account = find_account(s, take_in(r, 1, ACCOUNT_LIMIT - 1))
        withdrawal.asset = find_asset(s, take_in(r, 1, ASSET_LIMIT - 1))
        withdrawal.amount_units = take_in(r, 1, UNITS_LIMIT - 1)
        if spoiled(r) or account is NULL or withdrawal.asset == 0:
            r.bad = True
            return
        withdrawal.account = slot_of(s, account)
        # Should it fail, its units return to a balance that an account without units may lack.
        if not reserve_balance(s, account, withdrawal.asset):
            r.no_memory = True
            return
        s.withdrawal_count += 1


cdef uint32_t read_pair(State *s, Reader *r) noexcept nogil:
    """Return the pair that the next two words name, made if it is new; 0 if the reader spoiled."""
    cdef Account *account = find_account(s, take_in(r, 1, ACCOUNT_LIMIT - 1))
    cdef Market *market = find_market(s, take_in(r, 1, MARKET_LIMIT - 1))
    cdef uint32_t pair
    if spoiled(r) or account is NULL or market is NULL:
        r.bad = True
        return 0
    pair = make_pair(s, account, market)
    if pair == 0:
        r.no_memory = True
    return pair


cdef void read_limits(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 56)
    cdef int64_t order_notional, open_orders, daily_notional, stop_orders, position_units
    cdef uint32_t pair
    while left and not spoiled(r):
        left -= 1
        pair = read_pair(s, r)
        order_notional = take_in(r, NO_LIMIT, UNITS_LIMIT - 1)
        open_orders = take_in(r, NO_LIMIT, UNITS_LIMIT - 1)
        daily_notional = take_in(r, NO_LIMIT, UNITS_LIMIT - 1)
        stop_orders = take_in(r, NO_LIMIT, UNITS_LIMIT - 1)
        position_units = take_in(r, NO_LIMIT, UNITS_LIMIT - 1)
        if not spoiled(r):
            limit_pair(
                s, pair, order_notional, open_orders, daily_notional, stop_orders, position_units
            )


cdef void read_own_rates(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 32)
    cdef int64_t maker, taker
    cdef uint32_t pair
    while left and not spoiled(r):
        left -= 1
        pair = read_pair(s, r)
        maker = take(r)
        taker = take(r)
        if not spoiled(r):
            rate_pair(s, pair, True, maker, taker)


cdef void read_daily(State *s, Reader *r) noexcept nogil:
    cdef int64_t left = take_length(r, 48)
    cdef uint64_t low, high, inside_low, inside_high
    cdef uint32_t pair
    while left and not spoiled(r):
        left -= 1
        pair = read_pair(s, r)
        low = take(r)
        high = take_in(r, 0, INT64_MAX)
        inside_low = take(r)
        inside_high = take_in(r, 0, INT64_MAX)
        if not spoiled(r):
            s.pairs[pair].day = s.today
            s.pairs[pair].daily_units.low = low
            s.pairs[pair].daily_units.high = high
            s.pair_limits[pair].inside_units.low = inside_low
            s.pair_limits[pair].inside_units.high = inside_high


cdef int compare_numbers(const void *a, const void *b) noexcept nogil:
    cdef uint64_t left = (<const KeyEntry *>a).number
    cdef uint64_t right = (<const KeyEntry *>b).number
    return (left > right) - (left < right)


cdef void read_keys(State *s, Reader *r) noexcept nogil:
    """Read the keys and put them into the ring in the order they came in."""
    cdef int64_t count = take_length(r, 96)
    cdef uint64_t key_count = s.keys.count
    cdef KeyEntry *entries
    cdef int64_t i
    if spoiled(r) or count == 0:
        return
    entries = <KeyEntry *>calloc(count, sizeof(KeyEntry))
    if entries is NULL:
        r.no_memory = True
        return
    for i in range(count):
        read_key(s, r, &entries[i])
    qsort(entries, count, sizeof(KeyEntry), compare_numbers)
    for i in range(count):
        if spoiled(r):
            break
        if place_of_key(&s.keys, &entries[i].hash[0]) is not NULL:
            r.bad = True
        elif not reserve_key(s):
            r.no_memory = True
        else:
            add_entry(s, &entries[i])
    s.keys.count = key_count
    free(entries)


cdef void read_key(State *s, Reader *r, KeyEntry *entry) noexcept nogil:
    take_bytes(r, &entry.hash[0], 16)
    take_bytes(r, &entry.digest[0], 16)
    entry.account = take_in(r, 0, ACCOUNT_LIMIT - 1)
    entry.order_id = take(r)
    entry.command = take_in(r, 1, COMMANDS_END - 1)
    entry.reason = take_in(r, 0, 0xFFFF)
    entry.first_sequence = take_in(r, 0, INT64_MAX)
    entry.time_ns = take_in(r, 0, s.now_ns)
    entry.number = take_in(r, 1, <int64_t>s.keys.count)
    entry.account_number = take_in(r, 0, INT64_MAX - 1)
    if entry.account and find_account(s, entry.account) is NULL:
        r.bad = True
