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
    void prefer_huge_pages(void *memory, size_t size)

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
include "rules.pxi"
include "loop.pxi"
include "snapshot.pxi"
include "sorted_keys.pxi"
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


include "reads.pxi"


cdef class Core(Reads):
    """The venue's state and the one function that changes it. See `docs/core.md`."""

    implementation = "compiled"

    def __cinit__(self):
        self.state = <State *>calloc(1, sizeof(State))
        if self.state is NULL or not start(self.state):
            raise MemoryError

    def __dealloc__(self):
        if self.state is not NULL:
            stop(self.state)

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
    def rules(self):
        """The rules the venue goes by."""
        return self.state.rules

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
        cdef PyObject *written = NULL
        cdef Writer w
        if s.asked.waits:
            raise ValueError("a command waits for its answer")
        self.begin_writing(&w, &written)
        self.busy = True
        with nogil:
            write_snapshot(s, &w)
        self.busy = False
        try:
            if w.failed:
                raise MemoryError
            self.snapshot_length, self.snapshot_keys = w.length, kept_keys(s)
            if w.lent:
                resize_bytes(&written, w.length)
                return <object>written
            return PyBytes_FromStringAndSize(<char *>w.data, w.length)
        finally:
            end_writing(&w)
            maybe_drop(written)

    cdef int begin_writing(self, Writer *w, PyObject **written) except -1:
        """Begin to write into new bytes. Whoever needs more moves into memory of its own.

        To move costs more than to write, so there is room for all keys from the beginning.
        """
        cdef uint64_t keys = kept_keys(self.state)
        memset(w, 0, sizeof(Writer))
        w.capacity = self.snapshot_length + self.snapshot_length // 8 + 4096
        if keys > self.snapshot_keys:
            w.capacity += (keys - self.snapshot_keys) * KEY_BYTES
        written[0] = new_bytes(NULL, w.capacity)
        w.data, w.lent = <uint8_t *>bytes_of(written[0]), True
        prefer_huge_pages(w.data, w.capacity)
        return 0

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
        core.snapshot_length, core.snapshot_keys = r.length, kept_keys(core.state)
        if r.bad or core.snapshot() != snapshot:
            raise ValueError("the bytes are not a canonical snapshot")
        return core
