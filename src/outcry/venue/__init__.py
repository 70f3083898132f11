"""The venue in process: the engine itself, spoken to in plain words, for tests and research.

In: commands as dicts of ints and strings, or as method calls with decimal text.
Out: events as dicts, views, tables; the fills are those of a running venue, from the same engine.
Never: a network, a disk, a clock of its own; money as a float.
"""

from outcry.venue.errors import BadAmount, BadCommand, CommandRefused, OutOfHistory, VenueError
from outcry.venue.venue import Venue
from outcry.venue.views import Answer, Balance, Book, Fill, Order, Terms
from outcry.venue.words.speak import command_words, event_of, event_words

__all__ = [
    "Answer",
    "BadAmount",
    "BadCommand",
    "Balance",
    "Book",
    "CommandRefused",
    "Fill",
    "Order",
    "OutOfHistory",
    "Terms",
    "Venue",
    "VenueError",
    "command_words",
    "event_of",
    "event_words",
]
