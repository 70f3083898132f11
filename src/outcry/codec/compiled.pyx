# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The twins of what every order passes through in `plain`, which defines them.

The layouts are taken from the tables of `plain` when this module is loaded: they are stated once.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.bytearray cimport PyByteArray_AS_STRING
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from outcry.codec import layouts, plain
from outcry.codec.notices import check_notices
from outcry.codec.plain import BadRecord, calcsize

cdef extern from "Python.h":
    ctypedef struct PyTypeObject:
        object (*tp_alloc)(PyTypeObject *kind, Py_ssize_t items)
    void PyTuple_SET_ITEM(object tuple, Py_ssize_t position, object item)
    object PyUnicode_DecodeASCII(const char *text, Py_ssize_t size, const char *errors)
    object PyUnicode_DecodeLatin1(const char *text, Py_ssize_t size, const char *errors)

cdef enum:
    FIELDS_MAX = 40
    TYPES_MAX = 64
    HEADER_SIZE = 32
    PLACE_SIZE = 64
    # Fields of every event.
    SEQUENCE_FIELD = 1
    TIME_FIELD = 2
    # A field of an `OrderAccepted`.
    KEY_LENGTH_FIELD = 16

cdef struct Field:
    uint16_t offset
    uint16_t size
    char letter

cdef struct Shape:
    int fields
    int body_end
    Field field[FIELDS_MAX]

cdef Shape shapes[TYPES_MAX]
cdef list classes = [None] * TYPES_MAX
cdef int ACCEPTED = layouts.NUMBER_OF[layouts.e.OrderAccepted]
cdef int ACTIVATE = layouts.NUMBER_OF[layouts.c.ActivateRules]
cdef int SKIP = layouts.NUMBER_OF[layouts.c.SkipCommand]
cdef uint32_t FLAG_INTERNAL = layouts.FLAG_INTERNAL
cdef uint8_t VERSION = layouts.VERSION


def _learn():
    """Fill `shapes` from the tables."""
    cdef Shape *shape
    assert layouts.COMMAND_BY_NUMBER[1].whole.size == PLACE_SIZE
    assert layouts.e.OrderAccepted._fields[KEY_LENGTH_FIELD] == "key_length"
    for layout in layouts.EVENTS:
        shape = &shapes[layout.number]
        shape.body_end = layout.body_end
        classes[layout.number] = layout.cls
        offset = 4
        for letter in ("I", "Q", "q", "I", "I"):
            _add(shape, letter, offset)
            offset += calcsize("<" + letter)
        for letter, name in zip(plain.letters(layout), layout.names, strict=True):
            if name != "-":
                _add(shape, letter, offset)
            offset += calcsize("<" + letter)
        assert offset == layout.body_end


cdef _add(Shape *shape, str letter, int offset):
    assert shape.fields < FIELDS_MAX
    shape.field[shape.fields].offset = offset
    shape.field[shape.fields].size = calcsize("<" + letter)
    shape.field[shape.fields].letter = ord(letter[len(letter) - 1])
    shape.fields += 1


_learn()


cdef inline object _value(const char *record, Field *field):
    cdef uint16_t u16
    cdef uint32_t u32
    cdef uint64_t u64
    cdef int64_t i64
    cdef const char *at = record + field.offset
    cdef Py_ssize_t size
    if field.letter == c"q":
        memcpy(&i64, at, 8)
        return i64
    if field.letter == c"Q":
        memcpy(&u64, at, 8)
        return u64
    if field.letter == c"I":
        memcpy(&u32, at, 4)
        return u32
    if field.letter == c"B":
        return <uint8_t>at[0]
    if field.letter == c"H":
        memcpy(&u16, at, 2)
        return u16
    size = field.size
    while size and at[size - 1] == 0:
        size -= 1
    return PyUnicode_DecodeASCII(at, size, NULL)


cdef inline object _event(const char *record, int number, const char *last, object before):
    """Return the event of one record, as its named tuple.

    Its sequence and time are the same objects as those of the event before, of the record `last`,
    where they are equal: orders are kept by the hundred thousand, and numbers take half their room.
    """
    cdef Shape *shape = &shapes[number]
    cdef Field *field
    cdef bint common
    cdef int i, count = shape.fields
    cdef object cls = classes[number]
    cdef object value
    cdef object event = (<PyTypeObject *>cls).tp_alloc(
        <PyTypeObject *>cls, count + (number == ACCEPTED)
    )
    cdef Py_ssize_t key_length = 0
    for i in range(count):
        field = &shape.field[i]
        common = SEQUENCE_FIELD <= i <= TIME_FIELD and last != NULL
        if common and not memcmp(record + field.offset, last + field.offset, field.size):
            value = <object>PyTuple_GET_ITEM(before, i)
        else:
            value = _value(record, field)
        if i == KEY_LENGTH_FIELD and number == ACCEPTED:
            key_length = value
        Py_INCREF(value)
        PyTuple_SET_ITEM(event, i, value)
    if number == ACCEPTED:
        value = PyUnicode_DecodeLatin1(record + shape.body_end, key_length, NULL)
        Py_INCREF(value)
        PyTuple_SET_ITEM(event, count, value)
    return event


