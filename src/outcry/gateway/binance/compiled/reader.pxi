# A new order from the text that was signed.

cdef enum:
    SIGNATURE_SIZE = 64
    CLIENT_ID_MAX = 36
    WINDOW_MAX_MS = 60_000
    WINDOW_DEFAULT_MS = 5_000
    # What has been sent, one bit a parameter
    SYMBOL = 1
    ORDER_SIDE = 2
    TYPE = 4
    TIME = 8
    QUANTITY = 16
    PRICE = 32
    CLIENT_ID = 64
    RESPONSE = 128
    WINDOW = 256
    SENT = 512
    BUDGET = 1_024
    NEEDED = SYMBOL | ORDER_SIDE | TYPE | SENT
    # How much an answer says
    ACK = 0
    RESULT = 1
    FULL = 2

cdef int64_t MS = 1_000_000
cdef int64_t MICROSECONDS_FROM = 10 ** 15
cdef int64_t MILLISECONDS_MAX = 9 * 10 ** 12
cdef int64_t MICROSECONDS_MAX = 9 * 10 ** 15
cdef int KIND_LIMIT = int(Kind.LIMIT), KIND_MARKET = int(Kind.MARKET), KIND_BUDGET = int(Kind.BUDGET)
cdef int GTC = int(TimeInForce.GTC), IOC = int(TimeInForce.IOC), FOK = int(TimeInForce.FOK)
cdef int POST_ONLY = int(OrderFlag.POST_ONLY)
cdef int EXPIRE_TAKER = int(SelfTrade.EXPIRE_TAKER)

cdef struct Span:
    const char *at
    Py_ssize_t size

cdef struct Sent:
    int seen
    Span value[11]


cdef inline bint _is(const char *at, Py_ssize_t size, const char *word, Py_ssize_t length) noexcept:
    return size == length and memcmp(at, word, length) == 0


cdef int _name(const char *at, Py_ssize_t size) noexcept:
    """Return which parameter a name means; -1 for one that is not usual."""
    if size == 4:
        return 1 if memcmp(at, b"side", 4) == 0 else 2 if memcmp(at, b"type", 4) == 0 else -1
    if size == 5:
        return 5 if memcmp(at, b"price", 5) == 0 else -1
    if size == 6:
        return 0 if memcmp(at, b"symbol", 6) == 0 else -1
    if size == 8:
        return 4 if memcmp(at, b"quantity", 8) == 0 else -1
    if size == 9:
        return 9 if memcmp(at, b"timestamp", 9) == 0 else -1
    if size == 10:
        return 8 if memcmp(at, b"recvWindow", 10) == 0 else -1
    if size == 11:
        return 3 if memcmp(at, b"timeInForce", 11) == 0 else -1
    if size == 13:
        return 10 if memcmp(at, b"quoteOrderQty", 13) == 0 else -1
    if size == 16:
        if memcmp(at, b"newClientOrderId", 16) == 0:
            return 6
        return 7 if memcmp(at, b"newOrderRespType", 16) == 0 else -1
    return -1


cdef bint _split(const char *at, const char *end, Sent *sent) noexcept:
    """Find the parameters of a text; False where it is not usual."""
    cdef const char *name
    cdef int which
    sent.seen = 0
    while True:
        name = at
        while at < end and at[0] != c"=":
            at += 1
        which = _name(name, at - name)
        if at == end or which < 0 or sent.seen & 1 << which:
            return False
        sent.seen |= 1 << which
        at += 1
        sent.value[which].at = at
        while at < end and at[0] != c"&":
            at += 1
        sent.value[which].size = at - sent.value[which].at
        if not sent.value[which].size:
            return False
        if at == end:
            return True
        at += 1


cdef int64_t _whole(Span *text, Py_ssize_t digits_max) noexcept:
    """Return a whole number; -1 where it is not usual."""
    cdef int64_t value = 0
    cdef Py_ssize_t place
    if text.size > digits_max:
        return -1
    for place in range(text.size):
        if not c"0" <= text.at[place] <= c"9":
            return -1
        value = value * 10 + (text.at[place] - c"0")
    return value


cdef int64_t _sent_ns(Span *text) noexcept:
    """Return when a request was sent; -1 where that is not usual."""
    cdef int64_t number = _whole(text, 16)
    if 0 <= number < MILLISECONDS_MAX:
        return number * MS
    return number * 1_000 if MICROSECONDS_FROM <= number < MICROSECONDS_MAX else -1


cdef bint _is_id(Span *text) noexcept:
    cdef Py_ssize_t place
    cdef char at
    if text.size > CLIENT_ID_MAX:
        return False
    for place in range(text.size):
        at = text.at[place]
        if not (
            c"a" <= at <= c"z" or c"A" <= at <= c"Z" or c"-" <= at <= c":" or at == c"_"
        ):
            return False
    return True


cdef bint _is_signature(const char *at) noexcept:
    cdef Py_ssize_t place
    for place in range(SIGNATURE_SIZE):
        if not (
            c"0" <= at[place] <= c"9" or c"a" <= at[place] <= c"f" or c"A" <= at[place] <= c"F"
        ):
            return False
    return True


cdef int _response(Sent *sent, int usual) noexcept:
    """Return how much the answer says; -1 where that is not usual."""
    cdef Span text = sent.value[7]
    if not sent.seen & RESPONSE:
        return usual
    if _is(text.at, text.size, b"FULL", 4):
        return FULL
    if _is(text.at, text.size, b"RESULT", 6):
        return RESULT
    return ACK if _is(text.at, text.size, b"ACK", 3) else -1


