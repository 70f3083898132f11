"""The layout of every record: which fields it has, in which order, and how each is written.

    offset  command       event
    0   u16 length        length      bytes of the whole record, padding included
    2   u8  type          type
    3   u8  version       version
    4   u32 flags         index       bits 0-7 of flags: length of the key
    8   u64 sequence      sequence
    16  i64 time_ns       time_ns
    24  u32 account       account
    28  u32 market        market

Fields are naturally aligned, so a C struct overlays a record. Golden files in the tests hold the
tables below still.
"""

import re
from struct import Struct
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


class Table:
    """A field of rows: their number as 64 bits, then room for `most` of them, unused ones 0.

    `row` is the class of one; without it they are tuples of what `names` says. A name of `-` is
    padding.
    """

    def __init__(
        self, row_format: str, most: int, row: type | None = None, names: str = ""
    ) -> None:
        self.struct = Struct("<" + row_format)
        self.most = most
        self.row = row
        self.names = tuple(names.split())
        self.size = _COUNT.size + most * self.struct.size

    def read(self, data: bytes) -> tuple[Any, ...]:
        """Return the rows.

        Raises:
            BadRecord: there cannot be so many, or what should be 0 is not.
        """
        (count,) = _COUNT.unpack_from(data)
        end = _COUNT.size + count * self.struct.size
        if count > self.most or any(data[end:]):
            raise BadRecord(f"a table has at most {self.most} rows, and nothing behind them")
        rows = self.struct.iter_unpack(data[_COUNT.size : end])
        return tuple(self._row(values) for values in rows)

    def is_clean(self, data: bytes) -> bool:
        """Return whether what the rows leave free is 0: padding inside them, and what is behind."""
        (count,) = _COUNT.unpack_from(data)
        end = _COUNT.size + min(count, self.most) * self.struct.size
        rows = self.struct.iter_unpack(data[_COUNT.size : end])
        pads = [i for i, name in enumerate(self.names) if name == "-"]
        return not any(data[end:]) and not any(row[i] for row in rows for i in pads)

    def _row(self, values: tuple[Any, ...]) -> Any:  # noqa: ANN401 - of the table's own class
        if self.row is None:
            return values
        named = list(zip(self.names, values, strict=True))
        if any(value for name, value in named if name == "-"):
            raise BadRecord("padding is not 0")
        return self.row(**{name: value for name, value in named if name != "-"})

    def write(self, rows: tuple[Any, ...]) -> bytes:
        """Return the bytes of rows.

        Raises:
            BadRecord: there are too many.
            struct.error: one does not fit.
        """
        if len(rows) > self.most:
            raise BadRecord(f"a table has at most {self.most} rows")
        packed = (self.struct.pack(*self._values(row)) for row in rows)
        return (_COUNT.pack(len(rows)) + b"".join(packed)).ljust(self.size, b"\0")

    def _values(self, row: Any) -> Any:  # noqa: ANN401
        if self.row is None:
            return row
        return [0 if name == "-" else getattr(row, name) for name in self.names]


_COUNT = Struct("<Q")
_LETTER = re.compile(r"\d*[A-Za-z]")


def split_format(form: str) -> list[str]:
    """Return one `struct` format a value, texts with their length."""
    return [
        letter[-1] if _repeats(letter) > 1 else letter
        for letter in _LETTER.findall(form)
        for _ in range(_repeats(letter))
    ]


def _repeats(letter: str) -> int:
    return 1 if letter.endswith("s") or len(letter) == 1 else int(letter[:-1])


PLACE = "side kind time_in_force self_trade flags price_ticks lots budget_units"
PLACE_BODY = "BBBBIqqq"
TERMS = (
    "display_lots expires_ns trigger_ticks trail_ppm peg_offset_ticks interval_ns session slices"
    " api_key trigger peg"
)
TERMS_BODY = "qqqqqqQIIBB"
TABLES = {
    "members": Table(PLACE_BODY + TERMS_BODY + "HI", 3, c.Member, f"{PLACE} {TERMS} - -"),
    "tiers": Table("qqq", 8, names="volume_units maker_ppm taker_ppm"),
    "entries": Table("qq", 8, names="time_of_day_ns state"),
}


