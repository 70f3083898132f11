# The answer to a new order, as `orders.report` words it.

cdef enum:
    # What the fixed words, all other texts and each number take at most
    HEAD_MAX = 1_024
    FILL_MAX = 256
    # What a head takes at most besides its fixed lines
    LINES_MAX = 512

cdef struct Columns:
    Py_ssize_t created_ns, order_id, side, kind, time_in_force, self_trade, flags, price_ticks
    Py_ssize_t lots, budget_units, fee_asset, filled_lots, quote_filled_units, state, done_reason
    Py_ssize_t updated_ns, trades

cdef Columns column
column.created_ns, column.order_id, column.side, column.kind = rows.CREATED_NS, rows.ORDER_ID, rows.SIDE, rows.KIND
column.time_in_force, column.self_trade, column.flags = rows.TIME_IN_FORCE, rows.SELF_TRADE, rows.FLAGS
column.price_ticks, column.lots, column.budget_units = rows.PRICE_TICKS, rows.LOTS, rows.BUDGET_UNITS
column.fee_asset, column.filled_lots = rows.FEE_ASSET, rows.FILLED_LOTS
column.quote_filled_units, column.state = rows.QUOTE_FILLED_UNITS, rows.STATE
column.done_reason, column.updated_ns, column.trades = rows.DONE_REASON, rows.UPDATED_NS, rows.TRADES

cdef Py_ssize_t TRADE_ID = rows.TRADE_COLUMNS.index("trade_id")
cdef Py_ssize_t MAKER_ID = rows.TRADE_COLUMNS.index("maker_order_id")
cdef Py_ssize_t TRADE_PRICE = rows.TRADE_COLUMNS.index("price_ticks")
cdef Py_ssize_t TRADE_LOTS = rows.TRADE_COLUMNS.index("lots")
cdef Py_ssize_t TAKER_FEE = rows.TRADE_COLUMNS.index("taker_fee_units")
cdef Py_ssize_t MAKER_FEE = rows.TRADE_COLUMNS.index("maker_fee_units")
cdef Py_ssize_t TAKER_ASSET = rows.TRADE_COLUMNS.index("taker_fee_asset")
cdef Py_ssize_t MAKER_ASSET = rows.TRADE_COLUMNS.index("maker_fee_asset")


def framed(str request_id not None, bytes fixed not None, used, bytes body not None):
    """Return a whole answer of 200; `fixed` are lines of its head, as `http.Wrapper` has them.

    `used` is (weight, orders in ten seconds, orders on this day), as `limits.Gate` tells them.
    """
    cdef int64_t weight, short, day
    weight, short, day = used
    cdef Py_ssize_t id_size
    cdef const char *name = PyUnicode_AsUTF8AndSize(request_id, &id_size)
    cdef Py_ssize_t size = id_size + PyBytes_GET_SIZE(fixed) + PyBytes_GET_SIZE(body)
    cdef bytes made = PyBytes_FromStringAndSize(NULL, LINES_MAX + size)
    cdef char *start = PyBytes_AS_STRING(made)
    cdef char *to = _put(start, b"HTTP/1." b"1 200 OK\r\nX-Request-Id: ", 31)
    to = _put(to, name, id_size)
    to = _put(to, b"\r\n", 2)
    to = _put_bytes(to, fixed)
    to = _put(to, b"X-MBX-USED-WEIGHT: ", 19)
    to = _put_whole(to, weight)
    to = _put(to, b"\r\nX-MBX-USED-WEIGHT-1M: ", 24)
    to = _put_whole(to, weight)
    to = _put(to, b"\r\nX-MBX-ORDER-COUNT-10S: ", 25)
    to = _put_whole(to, short)
    to = _put(to, b"\r\nX-MBX-ORDER-COUNT-1D: ", 24)
    to = _put_whole(to, day)
    to = _put(to, b"\r\nContent-Length: ", 18)
    to = _put_whole(to, PyBytes_GET_SIZE(body))
    to = _put(to, b"\r\n\r\n", 4)
    to = _put_bytes(to, body)
    return PyBytes_FromStringAndSize(start, to - start)


