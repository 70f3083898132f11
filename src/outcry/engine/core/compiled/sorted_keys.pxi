# Writing the idempotency table: its live keys by the bytes of their hashes.
#
# There may be millions, and the venue stands still meanwhile: so rows of eight bytes are sorted, by
# counting, and an entry is only looked at again when it is written.

cdef enum:
    DIGIT_BITS = 11  # three of them are what a row has of a hash
    DIGITS = 2048
    ENTRIES_AHEAD = 8


cdef inline uint32_t leading_word(const uint8_t *key_hash) noexcept nogil:
    """Return the first four bytes of a hash, so that words compare as the bytes do."""
    return (
        (<uint32_t>key_hash[0] << 24) | (<uint32_t>key_hash[1] << 16)
        | (<uint32_t>key_hash[2] << 8) | key_hash[3]
    )


cdef uint64_t live_rows(State *s, uint64_t *rows) noexcept nogil:
    """Put (leading word, distance from the head) of the live keys into rows; return how many.

    No two have the same hash: a key that is live is answered from the table, not added again.
    """
    cdef uint64_t used = 0
    cdef uint64_t p
    cdef KeyEntry *entry
    cdef Account *account
    for p in range(s.keys.head, s.keys.tail):
        entry = entry_at(&s.keys, p)
        account = find_account(s, entry.account)
        if is_live(s, entry, account.key_count if account is not NULL else 0):
            rows[used] = (<uint64_t>leading_word(&entry.hash[0]) << 32) | (p - s.keys.head)
            used += 1
    return used


cdef void sort_by_digit(
    const uint64_t *rows, uint64_t *sorted_rows, uint64_t count, int shift
) noexcept nogil:
    """Sort rows by one digit; those that have the same stay as they were."""
    cdef uint64_t[DIGITS] starts
    cdef uint64_t i, digit, before, here
    memset(&starts[0], 0, sizeof(starts))
    for i in range(count):
        starts[(rows[i] >> shift) & (DIGITS - 1)] += 1
    before = 0
    for digit in range(<uint64_t>DIGITS):
        here = starts[digit]
        starts[digit] = before
        before += here
    for i in range(count):
        digit = (rows[i] >> shift) & (DIGITS - 1)
        sorted_rows[starts[digit]] = rows[i]
        starts[digit] += 1


cdef int compare_entries(const void *a, const void *b) noexcept nogil:
    return memcmp(
        &(<KeyEntry **>a)[0].hash[0], &(<KeyEntry **>b)[0].hash[0], 16
    )


cdef void write_keys(State *s, Writer *w) noexcept nogil:
    """Write the live keys by the bytes of their hashes."""
    cdef uint64_t size = kept_keys(s)
    cdef size_t rows_bytes = 2 * (size + 1) * sizeof(uint64_t)
    cdef uint64_t *rows = <uint64_t *>aligned_memory(rows_bytes)
    cdef uint64_t *spare = rows + size + 1
    cdef uint64_t count
    if rows is NULL:
        w.failed = True
        return
    count = live_rows(s, rows)
    sort_by_digit(rows, spare, count, 32)
    sort_by_digit(spare, rows, count, 32 + DIGIT_BITS)
    sort_by_digit(rows, spare, count, 32 + 2 * DIGIT_BITS)
    write_sorted(s, w, spare, count)
    give_back(rows, rows_bytes)


cdef inline uint64_t kept_keys(State *s) noexcept nogil:
    """Return how many keys there are, with those that nothing answers to any more."""
    return s.keys.tail - s.keys.head


cdef inline KeyEntry *entry_of(State *s, uint64_t row) noexcept nogil:
    return entry_at(&s.keys, s.keys.head + <uint32_t>row)


cdef void write_sorted(State *s, Writer *w, const uint64_t *rows, uint64_t count) noexcept nogil:
    cdef uint64_t i = 0
    cdef uint64_t alike
    cdef const uint8_t *ahead
    put(w, <int64_t>count)
    while i < count and not w.failed:
        if i + ENTRIES_AHEAD < count:
            ahead = <const uint8_t *>entry_of(s, rows[i + ENTRIES_AHEAD])
            prefetch(ahead)
            prefetch(ahead + sizeof(KeyEntry) - 1)
        alike = 1
        while i + alike < count and rows[i + alike] >> 32 == rows[i] >> 32:
            alike += 1
        if alike == 1:
            write_key(w, entry_of(s, rows[i]))
        else:
            write_alike(s, w, &rows[i], alike)
        i += alike


cdef void write_alike(State *s, Writer *w, const uint64_t *rows, uint64_t count) noexcept nogil:
    """Write entries whose hashes begin alike."""
    cdef KeyEntry **entries = <KeyEntry **>malloc(count * sizeof(KeyEntry *))
    cdef uint64_t i
    if entries is NULL:
        w.failed = True
        return
    for i in range(count):
        entries[i] = entry_of(s, rows[i])
    qsort(entries, count, sizeof(KeyEntry *), compare_entries)
    for i in range(count):
        write_key(w, entries[i])
    free(entries)


cdef void write_key(Writer *w, KeyEntry *entry) noexcept nogil:
    cdef uint8_t *place = room(w, KEY_BYTES)
    cdef int64_t[8] words
    if place is NULL:
        return
    words[0] = entry.account
    words[1] = <int64_t>entry.order_id
    words[2] = entry.command
    words[3] = entry.reason
    words[4] = <int64_t>entry.first_sequence
    words[5] = entry.time_ns
    words[6] = <int64_t>entry.number
    words[7] = <int64_t>entry.account_number
    memcpy(place, &entry.hash[0], 32)  # and the digest, which follows it
    memcpy(place + 32, &words[0], 64)
