"""Orders of every kind, near enough to the book to do something."""

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import MarketState
from outcry.domain.order import Kind, ListKind, OrderFlag, Peg, TimeInForce, Trigger
from outcry.domain.units import DAY_NS
from tests.property.opening import ACCOUNTS, Place
from tests.property.script.scene import Fields, Scene

GTC, IOC, FOK, GTD, DAY = TimeInForce
CALLS = (MarketState.PRE_OPEN, MarketState.AUCTION)
PLACE_FIELDS = codec.COMMAND_BY_NUMBER[1].names
TERM_FIELDS = tuple(name for name in codec.COMMAND_BY_NUMBER[21].names[8:] if name != "-")


# Plain ones


def place_order(scene: Scene) -> c.PlaceOrder:
    """Return a plain order, most of them such as trade."""
    random, place = scene.random, scene.some_place()
    calling = [other for other in scene.places if scene.state(other.market) in CALLS]
    if calling and random.random() < 0.5:
        place = random.choice(calling)
    if place in calling and random.random() < 0.85:
        body = collected(scene, place)
    else:
        body = taker(scene, place) if random.random() < 0.72 else maker(scene, place)
    account, market = whose(scene, body), place.market
    if random.random() < 0.15:
        account, market = unusual(scene, account, market)
    return c.PlaceOrder(account=account, market=market, **body)


def whose(scene: Scene, body: Fields) -> int:
    """Take the account out of an order, or choose one."""
    return body.pop("account", 0) or scene.some_account()


def unusual(scene: Scene, account: int, market: int) -> tuple[int, int]:
    """Return an account and a market that may not trade, if there are any."""
    return (scene.barred() or [account])[0], (scene.shut() or [market])[0]


