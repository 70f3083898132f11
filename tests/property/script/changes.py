"""Changes of open orders, waiting ones too: cancel, reduce, replace, and the same command again."""

from dataclasses import replace
from typing import Any

from outcry.domain import commands as c
from outcry.domain.order import OrderFlag
from outcry.domain.units import DAY_NS
from outcry.engine.core import OrderTuple
from tests.property.opening import ACCOUNTS
from tests.property.script.orders import PLACE_FIELDS, place_order
from tests.property.script.scene import Scene

Named = tuple[dict[str, Any], OrderTuple | None]


def named(scene: Scene) -> Named:
    """Return what names an open order, and that order; seldom of a wrong one."""
    random, orders = scene.random, scene.orders()
    names: dict[str, Any] = {"account": scene.some_account(), "order_id": 0}
    if not orders or random.random() < 0.04:
        names["order_id"] = random.choice((0, 1, scene.last_order_id + 1, 2**64 - 1))
        return names, None
    order = random.choice(_interesting(scene, orders))
    names["order_id"] = order[0]
    if random.random() > 0.04:
        names["account"] = order[1]
    if random.random() < 0.5:
        names["market"] = order[2] if random.random() < 0.9 else 3
    if random.random() < 0.3 and order[0] in scene.keys:
        names |= {"order_id": 0, "target": scene.keys[order[0]]}
    return names, order


def _interesting(scene: Scene, orders: list[OrderTuple]) -> list[OrderTuple]:
    """Return all orders, or only those with terms, or of lists."""
    pick = scene.random.random()
    if pick < 0.35:
        return orders
    if pick < 0.55:
        members = {order_id for _, family in scene.families for order_id in family}
        return [order for order in orders if order[0] in members] or orders
    return [order for order in orders if scene.core.terms(order[0])] or orders


def replace_order(scene: Scene) -> c.Command:
    """Return another price and size for an order."""
    random = scene.random
    names, order = named(scene)
    if order is None:
        return c.ReplaceOrder(**names, price_ticks=5, lots=5)
    price = order[4] + random.choice((0, 0, 0, 1, -1, 2, -2, 5, -5))
    lots = order[5] if random.random() < 0.5 else order[6]
    if random.random() < 0.35:
        best = scene.best(order[2], 1 - order[3])
        price = best[0] if best else price
    terms = scene.core.terms(order[0])
    if terms and terms[12] and random.random() < 0.9:  # a stop-market has no price of its own
        price = 0
    if terms and terms[10] and random.random() < 0.5:
        price = terms[14]
    lots += random.choice((0, 0, -1, -2, 1, 3, -lots, 20))
    return c.ReplaceOrder(**names, price_ticks=price, lots=lots)


def cancel_replace(scene: Scene) -> c.Command:
    """Return a new order in place of an old one."""
    new = place_order(scene)
    names, _ = named(scene)
    body = {name: getattr(new, name) for name in PLACE_FIELDS}
    names["market"] = new.market
    return c.CancelReplace(**names, mode=scene.random.choice((1, 1, 2, 2, 2, 3)), **body)


def cancel_order(scene: Scene) -> c.Command:
    """Return the cancel of an order."""
    return c.CancelOrder(**named(scene)[0])


def reduce_order(scene: Scene) -> c.Command:
    """Return a reduction of an order, at times of all that is open."""
    names, order = named(scene)
    lots = order[6] if order else 5
    return c.ReduceOrder(
        **names, lots=scene.random.choice((0, 1, 1, 1, 1, 2, 2, 3, lots, lots + 1))
    )


def cancel_all(scene: Scene) -> c.Command:
    """Return the cancel of everything an account has somewhere."""
    market = scene.random.choice((0, 1, 2, 3, 9))
    side = scene.random.choice((0, 1, 2, 2, 3))
    return c.CancelAll(account=scene.random.choice(ACCOUNTS), market=market, side=side)


def again(scene: Scene) -> c.Command:
    """Send a keyed command again, the same or with other content, young or at its end."""
    random = scene.random
    if not scene.keyed:
        return c.Tick(key="first")
    command, sent_ns = random.choice(scene.keyed)
    if random.random() < 0.15:
        scene.time_ns = max(scene.time_ns, sent_ns + DAY_NS + random.randint(-1, 1))
    if random.random() < 0.4:
        command = replace(command, market=command.market + 1)
    return command


def waits(order: OrderTuple) -> bool:
    """Return whether an order is open outside the book."""
    return bool(order[10] & OrderFlag.WAITING)
