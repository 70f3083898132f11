# Accounts, their balances, what is counted per account and market, and which orders they have.

cdef inline Account *find_account(State *s, uint32_t account_id) noexcept nogil:
    if account_id < s.account_slots_size and s.account_slots[account_id]:
        return &s.accounts[s.account_slots[account_id]]
    return NULL


cdef bint reserve_account(State *s) noexcept nogil:
    cdef void *moved = grown(
        s.accounts, s.account_used + 1, &s.account_capacity, sizeof(Account), 64
    )
    if moved is NULL:
        return False
    s.accounts = <Account *>moved
    moved = grown(
        s.total_limits, s.account_used + 1, &s.total_limits_capacity, sizeof(int64_t), 64
    )
    if moved is NULL:
        return False
    s.total_limits = <int64_t *>moved
    return True


cdef bint reserve_account_id(State *s, uint32_t account_id) noexcept nogil:
    cdef uint32_t wanted = max(s.account_slots_size, <uint32_t>1024)
    cdef uint32_t *moved
    if account_id < s.account_slots_size:
        return True
    while wanted <= account_id:
        wanted *= 2
    # Fresh zeros cost nothing until they are written, so a lone high id does not fill memory.
    moved = <uint32_t *>calloc(wanted, sizeof(uint32_t))
    if moved is NULL:
        return False
    memcpy(moved, s.account_slots, s.account_slots_size * sizeof(uint32_t))
    free(s.account_slots)
    s.account_slots = moved
    s.account_slots_size = wanted
    return True


cdef Account *add_account(State *s, uint32_t account_id, Account *parent) noexcept nogil:
    """Open an account, of its own or (a parent) of a group; its room was reserved."""
    cdef uint32_t slot = s.account_used
    cdef Account *account = &s.accounts[slot]
    s.account_used += 1
    s.account_slots[account_id] = slot
    memset(account, 0, sizeof(Account))
    account.account = account_id
    account.group = account_id
    if parent is not NULL:
        account.parent = account.group = parent.account
        account.grouped = parent.grouped = 1
    s.total_limits[slot] = NO_LIMIT
    note_room(s, account)
    return account


cdef inline uint32_t slot_of(State *s, Account *account) noexcept nogil:
    return <uint32_t>(account - s.accounts)


cdef inline int64_t available_units(Account *account, uint32_t asset) noexcept nogil:
    return account.balances[asset].available if asset < account.balance_count else 0


cdef bint reserve_balance(State *s, Account *account, uint32_t asset) noexcept nogil:
    """Make room for an asset slot in an account; a move renews what its pairs point to."""
    cdef uint32_t old_count = account.balance_count
    cdef void *moved
    if asset < account.balance_count:
        return True
    # Most venues define their assets once, so there is no slack but the rest of a cache line.
    moved = grown(
        account.balances, (asset + 4) & ~<uint32_t>3, &account.balance_count, sizeof(Balance), 4
    )
    if moved is NULL:
        return False
    account.balances = <Balance *>moved
    memset(account.balances + old_count, 0, (account.balance_count - old_count) * sizeof(Balance))
    place_balances(s, account)
    return True


cdef void place_balances(State *s, Account *account) noexcept nogil:
    cdef uint32_t slot = account.first_pair
    cdef Market *market
    while slot:
        market = &s.markets[s.pairs[slot].market]
        if market.base < account.balance_count and market.quote < account.balance_count:
            s.pairs[slot].paying[BUY] = &account.balances[market.quote]
            s.pairs[slot].paying[SELL] = &account.balances[market.base]
        slot = s.pairs[slot].next


cdef inline uint64_t home_of_pair(State *s, uint32_t account, uint32_t market) noexcept nogil:
    return (mixed(<uint64_t>account << 17 ^ market) >> 32) & s.pair_mask


cdef uint32_t search_pair(State *s, Account *account, uint32_t market) noexcept nogil:
    cdef uint32_t owner = slot_of(s, account)
    cdef uint64_t i
    cdef uint32_t slot
    if s.pair_places is NULL:
        return 0
    i = home_of_pair(s, owner, market)
    slot = s.pair_places[i]
    while slot:
        if s.pairs[slot].account == owner and s.pairs[slot].market == market:
            account.recent_pair = slot
            return slot
        i = (i + 1) & s.pair_mask
        slot = s.pair_places[i]
    return 0


cdef inline uint32_t find_pair(State *s, Account *account, uint32_t market) noexcept nogil:
    """Return the pair's slot; 0, a pair without orders or limits, where it was never used."""
    if usual(account.recent_pair != 0 and s.pairs[account.recent_pair].market == market):
        return account.recent_pair
    return search_pair(s, account, market)


