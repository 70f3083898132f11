"""Records: versioned little-endian bytes for every command and event.

The same bytes are the journal's payload, the core's input and output, and the replay format.
A record is a header of 32 bytes, a fixed body, an optional key, and zeros up to a multiple of 8:

    offset  command       event
    0   u16 length        length      bytes of the whole record, padding included
    2   u8  type          type
    3   u8  version       version
    4   u32 flags         index       bits 0-7 of flags: length of the key
    8   u64 sequence      sequence
    16  i64 time_ns       time_ns
    24  u32 account       account
    28  u32 market        market

Fields are naturally aligned, so a C struct overlays a record. The tables below are the layout;
golden files in the tests hold it still.
"""

import re
import struct
from collections.abc import Iterator
from hashlib import blake2b
from struct import Struct, calcsize
from typing import Any

from outcry.domain import commands as c
from outcry.domain import events as e

VERSION = 1
HEADER = Struct("<HBBIQqII")
EVENT_HEADER = "<4xIQqII"
STAMP = Struct("<Qq")
STAMP_OFFSET = 8
LENGTH = Struct("<H")
LENGTH_AND_TYPE = Struct("<HB")
KEY_MASK = 0xFF
FLAG_INTERNAL = 1 << 8
FLAG_STAFF = 1 << 9
COMMAND_FLAGS = KEY_MASK | FLAG_INTERNAL | FLAG_STAFF
KEY_LENGTH_MAX = 64


class BadRecord(ValueError):
    """Bytes that are not a record of this format."""


class Layout:
    """One record type: its number, its class, its body, and the names of the body's fields.

    A name of `-` is padding that every writer leaves 0.
    """

    __slots__ = ("body_end", "body_format", "cls", "names", "number", "text_size", "texts", "whole")

    def __init__(self, number: int, cls: type, body: str, names: str) -> None:
        self.number = number
        self.cls = cls
        self.body_format = body
        self.whole = Struct(HEADER.format + body)
        self.names = tuple(names.split())
        self.texts = tuple(i for i, name in enumerate(self.names) if name == "symbol")
        self.text_size = int(body.partition("s")[0][-2:]) if self.texts else 0
        self.body_end = self.whole.size
        assert self.body_end % 8 == 0, f"{cls.__name__} is not padded to 8"

    def body(self, record: bytes | memoryview) -> list[Any]:
        """Return the body's fields of a record, texts decoded."""
        values: list[Any] = list(self.whole.unpack_from(record)[8:])
        for i in self.texts:
            values[i] = _ascii(values[i].rstrip(b"\0"))
        return values


def _ascii(text: bytes) -> str:
    try:
        return text.decode("ascii")
    except UnicodeDecodeError:
        raise BadRecord("text that is not ASCII") from None


_TERMS = (
    "display_lots expires_ns trigger_ticks trail_ppm peg_offset_ticks interval_ns session slices"
    " trigger peg"
)
_TERMS_BODY, _EVENT_TERMS_BODY = "qqqqqqQIBBH", "qqqqqqQIBBBB"


def _commands() -> tuple[Layout, ...]:
    place = "side kind time_in_force self_trade flags price_ticks lots budget_units"
    rows: tuple[tuple[int, type, str, str], ...] = (
        (1, c.PlaceOrder, "BBBBIqqq", place),
        (2, c.CancelOrder, "Q16s", "order_id target"),
        (3, c.ReduceOrder, "Q16sq", "order_id target lots"),
        (4, c.ReplaceOrder, "Q16sqq", "order_id target price_ticks lots"),
        (5, c.CancelReplace, "Q16sQBBBBIqqq", "order_id target mode " + place),
        (6, c.CancelAll, "Q", "side"),
        (7, c.OpenAccount, "", ""),
        (8, c.Deposit, "Qq", "asset amount_units"),
        (9, c.Withdraw, "Qq", "asset amount_units"),
        (10, c.FinishWithdrawal, "QQ", "withdrawal_id failed"),
        (11, c.Transfer, "IIq", "to_account asset amount_units"),
        (12, c.Adjust, "Qq", "asset amount_units"),
        (13, c.SetAsset, "II16sQ", "asset unit_decimals symbol chain_decimals"),
        (
            14,
            c.SetMarket,
            "32sIIqIBBHqqqqqqqqq",
            "symbol base quote tick_mantissa tick_decimals fee_asset allow_self_trade -"
            " lot_units min_lots max_lots market_max_lots min_notional_units max_notional_units"
            " limit_order_notional_units limit_open_orders limit_daily_notional_units",
        ),
        (15, c.SetFees, "qqq", "maker_ppm taker_ppm auction_ppm"),
        (
            16,
            c.SetLimits,
            "qqqq",
            "order_notional_units open_orders daily_notional_units open_orders_total",
        ),
        (17, c.SetState, "Q", "state"),
        (18, c.SetMode, "Q", "mode"),
        (19, c.SetAccountStatus, "Q", "status"),
        (20, c.Tick, "", ""),
        (21, c.PlaceSpecial, "BBBBIqqq" + _TERMS_BODY, f"{place} {_TERMS} -"),
        (32, c.ExpireOrder, "Q", "order_id"),
    )
    return tuple(Layout(*row) for row in rows)


