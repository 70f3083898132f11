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

from collections.abc import Iterator
from dataclasses import fields
from hashlib import blake2b
from struct import Struct
from typing import Any

from outcry.domain import commands as c
from outcry.domain import events as e

VERSION = 1
HEADER = Struct("<HBBIQqII")
STAMP = Struct("<Qq")
STAMP_OFFSET = 8
LENGTH = Struct("<H")
KEY_MASK = 0xFF
FLAG_INTERNAL = 1 << 8
FLAG_STAFF = 1 << 9
COMMAND_FLAGS = KEY_MASK | FLAG_INTERNAL | FLAG_STAFF
KEY_LENGTH_MAX = 64


class BadRecord(ValueError):
    """Bytes that are not a record of this format."""


class Layout:
    """One record type: its number, its class, its body, and the names of the body's fields."""

    __slots__ = ("body", "body_end", "cls", "has_key", "names", "number", "texts", "whole")

    def __init__(self, number: int, cls: type, body: str, names: str, *, has_key: bool) -> None:
        self.number = number
        self.cls = cls
        self.body = Struct("<" + body)
        self.whole = Struct(HEADER.format + body)
        self.names = tuple(names.split())
        self.texts = tuple(n for n in self.names if n == "symbol")
        self.has_key = has_key
        self.body_end = self.whole.size
        assert self.whole.size % 8 == 0, f"{cls.__name__} is not padded to 8"
        known = {f.name for f in fields(cls)} | {"reserved", "key_length"}
        assert set(self.names) <= known, cls.__name__


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
            "symbol base quote tick_mantissa tick_decimals fee_asset allow_self_trade reserved"
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
    )
    return tuple(Layout(*row, has_key=True) for row in rows)


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
            "order_id reason side booked reserved open_lots filled_lots prevented_lots"
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
            "symbol base quote tick_mantissa tick_decimals fee_asset allow_self_trade reserved"
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
    return tuple(Layout(*row, has_key=row[0] == 1) for row in rows)


COMMANDS = _commands()
EVENTS = _events()
COMMAND_BY_NUMBER = {layout.number: layout for layout in COMMANDS}
EVENT_BY_NUMBER = {layout.number: layout for layout in EVENTS}
NUMBER_OF: dict[type, int] = {layout.cls: layout.number for layout in COMMANDS + EVENTS}


def key_hash(account: int, key: str) -> bytes:
    """Return the 16 bytes under which the core keeps an idempotency key of an account."""
    return blake2b(account.to_bytes(4, "little") + key.encode("ascii"), digest_size=16).digest()


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
    key = command.key.encode("ascii", "replace")
    if len(key) > KEY_LENGTH_MAX:
        raise BadRecord("a key has at most 64 characters")
    flags = len(key) | command.internal * FLAG_INTERNAL | command.staff * FLAG_STAFF
    header = (command.sequence, command.time_ns, command.account, command.market)
    return _pack(layout, flags, header, command, key)


def encode_event(event: e.Event) -> bytes:
    """Return the record of an event."""
    layout = EVENT_BY_NUMBER[NUMBER_OF[type(event)]]
    key = getattr(event, "key", "").encode("ascii")
    header = (event.sequence, event.time_ns, event.account, event.market)
    return _pack(layout, event.index, header, event, key)


def _pack(
    layout: Layout, word: int, header: tuple[int, int, int, int], record: object, key: bytes
) -> bytes:
    length = padded(layout.body_end + len(key))
    values: list[Any] = []
    for name in layout.names:
        if name == "reserved":
            values.append(0)
        elif name == "key_length":
            values.append(len(key))
        else:
            value = getattr(record, name)
            values.append(value.encode("ascii") if name == "symbol" else value)
    fixed = layout.whole.pack(length, layout.number, VERSION, word, *header, *values)
    return (fixed + key).ljust(length, b"\0")


def decode_command(record: bytes | memoryview) -> c.Command:
    """Return the command that one whole record holds.

    Raises:
        BadRecord: unknown type or version, wrong length, or flags that do not exist.
    """
    layout, header, named = _unpack(COMMAND_BY_NUMBER, record)
    flags = header[3]
    if flags & ~COMMAND_FLAGS:
        raise BadRecord("flags that do not exist")
    key_length = flags & KEY_MASK
    named["key"] = _key(layout, record, key_length)
    command: c.Command = layout.cls(
        sequence=header[4],
        time_ns=header[5],
        account=header[6],
        market=header[7],
        internal=bool(flags & FLAG_INTERNAL),
        staff=bool(flags & FLAG_STAFF),
        **named,
    )
    return command


def decode_event(record: bytes | memoryview) -> e.Event:
    """Return the event that one whole record holds.

    Raises:
        BadRecord: unknown type or version, or wrong length.
    """
    layout, header, named = _unpack(EVENT_BY_NUMBER, record)
    if layout.has_key:
        named["key"] = _key(layout, record, named.pop("key_length"))
    event: e.Event = layout.cls(
        index=header[3],
        sequence=header[4],
        time_ns=header[5],
        account=header[6],
        market=header[7],
        **named,
    )
    return event


def _unpack(
    table: dict[int, Layout], record: bytes | memoryview
) -> tuple[Layout, tuple[int, ...], dict[str, Any]]:
    if len(record) < HEADER.size:
        raise BadRecord("shorter than a header")
    header = HEADER.unpack_from(record)
    layout = table.get(header[1])
    if layout is None or header[2] != VERSION:
        raise BadRecord(f"type {header[1]} version {header[2]} is not known")
    if header[0] != len(record) or len(record) < layout.body_end:
        raise BadRecord("wrong length")
    named = dict(zip(layout.names, layout.body.unpack_from(record, HEADER.size), strict=True))
    named.pop("reserved", None)
    for name in layout.texts:
        named[name] = named[name].rstrip(b"\0").decode("ascii")
    return layout, header, named


def _key(layout: Layout, record: bytes | memoryview, key_length: int) -> str:
    if key_length > KEY_LENGTH_MAX or padded(layout.body_end + key_length) != len(record):
        raise BadRecord("wrong length")
    return bytes(record[layout.body_end : layout.body_end + key_length]).decode("ascii")


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
