# The loop: one record after the other, decoded, checked, carried out, remembered.

cdef uint16_t[COMMANDS_END] BODY_END
BODY_END[0] = 0
BODY_END[PLACE_ORDER] = sizeof(PlaceRecord)
BODY_END[CANCEL_ORDER] = sizeof(CancelRecord)
BODY_END[REDUCE_ORDER] = sizeof(ReduceRecord)
BODY_END[REPLACE_ORDER] = sizeof(ReplaceRecord)
BODY_END[CANCEL_REPLACE] = sizeof(CancelReplaceRecord)
BODY_END[CANCEL_ALL] = sizeof(WordRecord)
BODY_END[OPEN_ACCOUNT] = sizeof(WordRecord)
BODY_END[DEPOSIT] = sizeof(MoneyRecord)
BODY_END[WITHDRAW] = sizeof(MoneyRecord)
BODY_END[FINISH_WITHDRAWAL] = sizeof(FinishRecord)
BODY_END[TRANSFER] = sizeof(TransferRecord)
BODY_END[ADJUST] = sizeof(MoneyRecord)
BODY_END[SET_ASSET] = sizeof(AssetRecord)
BODY_END[SET_MARKET] = sizeof(MarketRecord)
BODY_END[SET_FEES] = sizeof(FeesRecord)
BODY_END[SET_LIMITS] = sizeof(LimitsRecord)
BODY_END[SET_STATE] = sizeof(StateRecord)
BODY_END[SET_MODE] = sizeof(WordRecord)
BODY_END[SET_ACCOUNT_STATUS] = sizeof(WordRecord)
BODY_END[TICK] = sizeof(Header)
BODY_END[PLACE_SPECIAL] = sizeof(SpecialRecord)
BODY_END[PLACE_LIST] = sizeof(ListRecord)
BODY_END[SET_RULES] = sizeof(Header) + RULES_SIZE
BODY_END[SET_TIERS] = sizeof(Header) + TIERS_SIZE
BODY_END[SET_ACCOUNT_FEES] = sizeof(Header) + ACCOUNT_FEES_SIZE
BODY_END[SET_SCHEDULE] = sizeof(Header) + SCHEDULE_SIZE
BODY_END[RENEW_SWITCH] = sizeof(Header) + SWITCH_SIZE
BODY_END[CLOSE_SESSION] = sizeof(WordRecord)
BODY_END[RESET_SESSIONS] = sizeof(Header)
BODY_END[RETIRE_MARKET] = sizeof(Header)
BODY_END[ACTIVATE_RULES] = sizeof(WordRecord)
BODY_END[END_ORDER] = sizeof(InternalRecord)
BODY_END[QUEUE_ORDER] = sizeof(WordRecord)
BODY_END[FIRE_ORDER] = sizeof(InternalRecord)
BODY_END[PLACE_CHILDREN] = sizeof(ChildrenRecord)
BODY_END[MOVE_PEG] = sizeof(InternalRecord)
BODY_END[RUN_SLICE] = sizeof(InternalRecord)
BODY_END[UNCROSS] = sizeof(WordRecord)
BODY_END[PUT_STATE] = sizeof(WordRecord)
BODY_END[PUT_BAND] = sizeof(BandRecord)
BODY_END[PUT_RATES] = sizeof(RatesRecord)
BODY_END[PUT_FLOOR] = sizeof(FloorRecord)
BODY_END[SKIP_COMMAND] = sizeof(SkipRecord)


cdef inline bint is_well_formed(State *s, Header *record) noexcept nogil:
    cdef uint32_t key_length = record.flags & KEY_MASK
    return (
        record.number < COMMANDS_END
        and BODY_END[record.number] != 0
        and record.version == VERSION
        and record.flags & ~<uint32_t>COMMAND_FLAGS == 0
        and key_length <= KEY_LENGTH_MAX
        and record.length == ((BODY_END[record.number] + key_length + 7) & ~7)
        and (s.rules == 1 or is_clean(record))
    )


cdef inline bint is_administration(int number) noexcept nogil:
    return ADJUST <= number and number <= TICK or (
        SET_RULES <= number and number <= SET_SCHEDULE or number == RETIRE_MARKET
        or number == ACTIVATE_RULES or number == SKIP_COMMAND
    )


cdef int mode_refuses(State *s, int number) noexcept nogil:
    if s.mode == MODE_HALTED and number != SET_MODE and number != SKIP_COMMAND:
        return refuse(s, REJECT_VENUE_HALTED, s.mode, 0)
    if s.mode == MODE_READ_ONLY and not is_administration(number):
        return refuse(s, REJECT_VENUE_READ_ONLY, s.mode, 0)
    if s.mode == MODE_CANCEL_ONLY and (
        number == PLACE_ORDER or number == REPLACE_ORDER or number == CANCEL_REPLACE
        or number == PLACE_SPECIAL or number == PLACE_LIST
    ):
        return refuse(s, REJECT_VENUE_CANCEL_ONLY, s.mode, 0)
    return 0


