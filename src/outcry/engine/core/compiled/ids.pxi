# Order ids: an open-addressing table from id to pool slot, at most half full. A removal shifts what
# follows back (no tombstones), so the table never degrades. The id is mixed: ids come from a
# counter, and without that a block of long-lived orders would be one long run that every later id
# has to walk past.

cdef inline uint64_t home_of_id(State *s, uint32_t low) noexcept nogil:
    return mixed(low) >> s.id_shift


cdef inline uint32_t find_order(State *s, uint64_t order_id) noexcept nogil:
    """Return the pool slot of an open order, 0 where there is none."""
    cdef uint32_t low = <uint32_t>order_id
    cdef uint64_t i = home_of_id(s, low)
    cdef uint64_t place = s.ids[i]
    while place:
        if <uint32_t>(place >> 32) == low and s.orders[<uint32_t>place].order_id == order_id:
            # Id 0 would match a free slot, but no order has it and no place keeps one.
            return <uint32_t>place
        i = (i + 1) & s.id_mask
        place = s.ids[i]
    return 0


cdef inline void insert_id(State *s, uint64_t order_id, uint32_t slot) noexcept nogil:
    cdef uint64_t i = home_of_id(s, <uint32_t>order_id)
    while s.ids[i]:
        i = (i + 1) & s.id_mask
    s.ids[i] = (order_id << 32) | slot


cdef inline void erase_id(State *s, uint64_t order_id, uint32_t slot) noexcept nogil:
    cdef uint64_t wanted = (order_id << 32) | slot
    cdef uint64_t hole = home_of_id(s, <uint32_t>order_id)
    cdef uint64_t i, place, home
    while s.ids[hole] != wanted:
        hole = (hole + 1) & s.id_mask
    i = hole
    while True:
        i = (i + 1) & s.id_mask
        place = s.ids[i]
        if place == 0:
            break
        home = home_of_id(s, <uint32_t>(place >> 32))
        # What lies at i may move back to the hole unless its home is after the hole.
        if ((i - home) & s.id_mask) >= ((i - hole) & s.id_mask):
            s.ids[hole] = place
            hole = i
    s.ids[hole] = 0


cdef bint reserve_ids(State *s, uint32_t more) noexcept nogil:
    """Make room for more ids."""
    cdef uint64_t old_size = s.id_mask + 1 if s.ids is not NULL else 0
    cdef uint64_t *old = s.ids
    cdef uint64_t size = old_size if old_size else 1024
    cdef uint64_t *places
    cdef uint64_t i
    while (<uint64_t>s.open_orders + more) * 2 > size:
        size *= 2
    if size == old_size:
        return True
    places = <uint64_t *>aligned_memory(size * sizeof(uint64_t))
    if places is NULL:
        return False
    memset(places, 0, size * sizeof(uint64_t))
    s.ids = places
    s.id_mask = size - 1
    s.id_shift = 64
    while size > 1:
        size >>= 1
        s.id_shift -= 1
    for i in range(old_size):
        if old[i]:
            insert_id(s, old[i] >> 32, <uint32_t>old[i])
    if old is not NULL:
        give_back(old, old_size * sizeof(uint64_t))
    return True
