"""The compiled core's tables under load: ids, price index, output, memory."""

import subprocess
import sys
from collections.abc import Callable
from random import Random
from struct import Struct

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, OrderDone, Trade
from outcry.domain.market import MarketState
from outcry.engine.core import END, FULL, Core
from tests.support.cores import core_factory

ANY = 2**62 - 1
_PLACE = Struct("<HBBIQqIIBBBBIqqq")
_CANCEL = Struct("<HBBIQqIIQ16s")


class Book:
    """One market, two rich accounts and no limits; orders by their bytes, as many as one likes."""

    def __init__(self) -> None:
        self.core: Core = core_factory("compiled")()
        self.records = bytearray()
        self.next_sequence = 1
        self.next_order_id = 1
        for command in (
            c.SetAsset(asset=1, symbol="B", unit_decimals=0, chain_decimals=0),
            c.SetAsset(asset=2, symbol="Q", unit_decimals=0, chain_decimals=0),
            c.SetMarket(
                market=1, symbol="B_Q", base=1, quote=2, tick_mantissa=1, tick_decimals=0,
                lot_units=1, limit_open_orders=-1,
            ),
            c.SetState(market=1, state=MarketState.TRADING),
            *(self._account(number) for number in (1, 2)),
        ):  # fmt: skip
            for one in command if isinstance(command, tuple) else (command,):
                record = bytearray(codec.encode_command(one))
                self.next_sequence += codec.stamp(record, self.next_sequence, 0)
                self.records += record

    @staticmethod
    def _account(number: int) -> tuple[c.Command, ...]:
        return (
            c.OpenAccount(account=number),
            c.Deposit(account=number, asset=1, amount_units=2**60),
            c.Deposit(account=number, asset=2, amount_units=2**60),
            c.SetLimits(account=number, open_orders_total=ANY),
        )

    def place(self, account: int, side: int, price_ticks: int, lots: int, kind: int = 0) -> int:
        """Add an order that will be accepted; return its id."""
        self.records += _PLACE.pack(
            64, 1, 1, 0, self.next_sequence, 0, account, 1,
            side, kind, 0, 0, 0, price_ticks, lots, 0,
        )  # fmt: skip
        self.next_sequence += 1
        self.next_order_id += 1
        return self.next_order_id - 1

    def cancel(self, account: int, order_id: int) -> None:
        """Add a cancel."""
        self.records += _CANCEL.pack(
            56, 2, 1, 0, self.next_sequence, 0, account, 1, order_id, bytes(16)
        )
        self.next_sequence += 1

    def run(self) -> bytes:
        """Apply what was added; return the events."""
        out, offset, stop = [], 0, FULL
        while stop != END:
            events, offset, stop = self.core.apply(self.records, offset)
            out.append(events)
        self.records = bytearray()
        return b"".join(out)


def test_every_order_is_found_by_its_id_while_thousands_come_and_go() -> None:
    random, book, live = Random(1), Book(), {}
    for turn in range(40_000):
        growing = turn % 8_000 < 5_000
        if not live or random.random() < (0.7 if growing else 0.3):
            account = random.randint(1, 2)
            live[book.place(account, 0, random.randint(1, 50), 1)] = account
        else:
            order_id = random.choice(list(live)[-300:])
            book.cancel(live.pop(order_id), order_id)
        if turn % 4_000 == 3_999:
            book.run()
            found = [book.core.order(n) for n in range(1, book.next_order_id)]
            assert {row[0]: row[1] for row in found if row} == live
    assert {row[0] for a in (1, 2) for row in book.core.open_orders(a)} == set(live)


def test_orders_that_stay_do_not_slow_the_ids_that_follow() -> None:
    """A block of neighbouring ids stays open; ids that would land on it come after."""
    book = Book()
    for _ in range(3_000):
        book.place(1, 0, 7, 1)
    for _ in range(20_000):
        book.cancel(2, book.place(2, 0, 8, 1))
    events = codec.decode_events(book.run())
    assert not any(isinstance(event, CommandRejected) for event in events)
    assert book.core.open_order_count() == 3_000
    assert book.core.depth(1, 9) == (43_000, [(7, 3_000)], [])