cdef inline bint needs_account(Header *record) noexcept nogil:
    cdef int number = record.number
    return (
        number <= CANCEL_ALL or number == DEPOSIT or number == WITHDRAW or number == TRANSFER
        or number == ADJUST or number == SET_LIMITS or number == SET_ACCOUNT_STATUS
        or number == PLACE_SPECIAL or number == PLACE_LIST or number == SET_ACCOUNT_FEES
        or (number == RENEW_SWITCH and record.account != 0)
    )


cdef inline int carry_out(State *s, Account *account, Header *record) noexcept nogil:
    """Do what a well-formed command says; return 0, a refusal's reason, NO_MEMORY or ASKED."""
    cdef int number = record.number
    if rare(account is NULL) and needs_account(record):
        return refuse(s, REJECT_UNKNOWN_ACCOUNT, record.account, 0)
    if number == PLACE_ORDER:
        return place_order(s, account, <PlaceRecord *>record)
    if number == CANCEL_ORDER:
        return cancel_order(s, account, <CancelRecord *>record)
    return carry_out_rarer(s, account, record)


cdef int carry_out_rarer(State *s, Account *account, Header *record) noexcept nogil:
    cdef int number = record.number
    if number == REDUCE_ORDER:
        return reduce_order(s, account, <ReduceRecord *>record)
    if number == REPLACE_ORDER:
        return replace_order(s, account, <ReplaceRecord *>record)
    if number == CANCEL_REPLACE:
        return cancel_replace(s, account, <CancelReplaceRecord *>record)
    if number == CANCEL_ALL:
        return cancel_all(s, account, <WordRecord *>record)
    if number == PLACE_SPECIAL:
        return place_special(s, account, <SpecialRecord *>record)
    if number == PLACE_LIST:
        return place_list(s, account, <ListRecord *>record)
    if END_ORDER <= number and number <= PUT_FLOOR:
        return internal(s, record)
    if is_asked(number):
        return ask(s, record)
    return administer(s, account, record)


cdef int administer(State *s, Account *account, Header *record) noexcept nogil:
    cdef int number = record.number
    if number == OPEN_ACCOUNT:
        return open_account(s, <WordRecord *>record)
    if number == DEPOSIT:
        return deposit(s, account, <MoneyRecord *>record)
    if number == WITHDRAW:
        return withdraw(s, account, <MoneyRecord *>record)
    if number == FINISH_WITHDRAWAL:
        return finish_withdrawal(s, <FinishRecord *>record)
    if number == TRANSFER:
        return transfer(s, account, <TransferRecord *>record)
    if number == ADJUST:
        return adjust(s, account, <MoneyRecord *>record)
    if number == SET_ASSET:
        return set_asset(s, <AssetRecord *>record)
    if number == SET_MARKET:
        return set_market(s, <MarketRecord *>record)
    if number == SET_FEES:
        return set_fees(s, <FeesRecord *>record)
    if number == SET_LIMITS:
        return set_limits(s, account, <LimitsRecord *>record)
    if number == SET_STATE:
        return set_state(s, <StateRecord *>record)
    if number == SET_MODE:
        return set_mode(s, <WordRecord *>record)
    if number == SET_ACCOUNT_STATUS:
        return set_account_status(s, account, <WordRecord *>record)
    if number == ACTIVATE_RULES:
        return activate_rules(s, <WordRecord *>record)
    if number == SKIP_COMMAND:
        return skip_command(s, <SkipRecord *>record)
    # A Tick: what stands above the core may find something due.
    s.touched = True
    return 0


cdef int carry_out_once(State *s, Account *account, Header *record) noexcept nogil:
    """Carry a keyed command out unless its key says that it was; remember what became of it."""
    cdef KeyEntry entry
    cdef KeyEntry *first
    cdef ReplayedEvent *event
    cdef int reason
    hash_key(record.account, s.key, s.key_length, &entry.hash[0])
    hash_payload(record, &entry.digest[0])
    first = find_entry(s, &entry.hash[0], account.key_count if account is not NULL else 0)
    if first is not NULL:
        s.named_order_id = first.order_id
        if memcmp(&first.digest[0], &entry.digest[0], 16):
            emit_rejected(s, refuse(s, REJECT_ID_REUSED, <int64_t>first.first_sequence, 0))
            return 0
        event = <ReplayedEvent *>emit(
            s, COMMAND_REPLAYED, sizeof(ReplayedEvent), record.account, record.market
        )
        event.command = record.number
        event.reason = first.reason
        event.order_id = first.order_id
        event.first_sequence = first.first_sequence
        return 0
    if not reserve_key(s):
        return NO_MEMORY
    reason = carry_out(s, account, record)
    if reason == ASKED:
        note_asked(s, record)
        s.asked.keyed = True
        s.asked.entry = entry
    if reason < 0:
        return reason
    if reason:
        emit_rejected(s, reason)
    # Opening an account may have moved the accounts; then this command has none of its own.
    remember(s, account, &entry, record, reason)
    return 0


