"""Records: versioned little-endian bytes for every command and event.

The same bytes are the journal's payload, the core's input and output, and the replay format.
A record is a header of 32 bytes, a fixed body, an optional key, and zeros up to a multiple of 8;
`layouts` has every field of every one.
"""

import struct
from collections.abc import Iterator
from hashlib import blake2b
from struct import Struct, calcsize
from typing import Any

from outcry.codec.layouts import (
    COMMAND_BY_NUMBER,
    COMMAND_FLAGS,
    EVENT_BY_NUMBER,
    EVENT_HEADER,
    EVENTS,
    FLAG_INTERNAL,
    FLAG_STAFF,
    HEADER,
    KEY_LENGTH_MAX,
    KEY_MASK,
    LENGTH,
    LENGTH_AND_TYPE,
    NUMBER_OF,
    STAMP,
    STAMP_OFFSET,
    VERSION,
    BadRecord,
    Layout,
    ascii_text,
    split_format,
)
from outcry.domain import commands as c
from outcry.domain import events as e

_ACCEPTED = NUMBER_OF[e.OrderAccepted]
_ACCEPTED_END = EVENT_BY_NUMBER[_ACCEPTED].body_end


def key_hash(account: int, key: str) -> bytes:
    """Return the 16 bytes under which the core keeps an idempotency key of an account."""
    return blake2b(account.to_bytes(4, "little") + key.encode("latin-1"), digest_size=16).digest()


def payload_digest(record: bytes | memoryview) -> bytes:
    """Return the 16 bytes that say whether two commands have the same content.

    Sequence and time are left out; everything else, defaults included, counts.
    """
    return blake2b(bytes(record[:8]) + bytes(record[24:]), digest_size=16).digest()


def padded(length: int) -> int:
    """Return `length` rounded up to a multiple of 8."""
    return (length + 7) & ~7


def encode_command(command: c.Command) -> bytes:
    """Return the record of a command.

    Raises:
        BadRecord: the key is longer than 64 characters or not ASCII, or a field does not fit.
    """
    layout = COMMAND_BY_NUMBER[NUMBER_OF[type(command)]]
    if len(command.key) > KEY_LENGTH_MAX or not command.key.isascii():
        raise BadRecord("a key has at most 64 ASCII characters")
    flags = len(command.key) | command.internal * FLAG_INTERNAL | command.staff * FLAG_STAFF
    header = (command.sequence, command.time_ns, command.account, command.market)
    values = [0 if name == "-" else getattr(command, name) for name in layout.names]
    return _pack(layout, flags, header, values, command.key)


def encode_event(event: e.Event) -> bytes:
    """Return the record of an event."""
    layout = EVENT_BY_NUMBER[NUMBER_OF[type(event)]]
    key = event.key if isinstance(event, e.OrderAccepted) else ""
    header = (event.sequence, event.time_ns, event.account, event.market)
    values = [0 if name == "-" else getattr(event, name) for name in layout.names]
    return _pack(layout, event.event_index, header, values, key)


def _pack(layout: Layout, word: int, header: tuple[int, ...], values: list[Any], key: str) -> bytes:
    for i, size in layout.texts:
        if len(values[i]) > size or not values[i].isascii():
            raise BadRecord(f"{layout.names[i]} has at most {size} ASCII characters")
        values[i] = values[i].encode("ascii")
    length = padded(layout.body_end + len(key))
    try:
        for i, table in layout.tables:
            values[i] = table.write(values[i])
        fixed = layout.whole.pack(length, layout.number, VERSION, word, *header, *values)
    except struct.error as error:
        raise BadRecord(f"{layout.cls.__name__}: {error}") from None
    return (fixed + key.encode("latin-1")).ljust(length, b"\0")


def place_order(  # noqa: PLR0913, PLR0917 - one argument a field, on the busiest path
    account: int,
    market: int,
    key: str,
    side: int,
    kind: int,
    time_in_force: int,
    self_trade: int,
    flags: int,
    price_ticks: int,
    lots: int,
    budget_units: int,
) -> bytes:
    """Return the record of a `PlaceOrder`, unstamped: `encode_command` for the busiest path."""
    name = key.encode()
    length = (_PLACE.size + len(name) + 7) & ~7
    fixed = _PLACE.pack(
        length, 1, VERSION, len(name), 0, 0, account, market,
        side, kind, time_in_force, self_trade, flags, price_ticks, lots, budget_units,
    )  # fmt: skip
    return (fixed + name).ljust(length, b"\0") if name else fixed


_PLACE = COMMAND_BY_NUMBER[1].whole


def decode_command(record: bytes | memoryview) -> c.Command:
    """Return the command that one whole record holds.

    Raises:
        BadRecord: unknown type or version, wrong length, or flags that do not exist.
    """
    layout, header = _open(COMMAND_BY_NUMBER, record)
    flags = header[3]
    if flags & ~COMMAND_FLAGS:
        raise BadRecord("flags that do not exist")
    named = dict(zip(layout.names, layout.body(record), strict=True))
    named.pop("-", None)
    command: c.Command = layout.cls(
        sequence=header[4],
        time_ns=header[5],
        account=header[6],
        market=header[7],
        internal=bool(flags & FLAG_INTERNAL),
        staff=bool(flags & FLAG_STAFF),
        key=ascii_text(_key(layout, record, flags & KEY_MASK)),
        **named,
    )
    return command


