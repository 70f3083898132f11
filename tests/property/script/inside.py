"""Internal commands, as something above the core would send them, and what it does when asked."""

from collections.abc import Iterator

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.market import MarketState
from outcry.domain.order import DoneReason, ListKind, OrderFlag
from outcry.domain.rejects import Reject
from outcry.engine.core import OrderTuple
from tests.property.script.scene import Scene

REASONS = tuple(r for r in DoneReason if r not in {DoneReason.FILLED, DoneReason.PREVENTED})
"""Why something above the core ends an order; the other two tell of lots that are gone."""
KIND, SHOWN, LIMIT, PARTNER = 12, 13, 14, 15
TRIGGER, PEG, SLICES = 9, 10, 7
PRICE_MOST = 2**63 - 1
"""What a record has room for. A trigger may stand there."""
Row = tuple[OrderTuple, tuple[int, ...]]


def special_orders(scene: Scene) -> list[Row]:
    """Return all open orders that have terms, and these."""
    found = [(scene.core.order(i), scene.core.terms(i)) for i in scene.core.special_orders()]
    return [(order, terms) for order, terms in found if order and terms]


def end_order(scene: Scene) -> c.Command | None:
    """Return the end of an order, seldom of none."""
    random, ids = scene.random, scene.core.market_orders(0)
    if random.random() < 0.8:
        ids = scene.core.special_orders() or ids
    order_id = random.choice(ids) if ids and random.random() < 0.95 else scene.last_order_id + 1
    reason = random.choice((*REASONS, *[DoneReason.EXPIRED] * 20))
    return c.EndOrder(order_id=order_id, reason=reason if random.random() < 0.95 else 16)


def queue_order(scene: Scene) -> c.Command | None:
    """Return that an order was triggered."""
    order = _one(scene, TRIGGER)
    return c.QueueOrder(order_id=order[0][0]) if order else None


def fire_order(scene: Scene) -> c.Command | None:
    """Return that a triggered order runs; its partner is ended first, as it would be."""
    row = _one(scene, TRIGGER)
    if row is None:
        return None
    order, terms = row
    partner = scene.core.order(terms[PARTNER]) if terms[PARTNER] else None
    if partner is not None:
        return c.EndOrder(order_id=partner[0], reason=DoneReason.OCO)
    price = terms[2] + scene.random.randint(0, 2)
    return c.FireOrder(order_id=order[0], price_ticks=min(max(1, price), PRICE_MOST))


def place_children(scene: Scene) -> c.Command | None:
    """Return that a parent is filled."""
    random = scene.random
    waiting = []
    for kind, orders in scene.families:
        if kind != ListKind.OCO:
            found = [scene.core.order(order_id) for order_id in orders[1:]]
            if all(order is not None and order[10] & OrderFlag.PENDING for order in found):
                waiting.append(orders)
    if not waiting:
        return None
    parent, *children = random.choice(waiting)
    if scene.core.order(parent) is not None and random.random() < 0.9:
        return c.EndOrder(order_id=parent, reason=DoneReason.REST)
    return c.PlaceChildren(
        first_order_id=children[0],
        second_order_id=children[1] if len(children) > 1 else 0,
        lots=random.choice((0, 0, 0, 1, 2, 50)),
    )


def move_peg(scene: Scene) -> c.Command | None:
    """Return another price of a peg, mostly one that it can have."""
    random, row = scene.random, _one(scene, PEG)
    if row is None:
        return None
    order, terms = row
    opposite, own = (scene.best(order[2], side) for side in (1 - order[3], order[3]))
    price = own[0] if own else scene.places[order[2] - 1].centre_ticks
    price += random.choice((0, 0, -1, 1, 2))
    if opposite and random.random() < 0.9:
        behind = opposite[0] + (1 if order[3] else -1)
        price = max(price, behind) if order[3] else min(price, behind)
    if terms[LIMIT] and random.random() < 0.9:
        price = max(price, terms[LIMIT]) if order[3] else min(price, terms[LIMIT])
    if random.random() < 0.15:
        price = 0
    return c.MovePeg(order_id=order[0], price_ticks=max(0, price))


def run_slice(scene: Scene) -> c.Command | None:
    """Return that a part of an order runs."""
    row = _one(scene, SLICES)
    lots = scene.random.choice((1, 2, 3, 30, 30, 30, 0))
    return c.RunSlice(order_id=row[0][0], lots=lots) if row else None


def _one(scene: Scene, term: int) -> Row | None:
    """Return an order with a term, seldom one without or with the wrong state."""
    rows = special_orders(scene)
    fitting = [row for row in rows if row[1][term]]
    if term == TRIGGER:
        able = [r for r in fitting if r[0][10] & OrderFlag.WAITING]
        fitting = [r for r in able if not r[0][10] & OrderFlag.PENDING]
    if scene.random.random() < 0.04:
        return scene.random.choice(rows) if rows else None
    return scene.random.choice(fitting) if fitting else None


def uncross(scene: Scene) -> c.Command | None:
    """Return an uncross of a market whose book is crossed, so that it is not any more."""
    for place in scene.places:
        price = crossing(scene, place.market)
        if price:
            return c.Uncross(market=place.market, price_ticks=price)
    return None


