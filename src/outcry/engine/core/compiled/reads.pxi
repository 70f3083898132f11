# What a core answers, and what it watches. Nothing here changes the venue's state.

cdef class Reads:
    """A venue's state and every question about it; `Core` is what changes it."""

    cdef State *state
    cdef bint busy
    cdef size_t snapshot_length  # of the last one: the next is about as long
    cdef uint64_t snapshot_keys  # how many there were then

    cdef State *idle(self) except NULL:
        """Return the state; another thread may be inside `apply`, which holds no lock."""
        if self.busy:
            raise RuntimeError("the core is applying commands on another thread")
        return self.state

    # Reads never change state; unknown ids give zeros, None or empty lists.

    cdef Account *account_of(self, account) except? NULL:
        cdef State *s = self.idle()
        if not 0 <= account < ACCOUNT_LIMIT:
            return NULL
        return find_account(s, account)

    cdef Market *market_of(self, market) except? NULL:
        cdef State *s = self.idle()
        if not 0 <= market < MARKET_LIMIT:
            return NULL
        return find_market(s, market)

    cdef uint32_t asset_of(self, asset) except? 0:
        cdef State *s = self.idle()
        return find_asset(s, asset) if 0 <= asset < ASSET_LIMIT else 0

    cdef uint32_t order_of(self, order_id) except? 0:
        cdef State *s = self.idle()
        return find_order(s, order_id) if 0 < order_id <= INT64_MAX else 0

    cdef tuple order_tuple(self, uint32_t slot):
        cdef State *s = self.state
        cdef Order *order = &s.orders[slot]
        cdef Pair *pair = &s.pairs[order.pair]
        cdef Market *market = &s.markets[pair.market]
        return (
            order.order_id, s.accounts[pair.account].account, market.market, order.side,
            order.price_ticks, order.lots, order.open_lots, order.prevented_lots, order.cap_ppm,
            order.self_trade, order.flags & FLAGS_TOLD,
            order.open_lots * hold_of(s, market, slot) if tells_hold(s, slot) else 0,
        )

    def balance(self, account, asset):
        """Return (available, held) units."""
        cdef Account *found = self.account_of(account)
        cdef uint32_t slot = self.asset_of(asset)
        if found is NULL or slot >= found.balance_count:
            return 0, 0
        return found.balances[slot].available, found.balances[slot].held

    def balances(self, account):
        """Return (asset, available, held) by asset, without rows of zeros."""
        cdef Account *found = self.account_of(account)
        cdef Balance *balance
        cdef uint32_t a
        rows = []
        if found is not NULL:
            for a in range(1, found.balance_count):
                balance = &found.balances[a]
                if balance.available or balance.held:
                    rows.append((self.state.assets[a].asset, balance.available, balance.held))
        rows.sort()
        return rows

    def account_status(self, account):
        """Return the status, -1 where the account is not known."""
        cdef Account *found = self.account_of(account)
        return -1 if found is NULL else found.status

    def order(self, order_id):
        """Return an open order."""
        cdef uint32_t slot = self.order_of(order_id)
        return self.order_tuple(slot) if slot else None

    def open_orders(self, account, market=0):
        """Return an account's open orders by id, of one market or (0) all."""
        cdef Account *found = self.account_of(account)
        cdef State *s = self.state
        cdef int64_t count, i
        if found is NULL or not 0 <= market < MARKET_LIMIT:
            return []
        count = gather_orders(s, found, market, BOTH_SIDES)
        if count < 0:
            raise MemoryError
        return [self.order_tuple(find_order(s, s.scratch[i])) for i in range(count)]

    cdef list levels_of(self, BookSide *side, int64_t limit, bint whole):
        cdef State *s = self.state
        cdef uint32_t c = side.count
        cdef uint32_t i
        cdef Level *level
        rows = []
        while c:
            c -= 1
            i = side.chunks[c].count
            while i:
                i -= 1
                if limit <= 0:
                    return rows
                limit -= 1
                level = &s.levels[side.chunks[c].levels[i]]
                rows.append((
                    level.price_ticks, open_lots_at(s, level) if whole else level.lots
                ))
        return rows

    def depth(self, market, limit):
        """Return (update_id, bids, asks), levels as (price_ticks, lots), best first."""
        cdef Market *found = self.market_of(market)
        if found is NULL:
            return 0, [], []
        return (
            found.update_id,
            self.levels_of(&found.sides[BUY], limit, False),
            self.levels_of(&found.sides[SELL], limit, False),
        )

    def sizes(self, market, limit):
        """Return (bids, asks) like `depth`, with all that is open instead of what is shown."""
        cdef Market *found = self.market_of(market)
        if found is NULL:
            return [], []
        return (
            self.levels_of(&found.sides[BUY], limit, True),
            self.levels_of(&found.sides[SELL], limit, True),
        )

    def reference_price(self, market, side):
        """Return the best price with a displayed order that is not pegged; 0 for none."""
        cdef Market *found = self.market_of(market)
        if found is NULL or side not in (BUY, SELL):
            return 0
        return best_unpegged(self.state, &found.sides[<int>side])

    def market(self, market):
        """Return what stands above the core wants to know of a market."""
        cdef Market *found = self.market_of(market)
        if found is NULL:
            return None
        return (
            found.state, found.last_price_ticks, found.update_id,
            <int>is_crossed(self.state, found), found.rules.fee_asset, found.lot_units,
            found.tick_value_units, found.maker_ppm, found.taker_ppm,
        )

    def market_orders(self, market):
        """Return the ids of a market's open orders, of all markets with 0, ascending."""
        cdef State *s = self.idle()
        cdef Market *found = self.market_of(market)
        cdef uint32_t slot
        if found is NULL and market != 0:
            return []
        return sorted([
            s.orders[slot].order_id for slot in range(1, s.order_used)
            if s.orders[slot].order_id
            and (market == 0 or s.pairs[s.orders[slot].pair].market == found.slot)
        ])

    def group(self, account):
        """Return an account's parent, or the account itself."""
        cdef Account *found = self.account_of(account)
        return 0 if found is NULL else found.group

    def volumes(self):
        """Return (account, market, units) of what was traded today outside the group."""
        cdef State *s = self.idle()
        cdef Pair *pair
        cdef Sum128 units
        cdef uint32_t slot
        rows = []
        for slot in range(1, s.pair_used):
            pair = &s.pairs[slot]
            units = sum_less(&pair.daily_units, &s.pair_limits[slot].inside_units)
            if pair.day == s.today and (units.low or units.high):
                rows.append((
                    pair.account_id, s.markets[pair.market].market,
                    (<object>units.high << 64) + units.low,
                ))
        return sorted(rows)

    def own_rates(self, market):
        """Return (account, maker_ppm, taker_ppm) of those with rates of their own, ascending."""
        cdef State *s = self.idle()
        cdef Market *found = self.market_of(market)
        cdef uint32_t slot
        if found is NULL:
            return []
        return sorted([
            (
                s.pairs[slot].account_id, s.pair_limits[slot].maker_ppm,
                s.pair_limits[slot].taker_ppm,
            )
            for slot in range(1, s.pair_used)
            if s.pairs[slot].market == found.slot and s.pairs[slot].limited & HAS_RATES
        ])

    def find_key(self, account, key):
        """Return (order_id, reason, first_sequence) of a live idempotency key."""
        cdef Account *found = self.account_of(account)
        cdef State *s = self.state
        cdef bytes text
        cdef uint8_t[16] digest
        cdef KeyEntry *entry
        if not 0 <= account < ACCOUNT_LIMIT or len(key) > KEY_LENGTH_MAX:
            return None
        try:
            text = key.encode("latin-1")
        except UnicodeEncodeError:  # The keys of records are bytes.
            return None
        hash_key(account, <const uint8_t *><char *>text, len(text), &digest[0])
        entry = find_entry(s, &digest[0], found.key_count if found is not NULL else 0)
        if entry is NULL:
            return None
        return entry.order_id, entry.reason, entry.first_sequence

    def totals(self, asset):
        """Return available, held, fees, in_flight, loss, credited, withdrawn of an asset."""
        cdef uint32_t slot = self.asset_of(asset)
        cdef State *s = self.state
        cdef Asset *found
        cdef uint32_t i
        if slot == 0:
            return (0,) * 7
        available = held = 0
        for i in range(1, s.account_used):
            if slot < s.accounts[i].balance_count:
                available += s.accounts[i].balances[slot].available
                held += s.accounts[i].balances[slot].held
        found = &s.assets[slot]
        return (
            available, held, found.fees, found.in_flight, <int64_t>found.loss,
            <int64_t>found.credited, <int64_t>found.withdrawn,
        )

    def conservation_failure(self):
        """Return the first asset whose sums disagree; 0 for none."""
        return failed_asset(self.idle())

    def terms(self, order_id):
        """Return the terms of an open special order, None where there are none."""
        cdef uint32_t slot = self.order_of(order_id)
        cdef State *s = self.state
        cdef Special *special
        cdef TermsBody *terms
        if slot == 0 or s.orders[slot].flags & SPECIAL == 0:
            return None
        special = special_at(s, slot)
        terms = &special.terms
        return (
            terms.display_lots, terms.expires_ns, terms.trigger_ticks, terms.trail_ppm,
            terms.peg_offset_ticks, terms.interval_ns, terms.session, terms.slices, terms.api_key,
            terms.trigger, terms.peg, terms.time_in_force, terms.kind, special.shown_lots,
            special.limit_ticks, s.orders[special.partner].order_id if special.partner else 0,
        )

    def special_orders(self):
        """Return the open orders that have terms, by id."""
        cdef State *s = self.idle()
        cdef uint64_t *ids = special_ids(s)
        cdef uint32_t i
        if ids is NULL:
            raise MemoryError
        try:
            return [ids[i] for i in range(s.special_count)]
        finally:
            free(ids)

    def open_order_count(self):
        """Return how many orders are open."""
        return self.idle().open_orders

    def watch_price(self, market, int64_t low_ticks=0, int64_t high_ticks=INT64_MAX):
        """Stop after a trade at or below `low_ticks`, or at or above `high_ticks`."""
        cdef Market *found = self.market_of(market)
        if found is not NULL:
            found.watch_low_ticks = low_ticks
            found.watch_high_ticks = high_ticks

    def watch_order(self, order_id, bint on):
        """Stop after an open order was filled, decremented or done."""
        cdef uint32_t slot = self.order_of(order_id)
        if slot:
            self.state.orders[slot].watched = on

    def watch_book(self, market, bint on):
        """Stop after a market's best prices, or the lots at them, changed."""
        cdef Market *found = self.market_of(market)
        if found is not NULL:
            self.state.book_watches += <int>on - <int>found.watch_book
            found.watch_book = on
            found.seen_best = best_prices(self.state, found)
