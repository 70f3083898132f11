# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, infer_types=False, embedsignature=False
"""The compiled core. One extension; the included files each hold one idea.

In: command records, snapshots. Out: event records, snapshots, reads.
Never: a Python object inside the loop; nothing here raises but the class at the end.

Arithmetic is C's: every number is checked against its limit before it is multiplied, and
`int128.h` does what needs more than 64 bits.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memchr, memcmp, memcpy, memmove, memset
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from cpython.module cimport PyImport_ImportModule
from cpython.object cimport PyObject

cdef extern from *:
    """
    /* The path of an order is cut into small functions to be read; a call for each of them would
       cost a fifth of its time, and left alone the compiler makes those calls. */
    #undef CYTHON_INLINE
    #define CYTHON_INLINE inline __attribute__((always_inline))
    """

cdef extern from "int128.h" nogil:
    ctypedef struct Sum128:
        uint64_t low
        uint64_t high
    const int OUTCRY_MUTANT
    const int64_t UNITS_LIMIT
    const int64_t DAY_NS
    const int64_t PPM
    const int64_t NO_KEY
    int64_t mul_saturated(int64_t a, int64_t b)
    int64_t fee_up(int64_t amount, int64_t rate_ppm)
    int64_t fee_down(int64_t amount, int64_t rate_ppm)
    int64_t lots_for_budget(int64_t rest, int64_t lot_price, int64_t rate_ppm)
    void sum_add(Sum128 *total, int64_t value)
    void sum_grow(Sum128 *total, int64_t value)
    void sum_product(Sum128 *total, int64_t a, int64_t b)
    Sum128 sum_less(const Sum128 *a, const Sum128 *b)
    int64_t share_down(int64_t value, int64_t ppm)
    int64_t share_up(int64_t value, int64_t ppm)
    int64_t sum_saturated(const Sum128 *total, int64_t value)
    bint sum_below(const Sum128 *total, int64_t value)
    bint sum_equals(const Sum128 *a, const Sum128 *b)
    int64_t scaled_tick_value(int64_t mantissa, int64_t lot_units, int exponent)
    uint64_t mixed(uint64_t value)
    void prefetch(const void *address)
    void prefetch_to_write(const void *address)
    bint usual(bint condition)
    bint rare(bint condition)

cdef extern from "pages.h" nogil:
    void *aligned_memory(size_t size)
    void give_back(void *memory, size_t size)

cdef extern from "Python.h":
    PyObject *new_bytes "PyBytes_FromStringAndSize"(const char *data, Py_ssize_t size) except NULL
    char *bytes_of "PyBytes_AS_STRING"(PyObject *data)
    Py_ssize_t bytes_size "PyBytes_GET_SIZE"(PyObject *data)
    int resize_bytes "_PyBytes_Resize"(PyObject **data, Py_ssize_t size) except -1
    void drop "Py_DECREF"(PyObject *data)
    void maybe_drop "Py_XDECREF"(PyObject *data)

cdef extern from "blake2b.h" nogil:
    void blake2b_128(uint8_t *digest, const uint8_t *data, uint64_t length)

include "words.pxi"
include "layout.pxi"
include "state.pxi"
include "pools.pxi"
include "ids.pxi"
include "accounts.pxi"
include "book.pxi"
include "keys.pxi"
include "events.pxi"
include "iceberg.pxi"
include "linked.pxi"
include "match.pxi"
include "walk.pxi"
include "checks.pxi"
include "entry.pxi"
include "enter.pxi"
include "orders.pxi"
include "change.pxi"
include "usual.pxi"
include "special.pxi"
include "auction.pxi"
include "internal.pxi"
include "lists.pxi"
include "children.pxi"
include "money.pxi"
include "venue.pxi"
include "asked.pxi"
include "ahead.pxi"
include "loop.pxi"
include "snapshot.pxi"
include "restore.pxi"
include "terms.pxi"


# A batch's events are longer than what glibc at first takes from its heap, and a mapping of their
# own for each batch would cost more than the batch. Giving back one large block teaches it better.
PyMem_RawFree(PyMem_RawMalloc(4 * OUTPUT_CAP))


def blake2b(bytes data not None):
    """Return the 16 bytes that the core's own BLAKE2b makes of `data`; for its test."""
    cdef uint8_t[16] digest
    blake2b_128(&digest[0], <const uint8_t *><char *>data, len(data))
    return PyBytes_FromStringAndSize(<char *>&digest[0], 16)


