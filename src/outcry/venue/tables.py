"""Events in bulk: numpy structured arrays, and Arrow tables where pyarrow is installed.

Both are imported when they are asked for. Enumerations stay numbers here; `words` names them.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from outcry import codec
from outcry.domain.events import Event
from outcry.venue.errors import BadCommand, VenueError, suggest
from outcry.venue.words.fields import EVENT_CLASSES, EVENT_FIELDS, Field, Is
from outcry.venue.words.speak import spoken_names

if TYPE_CHECKING:
    import numpy as np

HINT = "pip install 'outcry[research]'"


def columns_of(event: str) -> list[tuple[str, str]]:
    """Return (column, numpy type) of the table of an event, in the order of its dict.

    Raises:
        BadCommand: there is no such event.
    """
    if event not in EVENT_FIELDS:
        raise BadCommand(f"{event!r} is no event; {suggest(event, EVENT_FIELDS)}")
    fields = EVENT_FIELDS[event]
    return [
        (name, _type(fields["event_index" if name == "index" else name]))
        for name in spoken_names(event)
    ]


def _type(field: Field) -> str:
    if field.is_a == Is.TEXT:
        return f"U{field.high}"
    if field.low < 0 or field.name == "time_ns":
        return "i8"
    return {8: "u1", 16: "u2", 32: "u4", 64: "u8"}[int(field.high).bit_length()]


def rows_of(event: str, blobs: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
    """Yield the events of one kind as tuples in the order of `columns_of`."""
    cls: Any = EVENT_CLASSES[event]
    names = ["event_index" if name == "index" else name for name, _ in columns_of(event)]
    places = [cls._fields.index(name) for name in names]
    found: Event
    for blob in blobs:
        for found in codec.decode_events(blob):
            if type(found) is cls:
                yield tuple(found[place] for place in places)


def array_of(event: str, blobs: Iterable[bytes]) -> "np.ndarray[Any, np.dtype[np.void]]":
    """Return the events of one kind as a structured array.

    Raises:
        VenueError: numpy is not installed.
    """
    try:
        import numpy as np
    except ImportError:
        raise VenueError(f"numpy is not installed; {HINT}") from None
    columns = columns_of(event)
    return np.array(list(rows_of(event, blobs)), dtype=columns)


def arrow_of(event: str, blobs: Iterable[bytes]) -> Any:  # noqa: ANN401  # it may not be there
    """Return the events of one kind as a `pyarrow.Table`.

    Raises:
        VenueError: pyarrow is not installed.
    """
    try:
        pyarrow = import_module("pyarrow")
    except ImportError:
        raise VenueError("pyarrow is not installed; pip install pyarrow") from None
    array = array_of(event, blobs)
    return pyarrow.table({name: array[name].copy() for name in array.dtype.names or ()})
