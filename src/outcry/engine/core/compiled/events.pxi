# Writing events. The loop keeps enough room in the output for one command, see `reserve_output`.

cdef inline void *emit(
    State *s, int number, size_t length, uint32_t account, uint32_t market
) noexcept nogil:
    """Append an event's header; return the record, whose body the caller writes."""
    cdef Header *header = <Header *>(s.out + s.out_length)
    header.length = <uint16_t>length
    header.number = <uint8_t>number
    header.version = VERSION
    header.flags = s.index
    header.sequence = s.sequence
    header.time_ns = s.now_ns
    header.account = account
    header.market = market
    s.index += 1
    s.out_length += length
    return header


cdef inline int refuse(State *s, int reason, int64_t given, int64_t bound) noexcept nogil:
    """Note what a refusal will say; return its reason."""
    s.given = given
    s.bound = bound
    return reason


cdef void emit_rejected(State *s, int reason) noexcept nogil:
    cdef RejectedEvent *event = <RejectedEvent *>emit(
        s, COMMAND_REJECTED, sizeof(RejectedEvent), s.record.account, s.record.market
    )
    event.command = s.record.number
    event.reason = reason
    event.order_id = s.named_order_id
    event.given = s.given
    event.bound = s.bound


cdef inline void emit_accepted(
    State *s, uint32_t account, Market *market, OrderBody *wanted, uint64_t order_id,
    int64_t hold_units, int64_t cap_ppm, int64_t level_lots
) noexcept nogil:
    """Tell of a new order; with `level_lots` it joined the book at once."""
    cdef size_t length = (sizeof(AcceptedEvent) + s.key_length + 7) & ~<size_t>7
    cdef AcceptedEvent *event = <AcceptedEvent *>emit(
        s, ORDER_ACCEPTED, length, account, market.market
    )
    event.order_id = order_id
    event.wanted = wanted[0]
    event.hold_units = hold_units
    event.cap_ppm = <uint32_t>cap_ppm
    event.key_length = s.key_length
    event.level_lots = level_lots
    event.update_id = 0
    if level_lots:
        event.wanted.flags |= BOOKED
        event.update_id = market.update_id
    if rare(s.key_length):
        memset(<uint8_t *>event + length - 8, 0, 8)
        memcpy(<uint8_t *>event + sizeof(AcceptedEvent), s.key, s.key_length)


cdef void emit_booked(State *s, Taker *t, int64_t level_lots) noexcept nogil:
    cdef BookedEvent *event = <BookedEvent *>emit(
        s, ORDER_BOOKED, sizeof(BookedEvent), t.account.account, t.market.market
    )
    event.order_id = t.order_id
    event.side = t.side
    event.price_ticks = t.price_ticks
    event.open_lots = t.open_lots
    event.level_lots = level_lots
    event.update_id = t.market.update_id


cdef void emit_in_book(
    State *s, Market *market, int number, uint32_t slot, int64_t lots, int64_t level_lots
) noexcept nogil:
    """Tell of an order that was moved, refilled or parked, and of its level afterwards."""
    cdef Order *order = &s.orders[slot]
    cdef BookedEvent *event = <BookedEvent *>emit(
        s, number, sizeof(BookedEvent), s.pairs[order.pair].account_id, market.market
    )
    event.order_id = order.order_id
    event.side = order.side
    event.price_ticks = order.price_ticks
    event.open_lots = lots
    event.level_lots = level_lots
    event.update_id = market.update_id


cdef void emit_two(
    State *s, Market *market, int number, uint32_t slot, int64_t first, int64_t second
) noexcept nogil:
    """Append `OrderTriggered` or `ChildPlaced`."""
    cdef Order *order = &s.orders[slot]
    cdef TwoEvent *event = <TwoEvent *>emit(
        s, number, sizeof(TwoEvent), s.pairs[order.pair].account_id, market.market
    )
    event.order_id = order.order_id
    event.first = first
    event.second = second


cdef void emit_terms(
    State *s, uint32_t account, uint32_t market, uint64_t order_id, TermsBody *terms
) noexcept nogil:
    cdef TermsEvent *event = <TermsEvent *>emit(
        s, ORDER_TERMS, sizeof(TermsEvent), account, market
    )
    event.order_id = order_id
    event.terms = terms[0]
    event.terms.kind = 0
    event.terms.padding = 0


cdef ReplacedEvent *emit_replaced(
    State *s, Market *market, uint32_t account, Order *order, bint kept, int64_t hold_change,
    int64_t old_price_ticks, int64_t level_lots
) noexcept nogil:
    """Tell what an order is now, and what its old level is without it."""
    cdef ReplacedEvent *event = <ReplacedEvent *>emit(
        s, ORDER_REPLACED, sizeof(ReplacedEvent), account, market.market
    )
    event.order_id = order.order_id
    event.side = order.side
    event.kept_priority = kept
    event.price_ticks = order.price_ticks
    event.lots = order.lots
    event.open_lots = order.open_lots
    event.hold_units = hold_change
    event.old_price_ticks = old_price_ticks
    event.level_lots = level_lots
    event.update_id = market.update_id
    return event


cdef inline DoneEvent *emit_done(
    State *s, uint32_t account, uint32_t market, uint64_t order_id, int side, int reason
) noexcept nogil:
    """Append an `OrderDone` of an order outside the book; the caller writes sizes and price."""
    cdef DoneEvent *event = <DoneEvent *>emit(
        s, ORDER_DONE, sizeof(DoneEvent), account, market
    )
    event.order_id = order_id
    event.reason = reason
    event.side = side
    event.booked = 0
    event.padding = 0
    event.release_units = 0
    event.level_lots = 0
    event.update_id = 0
    return event


cdef void emit_taker_done(State *s, Taker *t, int reason, int64_t release_units) noexcept nogil:
    cdef DoneEvent *event = emit_done(
        s, t.account.account, t.market.market, t.order_id, t.side, reason
    )
    event.open_lots = t.open_lots + t.kept_lots
    event.filled_lots = t.lots - event.open_lots - t.prevented_lots
    event.prevented_lots = t.prevented_lots
    event.release_units = release_units
    event.price_ticks = t.price_ticks
    if t.watched:
        s.touched = True


cdef void emit_balance(
    State *s, Account *account, uint32_t asset, int cause, uint32_t counter_account,
    int64_t amount_units, uint64_t reference
) noexcept nogil:
    cdef BalanceEvent *event = <BalanceEvent *>emit(
        s, BALANCE_CHANGED, sizeof(BalanceEvent), account.account, 0
    )
    event.asset = s.assets[asset].asset
    event.cause = cause
    event.counter_account = counter_account
    event.amount_units = amount_units
    event.available_units = available_units(account, asset)
    event.reference = reference


cdef void emit_mode(State *s, int previous, int cause, uint32_t asset) noexcept nogil:
    cdef ModeEvent *event = <ModeEvent *>emit(s, MODE_CHANGED, sizeof(ModeEvent), 0, 0)
    event.mode = <uint32_t>s.mode
    event.previous = previous
    event.cause = cause
    event.asset = asset
