# The commands that open accounts and move money outside of trading.

cdef inline uint32_t find_asset(State *s, uint64_t asset_id) noexcept nogil:
    """Return an asset's slot, 0 where it is not known."""
    return s.asset_slots[asset_id] if asset_id < ASSET_LIMIT else 0


cdef inline int64_t shown(uint64_t value) noexcept nogil:
    """Return a client's unsigned word as a refusal's `given` shows it."""
    return <int64_t>value if value <= <uint64_t>INT64_MAX else INT64_MAX


cdef int money_shape(State *s, uint64_t asset_id, int64_t amount_units) noexcept nogil:
    if find_asset(s, asset_id) == 0:
        return refuse(s, REJECT_UNKNOWN_ASSET, shown(asset_id), 0)
    if amount_units < 1 or amount_units >= UNITS_LIMIT:
        return refuse(s, REJECT_SHAPE, 0, 0)
    return 0


cdef int too_much(State *s, uint32_t asset, int64_t amount_units) noexcept nogil:
    """Refuse a credit that would bring an asset's supply to 2^62."""
    cdef uint64_t supply = (
        s.assets[asset].credited - s.assets[asset].withdrawn - s.assets[asset].loss
    )
    if supply + <uint64_t>amount_units >= <uint64_t>UNITS_LIMIT:
        return refuse(s, REJECT_OVERFLOW, amount_units, UNITS_LIMIT)
    return 0


cdef int short_of(State *s, Account *account, uint32_t asset, int64_t amount_units) noexcept nogil:
    cdef int64_t available = available_units(account, asset)
    if amount_units > available:
        return refuse(s, REJECT_FUNDS, amount_units, available)
    return 0


cdef int frozen(State *s, Account *account) noexcept nogil:
    if account.status == FROZEN:
        return refuse(s, REJECT_ACCOUNT_FROZEN, account.status, 0)
    return 0


cdef int open_account(State *s, WordRecord *record) noexcept nogil:
    cdef uint32_t account_id = record.header.account
    cdef Account *parent
    cdef WordRecord *event
    if account_id < 1 or account_id >= ACCOUNT_LIMIT:
        return refuse(s, REJECT_SHAPE, 0, 0)
    if find_account(s, account_id) is not NULL:
        return refuse(s, REJECT_EXISTS, 0, 0)
    parent = find_account(s, <uint32_t>min(record.word, <uint64_t>ACCOUNT_LIMIT))
    if record.word and parent is NULL:
        return refuse(s, REJECT_UNKNOWN_ACCOUNT, shown(record.word), 0)
    if parent is not NULL and parent.parent:
        return refuse(s, REJECT_SHAPE, 0, 0)
    if not reserve_account(s) or not reserve_account_id(s, account_id):
        return NO_MEMORY
    # Making room may have moved the parent.
    add_account(s, account_id, find_account(s, <uint32_t>record.word))
    event = <WordRecord *>emit(s, ACCOUNT_OPENED, sizeof(WordRecord), account_id, 0)
    event.word = record.word
    return 0


cdef int deposit(State *s, Account *account, MoneyRecord *record) noexcept nogil:
    cdef int64_t amount = record.amount_units
    cdef uint32_t asset = find_asset(s, record.asset)
    cdef int reason = money_shape(s, record.asset, amount)
    if reason == 0:
        reason = too_much(s, asset, amount)
    if reason == 0 and s.assets[asset].credited + <uint64_t>amount > <uint64_t>INT64_MAX:
        # What ever came in is one word of the snapshot, however much has left since.
        reason = refuse(s, REJECT_OVERFLOW, amount, UNITS_LIMIT)
    if reason:
        return reason
    if not reserve_balance(s, account, asset):
        return NO_MEMORY
    account.balances[asset].available += amount
    s.assets[asset].credited += <uint64_t>amount
    emit_balance(s, account, asset, CAUSE_DEPOSIT, 0, amount, 0)
    return 0


cdef int withdraw(State *s, Account *account, MoneyRecord *record) noexcept nogil:
    cdef int64_t amount = record.amount_units
    cdef uint32_t asset = find_asset(s, record.asset)
    cdef Withdrawal *withdrawal
    cdef int reason = frozen(s, account)
    if reason == 0:
        reason = money_shape(s, record.asset, amount)
    if reason == 0:
        reason = short_of(s, account, asset, amount)
    if reason:
        return reason
    if not reserve_withdrawal(s):
        return NO_MEMORY
    account.balances[asset].available -= amount
    s.assets[asset].in_flight += amount
    withdrawal = &s.withdrawals[s.withdrawal_count]
    s.withdrawal_count += 1
    withdrawal.withdrawal_id = s.next_withdrawal_id
    withdrawal.account = slot_of(s, account)
    withdrawal.asset = asset
    withdrawal.amount_units = amount
    s.next_withdrawal_id += 1
    emit_balance(
        s, account, asset, CAUSE_WITHDRAWAL_REQUESTED, 0, amount, withdrawal.withdrawal_id
    )
    return 0


cdef bint reserve_withdrawal(State *s) noexcept nogil:
    """Make room for one more; those that ended (amount 0) are dropped before the list grows."""
    cdef uint64_t kept = 0
    cdef uint64_t i, wanted
    cdef void *moved
    if s.withdrawal_count < s.withdrawal_capacity:
        return True
    for i in range(s.withdrawal_count):
        if s.withdrawals[i].amount_units:
            s.withdrawals[kept] = s.withdrawals[i]
            kept += 1
    s.withdrawal_count = kept
    if kept * 2 <= s.withdrawal_capacity and s.withdrawal_capacity:
        return True
    wanted = s.withdrawal_capacity * 2 if s.withdrawal_capacity else 64
    moved = realloc(s.withdrawals, wanted * sizeof(Withdrawal))
    if moved is NULL:
        return False
    s.withdrawals = <Withdrawal *>moved
    s.withdrawal_capacity = wanted
    return True


