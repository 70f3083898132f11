# The idempotency table: a ring of entries, oldest first, and a hash table of where they are.
#
# Entries are added at the tail and forgotten at the head; one that no longer answers stays until it
# is at the head, and `is_live` tells it apart. One that still answers must not keep those behind it:
# when the ring is twice as long as what answered at the last look, it is looked at again, and what
# answers goes to the tail. That costs about one step a key. The ring is made of blocks, so growing
# it never copies entries.

cdef enum:
    KEYS_AT_EASE = 131072  # as many more may stand in the ring before it is looked at


cdef inline KeyEntry *entry_at(KeyTable *keys, uint64_t position) noexcept nogil:
    cdef KeyEntry *block = keys.blocks[(position // KEY_BLOCK) & (keys.block_capacity - 1)]
    return &block[position & (KEY_BLOCK - 1)]


cdef inline uint32_t tag_of(const uint8_t *key_hash) noexcept nogil:
    cdef uint32_t tag
    memcpy(&tag, key_hash, 4)
    return tag | 1


cdef inline uint64_t whole_position(KeyTable *keys, uint32_t position) noexcept nogil:
    """Return a position from its low half; the ring is far shorter than 2^32."""
    return keys.head + <uint32_t>(position - <uint32_t>keys.head)


cdef inline bint is_live(State *s, KeyEntry *entry, uint64_t account_key_count) noexcept nogil:
    return (
        entry.time_ns > s.now_ns - DAY_NS
        and entry.number + KEYS_OF_THE_VENUE > s.keys.count
        and (
            entry.account == 0
            or entry.account_number + KEYS_OF_AN_ACCOUNT > account_key_count
        )
    )


cdef KeyPlace *place_of_key(KeyTable *keys, const uint8_t *key_hash) noexcept nogil:
    """Return where the table has a hash; NULL where it does not."""
    cdef uint32_t tag = tag_of(key_hash)
    cdef uint64_t i
    cdef KeyEntry *entry
    if keys.places is NULL:
        return NULL
    i = (tag >> 1) & keys.mask
    while keys.places[i].tag:
        if keys.places[i].tag == tag:
            entry = entry_at(keys, whole_position(keys, keys.places[i].position))
            if memcmp(&entry.hash[0], key_hash, 16) == 0:
                return &keys.places[i]
        i = (i + 1) & keys.mask
    return NULL


cdef KeyEntry *find_entry(
    State *s, const uint8_t *key_hash, uint64_t account_key_count
) noexcept nogil:
    """Return the live entry of a key; NULL where there is none."""
    cdef KeyPlace *place = place_of_key(&s.keys, key_hash)
    cdef KeyEntry *entry
    if place is NULL:
        return NULL
    entry = entry_at(&s.keys, whole_position(&s.keys, place.position))
    return entry if is_live(s, entry, account_key_count) else NULL


cdef void insert_place(KeyTable *keys, uint32_t position, uint32_t tag) noexcept nogil:
    cdef uint64_t i = (tag >> 1) & keys.mask
    while keys.places[i].tag:
        i = (i + 1) & keys.mask
    keys.places[i].position = position
    keys.places[i].tag = tag


cdef void erase_place(KeyTable *keys, KeyPlace *place) noexcept nogil:
    cdef uint64_t hole = <uint64_t>(place - keys.places)
    cdef uint64_t i = hole
    cdef uint64_t home
    while True:
        i = (i + 1) & keys.mask
        if keys.places[i].tag == 0:
            break
        home = (keys.places[i].tag >> 1) & keys.mask
        if ((i - home) & keys.mask) >= ((i - hole) & keys.mask):
            keys.places[hole] = keys.places[i]
            hole = i
    keys.places[hole].tag = 0
    keys.used -= 1


cdef bint reserve_key(State *s) noexcept nogil:
    """Make room for one more key."""
    cdef KeyTable *keys = &s.keys
    cdef uint64_t b
    cdef void *block
    if not reserve_key_blocks(keys) or not reserve_key_places(keys):
        return False
    b = (keys.tail // KEY_BLOCK) & (keys.block_capacity - 1)
    if keys.blocks[b] is NULL:
        block = malloc(KEY_BLOCK * sizeof(KeyEntry))
        if block is NULL:
            return False
        keys.blocks[b] = <KeyEntry *>block
    return True


cdef bint reserve_key_blocks(KeyTable *keys) noexcept nogil:
    cdef uint64_t first = keys.head // KEY_BLOCK
    cdef uint64_t last = keys.tail // KEY_BLOCK
    cdef uint64_t wanted, b
    cdef KeyEntry **blocks
    if last - first < keys.block_capacity:
        return True
    wanted = keys.block_capacity * 2 if keys.block_capacity else 8
    blocks = <KeyEntry **>calloc(wanted, sizeof(KeyEntry *))
    if blocks is NULL:
        return False
    if keys.block_capacity:
        for b in range(first, last):
            blocks[b & (wanted - 1)] = keys.blocks[b & (keys.block_capacity - 1)]
    free(keys.blocks)
    keys.blocks = blocks
    keys.block_capacity = wanted
    return True


cdef bint reserve_key_places(KeyTable *keys) noexcept nogil:
    cdef uint64_t size = keys.mask + 1 if keys.places is not NULL else 0
    cdef KeyPlace *old = keys.places
    cdef KeyPlace *places
    cdef uint64_t i
    if (keys.used + 1) * 2 <= size:
        return True
    places = <KeyPlace *>calloc(size * 2 if size else 1024, sizeof(KeyPlace))
    if places is NULL:
        return False
    keys.places = places
    keys.mask = (size * 2 if size else 1024) - 1
    for i in range(size):
        if old[i].tag:
            insert_place(keys, old[i].position, old[i].tag)
    free(old)
    return True


cdef void add_entry(State *s, KeyEntry *entry) noexcept nogil:
    """Store an entry whose number is one above the last; forget two that no longer answer.

    While everything is looked at, one that answers is passed on instead.
    """
    cdef KeyTable *keys = &s.keys
    cdef KeyPlace *place = place_of_key(keys, &entry.hash[0])
    cdef int i
    keys.count = entry.number
    entry_at(keys, keys.tail)[0] = entry[0]
    if place is not NULL:
        place.position = <uint32_t>keys.tail
    else:
        insert_place(keys, <uint32_t>keys.tail, tag_of(&entry.hash[0]))
        keys.used += 1
    keys.tail += 1
    if not keys.looks and keys.tail - keys.head > KEYS_AT_EASE + 2 * keys.passed_on:
        keys.looks = keys.tail - keys.head
        keys.passed_on = 0
    for i in range(2):
        if not forget_oldest(s) and not pass_on_oldest(keys):
            return
        keys.looks -= keys.looks > 0


cdef bint forget_oldest(State *s) noexcept nogil:
    """Take the oldest entry off the ring if it can never answer again."""
    cdef KeyTable *keys = &s.keys
    cdef KeyEntry *entry = entry_at(keys, keys.head)
    cdef Account *account
    cdef KeyPlace *place
    if keys.head == keys.tail:
        return False
    account = find_account(s, entry.account)
    if is_live(s, entry, account.key_count if account is not NULL else 0):
        return False
    place = place_of_key(keys, &entry.hash[0])
    # The same key may have come again since; then the table points to the younger entry.
    if place is not NULL and place.position == <uint32_t>keys.head:
        erase_place(keys, place)
    leave_head(keys)
    return True


cdef bint pass_on_oldest(KeyTable *keys) noexcept nogil:
    """Let the oldest entry be the youngest one, while everything is looked at."""
    cdef KeyEntry *entry
    cdef KeyPlace *place
    if not keys.looks or keys.head == keys.tail or keys.tail % KEY_BLOCK == 0:
        return False  # The last: there is no room before the next key comes.
    entry = entry_at(keys, keys.head)
    entry_at(keys, keys.tail)[0] = entry[0]
    place = place_of_key(keys, &entry.hash[0])
    if place is not NULL and place.position == <uint32_t>keys.head:
        place.position = <uint32_t>keys.tail
    keys.tail += 1
    keys.passed_on += 1
    leave_head(keys)
    return True


cdef void leave_head(KeyTable *keys) noexcept nogil:
    """Have no entry any more where the oldest one was."""
    keys.head += 1
    if keys.head % KEY_BLOCK == 0:
        recycle_block(keys, keys.head // KEY_BLOCK - 1)


cdef void recycle_block(KeyTable *keys, uint64_t b) noexcept nogil:
    free(keys.blocks[b & (keys.block_capacity - 1)])
    keys.blocks[b & (keys.block_capacity - 1)] = NULL


cdef void free_keys(KeyTable *keys) noexcept nogil:
    cdef uint64_t b
    for b in range(keys.block_capacity):
        free(keys.blocks[b])
    free(keys.blocks)
    free(keys.places)


cdef void hash_key(
    uint32_t account, const uint8_t *key, uint32_t length, uint8_t *digest
) noexcept nogil:
    """Hash an account and its key, as `codec.key_hash` does."""
    cdef uint8_t[68] text  # 4 + KEY_LENGTH_MAX
    memcpy(&text[0], &account, 4)
    memcpy(&text[4], key, length)
    blake2b_128(digest, &text[0], 4 + length)


cdef void hash_payload(Header *record, uint8_t *digest) noexcept nogil:
    """Hash a command without its sequence and time, as `codec.payload_digest` does."""
    cdef uint8_t[512] text  # PlaceList with the longest key has 408
    memcpy(&text[0], record, 8)
    memcpy(&text[8], <const uint8_t *>record + 24, record.length - 24)
    blake2b_128(digest, &text[0], record.length - 16)
