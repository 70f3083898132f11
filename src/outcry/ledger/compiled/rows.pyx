# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The twins of `proofs.facts.event_rows`, and of `plain_pack` of the adapters' `row_packs`.

Checksums are of numbers as they lie in memory: this is for little-endian machines only.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_New
from cpython.tuple cimport PyTuple_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

include "items.pxi"

from zlib import crc32

from outcry.ledger.proofs.facts import leaf_of

cdef enum:
    NUMBERS_MAX = 64
    NUMBER_BYTES = 8
    LENGTH_BYTES = 2
    BYTE_VALUES = 256

cdef struct Keyed:
    uint64_t key
    Py_ssize_t row


def event_rows(events, bytes records, int64_t leaf, int64_t trade_leaf, list rows):
    """Add the rows of `events` for a batch; return the new leaves of both logs."""
    cdef const uint8_t *data = <const uint8_t *>PyBytes_AS_STRING(records)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(records), start = 0, end = 0, begin
    cdef Py_ssize_t earlier = 0, trades = 0
    cdef list leaves = [], facts = []
    cdef object sequence = None, time_ns = None, event
    for event in events:
        if sequence is not None and _item(event, SEQUENCE) != sequence:
            rows.append((
                sequence, time_ns, leaf + earlier, trade_leaf + trades,
                PyList_GET_SIZE(leaves) - earlier, records[start:end],
            ))
            start, earlier, trades = end, PyList_GET_SIZE(leaves), PyList_GET_SIZE(facts)
        sequence, time_ns = _item(event, SEQUENCE), _item(event, TIME_NS)
        begin = end
        if size - begin < LENGTH_BYTES:
            raise IndexError("there are more events than records")
        end = begin + (data[begin] | data[begin + 1] << 8)
        leaves.append(records[begin:end])
        if type(event) is Trade:
            facts.append(leaf_of(event))
    if sequence is not None:
        rows.append((
            sequence, time_ns, leaf + earlier, trade_leaf + trades,
            PyList_GET_SIZE(leaves) - earlier, records[start:end],
        ))
    return leaves, facts


cdef inline Py_ssize_t _width(object row) except -1:
    """Return the columns of a row, which may be a named tuple."""
    if not isinstance(row, tuple):
        raise TypeError(f"a row is a tuple, not {type(row).__name__}")
    return PyTuple_GET_SIZE(row)


def pack(list rows not None, tuple wide not None, Py_ssize_t order_at, bint with_check):
    """Return rows in the order of one column, as (count, numbers, {place: what is no number}).

    `order_at` is -1 where they stay as they are. `with_check` adds the CRC-32 of a row's numbers,
    then of its text; there is one at most.
    """
    cdef Py_ssize_t count = PyList_GET_SIZE(rows), columns, width, place, at
    if not count:
        return 0, b"", {}
    columns = _width(rows[0])
    width = columns + with_check
    if width > NUMBERS_MAX:
        raise ValueError("a row has too many columns")
    if with_check and len(wide) > 1:
        raise ValueError("a checked row has one text")
    cdef bint[NUMBERS_MAX] is_number
    for at in range(columns):
        is_number[at] = at not in wide
    cdef bytes packed = PyBytes_FromStringAndSize(NULL, count * width * NUMBER_BYTES)
    cdef int64_t *numbers = <int64_t *>PyBytes_AS_STRING(packed)
    cdef list ordered = rows if order_at < 0 else _in_order(rows, order_at, columns)
    cdef object row
    for place in range(count):
        row = <object>PyList_GET_ITEM(ordered, place)
        if _width(row) != columns:
            raise ValueError("rows differ in their width")
        for at in range(columns):
            numbers[at] = _number(row, at) if is_number[at] else 0
        if with_check:
            numbers[columns] = _check_of(row, numbers, columns, wide)
        numbers += width
    return count, packed, {at: [_item(row, at) for row in ordered] for at in wide}


cdef int64_t _check_of(object row, int64_t *numbers, Py_ssize_t columns, tuple wide) except -1:
    """Return the CRC-32 of a row."""
    if not wide:
        return crc32(PyBytes_FromStringAndSize(<char *>numbers, columns * NUMBER_BYTES))
    cdef Py_ssize_t text_at = wide[0]
    cdef bytes narrow = (
        PyBytes_FromStringAndSize(<char *>numbers, text_at * NUMBER_BYTES)
        + PyBytes_FromStringAndSize(
            <char *>(numbers + text_at + 1), (columns - text_at - 1) * NUMBER_BYTES
        )
    )
    return crc32((<str?>_item(row, text_at)).encode(), crc32(narrow))


cdef list _in_order(list rows, Py_ssize_t order_at, Py_ssize_t columns):
    """Return rows in the order of a column; those that are alike there stay as they are.

    They are sorted by one byte of their number after the other, the highest last, as far as they
    differ in it at all.
    """
    cdef Py_ssize_t count = PyList_GET_SIZE(rows), place, next_place, at
    cdef size_t[BYTE_VALUES] starts
    cdef size_t start, many
    cdef int shift
    cdef uint64_t low = 0, differs = 0
    cdef list ordered = PyList_New(count)
    cdef Keyed *some = <Keyed *>malloc(2 * count * sizeof(Keyed))
    if some == NULL:
        raise MemoryError
    cdef Keyed *others = some + count
    cdef Keyed *memory = some
    try:
        for place in range(count):
            if _width(rows[place]) != columns:
                raise ValueError("rows differ in their width")
            # Negative ones come first once the sign is turned round.
            some[place].key = <uint64_t>_number(rows[place], order_at) ^ (<uint64_t>1 << 63)
            some[place].row = place
            differs |= some[place].key ^ some[0].key
        for shift in range(0, 64, 8):
            if not differs >> shift & 0xFF:
                continue
            memset(starts, 0, sizeof(starts))
            for place in range(count):
                starts[some[place].key >> shift & 0xFF] += 1
            start = 0
            for at in range(BYTE_VALUES):
                many = starts[at]
                starts[at] = start
                start += many
            for place in range(count):
                at = some[place].key >> shift & 0xFF
                others[starts[at]] = some[place]
                starts[at] += 1
            some, others = others, some
        for place in range(count):
            row = <object>PyList_GET_ITEM(rows, some[place].row)
            Py_INCREF(row)
            PyList_SET_ITEM(ordered, place, row)
    finally:
        free(memory)
    return ordered