cdef void remember(
    State *s, Account *account, KeyEntry *entry, Header *record, int reason
) noexcept nogil:
    """Record what became of a keyed command; room was reserved."""
    entry.account_number = 0
    if account is not NULL:
        account.key_count += 1
        entry.account_number = account.key_count
    entry.account = record.account
    entry.order_id = s.named_order_id
    entry.first_sequence = s.sequence
    entry.time_ns = s.now_ns
    entry.number = s.keys.count + 1
    entry.reason = <uint16_t>reason
    entry.command = record.number
    add_entry(s, entry)


cdef int command(State *s, Header *record) noexcept nogil:
    """Apply one record; return 0, NO_MEMORY or ASKED."""
    cdef Account *account
    cdef int reason
    s.record = record
    s.named_order_id = 0
    if rare(not is_well_formed(s, record)):
        emit_rejected(s, refuse(s, REJECT_SHAPE, 0, 0))
        return 0
    if rare(s.mode != MODE_NORMAL) and record.flags & FLAG_INTERNAL == 0:
        reason = mode_refuses(s, record.number)
        if reason:
            emit_rejected(s, reason)
            return 0
    account = find_account(s, record.account)
    s.key_length = record.flags & KEY_MASK
    s.key = <const uint8_t *>record + BODY_END[record.number]
    if s.key_length and (account is not NULL or record.account == 0):
        return carry_out_once(s, account, record)
    reason = carry_out(s, account, record)
    if reason == ASKED:
        note_asked(s, record)
    if reason > 0:
        emit_rejected(s, reason)
        return 0
    return reason


cdef inline void advance_clock(State *s, int64_t time_ns) noexcept nogil:
    if time_ns > s.now_ns:
        s.now_ns = time_ns
        if rare(s.now_ns >= s.day_end_ns):
            note_day(s)