cdef int _time_in_force(Sent *sent) noexcept:
    """Return a time in force; -1 where there is none that is usual."""
    cdef Span text = sent.value[3]
    if not sent.seen & TIME or text.size != 3:
        return -1
    if memcmp(text.at, b"GTC", 3) == 0:
        return GTC
    if memcmp(text.at, b"IOC", 3) == 0:
        return IOC
    return FOK if memcmp(text.at, b"FOK", 3) == 0 else -1


cdef struct Wanted:
    int side
    int kind
    int time_in_force
    int flags
    int response
    int64_t price_ticks
    int64_t lots
    int64_t budget_units


cdef bint _words(Sent *sent, Wanted *wanted) noexcept:
    """Read the words of an order, and whether the numbers are there that they ask for."""
    cdef Span text = sent.value[1]
    cdef int numbers = sent.seen & (QUANTITY | PRICE | BUDGET)
    if _is(text.at, text.size, b"BUY", 3):
        wanted.side = 0
    elif _is(text.at, text.size, b"SELL", 4):
        wanted.side = 1
    else:
        return False
    text = sent.value[2]
    wanted.flags, wanted.kind = 0, KIND_LIMIT
    wanted.response = _response(sent, FULL)
    if _is(text.at, text.size, b"LIMIT", 5):
        wanted.time_in_force = _time_in_force(sent)
    elif _is(text.at, text.size, b"LIMIT_MAKER", 11):
        wanted.response = _response(sent, ACK)
        wanted.flags = POST_ONLY
        wanted.time_in_force = GTC
        if sent.seen & TIME and _time_in_force(sent) != GTC:
            return False
    elif _is(text.at, text.size, b"MARKET", 6):
        wanted.kind = KIND_BUDGET if numbers == BUDGET else KIND_MARKET
        wanted.time_in_force = -1 if sent.seen & TIME else IOC
    else:
        return False
    if wanted.kind == KIND_LIMIT and numbers != QUANTITY | PRICE:
        return False
    if wanted.kind == KIND_MARKET and numbers != QUANTITY:
        return False
    return wanted.time_in_force >= 0 and wanted.response >= 0


cdef bint _numbers(Sent *sent, Shape shape, Wanted *wanted) noexcept:
    """Read the numbers of an order; False where one is not usual."""
    cdef Span text
    wanted.price_ticks = wanted.lots = wanted.budget_units = 0
    if wanted.kind == KIND_BUDGET:
        text = sent.value[10]
        wanted.budget_units = _units(text.at, text.size, shape.quote_decimals, 1)
        return wanted.budget_units > 0
    text = sent.value[4]
    wanted.lots = _units(text.at, text.size, shape.base_decimals, shape.lot)
    if wanted.kind == KIND_LIMIT:
        text = sent.value[5]
        wanted.price_ticks = _units(text.at, text.size, shape.tick_decimals, shape.tick)
        return wanted.lots > 0 and wanted.price_ticks > 0
    return wanted.lots > 0


def read(bytes text not None, form_of):
    """Return a usual order; None where it is not one. `form_of` knows markets by their symbols.

    It is (market, shape, payload that was signed, signature, when it was sent, how long ago that may be,
    client's id or nothing, how much the answer says, fields of a `PlaceOrder` from its side on).
    """
    cdef const char *start = PyBytes_AS_STRING(text)
    cdef Py_ssize_t payload = PyBytes_GET_SIZE(text) - SIGNATURE_SIZE - 11
    cdef const char *end = start + payload
    cdef Sent sent
    cdef Wanted wanted
    cdef int64_t sent_ns, window_ms = WINDOW_DEFAULT_MS
    if payload <= 0 or memcmp(end, b"&signature=", 11) or not _is_signature(end + 11):
        return None
    if not _split(start, end, &sent) or sent.seen & NEEDED != NEEDED or not _words(&sent, &wanted):
        return None
    sent_ns = _sent_ns(&sent.value[9])
    if sent.seen & WINDOW:
        window_ms = _whole(&sent.value[8], 9)
    if sent_ns < 0 or not 0 <= window_ms <= WINDOW_MAX_MS:
        return None
    if sent.seen & CLIENT_ID and not _is_id(&sent.value[6]):
        return None
    # A symbol that is no ASCII is nobody's.
    form = form_of(PyUnicode_DecodeLatin1(sent.value[0].at, sent.value[0].size, NULL))
    if form is None:
        return None
    shape = form.shape
    if shape is None or not _numbers(&sent, <Shape?>shape, &wanted):
        return None
    return (
        (<Shape>shape).market,
        shape,
        PyBytes_FromStringAndSize(start, payload),
        PyUnicode_DecodeASCII(end + 11, SIGNATURE_SIZE, NULL),
        sent_ns,
        window_ms * MS,
        PyUnicode_DecodeASCII(sent.value[6].at, sent.value[6].size, NULL)
        if sent.seen & CLIENT_ID else "",
        wanted.response,
        (
            wanted.side, wanted.kind, wanted.time_in_force, EXPIRE_TAKER, wanted.flags,
            wanted.price_ticks, wanted.lots, wanted.budget_units,
        ),
    )
