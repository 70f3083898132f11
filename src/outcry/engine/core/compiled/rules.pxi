# Rules that change by command: what the newer ones ask of a record, and the commands themselves.

cdef inline bint is_zero(const uint8_t *data, size_t length) noexcept nogil:
    cdef size_t i
    for i in range(length):
        if data[i]:
            return False
    return True


cdef bint is_clean(Header *record) noexcept nogil:
    """Return whether the key of a well-formed record is ASCII, and all its padding 0."""
    cdef int number = record.number
    cdef const uint8_t *behind = <const uint8_t *>record + BODY_END[number]
    cdef uint32_t key_length = record.flags & KEY_MASK
    cdef uint8_t bits = 0
    cdef uint32_t i
    for i in range(key_length):
        bits |= behind[i]
    if bits & 0x80 or not is_zero(
        behind + key_length, record.length - BODY_END[number] - key_length
    ):
        return False
    if number == SET_MARKET:
        return (<MarketRecord *>record).body.padding == 0
    if number == PLACE_SPECIAL:
        return is_clean_order(&(<SpecialRecord *>record).terms)
    if number == PLACE_LIST:
        return is_clean_list(<ListRecord *>record)
    if number == SET_TIERS:
        return is_clean_table(<WordRecord *>record, TIERS_SIZE, TIER_SIZE)
    if number == SET_SCHEDULE:
        return is_clean_table(<WordRecord *>record, SCHEDULE_SIZE, ENTRY_SIZE)
    return True


cdef inline bint is_clean_order(TermsBody *terms) noexcept nogil:
    return terms.time_in_force == 0 and terms.kind == 0 and terms.padding == 0


cdef bint is_clean_list(ListRecord *record) noexcept nogil:
    cdef int used = <int>min(record.count, <uint64_t>LIST_MOST)
    cdef int i
    for i in range(used):
        if not is_clean_order(&record.members[i].terms):
            return False
    return is_zero(
        <const uint8_t *>&record.members[0] + used * sizeof(MemberBody),
        (LIST_MOST - used) * sizeof(MemberBody),
    )


cdef bint is_clean_table(WordRecord *record, size_t size, size_t row) noexcept nogil:
    """Return whether nothing stands behind the rows of a table of so many bytes."""
    cdef size_t room = size - sizeof(uint64_t)
    cdef size_t used = min(record.word, <uint64_t>(room // row)) * row
    return is_zero(<const uint8_t *>record + sizeof(WordRecord) + used, room - used)


cdef int activate_rules(State *s, WordRecord *record) noexcept nogil:
    """Let the venue go by the next rules."""
    cdef ChangeEvent *event
    if record.header.flags != FLAG_STAFF:
        return refuse(s, REJECT_SHAPE, 0, 0)
    if record.word != <uint64_t>s.rules + 1 or record.word > RULES_KNOWN:
        return refuse(
            s, REJECT_TRANSITION, <int64_t>min(record.word, <uint64_t>INT64_MAX), s.rules
        )
    event = <ChangeEvent *>emit(s, RULES_ACTIVATED, sizeof(ChangeEvent), 0, 0)
    event.now = <uint32_t>record.word
    event.previous = <uint32_t>s.rules
    s.rules = <int64_t>record.word
    return 0


cdef bint is_text(const uint8_t *text, int size, uint8_t least, bint capitals) noexcept nogil:
    """Return whether padded text has a character at least, none of them below `least`."""
    cdef int i = 0
    while i < size and text[i]:
        if text[i] < least or text[i] > c"~" or (
            c"A" <= text[i] and text[i] <= c"Z" and not capitals
        ):
            return False
        i += 1
    return i > 0 and is_zero(text + i, size - i)


cdef int skip_command(State *s, SkipRecord *record) noexcept nogil:
    """Tell that an earlier command is out of effect; whoever replays has seen to it before."""
    cdef WordRecord *event
    if (
        record.header.flags != FLAG_STAFF
        or record.skipped_sequence == 0
        or record.skipped_sequence >= s.sequence
        or not is_text(&record.first_admin[0], ADMIN_SIZE, c"!", False)
        or not is_text(&record.second_admin[0], ADMIN_SIZE, c"!", False)
        or memcmp(&record.first_admin[0], &record.second_admin[0], ADMIN_SIZE) == 0
        or not is_text(&record.reason[0], REASON_SIZE, c" ", True)
    ):
        return refuse(s, REJECT_SHAPE, 0, 0)
    event = <WordRecord *>emit(s, COMMAND_SKIPPED, sizeof(WordRecord), 0, 0)
    event.word = record.skipped_sequence
    return 0