cdef class Writer:
    """Writes orders without terms, in the words that `orders.report` has."""

    cdef dict sides, modes, times, states
    cdef object in_match

    def __init__(self, *, sides, modes, times, states, in_match):
        self.sides, self.modes, self.times, self.states = (
            {number: word.encode() for number, word in words.items()}
            for words in (sides, modes, times, states)
        )
        self.in_match = in_match

    def placed(self, Shape shape not None, list order not None, str client_id not None, int response):
        """Return the answer to a new order; None where a number of it is not usual."""
        cdef list trades = order[column.trades] if response == FULL else None
        cdef Py_ssize_t count = 0 if trades is None else len(trades)
        cdef Py_ssize_t id_size
        cdef const char *name = PyUnicode_AsUTF8AndSize(client_id, &id_size)
        cdef Py_ssize_t size = HEAD_MAX + PyBytes_GET_SIZE(shape.symbol) + id_size + count * (
            FILL_MAX + PyBytes_GET_SIZE(shape.base) + PyBytes_GET_SIZE(shape.quote)
        )
        cdef bytes made = PyBytes_FromStringAndSize(NULL, size)
        cdef char *start = PyBytes_AS_STRING(made)
        cdef char *to
        try:
            to = _put(start, b'{"symbol":"', 11)
            to = _put_bytes(to, shape.symbol)
            to = _put(to, b'","orderId":', 12)
            to = _put_whole(to, order[column.order_id])
            to = _put(to, b',"orderListId":-1,"clientOrderId":"', 35)
            to = _put(to, name, id_size)
            to = _put(to, b'","transactTime":', 17)
            to = _put_whole(to, <int64_t>order[column.updated_ns] // MS)
            if response != ACK:
                to = self._amounts(to, shape, order)
                to = self._terms(to, order)
            if response == FULL:
                to = _put(to, b',"fills":[', 10)
                if count:
                    to = self._fills(to, shape, order, trades)
                to = _put(to, b"]", 1)
            to = _put(to, b"}", 1)
        except OverflowError:
            return None
        return PyBytes_FromStringAndSize(start, to - start)

    cdef char *_amounts(self, char *to, Shape shape, list order) except NULL:
        cdef int kind = order[column.kind]
        cdef int64_t filled = order[column.filled_lots]
        cdef int64_t lots = filled if kind == KIND_BUDGET else order[column.lots]
        cdef int64_t ticks = order[column.price_ticks] if kind == KIND_LIMIT else 0
        cdef int64_t budget = order[column.budget_units] if kind == KIND_BUDGET else 0
        to = _put(to, b',"price":"', 10)
        to = _put_units(to, _times(ticks, shape.tick), shape.tick_decimals if kind == KIND_LIMIT else 0)
        to = _put(to, b'","origQty":"', 13)
        to = _put_units(to, _times(lots, shape.lot), shape.base_decimals)
        to = _put(to, b'","executedQty":"', 17)
        to = _put_units(to, _times(filled, shape.lot), shape.base_decimals)
        to = _put(to, b'","origQuoteOrderQty":"', 23)
        to = _put_units(to, budget, shape.quote_decimals if kind == KIND_BUDGET else 0)
        to = _put(to, b'","cummulativeQuoteQty":"', 25)
        to = _put_units(to, order[column.quote_filled_units], shape.quote_decimals)
        return _put(to, b'",', 2)

    cdef char *_terms(self, char *to, list order) except NULL:
        cdef bint limit = order[column.kind] == KIND_LIMIT
        to = _put(to, b'"status":"', 10)
        if order[column.done_reason] in self.in_match:
            to = _put(to, b"EXPIRED_IN_MATCH", 16)
        else:
            to = _put_bytes(to, self.states[order[column.state]])
        to = _put(to, b'","timeInForce":"', 17)
        to = _put_bytes(to, self.times[order[column.time_in_force]] if limit else b"GTC")
        to = _put(to, b'","type":"', 10)
        if not limit:
            to = _put(to, b"MARKET", 6)
        elif <int64_t>order[column.flags] & POST_ONLY:
            to = _put(to, b"LIMIT_MAKER", 11)
        else:
            to = _put(to, b"LIMIT", 5)
        to = _put(to, b'","side":"', 10)
        to = _put_bytes(to, self.sides[order[column.side]])
        to = _put(to, b'","workingTime":', 16)
        to = _put_whole(to, <int64_t>order[column.created_ns] // MS)
        to = _put(to, b',"selfTradePreventionMode":"', 28)
        to = _put_bytes(to, self.modes[order[column.self_trade]])
        return _put(to, b'"', 1)

    cdef char *_fills(self, char *to, Shape shape, list order, list trades) except NULL:
        cdef bytes symbol = shape.quote if order[column.fee_asset] == shape.quote_asset else shape.base
        cdef int64_t order_id = order[column.order_id]
        cdef bint makes
        cdef tuple trade
        for row in trades:
            trade = <tuple>row  # Its type is one of its own.
            makes = <int64_t>trade[MAKER_ID] == order_id
            to = _put(to, b'{"price":"', 10)
            to = _put_units(to, _times(trade[TRADE_PRICE], shape.tick), shape.tick_decimals)
            to = _put(to, b'","qty":"', 9)
            to = _put_units(to, _times(trade[TRADE_LOTS], shape.lot), shape.base_decimals)
            to = _put(to, b'","commission":"', 16)
            to = _put_units(
                to,
                trade[MAKER_FEE if makes else TAKER_FEE],
                shape.quote_decimals
                if trade[MAKER_ASSET if makes else TAKER_ASSET] == shape.quote_asset
                else shape.base_decimals,
            )
            to = _put(to, b'","commissionAsset":"', 21)
            to = _put_bytes(to, symbol)
            to = _put(to, b'","tradeId":', 12)
            to = _put_whole(to, trade[TRADE_ID])
            to = _put(to, b"},", 2)
        return to - 1
