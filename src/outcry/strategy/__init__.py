"""What a trader decides, and nothing of how it gets to a venue: the class that strategies subclass.

In: what happens in one market, typed, in whole ticks, lots and units, and the time it is told.
Out: orders, cancels and replacements, handed to whatever runs the strategy.
Never: a clock, chance, a network, money as a float; a difference between live and backtest.
"""

from outcry.strategy.position import Position
from outcry.strategy.strategy import Strategy
from outcry.strategy.terms import Terms
from outcry.strategy.words import (
    Action,
    Book,
    Cancel,
    CancelAll,
    Desk,
    Event,
    Fill,
    OrderUpdate,
    OwnOrder,
    Place,
    Replace,
    Side,
    Timer,
    Trade,
)

__all__ = [
    "Action",
    "Book",
    "Cancel",
    "CancelAll",
    "Desk",
    "Event",
    "Fill",
    "OrderUpdate",
    "OwnOrder",
    "Place",
    "Position",
    "Replace",
    "Side",
    "Strategy",
    "Terms",
    "Timer",
    "Trade",
]
