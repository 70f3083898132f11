# Writing the canonical snapshot; section 6 of `docs/core.md` has the layout.

cdef struct Writer:
    uint8_t *data
    size_t length
    size_t capacity
    bint lent  # the memory is somebody else's
    bint failed

cdef enum:
    SNAPSHOT_FORMAT = 3
    SNAPSHOT_WITH_RULES = 4  # other ones than the first
    KEY_BYTES = 96


cdef uint8_t *room(Writer *w, size_t length) noexcept nogil:
    """Return where the next bytes go; NULL, from then on, without memory."""
    cdef size_t wanted = w.length + length
    if w.failed:
        return NULL
    if wanted > w.capacity and not make_room(w, wanted + wanted // 2 + 4096):
        return NULL
    w.length += length
    return w.data + w.length - length


cdef bint make_room(Writer *w, size_t capacity) noexcept nogil:
    """Let so many bytes fit; false, and failed from then on, without memory."""
    cdef uint8_t *moved = <uint8_t *>aligned_memory(capacity)
    if moved is NULL:
        w.failed = True
        return False
    if w.length:
        memcpy(moved, w.data, w.length)
    end_writing(w)
    w.data, w.capacity, w.lent = moved, capacity, False
    return True


cdef void end_writing(Writer *w) noexcept nogil:
    """Give back what was written to."""
    if not w.lent:
        give_back(w.data, w.capacity)


cdef inline void put(Writer *w, int64_t word) noexcept nogil:
    cdef uint8_t *place = room(w, 8)
    if place is not NULL:
        memcpy(place, &word, 8)


cdef void put_bytes(Writer *w, const uint8_t *data, size_t length) noexcept nogil:
    cdef uint8_t *place = room(w, length)
    if place is not NULL:
        memcpy(place, data, length)


cdef inline void put_at(Writer *w, size_t offset, int64_t word) noexcept nogil:
    """Write a list's length, known only at its end, over the word kept for it."""
    if not w.failed:
        memcpy(w.data + offset, &word, 8)


cdef void write_snapshot(State *s, Writer *w) noexcept nogil:
    cdef uint64_t *by_id = accounts_by_id(s, w)
    put(w, SNAPSHOT_FORMAT if s.rules == 1 else SNAPSHOT_WITH_RULES)
    put(w, <int64_t>s.sequence)
    put(w, s.now_ns)
    put(w, s.mode)
    put(w, <int64_t>s.next_order_id)
    put(w, <int64_t>s.next_withdrawal_id)
    put(w, <int64_t>s.keys.count)
    put(w, <int64_t>s.next_join)
    if s.rules > 1:
        put(w, s.rules)
    write_assets(s, w)
    write_accounts(s, w, by_id)
    write_markets(s, w)
    write_withdrawals(s, w)
    write_pairs(s, w, by_id, ROWS_OF_LIMITS)
    write_pairs(s, w, by_id, ROWS_OF_RATES)
    write_pairs(s, w, by_id, ROWS_OF_THE_DAY)
    write_keys(s, w)
    write_terms(s, w)
    write_notes(s, w)
    free(by_id)


cdef void write_notes(State *s, Writer *w) noexcept nogil:
    cdef uint64_t zeros = 0
    put(w, <int64_t>s.notes_length)
    put_bytes(w, s.notes, s.notes_length)
    put_bytes(w, <uint8_t *>&zeros, (8 - s.notes_length % 8) % 8)


cdef void write_assets(State *s, Writer *w) noexcept nogil:
    cdef uint32_t left = s.asset_used - 1
    cdef uint32_t i
    cdef Asset *asset
    put(w, left)
    for i in range(<uint32_t>ASSET_LIMIT):
        if left == 0:  # ids are mostly low: the rest of the table is empty
            break
        if s.asset_slots[i] == 0:
            continue
        left -= 1
        asset = &s.assets[s.asset_slots[i]]
        put(w, asset.asset)
        put(w, asset.unit_decimals)
        put(w, asset.chain_decimals)
        put_bytes(w, &asset.symbol[0], 16)
        put(w, <int64_t>asset.credited)
        put(w, <int64_t>asset.withdrawn)
        put(w, asset.fees)
        put(w, asset.in_flight)
        put(w, <int64_t>asset.loss)


cdef uint64_t *accounts_by_id(State *s, Writer *w) noexcept nogil:
    """Return (id, slot) of the accounts, ascending; the caller frees them."""
    cdef uint64_t *rows = <uint64_t *>malloc(s.account_used * sizeof(uint64_t))
    cdef uint32_t slot
    if rows is NULL:
        w.failed = True
        return NULL
    for slot in range(1, s.account_used):
        rows[slot - 1] = (<uint64_t>s.accounts[slot].account << 32) | slot
    qsort(rows, s.account_used - 1, sizeof(uint64_t), compare_words)
    return rows


cdef void write_accounts(State *s, Writer *w, uint64_t *by_id) noexcept nogil:
    """Write accounts by id, each with its balances by asset id."""
    cdef uint32_t *ascending = assets_by_id(s, w)
    cdef uint32_t i, a
    cdef size_t length_at
    cdef int64_t rows
    cdef Account *account
    put(w, s.account_used - 1)
    for i in range(s.account_used - 1):
        if w.failed:
            break
        account = &s.accounts[<uint32_t>by_id[i]]
        put(w, account.account)
        put(w, account.status)
        put(w, account.parent)
        put(w, s.total_limits[slot_of(s, account)])
        put(w, <int64_t>account.key_count)
        length_at = w.length
        put(w, 0)
        rows = 0
        for a in range(s.asset_used - 1):
            rows += write_balance(s, w, account, ascending[a])
        put_at(w, length_at, rows)
    free(ascending)


cdef uint32_t *assets_by_id(State *s, Writer *w) noexcept nogil:
    """Return asset slots in the order of their ids; the caller frees them."""
    cdef uint32_t *slots = <uint32_t *>malloc(s.asset_used * sizeof(uint32_t))
    cdef uint32_t used = 0
    cdef uint32_t i
    if slots is NULL:
        w.failed = True
        return NULL
    for i in range(<uint32_t>ASSET_LIMIT):
        if used == s.asset_used - 1:
            break
        if s.asset_slots[i]:
            slots[used] = s.asset_slots[i]
            used += 1
    return slots


cdef int64_t write_balance(
    State *s, Writer *w, Account *account, uint32_t asset
) noexcept nogil:
    if asset >= account.balance_count:
        return 0
    if account.balances[asset].available == 0 and account.balances[asset].held == 0:
        return 0
    put(w, s.assets[asset].asset)
    put(w, account.balances[asset].available)
    put(w, account.balances[asset].held)
    return 1


cdef void write_markets(State *s, Writer *w) noexcept nogil:
    cdef uint64_t *ids = special_ids(s)
    cdef uint32_t left = s.market_used - 1
    cdef uint32_t i
    w.failed = w.failed or ids is NULL
    put(w, left)
    for i in range(<uint32_t>MARKET_LIMIT):
        if left == 0:
            break
        if s.market_slots[i] and not w.failed:
            left -= 1
            write_market(s, w, &s.markets[s.market_slots[i]])
            write_waiting(s, w, &s.markets[s.market_slots[i]], ids)
    free(ids)


cdef void write_waiting(State *s, Writer *w, Market *market, uint64_t *ids) noexcept nogil:
    """Write the orders of a market that are outside its book, by id; all of them have terms."""
    cdef uint64_t left = market.waiting
    cdef uint32_t i = 0
    cdef uint32_t slot
    put(w, <int64_t>market.waiting)
    while left:
        slot = find_order(s, ids[i])
        i += 1
        if s.orders[slot].flags & WAITING and s.pairs[s.orders[slot].pair].market == market.slot:
            write_order(s, w, slot)
            left -= 1


cdef void write_market(State *s, Writer *w, Market *market) noexcept nogil:
    cdef MarketBody *rules = &market.rules
    put(w, market.market)
    put_bytes(w, &rules.symbol[0], 32)
    put(w, rules.base)
    put(w, rules.quote)
    put(w, rules.tick_mantissa)
    put(w, rules.tick_decimals)
    put(w, rules.fee_asset)
    put(w, rules.allow_self_trade)
    put(w, rules.lot_units)
    put(w, rules.min_lots)
    put(w, rules.max_lots)
    put(w, rules.market_max_lots)
    put(w, rules.min_notional_units)
    put(w, rules.max_notional_units)
    put(w, rules.limit_order_notional_units)
    put(w, rules.limit_open_orders)
    put(w, rules.limit_daily_notional_units)
    put(w, rules.limit_stop_orders)
    put(w, rules.limit_position_units)
    put(w, rules.protection_ppm)
    put(w, market.tick_value_units)
    put(w, market.version)
    put(w, market.state)
    put(w, market.maker_ppm)
    put(w, market.taker_ppm)
    put(w, market.auction_ppm)
    put(w, <int64_t>market.next_trade_id)
    put(w, <int64_t>market.update_id)
    put(w, market.last_price_ticks)
    put(w, market.bands[BUY].low_ticks)
    put(w, market.bands[BUY].high_ticks)
    put(w, market.bands[SELL].low_ticks)
    put(w, market.bands[SELL].high_ticks)
    put(w, market.floor_maker_ppm)
    put(w, market.floor_taker_ppm)
    write_side(s, w, &market.sides[BUY])
    write_side(s, w, &market.sides[SELL])


cdef void write_side(State *s, Writer *w, BookSide *side) noexcept nogil:
    """Write a side's orders, best price first, and as they stand in their level."""
    cdef uint32_t c = side.count
    cdef uint32_t i, slot
    put(w, side.orders)
    while c:
        c -= 1
        i = side.chunks[c].count
        while i:
            i -= 1
            slot = s.levels[side.chunks[c].levels[i]].head
            while slot:
                write_order(s, w, slot)
                slot = s.orders[slot].next


cdef void write_order(State *s, Writer *w, uint32_t slot) noexcept nogil:
    cdef Order *order = &s.orders[slot]
    put(w, <int64_t>order.order_id)
    put(w, s.accounts[s.pairs[order.pair].account].account)
    put(w, order.side)
    put(w, order.price_ticks)
    put(w, order.lots)
    put(w, order.open_lots)
    put(w, order.prevented_lots)
    put(w, order.cap_ppm)
    put(w, order.self_trade)
    put(w, order.flags & FLAGS_TOLD)
    put(w, <int64_t>s.links[slot].joined)


cdef void write_withdrawals(State *s, Writer *w) noexcept nogil:
    cdef size_t length_at = w.length
    cdef int64_t rows = 0
    cdef uint64_t i
    cdef Withdrawal *withdrawal
    put(w, 0)
    for i in range(s.withdrawal_count):
        withdrawal = &s.withdrawals[i]
        if withdrawal.amount_units == 0:
            continue
        put(w, <int64_t>withdrawal.withdrawal_id)
        put(w, s.accounts[withdrawal.account].account)
        put(w, s.assets[withdrawal.asset].asset)
        put(w, withdrawal.amount_units)
        rows += 1
    put_at(w, length_at, rows)


cdef int compare_words(const void *a, const void *b) noexcept nogil:
    cdef uint64_t left = (<const uint64_t *>a)[0]
    cdef uint64_t right = (<const uint64_t *>b)[0]
    return (left > right) - (left < right)


cdef enum:  # what `write_pairs` writes; the first two are bits of `limited`
    ROWS_OF_LIMITS = 1
    ROWS_OF_RATES = 2
    ROWS_OF_THE_DAY = 3


cdef uint32_t pairs_by_market(State *s, Account *account, uint64_t *rows) noexcept nogil:
    """Put (market id, pair slot) of an account's pairs into rows, by market id."""
    cdef uint32_t slot = account.first_pair
    cdef uint32_t used = 0
    while slot:
        rows[used] = (<uint64_t>s.markets[s.pairs[slot].market].market << 32) | slot
        used += 1
        slot = s.pairs[slot].next
    qsort(rows, used, sizeof(uint64_t), compare_words)
    return used


cdef void write_pairs(State *s, Writer *w, uint64_t *by_id, int rows_of) noexcept nogil:
    """Write limits, own rates or what was traded today, by account and market."""
    cdef uint64_t *rows = <uint64_t *>malloc(<size_t>s.market_used * sizeof(uint64_t))
    cdef size_t length_at = w.length
    cdef int64_t written = 0
    cdef uint32_t i, k, used
    put(w, 0)
    w.failed = w.failed or rows is NULL
    for i in range(s.account_used - 1):
        if w.failed:
            break
        used = pairs_by_market(s, &s.accounts[<uint32_t>by_id[i]], rows)
        for k in range(used):
            written += write_pair(s, w, <uint32_t>(by_id[i] >> 32), rows[k], rows_of)
    put_at(w, length_at, written)
    free(rows)


cdef int64_t write_pair(
    State *s, Writer *w, uint32_t account_id, uint64_t row, int rows_of
) noexcept nogil:
    cdef Pair *pair = &s.pairs[<uint32_t>row]
    cdef PairLimits *limits = &s.pair_limits[<uint32_t>row]
    if rows_of == ROWS_OF_THE_DAY:
        if pair.day != s.today or (pair.daily_units.low == 0 and pair.daily_units.high == 0):
            return 0
    elif pair.limited & <uint32_t>rows_of == 0:
        return 0
    put(w, account_id)
    put(w, <int64_t>(row >> 32))
    if rows_of == ROWS_OF_THE_DAY:
        put(w, <int64_t>pair.daily_units.low)
        put(w, <int64_t>pair.daily_units.high)
        put(w, <int64_t>limits.inside_units.low)
        put(w, <int64_t>limits.inside_units.high)
    elif rows_of == ROWS_OF_RATES:
        put(w, limits.maker_ppm)
        put(w, limits.taker_ppm)
    else:
        put(w, limits.order_notional_units)
        put(w, limits.open_orders)
        put(w, limits.daily_notional_units)
        put(w, limits.stop_orders)
        put(w, limits.position_units)
    return 1
