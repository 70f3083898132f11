# Decimal text as `wire.decimals` defines it, in 64 bits: what does not fit is not usual.

cdef enum:
    DIGITS_MAX = 20

cdef uint64_t TENS[DECIMALS_MAX + 1]
cdef uint64_t SMALL = 10 ** 17
cdef int64_t LARGEST_UNITS = UNITS_LIMIT
cdef int64_t INT64_LARGEST = (1 << 63) - 1
for _place in range(DECIMALS_MAX + 1):
    TENS[_place] = 10 ** _place


cdef class Shape:
    """One market: how its numbers are written and read."""

    cdef uint32_t market
    cdef int64_t tick
    cdef int64_t lot
    cdef int tick_decimals
    cdef int base_decimals
    cdef int quote_decimals
    cdef int64_t quote_asset
    cdef bytes symbol
    cdef bytes base
    cdef bytes quote

    def __init__(self, form):
        self.market = form.number
        self.tick, self.tick_decimals = form.tick, form.tick_decimals
        self.lot, self.base_decimals = form.lot, form.base_decimals
        self.quote_decimals, self.quote_asset = form.quote_decimals, form.market.quote
        self.symbol, self.base = form.symbol.encode(), form.base.encode()
        self.quote = form.quote.encode()
        if max(self.tick_decimals, self.base_decimals, self.quote_decimals) > DECIMALS_MAX:
            raise OverflowError("more decimals than 64 bits have")


def shape_of(form):
    """Return the shape of a market; None where its numbers do not fit."""
    try:
        return Shape(form)
    except OverflowError:
        return None


cdef int64_t _units(const char *at, Py_ssize_t size, int decimals, int64_t step) noexcept:
    """Return the whole units of a number; 0 where it is not usual."""
    cdef uint64_t value = 0
    cdef Py_ssize_t whole = 0, place
    cdef int kept = 0
    while whole < size and c"0" <= at[whole] <= c"9":
        if value > SMALL:
            return 0
        value = value * 10 + <uint64_t>(at[whole] - c"0")
        whole += 1
    if not 0 < whole <= DIGITS_MAX:
        return 0
    if whole < size:
        if at[whole] != c"." or not 1 < size - whole <= DIGITS_MAX + 1:
            return 0
        for place in range(whole + 1, size):
            if not c"0" <= at[place] <= c"9":
                return 0
            if kept < decimals:
                if value > SMALL:
                    return 0
                value = value * 10 + <uint64_t>(at[place] - c"0")
                kept += 1
            elif at[place] != c"0":
                return 0
    if value > <uint64_t>LARGEST_UNITS // TENS[decimals - kept]:
        return 0
    value *= TENS[decimals - kept]
    if value % <uint64_t>step:
        return 0
    value //= <uint64_t>step
    return <int64_t>value if value < <uint64_t>LARGEST_UNITS else 0


cdef inline char *_put(char *to, const char *text, Py_ssize_t size) noexcept:
    memcpy(to, text, size)
    return to + size


cdef inline char *_put_bytes(char *to, bytes text) noexcept:
    return _put(to, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))


cdef char *_put_whole(char *to, int64_t number) noexcept:
    """Write a whole number."""
    cdef char digits[DIGITS_MAX + 1]
    cdef int start = DIGITS_MAX + 1
    cdef uint64_t left = <uint64_t>number
    if number < 0:
        to[0] = c"-"
        to += 1
        left = 0 - left
    while True:
        start -= 1
        digits[start] = <char>(c"0" + left % 10)
        left //= 10
        if not left:
            break
    return _put(to, digits + start, DIGITS_MAX + 1 - start)


cdef char *_put_units(char *to, int64_t units, int decimals) noexcept:
    """Write units of 10^-decimals with eight places or more."""
    cdef uint64_t left = <uint64_t>units, fraction
    cdef int place
    if units < 0:
        to[0] = c"-"
        to += 1
        left = 0 - left
    fraction = left % TENS[decimals]
    to = _put_whole(to, <int64_t>(left // TENS[decimals]))
    to[0] = c"."
    to += 1
    for place in range(decimals - 1, -1, -1):
        to[place] = <char>(c"0" + fraction % 10)
        fraction //= 10
    for place in range(decimals, PLACES):
        to[place] = c"0"
    return to + max(decimals, PLACES)


cdef inline int64_t _times(int64_t count, int64_t step) except? -1:
    if not 0 <= count <= INT64_LARGEST // step:
        raise OverflowError("an amount beyond 64 bits")
    return count * step
