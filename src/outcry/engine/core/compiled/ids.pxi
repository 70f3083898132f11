# Order ids: a chained table from id to pool slot. Ids come from a counter, so their low bits spread
# them evenly as they are, and neighbours share a cache line. A link costs nothing to take out, and
# a block of long-lived orders is one more link for some ids, not a run that all have to pass.

cdef inline uint32_t *chain_of_id(State *s, uint64_t order_id) noexcept nogil:
    return &s.ids[<uint32_t>order_id & s.id_mask]


cdef inline uint32_t find_order(State *s, uint64_t order_id) noexcept nogil:
    """Return the pool slot of an open order, 0 where there is none."""
    cdef uint32_t slot = chain_of_id(s, order_id)[0]
    # Id 0 matches slot 0 at the end of a chain at the latest, which is none as well.
    while s.orders[slot].order_id != order_id and slot:
        slot = s.links[slot].next_of_id
    return slot


cdef inline void insert_id(State *s, uint64_t order_id, uint32_t slot) noexcept nogil:
    cdef uint32_t *chain = chain_of_id(s, order_id)
    s.links[slot].next_of_id = chain[0]
    chain[0] = slot


cdef inline void erase_id(State *s, uint64_t order_id, uint32_t slot) noexcept nogil:
    cdef uint32_t *chain = chain_of_id(s, order_id)
    while rare(chain[0] != slot):
        chain = &s.links[chain[0]].next_of_id
    chain[0] = s.links[slot].next_of_id


cdef bint reserve_ids(State *s, uint32_t more) noexcept nogil:
    """Make room for more ids: chains of half an order each at most."""
    cdef uint64_t old_size = <uint64_t>s.id_mask + 1 if s.ids is not NULL else 0
    cdef uint64_t size = old_size if old_size else 1024
    cdef uint32_t *places
    cdef uint32_t slot
    while (<uint64_t>s.open_orders + more) * 2 > size:
        size *= 2
    if size == old_size:
        return True
    places = <uint32_t *>aligned_memory(size * sizeof(uint32_t))
    if places is NULL:
        return False
    memset(places, 0, size * sizeof(uint32_t))
    if s.ids is not NULL:
        give_back(s.ids, old_size * sizeof(uint32_t))
    s.ids = places
    s.id_mask = <uint32_t>(size - 1)
    for slot in range(1, s.order_used):
        # A slot that is free has no id, one that is being filled is not in the table yet.
        if s.orders[slot].order_id:
            insert_id(s, s.orders[slot].order_id, slot)
    return True
