# Lists: two or three orders that come as one command and depend on each other.

cdef struct List:
    int kind
    int count
    int pair_at  # the first member of its linked pair; `count` without
    int runner  # the member that enters the book at once; `count` without
    Entry[LIST_MOST] members

cdef void read_list(List *entered, ListRecord *record) noexcept nogil:
    """Find out what a list is made of; `is_list` tells whether it can be."""
    cdef int i
    entered.kind = <int>min(record.list_kind, <uint64_t>(OTOCO + 1))
    entered.count = <int>min(record.count, <uint64_t>(LIST_MOST + 1))
    for i in range(LIST_MOST):
        enter_special(
            &entered.members[i], &record.members[i].body, &record.members[i].terms
        )
        entered.members[i].calling = False
    entered.pair_at = entered.count
    if entered.kind == OCO:
        entered.pair_at = 0
    elif entered.kind == OTOCO:
        entered.pair_at = 1
    entered.runner = 0
    if entered.kind == OCO and entered.members[0].terms.trigger:
        entered.runner = 2 if entered.members[1].terms.trigger else 1


cdef inline int heads(List *entered) noexcept nogil:
    """Return how many members, the first ones, wait for no parent."""
    return 2 if entered.kind == OCO else 1


cdef int list_shape(State *s, Market *market, List *entered) noexcept nogil:
    cdef int i
    cdef OrderBody *wanted
    cdef TermsBody *terms
    if entered.kind < OCO or entered.kind > OTOCO or (
        entered.count != (3 if entered.kind == OTOCO else 2)
    ):
        return refuse(s, REJECT_SHAPE, 0, 0)
    for i in range(entered.count):
        wanted = &entered.members[i].wanted
        terms = &entered.members[i].terms
        if terms.peg or terms.slices or wanted.flags & SLIDE or wanted.kind == BUDGET:
            return refuse(s, REJECT_SHAPE, 0, 0)
        if special_shape(s, market, &entered.members[i]):
            return REJECT_SHAPE
    if not is_list(entered):
        return refuse(s, REJECT_SHAPE, 0, 0)
    return 0


cdef bint is_list(List *entered) noexcept nogil:
    """Return whether members, each well shaped, belong together as their list's kind wants."""
    cdef Entry *one = &entered.members[entered.pair_at]
    cdef Entry *other = one + 1
    cdef Entry *parent = &entered.members[0]
    if entered.kind != OCO and (parent.wanted.kind != LIMIT or parent.terms.trigger):
        return False
    if entered.kind == OTO:
        return True
    return (
        one.wanted.side == other.wanted.side
        and one.wanted.lots == other.wanted.lots
        and (one.terms.trigger or other.terms.trigger)
        and (one.terms.trigger or one.rests)
        and (other.terms.trigger or other.rests)
    )


cdef int list_checks(
    State *s, Account *account, Market *market, uint32_t pair, List *entered
) noexcept nogil:
    """Take the checks from the filters to the limits of orders, each for all members."""
    cdef int i
    cdef int stops = 0
    cdef int reason = 0
    cdef Entry *e
    for i in range(entered.count):
        e = &entered.members[i]
        e.cap_ppm = cap_of(s, market, pair)
        if reason == 0:
            price_entry(s, market, e)
            reason = entry_filters(s, market, e)
        stops += e.terms.trigger != NO_TRIGGER
    for i in range(heads(entered)):
        if reason == 0:
            reason = would_trigger(s, market, &entered.members[i])
    for i in range(heads(entered)):
        if reason == 0:
            reason = entry_band(s, market, &entered.members[i])
    if reason == 0:
        reason = open_order_limits(s, account, market, pair, entered.count, stops)
    return reason