def _events() -> tuple[Layout, ...]:
    level = "level_lots update_id"
    rows: tuple[tuple[int, type, str, str], ...] = (
        (
            1,
            e.OrderAccepted,
            "QBBBBIqqqqIIqQ",
            "order_id side kind time_in_force self_trade flags price_ticks lots budget_units"
            f" hold_units cap_ppm key_length {level}",
        ),
        (2, e.OrderBooked, "QQqqqQ", f"order_id side price_ticks open_lots {level}"),
        (
            3,
            e.OrderReplaced,
            "QIIqqqqqqQ",
            "order_id side kept_priority price_ticks lots open_lots hold_units old_price_ticks"
            f" {level}",
        ),
        (
            4,
            e.OrderDone,
            "QHBBIqqqqqqQ",
            "order_id reason side booked - open_lots filled_lots prevented_lots"
            f" release_units price_ticks {level}",
        ),
        (
            5,
            e.Trade,
            "QQQIHHqqqqqqqqqqQ",
            "trade_id taker_order_id maker_order_id maker_account taker_side flags price_ticks"
            " lots notional_units taker_fee_units maker_fee_units taker_release_units"
            f" maker_release_units taker_open_lots maker_open_lots {level}",
        ),
        (
            6,
            e.MatchPrevented,
            "QQIIqqqqqqqQ",
            "taker_order_id maker_order_id maker_account taker_side price_ticks lots"
            f" taker_release_units maker_release_units taker_open_lots maker_open_lots {level}",
        ),
        (7, e.CommandRejected, "IIQqq", "command reason order_id given bound"),
        (8, e.CommandReplayed, "IIQQ", "command reason order_id first_sequence"),
        (
            9,
            e.BalanceChanged,
            "IIQqqQ",
            "asset cause counter_account amount_units available_units reference",
        ),
        (10, e.MassCancelled, "QQ", "side cancelled_orders"),
        (11, e.AccountOpened, "", ""),
        (12, e.AccountStatusChanged, "II", "status previous"),
        (13, e.AssetSet, "II16sQ", "asset unit_decimals symbol chain_decimals"),
        (
            14,
            e.MarketSet,
            "32sIIqIBBHqqqqqqqqqqq",
            "symbol base quote tick_mantissa tick_decimals fee_asset allow_self_trade -"
            " lot_units min_lots max_lots market_max_lots min_notional_units max_notional_units"
            " limit_order_notional_units limit_open_orders limit_daily_notional_units"
            " tick_value_units version",
        ),
        (15, e.FeesSet, "qqq", "maker_ppm taker_ppm auction_ppm"),
        (
            16,
            e.LimitsSet,
            "qqqq",
            "order_notional_units open_orders daily_notional_units open_orders_total",
        ),
        (17, e.StateChanged, "II", "state previous"),
        (18, e.ModeChanged, "IIII", "mode previous cause asset"),
    )
    return tuple(Layout(*row) for row in rows)


COMMANDS = _commands()
EVENTS = (
    *_events(),
    Layout(19, e.OrderTerms, "Q" + _EVENT_TERMS_BODY, f"order_id {_TERMS} time_in_force -"),
)
COMMAND_BY_NUMBER = {layout.number: layout for layout in COMMANDS}
EVENT_BY_NUMBER = {layout.number: layout for layout in EVENTS}
NUMBER_OF: dict[type, int] = {layout.cls: layout.number for layout in COMMANDS + EVENTS}
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
    for i in layout.texts:
        if len(values[i]) > layout.text_size or not values[i].isascii():
            raise BadRecord(f"a symbol has at most {layout.text_size} ASCII characters")
        values[i] = values[i].encode("ascii")
    length = padded(layout.body_end + len(key))
    try:
        fixed = layout.whole.pack(length, layout.number, VERSION, word, *header, *values)
    except struct.error as error:
        raise BadRecord(f"{layout.cls.__name__}: {error}") from None
    return (fixed + key.encode()).ljust(length, b"\0")


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
        key=_key(layout, record, flags & KEY_MASK),
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


def _key(layout: Layout, record: bytes | memoryview, key_length: int) -> str:
    if key_length > KEY_LENGTH_MAX or padded(layout.body_end + key_length) != len(record):
        raise BadRecord("wrong length")
    return _ascii(bytes(record[layout.body_end : layout.body_end + key_length]))


def letters(layout: Layout) -> list[str]:
    """Return the `struct` format of each of the body's fields."""
    return [letter for letter in _LETTER.findall(layout.body_format) for _ in range(_count(letter))]


def _reader(layout: Layout) -> tuple[Any, Any, bool]:
    kept = [
        f"{calcsize('<' + letter)}x" if name == "-" else letter
        for letter, name in zip(letters(layout), layout.names, strict=True)
    ]
    return layout.cls, Struct(EVENT_HEADER + "".join(kept)).unpack_from, bool(layout.texts)


_LETTER = re.compile(r"\d*[A-Za-z]")


def _count(letter: str) -> int:
    return 1 if letter.endswith("s") or len(letter) == 1 else int(letter[:-1])


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
            values += (str(records[start : start + values[16]], "ascii"),)
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
