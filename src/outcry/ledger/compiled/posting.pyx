# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, overflowcheck=True
"""The twins of `posting.post_all`, `days.add_trade` and `check.first_wrong`.

The rules are written once more for the events that come with every trade; all others go to the
`Poster`.
"""

include "items.pxi"

from outcry.domain import units

cdef enum:
    AVAILABLE = 1
    HELD = 2
    FEES = 4
    ASSET_SHIFT = 3
    OWNER_SHIFT = 19
    LEGS_MAX = 8
    # of a balance
    UNITS = 3
    POSTING = 4
    LAST_SEQUENCE = 5
    # of the sums of a market's day
    HIGH = 1
    LOW = 2
    CLOSE = 3
    MARKET_TRADES = 4

cdef int64_t DAY_NS = units.DAY_NS

cdef struct Leg:
    int64_t owner
    int64_t asset
    int64_t purpose
    int64_t change

cdef struct Hold:
    Py_ssize_t side
    Py_ssize_t units

cdef Hold accepted, done
accepted.side, accepted.units = map(OrderAccepted._fields.index, ("side", "hold_units"))
done.side, done.units = map(OrderDone._fields.index, ("side", "release_units"))


cdef class _Writer:
    """The parts of `Postings`, while a batch is posted."""

    cdef dict balances
    cdef list touched
    cdef list opened
    cdef list rows
    cdef int64_t number
    cdef int64_t taken

    def __init__(self, postings):
        self.balances, self.touched, self.taken = postings.balances, postings.touched, postings.taken
        self.opened, self.rows, self.number = postings.opened, postings.rows, postings.last

    cdef int write(self, object sequence, object index, Leg *leg) except -1:
        """Post one leg that is not zero."""
        cdef object account = leg.owner << OWNER_SHIFT | leg.asset << ASSET_SHIFT | leg.purpose
        cdef PyObject *found = PyDict_GetItem(self.balances, account)
        cdef list balance
        if found == NULL:
            balance = [leg.owner, leg.asset, leg.purpose, 0, 0, 0]
            self.balances[account] = balance
            self.opened.append((balance[0], balance[1], balance[2], sequence))
        else:
            balance = <list>found
        if <int64_t><object>PyList_GET_ITEM(balance, POSTING) <= self.taken:
            self.touched.append(balance)
        cdef object units = <int64_t><object>PyList_GET_ITEM(balance, UNITS) + leg.change
        self.number += 1
        cdef object number = self.number
        _put(balance, UNITS, units)
        _put(balance, POSTING, number)
        _put(balance, LAST_SEQUENCE, sequence)
        self.rows.append((
            number,
            sequence,
            index,
            <object>PyList_GET_ITEM(balance, 0),
            <object>PyList_GET_ITEM(balance, 1),
            <object>PyList_GET_ITEM(balance, 2),
            leg.change,
            units,
        ))
        return 0


def post_all(postings, events, dict afterwards):
    """Post events, in order."""
    cdef _Writer writer = _Writer(postings)
    cdef dict handlers = postings.poster.handlers
    cdef dict paid = postings.poster.paid
    cdef dict rules = postings.poster.rules
    cdef Leg legs[LEGS_MAX]
    cdef int count, i
    cdef object kind, after, handler
    cdef object event
    cdef tuple posting
    for event in events:
        kind = type(event)
        count = -1
        if kind is OrderAccepted:
            count = _hold(event, paid, &accepted, 1, legs)
        elif kind is OrderDone:
            count = _hold(event, paid, &done, -1, legs)
        elif kind is Trade:
            count = _trade(event, rules, legs)
        if count >= 0:
            for i in range(count):
                writer.write(_item(event, SEQUENCE), _item(event, INDEX), &legs[i])
        else:
            handler = handlers.get(kind)
            if handler is None:
                continue
            for posting in handler(event):
                legs[0].owner, legs[0].asset = posting[0], posting[1]
                legs[0].purpose, legs[0].change = posting[2], posting[3]
                writer.write(_item(event, SEQUENCE), _item(event, INDEX), &legs[0])
        after = afterwards.get(kind)
        if after is not None:
            after(event)
    postings.last = writer.number


cdef int _hold(object event, dict paid, Hold *places, int sign, Leg *legs) except -2:
    """Move what an order holds, or gives back."""
    cdef int64_t units = sign * _number(event, places.units)
    if not units:
        return 0
    cdef int64_t asset = (<tuple>paid[_item(event, MARKET)])[_number(event, places.side)]
    cdef int64_t account = _number(event, ACCOUNT)
    _set(&legs[0], account, asset, AVAILABLE, -units)
    _set(&legs[1], account, asset, HELD, units)
    return 2


