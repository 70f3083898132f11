# Items of events and rows, by their place.

from cpython.dict cimport PyDict_GetItem
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE, PyList_SET_ITEM
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from cpython.tuple cimport PyTuple_GET_ITEM
from libc.stdint cimport int64_t

from outcry.domain.events import OrderAccepted, OrderDone, Trade

cdef enum:
    # of every event
    INDEX = 0
    SEQUENCE = 1
    TIME_NS = 2
    ACCOUNT = 3
    MARKET = 4
    # of the events of one order
    ORDER_ID = 5
    # of a trade
    TAKER_ID = 6
    MAKER_ID = 7
    MAKER = 8
    TAKER_SIDE = 9
    PRICE = 11
    LOTS = 12
    NOTIONAL = 13
    TAKER_FEE = 14
    MAKER_FEE = 15
    TAKER_RELEASE = 16
    MAKER_RELEASE = 17
    TAKER_OPEN = 18
    MAKER_OPEN = 19

_HEADER = ("event_index", "sequence", "time_ns", "account", "market")
assert OrderAccepted._fields[:ORDER_ID + 1] == OrderDone._fields[:ORDER_ID + 1]
assert OrderAccepted._fields[:ORDER_ID + 1] == (*_HEADER, "order_id")
assert Trade._fields[:MAKER_OPEN + 1] == (
    *_HEADER, "trade_id", "taker_order_id", "maker_order_id", "maker_account", "taker_side",
    "flags", "price_ticks", "lots", "notional_units", "taker_fee_units", "maker_fee_units",
    "taker_release_units", "maker_release_units", "taker_open_lots", "maker_open_lots",
)


cdef inline object _item(object event, Py_ssize_t place):
    """Return an item of a tuple, which may be a named one: asking those is slow."""
    return <object>PyTuple_GET_ITEM(event, place)


cdef inline int64_t _number(object event, Py_ssize_t place) except? -1:
    return <object>PyTuple_GET_ITEM(event, place)


cdef inline void _put(list values, Py_ssize_t place, object value):
    """Put a value into the place of another."""
    cdef PyObject *before = PyList_GET_ITEM(values, place)
    Py_INCREF(value)
    PyList_SET_ITEM(values, place, value)
    Py_DECREF(<object>before)