def put_state(scene: Scene) -> c.Command | None:
    """Return another state of a market; never trading with a crossed book."""
    place = scene.some_place()
    found = scene.core.market(place.market)
    states = [1, 2, 2, 4, 5, 0] if found and found[3] else [3, 3, 3, 3, 1, 2, 4]
    if scene.random.random() < 0.02:
        states = [6]
    return c.PutState(market=place.market, state=scene.random.choice(states))


def put_band(scene: Scene) -> c.Command | None:
    """Return a band around the last price, or none."""
    random, place = scene.random, scene.some_place()
    last = scene.last_ticks(place)
    if random.random() < 0.4:
        band = (0, 2**63 - 1, 0, 2**63 - 1)
    else:
        low, high = max(0, last - random.randint(0, 3)), last + random.randint(0, 3)
        band = (low, high, low, high)
        if random.random() < 0.3:
            band = (low, last, last, high)
    return c.PutBand(
        market=place.market,
        buy_low_ticks=band[0],
        buy_high_ticks=band[1],
        sell_low_ticks=band[2],
        sell_high_ticks=band[3],
    )


def put_rates(scene: Scene) -> c.Command | None:
    """Return an account's own rates, or the market's again."""
    random, place = scene.random, scene.some_place()
    own = random.randint(0, 1)
    rates = ((0, 0), (5, 10), (400_000, 1), *place.fees)
    maker_ppm, taker_ppm = random.choice(rates) if own else (0, 0)
    return c.PutRates(
        account=scene.some_account(),
        market=place.market,
        own=own,
        maker_ppm=maker_ppm,
        taker_ppm=taker_ppm,
    )


def put_floor(scene: Scene) -> c.Command | None:
    """Return the least rates of a market, mostly none."""
    floor = scene.random.choice(((10**6, 10**6), (10**6, 10**6), (0, 100), (-50, 20)))
    market = scene.some_place().market
    return c.PutFloor(market=market, maker_ppm=floor[0], taker_ppm=floor[1])


# What the core asks for


ASKED = frozenset(
    codec.NUMBER_OF[kind]
    for kind in (
        c.SetState, c.SetRules, c.SetTiers, c.SetAccountFees, c.SetSchedule, c.RenewSwitch,
        c.CloseSession, c.ResetSessions, c.RetireMarket,
    )
)  # fmt: skip
_REFUSALS = (Reject.SHAPE, Reject.FEES, Reject.TRANSITION)


def answer_to(record: bytes) -> tuple[int, int, int]:
    """Return what is answered to an asked command: a function of what it says, and of no state."""
    number = sum(record[24:])
    if number % 6:
        return 0, 0, 0
    return _REFUSALS[number // 6 % 3], number, number + 1


def carry_out(scene: Scene, record: bytes) -> Iterator[c.Command]:
    """Yield the internal commands that an asked one brings about before it is answered.

    Each is chosen when the one before has been carried out.
    """
    if answer_to(record)[0]:
        return
    command = _read(record)
    if isinstance(command, c.RetireMarket):
        for order_id in scene.core.market_orders(command.market):
            if scene.core.order(order_id) is not None:
                yield c.EndOrder(order_id=order_id, reason=DoneReason.CANCELLED)
        yield c.PutState(market=command.market, state=MarketState.RETIRED)
    elif isinstance(command, c.SetState):
        while price := crossing(scene, command.market):
            yield c.Uncross(market=command.market, price_ticks=price)
        yield c.PutState(market=command.market, state=MarketState.TRADING)
    elif isinstance(command, c.CloseSession | c.ResetSessions):
        orders = [row[0][0] for row in special_orders(scene) if row[1][6]]
        for order_id in orders[:2]:
            yield c.EndOrder(order_id=order_id, reason=DoneReason.CANCELLED)


def _read(record: bytes) -> c.Command | None:
    """Return a command; None for one that only the core could read, if there is any."""
    try:
        return codec.decode_command(record)
    except codec.BadRecord:
        return None


def crossing(scene: Scene, market: int) -> int:
    """Return a price at which a market could uncross, 0 if nothing crosses."""
    bid, ask = scene.best(market, 0), scene.best(market, 1)
    if not bid or not ask or bid[0] < ask[0]:
        return 0
    return scene.random.randint(ask[0], bid[0])


def said_of(record: bytes) -> list[bytes]:
    """Return the events that are told of an asked command, as `Core.say` takes them."""
    if answer_to(record)[0]:
        return []
    command = _read(record)
    if isinstance(command, c.SetTiers):
        told = e.TiersSet(0, 0, 0, 0, command.market, len(command.tiers))
        return [codec.encode_event(told)]
    if isinstance(command, c.SetSchedule):
        return [codec.encode_event(e.ScheduleSet(0, 0, 0, 0, command.market, len(command.entries)))]
    if isinstance(command, c.CloseSession):
        return [codec.encode_event(e.SessionEnded(0, 0, 0, command.account, 0, command.session))]
    return []