cdef int place_list(State *s, Account *account, ListRecord *record) noexcept nogil:
    cdef Market *market = find_market(s, record.header.market)
    cdef List entered
    cdef uint32_t pair
    cdef int i
    cdef int reason = 0
    read_list(&entered, record)
    for i in range(heads(&entered)):
        if reason == 0:
            reason = may_place(s, account, entered.members[i].wanted.side)
    if reason == 0:
        reason = trading(s, market, record.header.market)
    if reason == 0:
        reason = list_shape(s, market, &entered)
    if reason:
        return reason
    pair = reserve_list(s, account, market, &entered)
    if pair == 0:
        return NO_MEMORY
    reason = list_checks(s, account, market, pair, &entered)
    if reason:
        return reason
    return enter_list(s, account, market, pair, &entered)


cdef uint32_t reserve_list(
    State *s, Account *account, Market *market, List *entered
) noexcept nogil:
    """Make room for all members of a list as orders; return their pair, 0 without."""
    cdef uint32_t pair = make_pair(s, account, market)
    cdef int i
    for i in range(entered.count):
        if pair == 0 or not reserve_book(s, market, entered.members[i].wanted.side):
            return 0
    if not reserve_account_order(s, account, LIST_MOST) or not reserve_specials(s, LIST_MOST):
        return 0
    return pair


cdef int enter_list(
    State *s, Account *account, Market *market, uint32_t pair, List *entered
) noexcept nogil:
    """Pass the last checks and carry the list out."""
    cdef Entry *runner = NULL
    cdef Balance *balance
    cdef int64_t available
    cdef int64_t held = 0
    cdef int i
    cdef int reason = 0
    for i in range(entered.count):
        prepare(s, account, market, pair, &entered.members[i])
    if entered.runner < entered.count:
        runner = &entered.members[entered.runner]
        runner.waits = False
        if not reserve_entry(s, runner):
            return NO_MEMORY
    for i in range(heads(entered)):
        weigh(s, &entered.members[i])
        held = max(held, entered.members[i].t.hold_per_lot)
        if reason == 0:
            reason = last_checks(s, &entered.members[i])
    if reason == 0 and runner is not NULL:
        reason = post_only(s, &runner.t, runner.crossing)
    balance = paying(&s.pairs[pair], entered.members[0].wanted.side)
    available = balance.available
    held = mul_saturated(entered.members[0].t.lots, held)
    if runner is not NULL and runner.killed:
        held = 0
    elif reason == 0:
        reason = funds(s, held, available)
    if reason:
        return reason
    release(balance, -held)
    accept_list(s, market, account, entered, held)
    if runner is not NULL:
        run_member(s, entered, runner)
    return 0


cdef void accept_list(
    State *s, Market *market, Account *account, List *entered, int64_t held
) noexcept nogil:
    """Give all members their ids, tell of them and let those wait that wait."""
    cdef uint64_t first_id = s.next_order_id
    cdef ListEvent *event = <ListEvent *>emit(
        s, LIST_ACCEPTED, sizeof(ListEvent), account.account, market.market
    )
    cdef Entry *e
    cdef int i
    event.list_id = first_id
    event.list_kind = entered.kind
    memset(&event.order_ids[0], 0, sizeof(event.order_ids))
    for i in range(entered.count):
        e = &entered.members[i]
        e.t.order_id = next_id(s)
        event.order_ids[i] = e.t.order_id
        accept(s, e, held if i == 0 else 0, 0)
        s.key_length = 0  # Only the first bears the key.
        if i >= heads(entered):
            wait_outside(s, &e.t)
            s.orders[e.t.slot].flags |= PENDING
        elif i != entered.runner:
            wait_outside(s, &e.t)
        elif entered.kind == OCO:
            create_order(s, &e.t)
    if entered.kind == OCO:
        link_orders(s, entered.members[0].t.slot, entered.members[1].t.slot)
    s.named_order_id = first_id
    s.touched = True


cdef void run_member(State *s, List *entered, Entry *runner) noexcept nogil:
    """Let the parent, or the one of a pair that waits for nothing, do what it can."""
    cdef Taker *t = &runner.t
    if entered.kind == OCO:
        t.flags |= LINKED
        t.hold_per_lot = special_hold(s, t.market, t.slot)
    if runner.killed:
        emit_taker_done(s, t, DONE_FOK_KILLED, 0)
    else:
        end_taker(s, t, match(s, t))