cdef tuple _decode(records, bint grouped, uint64_t first_sequence, uint64_t last_sequence):
    cdef Py_buffer view
    cdef list events = [], outcomes = [], current = []
    cdef uint64_t sequence = first_sequence - 1, own
    cdef uint16_t length
    cdef Py_ssize_t offset = 0
    cdef const char *start
    cdef const char *last = NULL
    cdef object event = None
    cdef int number
    PyObject_GetBuffer(records, &view, PyBUF_SIMPLE)
    try:
        start = <const char *>view.buf
        while offset < view.len:
            memcpy(&length, start + offset, 2)
            number = <uint8_t>start[offset + 2]
            event = _event(start + offset, number, last, event)
            last = start + offset
            events.append(event)
            if grouped:
                memcpy(&own, start + offset + 8, 8)
                while own > sequence:
                    current = []
                    outcomes.append(current)
                    sequence += 1
                current.append(event)
            offset += length
    finally:
        PyBuffer_Release(&view)
    while grouped and sequence < last_sequence:
        outcomes.append([])
        sequence += 1
    return events, outcomes


def decode_events(records):
    """See `plain.decode_events`."""
    return _decode(records, False, 0, 0)[0]


def decode_outcomes(records, uint64_t first_sequence, uint64_t last_sequence):
    """See `plain.decode_outcomes`."""
    return _decode(records, True, first_sequence, last_sequence)


def check_records(bytes records not None, Py_ssize_t count):
    """See `plain.check_records`."""
    _check(records, count)


def check_offered(bytes records not None, Py_ssize_t count):
    """See `notices.check_offered`."""
    if _check(records, count):
        check_notices(records)


cdef bint _check(bytes records, Py_ssize_t count) except -1:
    """Check records as `plain.check_records`; return whether one of them may be a notice."""
    cdef const char *start = PyBytes_AS_STRING(records)
    cdef Py_ssize_t offset = 0, end = len(records)
    cdef uint16_t length
    cdef uint32_t flags
    cdef bint found = False
    while offset < end and count:
        if end - offset < HEADER_SIZE:
            raise BadRecord("shorter than a header")
        memcpy(&length, start + offset, 2)
        memcpy(&flags, start + offset + 4, 4)
        if length < HEADER_SIZE or length & 7 or flags & FLAG_INTERNAL:
            raise BadRecord("wrong length, or marked internal")
        if <uint8_t>start[offset + 2] == ACTIVATE or <uint8_t>start[offset + 2] == SKIP:
            found = True
        offset += length
        count -= 1
    if offset != end or count:
        raise BadRecord("not the number of records that was said")
    return found


def stamp(bytearray records not None, uint64_t first_sequence, int64_t time_ns):
    """See `plain.stamp`."""
    cdef char *start = PyByteArray_AS_STRING(records)
    cdef Py_ssize_t offset = 0, end = len(records)
    cdef uint64_t sequence = first_sequence
    cdef uint16_t length
    while offset < end:
        memcpy(&length, start + offset, 2)
        if end - offset < HEADER_SIZE or length < HEADER_SIZE:
            raise BadRecord("wrong length")
        memcpy(start + offset + 8, &sequence, 8)
        memcpy(start + offset + 16, &time_ns, 8)
        offset += length
        sequence += 1
    return sequence - first_sequence


def place_order(
    uint32_t account,
    uint32_t market,
    str key not None,
    uint8_t side,
    uint8_t kind,
    uint8_t time_in_force,
    uint8_t self_trade,
    uint32_t flags,
    int64_t price_ticks,
    int64_t lots,
    int64_t budget_units,
):
    """See `plain.place_order`."""
    cdef bytes name = key.encode()
    cdef uint32_t key_length = len(name)
    cdef uint16_t length = (PLACE_SIZE + key_length + 7) & ~7
    cdef bytes made = PyBytes_FromStringAndSize(NULL, length)
    cdef char *at = PyBytes_AS_STRING(made)
    memset(at, 0, length)
    memcpy(at, &length, 2)
    at[2] = 1
    at[3] = VERSION
    memcpy(at + 4, &key_length, 4)
    memcpy(at + 24, &account, 4)
    memcpy(at + 28, &market, 4)
    at[32] = side
    at[33] = kind
    at[34] = time_in_force
    at[35] = self_trade
    memcpy(at + 36, &flags, 4)
    memcpy(at + 40, &price_ticks, 8)
    memcpy(at + 48, &lots, 8)
    memcpy(at + 56, &budget_units, 8)
    memcpy(at + PLACE_SIZE, PyBytes_AS_STRING(name), key_length)
    return made