class Layout:
    """One record type: its number, its class, its body, and the names of the body's fields.

    A name of `-` is padding that every writer leaves 0. `texts` are the places of texts among the
    fields, with the bytes each has.
    """

    __slots__ = (
        "body_end", "body_format", "cls", "names", "number", "pads", "tables", "texts", "whole",
    )  # fmt: skip

    def __init__(self, number: int, cls: type, body: str, names: str) -> None:
        self.number = number
        self.cls = cls
        self.body_format = body
        self.whole = Struct(HEADER.format + body)
        self.names = tuple(names.split())
        self.pads = tuple(i for i, name in enumerate(self.names) if name == "-")
        self.texts = tuple(
            (i, int(letter[:-1]))
            for i, (name, letter) in enumerate(zip(self.names, split_format(body), strict=True))
            if letter.endswith("s") and name not in TABLES and name != _HASH
        )
        self.tables = tuple(
            (i, TABLES[name]) for i, name in enumerate(self.names) if name in TABLES
        )
        self.body_end = self.whole.size
        assert self.body_end % 8 == 0, f"{cls.__name__} is not padded to 8"

    def body(self, record: bytes | memoryview) -> list[Any]:
        """Return the body's fields of a record, texts decoded."""
        values: list[Any] = list(self.whole.unpack_from(record)[8:])
        for i, _ in self.texts:
            values[i] = ascii_text(values[i].rstrip(b"\0"))
        for i, table in self.tables:
            values[i] = table.read(values[i])
        return values

    def is_clean(self, record: bytes, key_length: int) -> bool:
        """Return whether the key is ASCII, and all padding 0.

        Padding is between fields, in and behind rows, and behind the key.
        """
        values, key_end = self.whole.unpack_from(record)[8:], self.body_end + key_length
        return (
            record[self.body_end : key_end].isascii()
            and not any(record[key_end:])
            and not any(values[i] for i in self.pads)
            and all(table.is_clean(values[i]) for i, table in self.tables)
        )


_HASH = "target"
"""The one field of bytes that is no text: the hash of a key."""


def ascii_text(text: bytes) -> str:
    """Return bytes as text.

    Raises:
        BadRecord: some are not ASCII.
    """
    try:
        return text.decode("ascii")
    except UnicodeDecodeError:
        raise BadRecord("text that is not ASCII") from None


_MARKET = (
    "symbol base quote tick_mantissa tick_decimals fee_asset allow_self_trade - lot_units min_lots"
    " max_lots market_max_lots min_notional_units max_notional_units limit_order_notional_units"
    " limit_open_orders limit_daily_notional_units"
)


def _commands() -> tuple[Layout, ...]:
    rows: tuple[tuple[int, type, str, str], ...] = (
        (1, c.PlaceOrder, PLACE_BODY, PLACE),
        (2, c.CancelOrder, "Q16s", "order_id target"),
        (3, c.ReduceOrder, "Q16sq", "order_id target lots"),
        (4, c.ReplaceOrder, "Q16sqq", "order_id target price_ticks lots"),
        (5, c.CancelReplace, "Q16sQ" + PLACE_BODY, "order_id target mode " + PLACE),
        (6, c.CancelAll, "Q", "side"),
        (7, c.OpenAccount, "Q", "parent"),
        (8, c.Deposit, "Qq", "asset amount_units"),
        (9, c.Withdraw, "Qq", "asset amount_units"),
        (10, c.FinishWithdrawal, "QQ", "withdrawal_id failed"),
        (11, c.Transfer, "IIq", "to_account asset amount_units"),
        (12, c.Adjust, "Qq", "asset amount_units"),
        (13, c.SetAsset, "II16sQ", "asset unit_decimals symbol chain_decimals"),
        (
            14,
            c.SetMarket,
            "32sIIqIBBHqqqqqqqqqqqq",
            f"{_MARKET} limit_stop_orders limit_position_units protection_ppm",
        ),
        (15, c.SetFees, "qqq", "maker_ppm taker_ppm auction_ppm"),
        (
            16,
            c.SetLimits,
            "qqqqqq",
            "order_notional_units open_orders daily_notional_units open_orders_total stop_orders"
            " position_units",
        ),
        (17, c.SetState, "Qq", "state reference_ticks"),
        (18, c.SetMode, "Q", "mode"),
        (19, c.SetAccountStatus, "Q", "status"),
        (20, c.Tick, "", ""),
    )
    return tuple(Layout(*row) for row in rows)


def _more_commands() -> tuple[Layout, ...]:
    rows: tuple[tuple[int, type, str, str], ...] = (
        (21, c.PlaceSpecial, PLACE_BODY + TERMS_BODY + "HI", f"{PLACE} {TERMS} - -"),
        (22, c.PlaceList, f"Q{TABLES['members'].size}s", "list_kind members"),
        (
            23,
            c.SetRules,
            "qqqqqqqqQ",
            "dynamic_ppm static_ppm window_ppm window_ns collar_ppm halt_ns auction_ns"
            " extension_ns on_band",
        ),
        (24, c.SetTiers, f"{TABLES['tiers'].size}s", "tiers"),
        (25, c.SetAccountFees, "qqQ", "maker_ppm taker_ppm own"),
        (26, c.SetSchedule, f"{TABLES['entries'].size}s", "entries"),
        (27, c.RenewSwitch, "qII", "timeout_ns scope api_key"),
        (28, c.CloseSession, "Q", "session"),
        (29, c.ResetSessions, "", ""),
        (30, c.RetireMarket, "", ""),
        (31, c.ActivateRules, "Q", "rules"),
        (
            43,
            c.SkipCommand,
            "Q32s32s128s",
            "skipped_sequence first_admin second_admin reason",
        ),
    )
    return tuple(Layout(*row) for row in rows)