def decode_event(record: bytes | memoryview) -> e.Event:
    """Return the event that one whole record holds.

    Raises:
        BadRecord: unknown type or version, or wrong length.
    """
    layout, _ = _open(EVENT_BY_NUMBER, record)
    named = dict(zip(layout.names, layout.body(record), strict=True))
    _key(layout, record, named.get("key_length", 0))
    return decode_events(bytes(record))[0]


def _open(table: dict[int, Layout], record: bytes | memoryview) -> tuple[Layout, tuple[int, ...]]:
    if len(record) < HEADER.size:
        raise BadRecord("shorter than a header")
    header = HEADER.unpack_from(record)
    layout = table.get(header[1])
    if layout is None or header[2] != VERSION:
        raise BadRecord(f"type {header[1]} version {header[2]} is not known")
    if header[0] != len(record) or len(record) < layout.body_end:
        raise BadRecord("wrong length")
    return layout, header


def _key(layout: Layout, record: bytes | memoryview, key_length: int) -> bytes:
    if key_length > KEY_LENGTH_MAX or padded(layout.body_end + key_length) != len(record):
        raise BadRecord("wrong length")
    return bytes(record[layout.body_end : layout.body_end + key_length])


def letters(layout: Layout) -> list[str]:
    """Return the `struct` format of each of the body's fields."""
    return split_format(layout.body_format)


def _reader(layout: Layout) -> tuple[Any, Any, bool]:
    kept = [
        f"{calcsize('<' + letter)}x" if name == "-" else letter
        for letter, name in zip(letters(layout), layout.names, strict=True)
    ]
    return layout.cls, Struct(EVENT_HEADER + "".join(kept)).unpack_from, bool(layout.texts)


_READERS = {layout.number: _reader(layout) for layout in EVENTS}
_new: Any = tuple.__new__


def decode_events(records: bytes | memoryview) -> list[e.Event]:
    """Return the events that a core's output holds, in order.

    The input is trusted: it is what a core of this process has just written.
    """
    events: list[e.Event] = []
    offset, end, prefix = 0, len(records), LENGTH_AND_TYPE.unpack_from
    while offset < end:
        length, number = prefix(records, offset)
        cls, unpack_from, has_text = _READERS[number]
        values = unpack_from(records, offset)
        if number == _ACCEPTED:
            start = offset + _ACCEPTED_END
            # A core does not look at the bytes of a key; every byte is a character of Latin-1.
            values += (str(records[start : start + values[16]], "latin-1"),)
        elif has_text:
            values = tuple(
                value.rstrip(b"\0").decode("ascii") if isinstance(value, bytes) else value
                for value in values
            )
        events.append(_new(cls, values))
        offset += length
    return events


Outcomes = list[list[e.Event]]
"""Per command, in order, the events it caused."""


def decode_outcomes(
    records: bytes | memoryview, first_sequence: int, last_sequence: int
) -> tuple[list[e.Event], Outcomes]:
    """Return a core's output as one list of events, and the same per command of a batch.

    A command that caused nothing has an empty list. The input is trusted.
    """
    events = decode_events(records)
    outcomes: Outcomes = []
    current: list[e.Event] = []
    sequence = first_sequence - 1
    for event in events:
        while event.sequence > sequence:
            current = []
            outcomes.append(current)
            sequence += 1
        current.append(event)
    outcomes.extend([] for _ in range(sequence, last_sequence))
    return events, outcomes


def check_records(records: bytes, count: int) -> None:
    """Check that `records` are exactly `count` whole records from outside the engine.

    What is in the log must be applicable for ever, so this comes before the append: a wrong length
    or an internal record there would stop every later recovery.

    Raises:
        BadRecord: they are not.
    """
    offset, end = 0, len(records)
    while offset < end and count:
        if end - offset < HEADER.size:
            raise BadRecord("shorter than a header")
        length, flags = _LENGTH_AND_FLAGS(records, offset)
        if length < HEADER.size or length % 8 or flags & FLAG_INTERNAL:
            raise BadRecord("wrong length, or marked internal")
        offset += length
        count -= 1
    if offset != end or count:
        raise BadRecord("not the number of records that was said")


_LENGTH_AND_FLAGS = Struct("<HxxI").unpack_from


def split(records: bytes | memoryview) -> Iterator[memoryview]:
    """Yield each record of a concatenation.

    Raises:
        BadRecord: a length runs past the end or stands still.
    """
    view = memoryview(records)
    offset = 0
    while offset < len(view):
        if len(view) - offset < HEADER.size:
            raise BadRecord("shorter than a header")
        (length,) = LENGTH.unpack_from(view, offset)
        if length < HEADER.size or length % 8 or offset + length > len(view):
            raise BadRecord("wrong length")
        yield view[offset : offset + length]
        offset += length


def stamp(records: bytearray, first_sequence: int, time_ns: int) -> int:
    """Write sequence and time into each record, in place. Return how many there are."""
    offset, end, sequence = 0, len(records), first_sequence
    pack, length_of = STAMP.pack_into, LENGTH.unpack_from
    while offset < end:
        pack(records, offset + STAMP_OFFSET, sequence, time_ns)
        offset += length_of(records, offset)[0]
        sequence += 1
    return sequence - first_sequence
