# Commands that the host carries out: the core checks who may, asks, and takes the answer.

cdef inline bint is_asked(int number) noexcept nogil:
    return SET_RULES <= number and number <= RETIRE_MARKET


cdef int ask(State *s, Header *record) noexcept nogil:
    """Leave a command to the host, if its market is known; nobody is asked what he commands."""
    cdef int number = record.number
    if is_asked(number) and (
        number == SET_RULES or number == SET_TIERS or number == SET_ACCOUNT_FEES
        or number == SET_SCHEDULE or number == RETIRE_MARKET
    ) and find_market(s, record.market) is NULL:
        return refuse(s, REJECT_UNKNOWN_MARKET, record.market, 0)
    if record.flags & FLAG_INTERNAL:
        return refuse(s, REJECT_SHAPE, 0, 0)
    return ASKED


cdef void note_asked(State *s, Header *record) noexcept nogil:
    """Note what the end of a command needs that now waits for its answer."""
    s.asked.waits = True
    s.asked.header = record[0]
    s.asked.keyed = False


cdef bint take_answer(State *s, uint32_t reason, int64_t given, int64_t bound) noexcept nogil:
    """End the command that waits; False without memory."""
    cdef Header *record = &s.asked.header
    cdef Account *account = find_account(s, record.account)
    if not reserve_output(s, OUTPUT_OF_ONE) or (s.asked.keyed and not reserve_key(s)):
        return False
    s.asked.waits = False
    s.record = record
    s.named_order_id = 0
    if reason:
        emit_rejected(s, refuse(s, reason, given, bound))
    if s.asked.keyed:
        remember(s, account, &s.asked.entry, record, reason)
    if s.sequence % CHECK_EVERY == 0:
        check_sums(s)
    return True


cdef bint stamp_events(State *s, uint8_t *data, size_t size) noexcept nogil:
    """Give event records their index, sequence and time; False where they are none."""
    cdef size_t at = 0
    cdef Header *header
    while at < size:
        header = <Header *>(data + at)
        if (
            size - at < sizeof(Header) or header.length < sizeof(Header)
            or header.length % 8 or header.length > size - at
        ):
            return False
        at += header.length
    at = 0
    while at < size:
        header = <Header *>(data + at)
        header.flags = s.index
        header.sequence = s.sequence
        header.time_ns = s.now_ns
        s.index += 1
        at += header.length
    return True
