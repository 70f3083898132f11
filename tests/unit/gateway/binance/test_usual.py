"""The compiled reader and writer of usual orders, each beside what defines it."""

import re
import sys
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from outcry.domain.units import UNITS_LIMIT
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.orders.report import IN_MATCH, MODES, SIDES, STATES, TIMES, Reports
from outcry.gateway.binance.rest.express import usual_orders
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.decimals import Number
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.http import Wrapper
from outcry.gateway.limits.rates import LimitSettings
from outcry.gateway.special.known import PLAIN
from outcry.ledger.orders import view_of
from outcry.ledger.rows import TradeRow
from tests.support.usual import Client, World

usual = pytest.importorskip(
    "outcry.gateway.binance.compiled.usual", reason="no C compiler", exc_type=ImportError
)
WRITER = usual.Writer(sides=SIDES, modes=MODES, times=TIMES, states=STATES, in_match=IN_MATCH)
PLENTY = LimitSettings(10**6, 10**6, 10**6, 10**6, 10**6)
ORDER = b"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=%b&price=%b&timestamp=1"


def form(random: Random, decimals_max: int = 18) -> Any:
    """Return a market with any numbers."""
    tick_decimals, base_decimals, quote_decimals = (random.randint(0, decimals_max) for _ in "123")
    market = SimpleNamespace(
        market=1, base=1, quote=2, symbol="BTC_USDT", tick_decimals=tick_decimals,
        tick_mantissa=random.choice((1, 5, 25, 10**6)), lot_units=random.choice((1, 10, 3, 10**9)),
    )  # fmt: skip
    assets = {
        1: SimpleNamespace(symbol="BTC", unit_decimals=base_decimals),
        2: SimpleNamespace(symbol="USDT", unit_decimals=quote_decimals),
    }
    return Form(cast(Any, market), cast(Any, SimpleNamespace(asset=assets.__getitem__)))


def number(random: Random) -> str:
    """Return the text of a number, or nearly."""
    whole = "".join(random.choices("0123456789", k=random.choice((1, 1, 2, 3, 6, 17, 19, 20, 21))))
    if random.random() < 0.3:
        whole = random.choice(("0", "1", "5", "10", "25", "00", "1000000"))
    if random.random() < 0.3:
        return whole
    places = random.choice((0, 1, 2, 4, 8, 12, 18, 19, 20, 21))
    fraction = "".join(random.choices("0123456789", k=places))
    if random.random() < 0.6:
        cut = random.randint(0, places)
        fraction = fraction[:cut] + "0" * (places - cut)
    text = f"{whole}.{fraction}"
    if random.random() < 0.1:
        place = random.randrange(len(text))
        text = text[:place] + random.choice("eE+- .,:/;0") + text[place + 1 :]
    return text


def plainly(kind: Number, text: str) -> int:
    """Return the units of a number; 0 where it is refused."""
    try:
        return kind.units(text)
    except BinanceError:
        return 0


@pytest.mark.parametrize("seed", range(20))
def test_numbers_are_read_as_the_plain_reader_reads_them(seed: int) -> None:
    random = Random(seed)
    market, read = form(random), 0
    for _ in range(500):
        quantity, price = number(random), number(random)
        text = ORDER % (quantity.encode(), price.encode()) + b"&signature=" + b"0" * 64
        found = usual.read(text, lambda _: market)
        lots = plainly(market.quantity_number, quantity)
        ticks = plainly(market.price_number, price)
        if found is not None:
            read += 1
            assert found[-1][5:7] == (ticks, lots), (quantity, price)
        elif lots and ticks:  # More digits than 64 bits have are not usual.
            units = lots * market.lot, ticks * market.tick
            assert max(*units, len(quantity) * 10**17, len(price) * 10**17) > 10**18
    assert read


