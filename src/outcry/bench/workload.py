"""Workload files: 32 bytes an operation, turned into command records outside the clock.

A core checks owners, funds and limits, which the files know nothing of. So a cancel's owner is
taken from its add, accounts are funded as richly as the supply of one asset allows, and limits are
at their top, but checked.
"""

from collections.abc import Iterator
from pathlib import Path
from struct import iter_unpack

import msgspec

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import MarketState
from outcry.domain.order import TimeInForce
from outcry.domain.units import UNITS_LIMIT

RECORD_FORMAT = "<BBBBIQqq"
RECORD_BYTES = 32
ADD, CANCEL = 0, 1
BASE, QUOTE, MARKET = 1, 2, 1
MAKER_PPM, TAKER_PPM = 100, 400
FUNDS_MAX_UNITS = 1 << 60
NO_TARGET = bytes(16)

_CANCEL = codec.COMMAND_BY_NUMBER[codec.NUMBER_OF[c.CancelOrder]]


class BadWorkload(Exception):
    """The file is not a workload."""


class Expected(msgspec.Struct, frozen=True):
    """What a correct book makes of a workload, from the `.json` file beside it."""

    trades: int
    sumqp: int
    """Sum of price x quantity over all trades."""


def read_expected(path: Path) -> Expected | None:
    """Return the results stored beside a workload; None where there are none."""
    beside = path.with_name(path.name + ".json")
    if not beside.exists():
        return None
    return msgspec.json.decode(beside.read_bytes(), type=Expected)


class Workload:
    """The operations of one file, as accounts to open and command records to apply."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            BadWorkload: its size is not a whole number of records, or it is empty.
        """
        self._data = path.read_bytes()
        if not self._data or len(self._data) % RECORD_BYTES:
            raise BadWorkload(f"{path}: {len(self._data)} bytes are no {RECORD_BYTES}-byte records")
        self.operations = len(self._data) // RECORD_BYTES

    def setup(self) -> list[c.Command]:
        """Return the commands that make market and accounts."""
        accounts = sorted({row[4] for row in self._rows() if row[0] == ADD})
        funds = min(FUNDS_MAX_UNITS, (UNITS_LIMIT - 1) // len(accounts))
        top = UNITS_LIMIT - 1
        commands: list[c.Command] = [
            c.SetAsset(asset=BASE, symbol="BASE", unit_decimals=0, chain_decimals=0),
            c.SetAsset(asset=QUOTE, symbol="QUOTE", unit_decimals=0, chain_decimals=0),
            c.SetMarket(
                market=MARKET,
                symbol="BASE_QUOTE",
                base=BASE,
                quote=QUOTE,
                tick_mantissa=1,
                tick_decimals=0,
                lot_units=1,
                limit_order_notional_units=top,
                limit_open_orders=top,
                limit_daily_notional_units=top,
            ),
            c.SetFees(market=MARKET, maker_ppm=MAKER_PPM, taker_ppm=TAKER_PPM),
            c.SetState(market=MARKET, state=MarketState.TRADING),
        ]
        for number in accounts:
            account = _account(number)
            commands.append(c.OpenAccount(account=account))
            commands.append(c.SetLimits(account=account, open_orders_total=top))
            commands.extend(
                c.Deposit(account=account, asset=asset, amount_units=funds)
                for asset in (BASE, QUOTE)
            )
        return commands

    def batches(self, size: int, first_sequence: int) -> list[bytes]:
        """Return the operations as stamped command records, `size` commands a batch."""
        batches: list[bytes] = []
        records, count, sequence = bytearray(), 0, first_sequence
        for record in self._records():
            records += record
            count += 1
            if count == size:
                sequence += codec.stamp(records, sequence, 0)
                batches.append(bytes(records))
                records, count = bytearray(), 0
        if count:
            codec.stamp(records, sequence, 0)
            batches.append(bytes(records))
        return batches

    def _rows(self) -> Iterator[tuple[int, ...]]:
        return iter_unpack(RECORD_FORMAT, self._data)

    def _records(self) -> Iterator[bytes]:
        """Yield the records; the n-th add gets the core's n-th order id."""
        place, cancel, length = codec.place_order, _CANCEL.whole.pack, _CANCEL.body_end
        number, version = _CANCEL.number, codec.VERSION
        orders: dict[int, tuple[int, int]] = {}
        for op, side, tif, _, account, name, price, lots in self._rows():
            if op == ADD:
                owner = _account(account)
                orders[name] = (len(orders) + 1, owner)
                force = TimeInForce.IOC if tif else TimeInForce.GTC
                yield place(owner, MARKET, "", side, 0, force, 0, 0, price, lots, 0)
            else:
                order_id, owner = orders.get(name, (0, _account(account)))
                yield cancel(length, number, version, 0, 0, 0, owner, MARKET, order_id, NO_TARGET)


def _account(number: int) -> int:
    """Return the venue's account of a file's account: 0 is the venue itself."""
    return number + 1