@pytest.mark.parametrize(
    "price",
    [
        lambda random: random.randint(1, 5_000),
        lambda random: random.choice((1, 2**32, 2**40)) + random.randint(0, 9_999),
        lambda random: 10_000 + int(random.expovariate(0.001)),
    ],
    ids=["dense prices", "prices far apart", "prices near the best"],
)
def test_the_price_index_keeps_every_level_in_order(price: Callable[[Random], int]) -> None:
    random, book = Random(3), Book()
    levels: dict[int, int] = {}
    live: list[tuple[int, int]] = []
    for turn in range(30_000):
        if not live or random.random() < (0.75 if turn % 10_000 < 6_000 else 0.25):
            ticks = price(random)
            live.append((book.place(1, 0, ticks, 2), ticks))
            levels[ticks] = levels.get(ticks, 0) + 2
        else:
            number = random.randrange(len(live))
            live[number], live[-1] = live[-1], live[number]
            order_id, ticks = live.pop()
            book.cancel(1, order_id)
            levels[ticks] -= 2
    book.run()
    expected = sorted(((ticks, lots) for ticks, lots in levels.items() if lots), reverse=True)
    assert book.core.depth(1, 10**6)[1] == expected


def test_one_order_may_say_more_than_a_call_returns() -> None:
    book = Book()
    for number in range(20_000):
        book.place(1, 1, 1 + number % 700, 1)
    book.run()
    book.place(2, 0, 10_000, 20_000)
    book.place(2, 0, 5, 1)
    assert len(book.records) < 200
    first, offset, stop = book.core.apply(book.records)
    kinds = [type(event) for event in codec.decode_events(first)]
    assert (kinds.count(Trade), kinds.count(OrderDone)) == (20_000, 20_001)
    assert (offset, stop, len(first) > 1 << 20) == (64, FULL, True)
    assert book.core.apply(book.records, offset)[2] == END


def test_any_buffer_of_records_will_do() -> None:
    book = Book()
    records = bytes(book.records)
    shifted = memoryview(bytearray(b"\0" + records))[1:]
    words = memoryview(records).cast("Q")
    cores = [core_factory("compiled")() for _ in range(4)]
    found = {
        core.apply(form)
        for core, form in zip(cores, (records, bytearray(records), shifted, words), strict=True)
    }
    assert len(found) == 1


_MEASURED = """
from tests.unit.engine.test_compiled_book import Book
def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * 4096
book = Book()
book.run()
book.place(1, 0, 1, 1)
for round in range(2):
    before = resident()
    for number in range({orders} if round else 1000):
        book.place(1 + number % 2, 0, 1000 + number * 7919 % 2000003, 1)
        if number % 1000 == 999:
            book.run()
    book.run()
    print((resident() - before) / {orders})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_open_order_takes_less_than_200_bytes() -> None:
    core_factory("compiled")
    program = _MEASURED.format(orders=400_000)
    ran = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert float(ran.stdout.split()[-1]) < 200


_STARVED = """
import resource
from tests.unit.engine.test_compiled_book import Book
def fill(book, last):
    number = 0
    while book.next_sequence <= last:
        number += 1
        book.place(1 + number % 2, number % 3 == 0, 10**9 - number % 3 * 10**8 + number, 3)
        if number % 500 == 0 or book.next_sequence > last:
            book.run()
with open("/proc/self/statm") as pages:
    size = int(pages.read().split()[0]) * 4096
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
book = Book()
resource.setrlimit(resource.RLIMIT_AS, (size + (64 << 20), hard))
failed = 0
try:
    fill(book, 3_000_000)
except MemoryError:
    failed = 1
resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
other = Book()
fill(other, book.core.sequence)
same = book.core.digest() == other.core.digest() and book.core.conservation_failure() == 0
print(failed, book.core.open_order_count() > 10_000, same)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits its own memory")
def test_a_command_without_memory_did_not_happen() -> None:
    core_factory("compiled")
    ran = subprocess.run(
        [sys.executable, "-c", _STARVED], check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == ["1", "True", "True"]