cdef bint reserve_pair(State *s) noexcept nogil:
    """Make room for one more pair, in its array and in its table."""
    cdef uint64_t size = s.pair_mask + 1 if s.pair_places is not NULL else 0
    cdef void *moved
    cdef uint32_t *places
    moved = grown(
        s.pair_limits, s.pair_used + 1, &s.pair_limits_capacity, sizeof(PairLimits), 64
    )
    if moved is NULL:
        return False
    s.pair_limits = <PairLimits *>moved
    moved = grown(s.pairs, s.pair_used + 1, &s.pair_capacity, sizeof(Pair), 64)
    if moved is NULL:
        return False
    s.pairs = <Pair *>moved
    if (<uint64_t>s.pair_used + 1) * 2 > size:
        size = size * 2 if size else 128
        places = <uint32_t *>calloc(size, sizeof(uint32_t))
        if places is NULL:
            return False
        free(s.pair_places)
        s.pair_places = places
        s.pair_mask = size - 1
        place_pairs(s)
    return True


cdef void place_pairs(State *s) noexcept nogil:
    cdef uint32_t slot
    for slot in range(1, s.pair_used):
        place_pair(s, slot)


cdef void place_pair(State *s, uint32_t slot) noexcept nogil:
    cdef uint64_t i = home_of_pair(s, s.pairs[slot].account, s.pairs[slot].market)
    while s.pair_places[i]:
        i = (i + 1) & s.pair_mask
    s.pair_places[i] = slot


cdef inline uint32_t make_pair(State *s, Account *account, Market *market) noexcept nogil:
    """Return the pair of an account and a market, made on first use; 0 without memory."""
    cdef uint32_t slot = find_pair(s, account, market.slot)
    return slot if usual(slot) else add_pair(s, account, market)


cdef uint32_t add_pair(State *s, Account *account, Market *market) noexcept nogil:
    cdef uint32_t slot
    cdef Pair *pair
    if not reserve_pair(s):
        return 0
    if not reserve_balance(s, account, max(market.base, market.quote)):
        return 0
    slot = s.pair_used
    s.pair_used += 1
    pair = &s.pairs[slot]
    memset(pair, 0, sizeof(Pair))
    pair.account = slot_of(s, account)
    pair.account_id = account.account
    pair.market = market.slot
    pair.paying[BUY] = &account.balances[market.quote]
    pair.paying[SELL] = &account.balances[market.base]
    pair.next = account.first_pair
    memset(&s.pair_limits[slot], 0, sizeof(PairLimits))
    account.first_pair = slot
    account.recent_pair = slot
    place_pair(s, slot)
    return slot


cdef inline int64_t total_limit(State *s, Account *account) noexcept nogil:
    """Return how many orders an account may have open in all."""
    cdef int64_t limit = s.total_limits[slot_of(s, account)]
    return OPEN_ORDERS_TOTAL_DEFAULT if limit == NO_LIMIT else limit


cdef void note_room(State *s, Account *account) noexcept nogil:
    """Work out how many orders may be open before a limit or the array needs a look."""
    account.room = <uint32_t>min(total_limit(s, account), <int64_t>account.order_capacity)


cdef inline bint reserve_account_order(State *s, Account *account, uint32_t more) noexcept nogil:
    """Make room for more orders in an account's array."""
    if usual(account.open_orders + more <= account.order_capacity):
        return True
    return reserve_account_orders(s, account)


cdef bint reserve_account_orders(State *s, Account *account) noexcept nogil:
    cdef uint64_t wanted = <uint64_t>account.order_capacity * 2 if account.order_capacity else 8
    cdef void *moved = realloc(account.orders, wanted * sizeof(uint32_t))
    if moved is NULL:
        return False
    account.orders = <uint32_t *>moved
    account.order_capacity = <uint32_t>wanted
    note_room(s, account)
    return True


cdef inline void list_order(State *s, Account *account, uint32_t slot) noexcept nogil:
    """Count an order as one of its account's; room was reserved."""
    cdef uint32_t place = account.open_orders
    account.orders[place] = slot
    s.links[slot].place = place
    account.open_orders = place + 1


cdef inline void unlist_order(State *s, Account *account, uint32_t slot) noexcept nogil:
    """Let the account's last order take the place of one that ends."""
    cdef uint32_t place = s.links[slot].place
    cdef uint32_t last
    account.open_orders -= 1
    last = account.orders[account.open_orders]
    account.orders[place] = last
    s.links[last].place = place


cdef int64_t gather_orders(
    State *s, Account *account, uint32_t market_id, uint64_t side
) noexcept nogil:
    """Put ids of an account's fitting orders into scratch, ascending; -1 without memory."""
    cdef int64_t count = 0
    cdef uint32_t i
    cdef Order *order
    if not reserve_scratch(s, account.open_orders):
        return -1
    for i in range(account.open_orders):
        order = &s.orders[account.orders[i]]
        if side != BOTH_SIDES and order.side != side:
            continue
        if market_id and s.markets[s.pairs[order.pair].market].market != market_id:
            continue
        s.scratch[count] = order.order_id
        count += 1
    qsort(s.scratch, count, sizeof(uint64_t), compare_words)
    return count