cdef void note_day(State *s) noexcept nogil:
    s.today = <uint32_t>(s.now_ns // DAY_NS)
    s.day_end_ns = next_midnight_ns(s)


cdef bint best_moved(State *s) noexcept nogil:
    """Return whether a watched market's best prices or the lots at them changed."""
    cdef bint moved = False
    cdef uint32_t m
    cdef Best best
    for m in range(1, s.market_used):
        if s.markets[m].watch_book:
            best = best_prices(s, &s.markets[m])
            if memcmp(&best, &s.markets[m].seen_best, sizeof(Best)):
                moved = True
                s.markets[m].seen_best = best
    return moved


# The first word of each ordinary record, by type. A mode has to be noted before the next record, so
# `SetMode` is none, `SetState` may ask, and records with padding in them need a look under newer
# rules. Their places and the others without a type hold a word that belongs elsewhere.
cdef uint64_t[32] PLAIN
for _number in range(32):
    PLAIN[_number] = 0
for _number in range(1, PLACE_LIST + 1):
    PLAIN[_number] = BODY_END[_number] | (_number << 16) | (VERSION << 24)
PLAIN[0] = PLAIN[SET_MODE] = PLAIN[SET_STATE] = PLAIN[TICK]
PLAIN[SET_MARKET] = PLAIN[PLACE_SPECIAL] = PLAIN[PLACE_LIST] = PLAIN[TICK]


cdef inline uint64_t prefix_of(Header *record) noexcept nogil:
    """Return length, type, version and flags of a record as one word."""
    cdef uint64_t prefix
    memcpy(&prefix, record, 8)
    return prefix


cdef inline bint is_ordinary(State *s, Header *record, size_t left) noexcept nogil:
    """Return whether nothing about a record but its body needs a look.

    It has no key and no flags, is whole and well formed, is the next in sequence and before the
    horizon, no sums are due after it and there is room for its events.
    """
    cdef uint64_t prefix
    if rare(left < sizeof(Header)):
        return False
    prefix = prefix_of(record)
    return usual(
        prefix == PLAIN[(prefix >> 16) & 31]
        and <uint16_t>prefix <= left
        and record.sequence == s.sequence + 1
        and record.sequence != s.next_check
        and record.time_ns < s.horizon_ns
        and s.out_length <= s.out_full
    )


cdef void note_horizon(State *s) noexcept nogil:
    """Note up to when a record is ordinary: what is due, the day's end; never in another mode."""
    s.horizon_ns = min(s.next_due_ns, s.day_end_ns)
    if s.mode != MODE_NORMAL or s.asked.waits:
        s.horizon_ns = INT64_MIN


cdef inline int apply_ordinary(State *s, Header *record) noexcept nogil:
    """Apply an ordinary record; return 0 or NO_MEMORY."""
    cdef int reason
    cdef uint32_t index = s.index
    cdef int64_t now_ns = s.now_ns
    s.index = 0
    s.sequence += 1
    s.now_ns = max(now_ns, record.time_ns)
    s.record = record
    s.named_order_id = 0
    s.key_length = 0
    if record.number == CANCEL_ORDER and cancel_usual(s, <CancelRecord *>record):
        reason = 0
    else:
        reason = carry_out(s, find_account(s, record.account), record)
    if rare(reason != 0):
        if reason == NO_MEMORY:
            s.index = index
            s.sequence -= 1
            s.now_ns = now_ns
            return NO_MEMORY
        emit_rejected(s, reason)
    s.opened = False
    return 0


cdef inline bint follows(State *s, Header *record) noexcept nogil:
    """Return whether a record's sequence can come now."""
    if record.sequence == s.sequence + 1:
        return True
    return record.sequence == s.sequence and (record.flags & FLAG_INTERNAL != 0 or s.opened)


cdef int apply_one(State *s, Header *record) noexcept nogil:
    """Take on a record's sequence and time and apply it; return a stop or an error."""
    cdef bint internal = record.flags & FLAG_INTERNAL != 0
    cdef bint continues = record.sequence == s.sequence
    cdef int64_t now_ns = s.now_ns
    cdef uint32_t index = s.index
    cdef bint opened = s.opened
    cdef int done
    if rare(s.out_capacity - s.out_length < OUTPUT_OF_ONE) and not (
        reserve_output(s, OUTPUT_OF_ONE)
    ):
        return NO_MEMORY
    if not continues:
        s.index = 0
    s.opened = internal and (opened or not continues)
    s.sequence = record.sequence
    advance_clock(s, record.time_ns)
    done = command(s, record)
    if rare(done == NO_MEMORY):
        # A command without memory has done nothing and said nothing.
        s.sequence -= not continues
        s.now_ns = now_ns
        note_day(s)
        s.index = index
        s.opened = opened
        return NO_MEMORY
    if rare(done == ASKED):
        return STOP_ASK
    if s.sequence % CHECK_EVERY == 0 and not internal:
        check_sums(s)
    return STOP_END


cdef int apply_records(
    State *s, const uint8_t *data, size_t size, size_t *offset
) noexcept nogil:
    """Apply records from `offset` on, and move it; return why it stopped."""
    cdef Header *record
    cdef Ahead ahead
    cdef size_t at = offset[0]
    cdef int stop = STOP_END
    # With fewer open orders what they need is in the cache anyway.
    cdef bint looking = s.open_orders >= FAR_FROM_ORDERS
    s.touched = False
    note_horizon(s)
    look_at_batch(data, size, at)
    if looking:
        look_from(s, &ahead, data, size, at)
    while at < size and stop == STOP_END:
        if looking:
            look_ahead(s, &ahead)
        record = <Header *>(data + at)
        # Past the batch's end this asks for nothing that is used, and never fails.
        prefetch(<uint8_t *>record + BATCH_AHEAD)
        if is_ordinary(s, record, size - at):
            if not looking:
                look_at_next(s, record, size - at)
            stop = apply_ordinary(s, record)
        else:
            stop = apply_rarer(s, record, size - at)
        if usual(stop == STOP_END):
            at += record.length
            if rare(s.touched | s.book_watches) and (s.touched or best_moved(s)):
                stop = STOP_WATCH
        elif stop == STOP_ASK:
            at += record.length
    offset[0] = at
    return stop


cdef int apply_rarer(State *s, Header *record, size_t left) noexcept nogil:
    """Look at everything about a record and apply it; return a stop or an error."""
    cdef int stop
    if s.out_length >= OUTPUT_CAP:
        return STOP_FULL
    if left < sizeof(Header) or record.length < sizeof(Header):
        return BAD_LENGTH
    if record.length % 8 or record.length > left:
        return BAD_LENGTH
    if not follows(s, record):
        return BAD_SEQUENCE
    if s.asked.waits and record.flags & FLAG_INTERNAL == 0:
        return STILL_ASKED
    if record.time_ns >= s.next_due_ns and record.flags & FLAG_INTERNAL == 0:
        return STOP_DUE
    stop = apply_one(s, record)
    s.next_check = (s.sequence // CHECK_EVERY + 1) * CHECK_EVERY
    note_horizon(s)
    return stop