def row(random: Random) -> list[Any]:
    """Return a live order with any numbers in it."""

    def amount() -> int:
        return random.choice((0, 1, random.randrange(10**6), random.randrange(10**15)))

    order_id = random.randrange(1, 10**12)
    trades = [
        TradeRow(
            1, 1, 1, 1, random.randrange(10**9), *random.choice(((order_id, 1), (1, order_id))),
            1, 0, 0, amount(), amount(), 1, random.randint(-(10**9), 10**9),
            random.randint(-(10**9), 10**9), random.choice((1, 2)), random.choice((1, 2)),
        )
        for _ in range(random.choice((0, 0, 1, 2, 40)))
    ]  # fmt: skip
    created_ns = random.randrange(10**18, 2 * 10**18)
    return [
        1, created_ns, 1, 1, order_id, random.choice(list(SIDES)), random.randrange(3),
        random.choice(list(TIMES)), random.choice(list(MODES)), random.choice((0, 1, 1 << 16)),
        amount(), amount(), amount(), "key", random.choice((1, 2)), amount(), amount(),
        amount(), amount(), random.choice(list(STATES)), random.choice((0, 1, 6, 11, 12)),
        created_ns + random.randrange(10**9), 1, trades or None,
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_answers_are_written_as_the_plain_writer_writes_them(seed: int) -> None:
    random = Random(seed)
    market, written = form(random), 0
    reports = Reports(
        cast(Any, SimpleNamespace(of=lambda _: market)),
        cast(Any, SimpleNamespace(of=lambda _: PLAIN)),
        cast(Any, SimpleNamespace(of=lambda _: "mine")),
        cast(Any, None),
    )
    for _ in range(100):
        order = row(random)
        view = view_of(order)
        plain = (
            reports.ack(view), reports.placed(view, fills=False), reports.placed(view, fills=True)
        )  # fmt: skip
        for response, expected in enumerate(plain):
            text = WRITER.placed(market.shape, order, "mine", response)
            written += text is not None
            assert text is None or text.decode() == expected
    assert written > 150


def test_amounts_beyond_64_bits_are_left_to_the_plain_writer() -> None:
    random = Random(1)
    market, order = form(random), row(random)
    order[6], order[10], order[23] = 0, UNITS_LIMIT * 4, None
    assert WRITER.placed(market.shape, order, "mine", 2) is None
    assert form(random, 18).shape is not None
    odd = form(random)
    odd.tick_decimals = 19
    assert usual.shape_of(odd) is None


def test_whole_answers_are_framed_as_the_wrapper_frames_them() -> None:
    plain = Wrapper(development=True)
    for used, body in (((1, 2, 3), b"{}"), ((10**9, 0, 200_000), b'{"a":"' + b"x" * 5_000 + b'"}')):
        weight, short, day = map(str, used)
        headers = {
            "X-MBX-USED-WEIGHT": weight, "X-MBX-USED-WEIGHT-1M": weight,
            "X-MBX-ORDER-COUNT-10S": short, "X-MBX-ORDER-COUNT-1D": day,
        }  # fmt: skip
        expected = plain.whole(200, body.decode(), "id-1", headers)
        fixed = plain.begun(200)
        assert _undated(usual.framed("id-1", fixed, used, body)) == _undated(expected)


def _undated(text: bytes) -> bytes:
    return re.sub(rb"Date: [^\r]*", b"", text)


@pytest.mark.parametrize("state", ["draining", "halted"])
def test_orders_that_the_flow_refuses_are_refused_alike(state: str) -> None:
    worlds = [World(short=short, settings=PLENTY) for short in (True, False)]
    client = Client(Random(5), worlds[0].flow.clock.now_ns)
    requests = [client.request() for _ in range(60)]
    for world in worlds:
        for request in requests[:20]:
            world.send(*request)
        world.flow.run()
        world.flow.pipeline.state = state
        for request in requests[20:]:
            world.send(*request)
    assert worlds[0].state() == worlds[1].state()
    assert worlds[0].taken > 5


def test_orders_of_which_nothing_is_known_are_answered_alike() -> None:
    worlds = [World(short=short, settings=PLENTY) for short in (True, False)]
    client = Client(Random(6), worlds[0].flow.clock.now_ns)
    requests = [client.request() for _ in range(40)]
    for world in worlds:
        for request in requests:
            world.send(*request)
        world.flow.pipeline._halt("a test", RuntimeError(), world.flow.pipeline._intake.take())
    assert worlds[0].state() == worlds[1].state()
    assert sum(b'"code":-1007' in answer for answer in worlds[0].answers) > 5


def test_mistake_of_the_short_way_is_answered_and_logged_as_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(short=True, settings=PLENTY)
    monkeypatch.setattr(world.gate, "order", None)
    client = Client(Random(7), world.flow.clock.now_ns)
    for _ in range(20):
        world.send(*client.request())
    world.flow.run()
    assert len(world.answers) == 20
    assert any(b'"code":-1000' in answer for answer in world.answers)


def test_without_a_compiler_every_order_takes_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "outcry.gateway.binance.compiled"
    monkeypatch.setitem(sys.modules, f"{name}.usual", None)
    monkeypatch.delattr(f"{name}.usual")
    monkeypatch.delitem(sys.modules, "outcry.gateway.binance.rest.usual", raising=False)
    assert usual_orders(cast(BinanceDoor, None), cast(Any, None), cast(Wrapper, None)) is None