def taker(scene: Scene, place: Place) -> Fields:
    """Return an order that crosses the book, if there is one to cross."""
    random = scene.random
    side = random.randint(0, 1)
    if scene.best(place.market, 1 - side) is None:
        side = 1 - side
    best = scene.best(place.market, 1 - side)
    if best is None:
        return maker(scene, place)
    best_ticks, best_lots = best
    through = random.choice((0, 0, 0, 1, 1, 2, 4))
    price = max(1, best_ticks + (-through if side else through))
    lots = random.choice((1, 1, 2, 2, 3, 3, 4, best_lots, best_lots + 1, random.randint(1, 25)))
    kind, force = random.choices(*_TAKERS)[0]
    body: Fields = {"side": side, "kind": kind, "time_in_force": force}
    body["self_trade"] = self_trade(scene, place)
    owner = scene.owner(place.market, 1 - side, best_ticks)
    strangers = [account for account in ACCOUNTS if account != owner]
    body["account"] = owner if random.random() < 0.12 else random.choice(strangers)
    if kind == Kind.LIMIT:
        return body | {"price_ticks": price, "lots": lots}
    if kind == Kind.MARKET:
        return body | {"lots": lots}
    cost = lots * best_ticks * scene.tick_value(place.market)
    rates = scene.core.market(place.market)
    fee = cost * (rates[8] if rates else 0) // 10**6
    return body | {"budget_units": max(1, cost + fee + random.choice((-1, 0, 1, 1, cost // 2)))}


def maker(scene: Scene, place: Place) -> Fields:
    """Return a limit order that will mostly rest."""
    random = scene.random
    side, away = random.randint(0, 1), random.randint(0, 4)
    return {
        "side": side,
        "price_ticks": max(1, place.centre_ticks + (away if side else -away)),
        "lots": random.choice((4, 6, 8, 10, 12, 14, 20, 30)),
        "flags": OrderFlag.POST_ONLY if random.random() < 0.15 else 0,
        "self_trade": self_trade(scene, place),
    }


def collected(scene: Scene, place: Place) -> Fields:
    """Return an order that a call phase takes, crossing or not."""
    random = scene.random
    return {
        "side": random.randint(0, 1),
        "price_ticks": max(1, place.centre_ticks + random.randint(-5, 5)),
        "lots": random.choice((1, 2, 4, 6, 10, 20)),
        "self_trade": self_trade(scene, place),
    }


def self_trade(scene: Scene, place: Place) -> int:
    """Return a mode; NONE seldom where the market refuses it."""
    allowed = place.definition.allow_self_trade or scene.random.random() < 0.02
    return scene.random.choice((0, 1, 2, 3, 4, 4) if allowed else (0, 1, 2, 3))


_TAKERS = (
    (
        (Kind.LIMIT, GTC),
        (Kind.LIMIT, IOC),
        (Kind.LIMIT, FOK),
        (Kind.MARKET, GTC),
        (Kind.MARKET, IOC),
        (Kind.BUDGET, GTC),
        (Kind.BUDGET, IOC),
    ),
    (40, 16, 16, 7, 7, 8, 8),
)


# Special ones


def place_special(scene: Scene) -> c.PlaceOrder:
    """Return an order with terms, seldom with one that cannot be."""
    random, place = scene.random, scene.some_place()
    body = random.choices(_SPECIALS, _SPECIAL_WEIGHTS)[0](scene, place)
    account, market = whose(scene, body), place.market
    tie(scene, body)
    if random.random() < 0.05:
        spoil(scene, body)
    if random.random() < 0.1:
        account, market = unusual(scene, account, market)
    return c.PlaceSpecial(account=account, market=market, **body)


def tie(scene: Scene, body: Fields) -> None:
    """Tie some orders to a session or an API key."""
    if scene.random.random() < 0.25:
        body["session"] = scene.random.choice((1, 2, 2**64 - 1))
    if scene.random.random() < 0.25:
        body["api_key"] = scene.random.choice((1, 2))


def spoil(scene: Scene, body: Fields) -> None:
    """Give an order something that mostly contradicts the rest of it."""
    random = scene.random
    name = random.choice((*TERM_FIELDS, "flags", "kind", "time_in_force", "price_ticks", "lots"))
    values = (0, 1, 2, 3) if name in {"kind", "trigger", "peg", "flags"} else (0, 1, 2, 200)
    body[name] = random.choice(values)


def ending(scene: Scene, place: Place) -> Fields:
    """Return an order that ends at a time."""
    body = limit(scene, place)
    own = scene.best(place.market, 1 - body["side"])
    if own and scene.random.random() < 0.5:
        body["account"] = scene.owner(place.market, 1 - body["side"], own[0])
        body["price_ticks"] = own[0]
    body["time_in_force"] = scene.random.choice((GTD, DAY))
    if body["time_in_force"] == GTD:
        ahead = scene.random.choice((1, 1_000, 10**9, 10**12, DAY_NS, 2 * DAY_NS, 0))
        body["expires_ns"] = scene.now_ns + ahead
    return body


def tied(scene: Scene, place: Place) -> Fields:
    """Return any plain order, as a special one."""
    random = scene.random
    body = taker(scene, place) if random.random() < 0.6 else maker(scene, place)
    return body | {"session": random.choice((1, 2)), "api_key": random.choice((0, 1))}


def limit(scene: Scene, place: Place) -> Fields:
    """Return a plain limit order."""
    body = taker(scene, place) if scene.random.random() < 0.4 else maker(scene, place)
    if body.get("kind", Kind.LIMIT) == Kind.LIMIT:
        return body
    return maker(scene, place)


def resting(scene: Scene, place: Place) -> Fields:
    """Return a limit order that may stay open."""
    body = limit(scene, place)
    body["time_in_force"] = GTC
    if scene.random.random() < 0.15:
        body["time_in_force"] = DAY
    elif scene.random.random() < 0.15:
        body |= {"time_in_force": GTD, "expires_ns": scene.now_ns + 10**9}
    return body


def iceberg(scene: Scene, place: Place) -> Fields:
    """Return an order that shows a part of itself."""
    body = resting(scene, place)
    body["lots"] += scene.random.choice((0, 5, 10))
    body["display_lots"] = min(body["lots"], scene.random.choice((1, 2, 3, 4, 7, 30)))
    return body


def sliding(scene: Scene, place: Place) -> Fields:
    """Return an order that steps back rather than trade."""
    body = resting(scene, place)
    body["flags"] = OrderFlag.POST_ONLY | OrderFlag.SLIDE
    if scene.random.random() < 0.2:
        body["display_lots"] = 1
    return body


def stop(scene: Scene, place: Place) -> Fields:
    """Return an order that waits for a print at its trigger."""
    random = scene.random
    side, last = random.randint(0, 1), scene.last_ticks(place)
    trigger = random.choice((Trigger.STOP, Trigger.TAKE))
    rising = (trigger == Trigger.STOP) == (side == 0)
    away = random.choice((1, 1, 1, 1, 2, 2, 3))
    if random.random() < 0.08:
        away = -random.randint(0, 2)
    body: Fields = {
        "side": side,
        "trigger": trigger,
        "trigger_ticks": max(1, last + (away if rising else -away)),
        "lots": random.choice((1, 2, 3, 5, 8, 20, 40)),
        "self_trade": self_trade(scene, place),
    }
    if random.random() < 0.4:
        body |= {"kind": Kind.MARKET, "time_in_force": random.choice((GTC, GTC, IOC, DAY, GTD))}
        if body["time_in_force"] == GTD:
            body["expires_ns"] = scene.now_ns + random.choice((10**9, 10**12))
        return body
    body["price_ticks"] = max(1, body["trigger_ticks"] + random.randint(-3, 3))
    body["time_in_force"] = random.choices((GTC, IOC, FOK, GTD, DAY), (5, 2, 2, 2, 2))[0]
    if body["time_in_force"] == GTD:
        body["expires_ns"] = scene.now_ns + random.choice((10**9, 10**12))
    if body["time_in_force"] not in {IOC, FOK}:
        body["flags"] = OrderFlag.POST_ONLY if random.random() < 0.25 else 0
        if random.random() < 0.2:
            body["display_lots"] = min(2, body["lots"])
    return body


def trailing(scene: Scene, place: Place) -> Fields:
    """Return an order that follows the market at a distance."""
    random = scene.random
    side, last = random.randint(0, 1), scene.last_ticks(place)
    force = random.choice((GTC, GTC, IOC, FOK, DAY))
    return {
        "side": side,
        "trigger": Trigger.TRAIL,
        "trail_ppm": random.choice((1, 1, 1_000, 10_000, 100_000, 400_000)),
        "trigger_ticks": random.choice((0, 0, 0, last, max(1, last + random.randint(-2, 2)))),
        "price_ticks": max(1, last + random.randint(-3, 3)),
        "lots": random.choice((1, 2, 3, 5, 8, 20)),
        "time_in_force": force,
        "flags": OrderFlag.POST_ONLY if force in {GTC, DAY} and random.random() < 0.3 else 0,
        "self_trade": self_trade(scene, place),
    }


def pegged(scene: Scene, place: Place) -> Fields:
    """Return an order whose price follows the book."""
    random = scene.random
    side, last = random.randint(0, 1), scene.last_ticks(place)
    cap = max(1, last + random.choice((0, 2, 5, 20)) * (-1 if side else 1))
    return {
        "side": side,
        "peg": random.choice((Peg.BID, Peg.ASK, Peg.MID)),
        "peg_offset_ticks": random.choice((0, 0, 0, -1, 1, -3, 3, 2**32)),
        "price_ticks": 0 if side and random.random() < 0.5 else cap,
        "lots": random.choice((1, 2, 3, 5, 8)),
        "time_in_force": random.choice((GTC, GTC, GTC, DAY)),
        "self_trade": self_trade(scene, place),
    }


def sliced(scene: Scene, place: Place) -> Fields:
    """Return an order that runs in parts."""
    random = scene.random
    side, last = random.randint(0, 1), scene.last_ticks(place)
    return {
        "side": side,
        "price_ticks": max(1, last + random.choice((-1, 0, 1, 3, 6)) * (-1 if side else 1)),
        "lots": random.choice((1, 3, 5, 8, 20)),
        "slices": random.choice((1, 2, 3, 5, 1_000) + (1_001,) * (random.random() < 0.3)),
        "interval_ns": random.choice((1, 1_000, 10**9, 10**9, 10**12)),
        "self_trade": self_trade(scene, place),
    }


_SPECIALS = (ending, tied, iceberg, sliding, stop, trailing, pegged, sliced)
_SPECIAL_WEIGHTS = (20, 8, 14, 9, 44, 20, 14, 12)


# Lists


def place_list(scene: Scene) -> c.PlaceList:
    """Return a list of any kind, seldom of members that do not belong together."""
    random, place = scene.random, scene.some_place()
    kind = random.choice(tuple(ListKind))
    members = random.choice({
        ListKind.OCO: (pair,),
        ListKind.OTO: (parent_and_child,),
        ListKind.OTOCO: (parent_and_pair,),
    }[kind])(scene, place)  # fmt: skip
    account = members[0].pop("account", 0) or scene.some_account()
    for body in members:
        body.pop("account", 0)
        tie(scene, body)
    if random.random() < 0.06:
        spoil(scene, random.choice(members))
    if random.random() < 0.03:
        members = members[: random.randint(0, 2)]
    if random.random() < 0.02:
        kind = random.choice((0, 1, 2, 3, 4))
    return c.PlaceList(
        account=account,
        market=place.market,
        list_kind=kind,
        members=tuple(c.Member(**body) for body in members),
    )


def pair(scene: Scene, place: Place) -> list[Fields]:
    """Return two orders of one side and size, one of which cancels the other."""
    random, first, second = scene.random, resting(scene, place), stop(scene, place)
    if random.random() < 0.25:
        first = stop(scene, place)
    first["display_lots"] = 0
    second |= {"side": first["side"], "lots": first["lots"]}
    side, last = first["side"], scene.last_ticks(place)
    for body in (first, second):
        if body.get("trigger"):
            rising = (body["trigger"] == Trigger.STOP) == (side == 0)
            away = random.choice((1, 1, 2, 3))
            body["trigger_ticks"] = max(1, last + (away if rising else -away))
        if body.get("display_lots"):
            body["display_lots"] = min(body["display_lots"], body["lots"])
    return [first, second] if random.random() < 0.7 else [second, first]


def parent_and_child(scene: Scene, place: Place) -> list[Fields]:
    """Return an order, and one that is placed when it is filled."""
    return [_parent(scene, place), child(scene, place)]


def parent_and_pair(scene: Scene, place: Place) -> list[Fields]:
    """Return an order, and two that are placed as a pair when it is filled."""
    return [_parent(scene, place), *pair(scene, place)]


def _parent(scene: Scene, place: Place) -> Fields:
    random = scene.random
    body = taker(scene, place) if random.random() < 0.65 else maker(scene, place)
    if body.get("kind", Kind.LIMIT) != Kind.LIMIT:
        body = maker(scene, place)
    if random.random() < 0.1:
        body |= {"display_lots": 1, "time_in_force": GTC}
    if random.random() < 0.3:
        body |= {"time_in_force": GTD, "expires_ns": scene.now_ns + random.choice((1, 10**9))}
    return body


def child(scene: Scene, place: Place) -> Fields:
    """Return what may be the child of a list."""
    write = scene.random.choice((stop, stop, trailing, iceberg, maker, taker, ending))
    body = write(scene, place)
    if body.get("kind", Kind.LIMIT) == Kind.BUDGET:
        return maker(scene, place)
    return body