cdef Withdrawal *find_withdrawal(State *s, uint64_t withdrawal_id) noexcept nogil:
    """Return an open withdrawal; NULL where there is none."""
    cdef uint64_t low = 0
    cdef uint64_t high = s.withdrawal_count
    cdef uint64_t middle
    while low < high:
        middle = (low + high) // 2
        if s.withdrawals[middle].withdrawal_id < withdrawal_id:
            low = middle + 1
        else:
            high = middle
    if low == s.withdrawal_count or s.withdrawals[low].withdrawal_id != withdrawal_id:
        return NULL
    return &s.withdrawals[low] if s.withdrawals[low].amount_units else NULL


cdef int finish_withdrawal(State *s, FinishRecord *record) noexcept nogil:
    cdef Withdrawal *withdrawal
    cdef Account *account
    cdef Asset *asset
    cdef int64_t amount
    if record.failed > 1:
        return refuse(s, REJECT_SHAPE, 0, 0)
    withdrawal = find_withdrawal(s, record.withdrawal_id)
    if withdrawal is NULL:
        return refuse(s, REJECT_UNKNOWN_WITHDRAWAL, shown(record.withdrawal_id), 0)
    account = &s.accounts[withdrawal.account]
    asset = &s.assets[withdrawal.asset]
    amount = withdrawal.amount_units
    withdrawal.amount_units = 0
    asset.in_flight -= amount
    if record.failed:
        # Its balance exists: the units came from it.
        account.balances[withdrawal.asset].available += amount
    else:
        asset.withdrawn += <uint64_t>amount
    emit_balance(
        s, account, withdrawal.asset,
        CAUSE_WITHDRAWAL_FAILED if record.failed else CAUSE_WITHDRAWAL_FINAL,
        0, amount, withdrawal.withdrawal_id,
    )
    return 0


cdef int transfer(State *s, Account *account, TransferRecord *record) noexcept nogil:
    cdef int64_t amount = record.amount_units
    cdef uint32_t asset = find_asset(s, record.asset)
    cdef Account *to_account = find_account(s, record.to_account)
    cdef int reason = frozen(s, account)
    if reason == 0:
        reason = money_shape(s, record.asset, amount)
    if reason == 0 and record.to_account == account.account:
        reason = refuse(s, REJECT_SHAPE, 0, 0)
    if reason == 0 and (
        to_account is NULL
        or not (record.header.flags & FLAG_STAFF or to_account.group == account.group)
    ):
        reason = refuse(s, REJECT_UNKNOWN_ACCOUNT, record.to_account, 0)
    if reason == 0:
        reason = short_of(s, account, asset, amount)
    if reason:
        return reason
    if not reserve_balance(s, to_account, asset):
        return NO_MEMORY
    account.balances[asset].available -= amount
    to_account.balances[asset].available += amount
    emit_balance(s, account, asset, CAUSE_TRANSFER, record.to_account, amount, 0)
    return 0


cdef int adjust(State *s, Account *account, MoneyRecord *record) noexcept nogil:
    cdef int64_t amount = record.amount_units
    # The lowest number has no opposite; it is as unwelcome as the one next to it.
    cdef int64_t size = -max(amount, -INT64_MAX) if amount < 0 else amount
    cdef uint32_t asset = find_asset(s, record.asset)
    cdef int reason = money_shape(s, record.asset, size)
    if reason == 0:
        if amount > 0:
            reason = too_much(s, asset, amount)
        else:
            reason = short_of(s, account, asset, size)
    if reason:
        return reason
    if not reserve_balance(s, account, asset):
        return NO_MEMORY
    account.balances[asset].available += amount
    s.assets[asset].loss -= <uint64_t>amount
    emit_balance(
        s, account, asset, CAUSE_ADJUST_CREDIT if amount > 0 else CAUSE_ADJUST_DEBIT, 0, size, 0
    )
    return 0


cdef void full_sums(State *s) noexcept nogil:
    """Sum up, per asset, everything that belongs to someone or something."""
    cdef uint32_t i, a
    cdef Asset *asset
    cdef Balance *balances
    for a in range(1, s.asset_used):
        asset = &s.assets[a]
        s.asset_sums[a].low = 0
        s.asset_sums[a].high = 0
        sum_add(&s.asset_sums[a], asset.fees)
        sum_add(&s.asset_sums[a], asset.in_flight)
    for i in range(1, s.account_used):
        balances = s.accounts[i].balances
        for a in range(1, s.accounts[i].balance_count):
            sum_add(&s.asset_sums[a], balances[a].available)
            sum_add(&s.asset_sums[a], balances[a].held)


cdef uint32_t failed_asset(State *s) noexcept nogil:
    """Return the lowest id of an asset whose sums disagree, 0 for none."""
    cdef uint32_t found = 0
    cdef uint32_t a
    cdef Asset *asset
    cdef Sum128 supply
    full_sums(s)
    for a in range(1, s.asset_used):
        asset = &s.assets[a]
        supply.low = asset.credited - asset.withdrawn - asset.loss
        supply.high = 0
        if not sum_equals(&s.asset_sums[a], &supply) and (found == 0 or asset.asset < found):
            found = asset.asset
    return found


cdef void check_sums(State *s) noexcept nogil:
    """Halt the venue if units came from nowhere or went there."""
    cdef uint32_t asset = failed_asset(s)
    cdef int previous = <int>s.mode
    if asset and s.mode != MODE_HALTED:
        s.mode = MODE_HALTED
        emit_mode(s, previous, MODE_BY_CONSERVATION, asset)