cdef class Core:
    """The venue's state and the one function that changes it. See `docs/core.md`."""

    cdef State *state
    cdef bint busy

    implementation = "compiled"

    def __cinit__(self):
        self.state = <State *>calloc(1, sizeof(State))
        if self.state is NULL or not start(self.state):
            raise MemoryError

    def __dealloc__(self):
        if self.state is not NULL:
            stop(self.state)

    cdef State *idle(self) except NULL:
        """Return the state; another thread may be inside `apply`, which holds no lock."""
        if self.busy:
            raise RuntimeError("the core is applying commands on another thread")
        return self.state

    @property
    def sequence(self):
        """The last sequence applied."""
        return self.state.sequence

    @property
    def now_ns(self):
        """The time of the last command; never goes back."""
        return self.state.now_ns

    @property
    def mode(self):
        """The venue's mode."""
        return self.state.mode

    @property
    def next_due_ns(self):
        """When something is due; settable."""
        return self.state.next_due_ns

    @next_due_ns.setter
    def next_due_ns(self, int64_t value):
        self.idle().next_due_ns = value

    def apply(self, records, Py_ssize_t start=0):
        """Apply records from `start`; return (event records, next offset, why it stopped)."""
        cdef Py_buffer view
        self.idle()
        PyObject_GetBuffer(records, &view, PyBUF_SIMPLE)
        try:
            return self.apply_bytes(<const uint8_t *>view.buf, view.len, start)
        finally:
            PyBuffer_Release(&view)

    cdef tuple apply_bytes(self, const uint8_t *data, Py_ssize_t size, Py_ssize_t start):
        cdef State *s = self.state
        cdef size_t offset = start
        cdef PyObject *events
        cdef int stop
        if start < 0 or start > size:
            return b"", start, STOP_END
        # Events are written straight into the bytes returned, which are made a little longer than
        # those of the last call; where that is too short they are copied once.
        events = new_bytes(NULL, expected_output(s, size - start))
        lend_output(s, <uint8_t *>bytes_of(events), bytes_size(events))
        self.busy = True
        with nogil:
            stop = apply_records(s, data, size, &offset)
        self.busy = False
        note_output(s, offset - <size_t>start)
        try:
            if s.out_lent:
                resize_bytes(&events, s.out_length)
            else:
                drop(events)
                events = NULL
                events = new_bytes(<char *>s.out, s.out_length)
            if stop == NO_MEMORY:
                raise MemoryError("the command was not applied")
            if stop == STILL_ASKED:
                raise ValueError("a command waits for its answer")
            if stop == BAD_LENGTH:
                raise ValueError("a record's length cannot be")
            if stop == BAD_SEQUENCE:
                raise ValueError(f"a sequence does not follow {s.sequence}")
            return <object>events, offset, stop
        finally:
            lend_output(s, NULL, 0)
            maybe_drop(events)

    def say(self, events):
        """Return event records with their index, sequence and time."""
        cdef State *s = self.idle()
        cdef bytes said = bytes(bytearray(events))
        if not stamp_events(s, <uint8_t *><char *>said, len(said)):
            raise ValueError("these bytes are no event records")
        return said

    def answer(self, uint32_t reason=0, given=0, bound=0):
        """End the command that was left to the host; return its events."""
        cdef State *s = self.idle()
        cdef int64_t given_units = min(given, INT64_MAX)
        cdef int64_t bound_units = min(bound, INT64_MAX)
        if not s.asked.waits:
            raise ValueError("no command waits for an answer")
        lend_output(s, NULL, 0)
        s.out_lent = False
        try:
            if not take_answer(s, reason, given_units, bound_units):
                raise MemoryError
            return PyBytes_FromStringAndSize(<char *>s.out, s.out_length)
        finally:
            lend_output(s, NULL, 0)

    @property
    def notes(self):
        """Bytes that the core keeps in its snapshot and never looks at."""
        cdef State *s = self.idle()
        return PyBytes_FromStringAndSize(<char *>s.notes, s.notes_length)

    @notes.setter
    def notes(self, value):
        cdef bytes noted = bytes(value)
        if not keep_notes(self.idle(), <const uint8_t *><char *>noted, len(noted)):
            raise MemoryError

    def snapshot(self):
        """Return the canonical state."""
        cdef State *s = self.idle()
        cdef Writer w
        if s.asked.waits:
            raise ValueError("a command waits for its answer")
        memset(&w, 0, sizeof(Writer))
        self.busy = True
        with nogil:
            write_snapshot(s, &w)
        self.busy = False
        try:
            if w.failed:
                raise MemoryError
            return PyBytes_FromStringAndSize(<char *>w.data, w.length)
        finally:
            free(w.data)

    def digest(self):
        """Return SHA-256 of the canonical state."""
        return PyImport_ImportModule("hashlib").sha256(self.snapshot()).digest()

    @classmethod
    def restore(cls, bytes snapshot not None):
        """Return a core in the state of a canonical snapshot; ValueError where it is not one."""
        cdef Core core = cls()
        cdef Reader r
        memset(&r, 0, sizeof(Reader))
        r.length = len(snapshot)
        r.data = <const uint8_t *><char *>snapshot
        with nogil:
            read_snapshot(core.state, &r)
        if r.no_memory:
            raise MemoryError
        if r.bad or core.snapshot() != snapshot:
            raise ValueError("the bytes are not a canonical snapshot")
        return core

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
        cdef bytes text = key.encode("ascii")
        cdef const uint8_t *data = <const uint8_t *><char *>text
        cdef uint8_t[16] digest
        cdef KeyEntry *entry
        if not 0 <= account < ACCOUNT_LIMIT or len(text) > KEY_LENGTH_MAX:
            return None
        hash_key(account, data, len(text), &digest[0])
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