cdef int _trade(object event, dict rules, Leg *legs) except -2:
    """Make the legs of a trade, in order; -1 for one with oneself, whose changes are netted."""
    cdef int64_t buyer = _number(event, ACCOUNT), seller = _number(event, MAKER)
    cdef int64_t buyer_fee = _number(event, TAKER_FEE)
    cdef int64_t seller_fee = _number(event, MAKER_FEE)
    cdef int64_t buyer_release = _number(event, TAKER_RELEASE)
    cdef int64_t seller_release = _number(event, MAKER_RELEASE)
    cdef int64_t notional = _number(event, NOTIONAL), base_fee = 0, bought
    cdef int count = 0
    if buyer == seller:
        return -1
    if _number(event, TAKER_SIDE):
        buyer, seller = seller, buyer
        buyer_fee, seller_fee = seller_fee, buyer_fee
        buyer_release, seller_release = seller_release, buyer_release
    base, quote, lot_units, in_base = <tuple>rules[_item(event, MARKET)]
    bought = _number(event, LOTS) * <int64_t>lot_units
    if in_base:
        base_fee, buyer_fee = buyer_fee, 0
    _add(legs, &count, 0, base, FEES, base_fee)
    _add(legs, &count, 0, quote, FEES, buyer_fee + seller_fee)
    _add(legs, &count, buyer, base, AVAILABLE, bought - base_fee)
    _add(legs, &count, buyer, quote, AVAILABLE, buyer_release - notional - buyer_fee)
    _add(legs, &count, buyer, quote, HELD, -buyer_release)
    _add(legs, &count, seller, base, AVAILABLE, seller_release - bought)
    _add(legs, &count, seller, base, HELD, -seller_release)
    _add(legs, &count, seller, quote, AVAILABLE, notional - seller_fee)
    return count


cdef inline void _set(Leg *leg, int64_t owner, int64_t asset, int64_t purpose, int64_t change):
    leg.owner, leg.asset, leg.purpose, leg.change = owner, asset, purpose, change


cdef void _add(
    Leg *legs, int *count, int64_t owner, int64_t asset, int64_t purpose, int64_t change
):
    """Put a leg that is not zero where it belongs."""
    cdef int at = count[0]
    if not change:
        return
    while at and _behind(&legs[at - 1], owner, asset, purpose):
        legs[at] = legs[at - 1]
        at -= 1
    _set(&legs[at], owner, asset, purpose, change)
    count[0] += 1


cdef inline bint _behind(Leg *leg, int64_t owner, int64_t asset, int64_t purpose):
    if leg.owner != owner:
        return leg.owner > owner
    if leg.asset != asset:
        return leg.asset > asset
    return leg.purpose > purpose


# Days


def add_trade(days, event, bint buyer_pays_in_base):
    """Take in a trade."""
    cdef int64_t day = _number(event, TIME_NS) // DAY_NS, price = _number(event, PRICE)
    cdef int64_t taker_fee = _number(event, TAKER_FEE)
    cdef int64_t maker_fee = _number(event, MAKER_FEE)
    cdef int64_t taker_base = 0, maker_base = 0
    cdef object market = _item(event, MARKET)
    cdef list sums
    if day > days.day:
        days.begin(day)
    if buyer_pays_in_base and _number(event, TAKER_SIDE):
        maker_base, maker_fee = maker_fee, 0
    elif buyer_pays_in_base:
        taker_base, taker_fee = taker_fee, 0
    cdef object today = days.day
    sums = _account_day(days, (_item(event, ACCOUNT), market, today))
    _add_up(sums, 0, event, taker_base, taker_fee)
    sums = _account_day(days, (_item(event, MAKER), market, today))
    _add_up(sums, 0, event, maker_base, maker_fee)
    sums = days.market_day(market, price)
    if price > <int64_t>sums[HIGH]:
        sums[HIGH] = price
    if price < <int64_t>sums[LOW]:
        sums[LOW] = price
    sums[CLOSE] = price
    _add_up(sums, MARKET_TRADES, event, taker_base + maker_base, taker_fee + maker_fee)


cdef list _account_day(days, tuple key):
    """Return the sums of (account, market, today), to be changed."""
    cdef dict accounts = days.accounts, changed = days.changed_accounts
    cdef PyObject *found = PyDict_GetItem(accounts, key)
    if found == NULL:
        return days.account_day(key[0], key[1])
    changed[key] = <object>found
    return <list>found


cdef int _add_up(
    list sums, Py_ssize_t trades, object event, int64_t base_fee, int64_t quote_fee
) except -1:
    sums[trades] += 1
    sums[trades + 1] += _item(event, LOTS)
    sums[trades + 2] += _item(event, NOTIONAL)
    if base_fee:
        sums[trades + 3] += base_fee
    if quote_fee:
        sums[trades + 4] += quote_fee
    return 0


# The check


def first_wrong(list postings, totals):
    """Return the place of the first posting that is below zero or ends an event that is not zero.

    `totals` is added to as far as the postings are right.
    """
    cdef Py_ssize_t place, count = PyList_GET_SIZE(postings)
    cdef int64_t last_sequence = 0, last_index = 0, sequence, index, asset, change
    cdef int64_t assets[LEGS_MAX]
    cdef int64_t sums[LEGS_MAX]
    cdef int known = 0, i
    cdef object row
    cdef list sums_of
    for place in range(count):
        row = <object>PyList_GET_ITEM(postings, place)
        sequence, index = _number(row, 1), _number(row, 2)
        asset, change = _number(row, 4), _number(row, 6)
        if index != last_index or sequence != last_sequence:
            for i in range(known):
                if sums[i]:
                    return place - 1
            known = 0
            last_sequence, last_index = sequence, index
        i = 0
        while i < known and assets[i] != asset:
            i += 1
        if i == known:
            if known == LEGS_MAX:
                return place
            assets[i], sums[i] = asset, 0
            known += 1
        sums[i] += change
        sums_of = totals[_item(row, 4)]
        sums_of[_number(row, 5)] += _item(row, 6)
        if _number(row, 7) < 0 and _number(row, 3):
            return place
    for i in range(known):
        if sums[i]:
            return count - 1
    return -1
