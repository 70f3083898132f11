# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, overflowcheck=True
"""The twin of `orders.plain_take_in`: what most events do to live orders.

What is kept here holds numbers and texts alone, so nothing of it can be part of a cycle. It is hidden
from the search for garbage: to look through 50,000 orders takes 10 to 50 ms, in which nobody is served.
"""

include "items.pxi"

from outcry.ledger import rows

cdef extern from "Python.h":
    ctypedef struct PyTypeObject:
        object (*tp_alloc)(PyTypeObject *kind, Py_ssize_t items)
    void PyTuple_SET_ITEM(object tuple, Py_ssize_t position, object item)
    void PyObject_GC_UnTrack(object container)

cdef enum:
    # of an `OrderAccepted`
    SIDE = 6
    KEY = 19
    # of an `OrderDone`
    REASON = 6
    # of the row of a trade
    ROW_ITEMS = 17

# Rows begin with what their event begins with.
assert OrderAccepted._fields[ACCOUNT:14] == rows.ORDER_COLUMNS[2:13]
assert OrderAccepted._fields[KEY] == "key" and OrderAccepted._fields[SIDE] == "side"
assert OrderDone._fields[REASON] == "reason"
assert Trade._fields[MARKET:16] == rows.TRADE_COLUMNS[3:15] and len(rows.TRADE_COLUMNS) == ROW_ITEMS

cdef struct Order:
    Py_ssize_t account
    Py_ssize_t fee_asset
    Py_ssize_t open_lots
    Py_ssize_t filled_lots
    Py_ssize_t quote_filled_units
    Py_ssize_t fee_units
    Py_ssize_t state
    Py_ssize_t done_reason
    Py_ssize_t updated_ns
    Py_ssize_t sequence
    Py_ssize_t trades

cdef Order order
order.account, order.fee_asset, order.open_lots = rows.ACCOUNT, rows.FEE_ASSET, rows.OPEN_LOTS
order.filled_lots, order.quote_filled_units = rows.FILLED_LOTS, rows.QUOTE_FILLED_UNITS
order.fee_units, order.state, order.done_reason = rows.FEE_UNITS, rows.STATE, rows.DONE_REASON
order.updated_ns, order.sequence, order.trades = rows.UPDATED_NS, rows.SEQUENCE, rows.TRADES
cdef object OPEN = int(rows.OrderState.OPEN)
cdef object PARTIALLY_FILLED = int(rows.OrderState.PARTIALLY_FILLED)
cdef object TRADE_ROW = rows.TradeRow


def take_in(orders, events):
    """Bring live orders behind events."""
    cdef dict opened = orders._open, by_account = orders._by_account, touched = orders._touched
    cdef dict handlers = orders._handlers, fee_assets = orders._fee_assets
    cdef list traded_rows = orders._traded
    cdef object event, kind, handler
    for event in events:
        kind = type(event)
        if kind is OrderAccepted:
            _accept(event, opened, by_account, touched, fee_assets)
        elif kind is OrderDone:
            _finish(event, opened, by_account, touched)
        elif kind is Trade:
            _fill_both(event, opened, touched, traded_rows)
        else:
            handler = handlers.get(kind)
            if handler is not None:
                handler(event)


cdef int _accept(
    object event, dict opened, dict by_account, dict touched, dict fee_assets
) except -1:
    """Keep a new order."""
    cdef object order_id = _item(event, ORDER_ID), lots = _item(event, LOTS)
    cdef tuple assets = fee_assets[_item(event, MARKET)]
    cdef list record = [
        _item(event, SEQUENCE), _item(event, TIME_NS), _item(event, 3), _item(event, 4), order_id,
        _item(event, 6), _item(event, 7), _item(event, 8), _item(event, 9), _item(event, 10),
        _item(event, 11), lots, _item(event, 13), _item(event, KEY),
        assets[_number(event, SIDE)], lots, 0, 0, 0, OPEN, 0, _item(event, TIME_NS), _item(event, SEQUENCE),
        None,
    ]
    PyObject_GC_UnTrack(record)
    opened[order_id] = record
    touched[order_id] = record
    cdef PyObject *siblings = PyDict_GetItem(by_account, _item(event, ACCOUNT))
    if siblings == NULL:
        by_account[_item(event, ACCOUNT)] = {order_id: record}
    else:
        (<dict>siblings)[order_id] = record
    return 0


cdef int _finish(object event, dict opened, dict by_account, dict touched) except -1:
    """Let an order end."""
    cdef object order_id = _item(event, ORDER_ID), reason = _item(event, REASON)
    cdef list record = opened.pop(order_id)
    del (<dict>by_account[record[order.account]])[order_id]
    record[order.open_lots] = 0
    record[order.state] = rows.end_state(reason, record[order.filled_lots])
    record[order.done_reason] = reason
    record[order.updated_ns] = _item(event, TIME_NS)
    record[order.sequence] = _item(event, SEQUENCE)
    touched[order_id] = record
    return 0


cdef int _fill_both(object event, dict opened, dict touched, list traded_rows) except -1:
    """Make the row of a trade, and fill both of its orders."""
    cdef list taker = opened[_item(event, TAKER_ID)], maker = opened[_item(event, MAKER_ID)]
    cdef object row = (<PyTypeObject *>TRADE_ROW).tp_alloc(<PyTypeObject *>TRADE_ROW, ROW_ITEMS)
    cdef object value
    cdef Py_ssize_t place
    for place in range(ROW_ITEMS):  # The row is the event's items from 1 on, and two assets.
        if place < ROW_ITEMS - 2:
            value = _item(event, place + 1)
        else:
            value = (taker if place == ROW_ITEMS - 2 else maker)[order.fee_asset]
        Py_INCREF(value)
        PyTuple_SET_ITEM(row, place, value)
    PyObject_GC_UnTrack(row)
    traded_rows.append(row)
    _fill(taker, event, row, _item(event, TAKER_OPEN), TAKER_FEE)
    touched[_item(event, TAKER_ID)] = taker
    _fill(maker, event, row, _item(event, MAKER_OPEN), MAKER_FEE)
    touched[_item(event, MAKER_ID)] = maker
    return 0


cdef int _fill(list record, object event, object row, object open_lots, Py_ssize_t fee) except -1:
    cdef list rows
    record[order.open_lots] = open_lots
    record[order.filled_lots] += _item(event, LOTS)
    record[order.quote_filled_units] += _item(event, NOTIONAL)
    record[order.fee_units] += _item(event, fee)
    record[order.state] = PARTIALLY_FILLED
    record[order.updated_ns] = _item(event, TIME_NS)
    record[order.sequence] = _item(event, SEQUENCE)
    if record[order.trades] is None:
        rows = [row]
        PyObject_GC_UnTrack(rows)
        record[order.trades] = rows
    else:
        (<list>record[order.trades]).append(row)
    return 0
