# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The twins of `proofs.facts.event_rows`, and of what a store does to every row it writes.

Numbers are checked as they lie in memory: this is for little-endian machines only.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_New
from cpython.tuple cimport PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM
from libc.stdint cimport uint8_t

include "items.pxi"

from zlib import crc32

from outcry.ledger.proofs.facts import leaf_of

cdef enum:
    NUMBERS_MAX = 64
    NUMBER_BYTES = 8
    LENGTH_BYTES = 2


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


def with_checks(list rows, Py_ssize_t text_at):
    """Return rows, each with the CRC-32 of its numbers, then of its text where `text_at` has one."""
    cdef int64_t[NUMBERS_MAX] numbers
    cdef list checked = []
    cdef tuple longer
    cdef Py_ssize_t at, count, used
    cdef object row, value
    for row in rows:
        count, used = _width(row), 0
        if count > NUMBERS_MAX:
            raise ValueError("a row has too many columns")
        longer = PyTuple_New(count + 1)
        for at in range(count):
            value = _item(row, at)
            Py_INCREF(value)
            PyTuple_SET_ITEM(longer, at, value)
            if at != text_at:
                numbers[used] = value
                used += 1
        value = crc32(PyBytes_FromStringAndSize(<char *>numbers, used * NUMBER_BYTES))
        if text_at >= 0:
            value = crc32((<str?>_item(row, text_at)).encode(), value)
        Py_INCREF(value)
        PyTuple_SET_ITEM(longer, count, value)
        checked.append(longer)
    return checked


def joined(list rows, Py_ssize_t start, Py_ssize_t end):
    """Return the values of some rows of one width, one row after the other."""
    cdef Py_ssize_t width = len(rows[start]), place = 0, number, at
    cdef list values = PyList_New((end - start) * width)
    cdef object row, value
    for number in range(start, end):
        row = rows[number]
        if _width(row) != width:
            raise ValueError("rows differ in their width")
        for at in range(width):
            value = _item(row, at)
            Py_INCREF(value)
            PyList_SET_ITEM(values, place, value)
            place += 1
    return values
