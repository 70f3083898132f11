"""Changing the size of orders in their place, and of the partner that a linked order takes along.

Both of a pair have the same open lots and one hold; the one that a command names tells its change.
"""

from typing import TYPE_CHECKING

from outcry.engine.core.reference.orders import booked, hold
from outcry.engine.core.reference.state import WAITING, Order

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core


def shrink(core: "Core", order: Order, lots: int) -> None:
    """Take fewer lots than are open off an order and its partner; both keep their places."""
    before = order.hold_units
    _shrink_alone(core, order, lots, -lots * order.hold_per_lot)
    hold(order, order.hold_units - before)
    if order.partner and lots:
        _shrink_alone(core, order.partner, lots, 0)


def _shrink_alone(core: "Core", order: Order, lots: int, change_units: int) -> None:
    """Take lots off one order in its place, and tell it with the change of its hold."""
    order.lots -= lots
    order.open_lots -= lots
    level = _trim(order, lots)
    core.emit_replaced(order, 1, change_units, order.price_ticks, level)


def _trim(order: Order, lots: int) -> tuple[int, int]:
    """Take lots off an order's level; return the level's lots and id as told, zeros outside it."""
    if order.flags & WAITING:
        return 0, 0
    market = order.market
    side = market.sides[order.side]
    before = side.levels[order.price_ticks].lots
    level = side.trim(order, lots)
    market.update_id += 1 if level.lots != before else 0
    return level.lots, market.update_id


def follow(core: "Core", partner: Order, more: int) -> None:
    """Change an order's lots as its partner's were: with more of them it loses its place."""
    if more < 0:
        _shrink_alone(core, partner, -more, 0)
    if more <= 0:
        return
    level, waits = (0, 0), partner.flags & WAITING
    if not waits:
        level_lots = core.leave(partner)
        level = level_lots, partner.market.update_id
    partner.lots += more
    partner.open_lots += more
    core.emit_replaced(partner, 0, 0, partner.price_ticks, level)
    if not waits:
        booked(core, partner, core.join(partner))