def _internal_commands() -> tuple[Layout, ...]:
    rows: tuple[tuple[int, type, str, str], ...] = (
        (32, c.EndOrder, "QQ", "order_id reason"),
        (33, c.QueueOrder, "Q", "order_id"),
        (34, c.FireOrder, "Qq", "order_id price_ticks"),
        (35, c.PlaceChildren, "QQq", "first_order_id second_order_id lots"),
        (36, c.MovePeg, "Qq", "order_id price_ticks"),
        (37, c.RunSlice, "Qq", "order_id lots"),
        (38, c.Uncross, "q", "price_ticks"),
        (39, c.PutState, "Q", "state"),
        (40, c.PutBand, "qqqq", "buy_low_ticks buy_high_ticks sell_low_ticks sell_high_ticks"),
        (41, c.PutRates, "Qqq", "own maker_ppm taker_ppm"),
        (42, c.PutFloor, "qq", "maker_ppm taker_ppm"),
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
    )
    return tuple(Layout(*row) for row in rows)


def _venue_events() -> tuple[Layout, ...]:
    rows: tuple[tuple[int, type, str, str], ...] = (
        (7, e.CommandRejected, "IIQqq", "command reason order_id given bound"),
        (8, e.CommandReplayed, "IIQQ", "command reason order_id first_sequence"),
        (
            9,
            e.BalanceChanged,
            "IIQqqQ",
            "asset cause counter_account amount_units available_units reference",
        ),
        (10, e.MassCancelled, "QQ", "side cancelled_orders"),
        (11, e.AccountOpened, "Q", "parent"),
        (12, e.AccountStatusChanged, "II", "status previous"),
        (13, e.AssetSet, "II16sQ", "asset unit_decimals symbol chain_decimals"),
        (
            14,
            e.MarketSet,
            "32sIIqIBBHqqqqqqqqqqqqqq",
            f"{_MARKET} limit_stop_orders limit_position_units protection_ppm tick_value_units"
            " version",
        ),
        (15, e.FeesSet, "qqq", "maker_ppm taker_ppm auction_ppm"),
        (
            16,
            e.LimitsSet,
            "qqqqqq",
            "order_notional_units open_orders daily_notional_units open_orders_total stop_orders"
            " position_units",
        ),
        (17, e.StateChanged, "II", "state previous"),
        (18, e.ModeChanged, "IIII", "mode previous cause asset"),
    )
    return tuple(Layout(*row) for row in rows)


def _more_events() -> tuple[Layout, ...]:
    level = "level_lots update_id"
    rows: tuple[tuple[int, type, str, str], ...] = (
        (19, e.OrderTerms, f"Q{TERMS_BODY}BBI", f"order_id {TERMS} time_in_force - -"),
        (20, e.OrderTriggered, "Qqq", "order_id price_ticks lots"),
        (21, e.OrderShown, "QQqqqQ", f"order_id side price_ticks shown_lots {level}"),
        (22, e.OrderParked, "QQqqqQ", f"order_id side price_ticks open_lots {level}"),
        (
            23,
            e.ListAccepted,
            "QQQQQ",
            "list_id list_kind first_order_id second_order_id third_order_id",
        ),
        (24, e.ChildPlaced, "Qqq", "order_id lots hold_units"),
        (25, e.RatesSet, "Qqq", "own maker_ppm taker_ppm"),
        (
            26,
            e.RulesSet,
            "qqqqqqqqQ",
            "dynamic_ppm static_ppm window_ppm window_ns collar_ppm halt_ns auction_ns"
            " extension_ns on_band",
        ),
        (27, e.TiersSet, "Q", "rows"),
        (28, e.ScheduleSet, "Q", "rows"),
        (29, e.SwitchSet, "IIq", "scope api_key deadline_ns"),
        (30, e.SwitchFired, "II", "scope api_key"),
        (31, e.SessionEnded, "Q", "session"),
        (
            32,
            e.BandReached,
            "Qqqqq",
            "order_id buy_low_ticks buy_high_ticks sell_low_ticks sell_high_ticks",
        ),
        (
            33,
            e.IndicativeChanged,
            "qqqQqq",
            "price_ticks paired_lots surplus_lots side collar_low_ticks collar_high_ticks",
        ),
        (34, e.AuctionEnded, "qq", "price_ticks lots"),
        (
            35,
            e.AuctionExtended,
            "qqqq",
            "price_ticks until_ns collar_low_ticks collar_high_ticks",
        ),
        (36, e.RulesActivated, "II", "rules previous"),
        (37, e.CommandSkipped, "Q", "skipped_sequence"),
    )
    return tuple(Layout(*row) for row in rows)


OUTSIDE_COMMANDS = _commands() + _more_commands()
"""What somebody may ask for, and what a log holds."""
COMMANDS = OUTSIDE_COMMANDS + _internal_commands()
EVENTS = _events() + _venue_events() + _more_events()
COMMAND_BY_NUMBER = {layout.number: layout for layout in COMMANDS}
EVENT_BY_NUMBER = {layout.number: layout for layout in EVENTS}
NUMBER_OF: dict[type, int] = {layout.cls: layout.number for layout in COMMANDS + EVENTS}
