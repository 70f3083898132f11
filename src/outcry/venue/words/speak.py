"""From commands and events to words, in one stable form, and from events' words back."""

from typing import Any

from outcry.domain import commands as c
from outcry.domain.events import Event
from outcry.venue.words.fields import EVENT_CLASSES, EVENT_FIELDS, SPOKEN_FIELDS, Field, Is

Words = dict[str, Any]
"""A command or an event: a dict of ints, strings and booleans, rows of it being dicts again."""

_RENAMED = {"event_index": "index"}
_FIRST = ("sequence", "event_index", "time_ns", "account", "market")
_LEFT_OUT = {"key_length"}


def spoken_names(event: str) -> list[str]:
    """Return the field names of an event's dict, in order, `flags` as they are in the record."""
    fields = [name for name in EVENT_FIELDS[event] if name not in (*_FIRST, *_LEFT_OUT)]
    return [_RENAMED.get(name, name) for name in (*_FIRST, *fields)]


def event_words(event: Event) -> Words:
    """Return an event as a dict, in one stable form.

    >>> from outcry.domain.events import StateChanged
    >>> event_words(StateChanged(0, 9, 5, 0, 1, state=3, previous=0))
    ... # doctest: +NORMALIZE_WHITESPACE
    {'event': 'StateChanged', 'sequence': 9, 'index': 0, 'time_ns': 5, 'account': 0, 'market': 1,
     'state': 'trading', 'previous': 'closed'}
    """
    name = type(event).__name__
    index, sequence, time_ns, account, market = event[:5]
    words: Words = {
        "event": name,
        "sequence": sequence,
        "index": index,
        "time_ns": time_ns,
        "account": account,
        "market": market,
    }
    names, special = _BODIES[name]
    words.update(zip(names, event[5:], strict=True))
    for field in special:
        _say(field, words.pop(field.name) if field.is_a == Is.FLAGS else words[field.name], words)
    words.pop("key_length", None)
    return words


def _body(fields: dict[str, Field]) -> tuple[list[str], list[Field]]:
    """Return the names behind the header, and the fields that are not said as they are."""
    body = list(fields.values())[5:]
    as_they_are = {Is.NUMBER, Is.TEXT, Is.SYMBOL}
    return [field.name for field in body], [f for f in body if f.is_a not in as_they_are]


_BODIES = {name: _body(fields) for name, fields in EVENT_FIELDS.items()}


def _say(field: Field, value: Any, words: Words) -> None:  # noqa: ANN401
    """Put what a value says into `words`."""
    if field.is_a == Is.ENUMERATION:
        words[field.name] = field.numbers.get(value, value)
    elif field.is_a == Is.ROWS:
        words[field.name] = [_row_words(field, row) for row in value]
    elif field.is_a == Is.BOOLEAN and value in {0, 1}:
        words[field.name] = bool(value)
    elif field.is_a == Is.FLAGS:
        for name, bit in field.words.items():
            words[name] = bool(value & bit)
            value &= ~bit
        if value:
            words["flags"] = int(value)
    else:
        words[field.name] = value


def _row_words(field: Field, row: Any) -> Words:  # noqa: ANN401
    """Return a row of a command as a dict of its own."""
    values = row if isinstance(row, tuple) else [getattr(row, name) for name in field.row]
    words: Words = {}
    for part, value in zip(field.row.values(), values, strict=True):
        _say(part, value, words)
    return words


def number_of(field: Field, words: Words) -> Any:  # noqa: ANN401
    """Return what the record holds for a field of a dict in the stable form."""
    if field.is_a == Is.FLAGS:
        named = sum(bit for name, bit in field.words.items() if words.get(name))
        return named | int(words.get("flags", 0))
    value = words[_RENAMED.get(field.name, field.name)]
    if field.is_a == Is.ENUMERATION:
        return field.words.get(value, value)
    return int(value) if isinstance(value, bool) else value


def event_of(words: Words) -> Event:
    """Return the event that a dict in the stable form says: the inverse of `event_words`.

    >>> from outcry.domain.events import StateChanged
    >>> changed = StateChanged(0, 9, 5, 0, 1, state=3, previous=0)
    >>> event_of(event_words(changed)) == changed
    True
    """
    name = words["event"]
    given = dict(words, key_length=len(words["key"])) if "key" in words else words
    values = {field.name: number_of(field, given) for field in EVENT_FIELDS[name].values()}
    event: Event = EVENT_CLASSES[name](**values)
    return event


def command_words(command: c.Command) -> Words:
    """Return a command as a dict that `Venue.apply` takes, every field named.

    The sequence is left out, for whoever applies it gives it another. A target is the hash of a
    key and is given as those 16 bytes.

    >>> command_words(c.Tick(time_ns=5))
    {'command': 'Tick', 'account': 0, 'market': 0, 'key': '', 'staff': False, 'time_ns': 5}
    """
    name = type(command).__name__
    words: Words = {"command": name}
    for field in SPOKEN_FIELDS[name].values():
        _say(field, getattr(command, field.name), words)
    return words
