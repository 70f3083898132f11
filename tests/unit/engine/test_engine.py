"""The seam above the core: what reacts to events does so inside their sequence, and replays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.events import Event
from outcry.domain.market import MarketState
from outcry.domain.units import DAY_NS
from outcry.engine.core import Core, CoreFactory
from outcry.engine.engine import Engine
from outcry.engine.hand import Hand
from tests.support.cores import CORES, core_factory

NEVER = 2**63 - 1
MARKET, BASE, QUOTE = 1, 1, 2
ALICE, BOB, CAROL = 1, 2, 3
START_NS = 1_700_000_000_000_000_000
SETTING: Sequence[c.Command] = (
    c.SetAsset(asset=BASE, symbol="BTC", unit_decimals=0, chain_decimals=0),
    c.SetAsset(asset=QUOTE, symbol="USD", unit_decimals=0, chain_decimals=0),
    c.SetMarket(
        market=MARKET, symbol="BTC_USD", base=BASE, quote=QUOTE, tick_mantissa=1, tick_decimals=0,
        lot_units=1,
    ),
    c.SetState(market=MARKET, state=MarketState.TRADING),
    *(
        command
        for account in (ALICE, BOB, CAROL)
        for command in (
            c.OpenAccount(account=account),
            c.Deposit(account=account, asset=BASE, amount_units=1_000),
            c.Deposit(account=account, asset=QUOTE, amount_units=100_000),
        )
    ),
)  # fmt: skip


def limit(account: int, side: int, lots: int, price: int) -> c.PlaceOrder:
    return c.PlaceOrder(account=account, market=MARKET, side=side, lots=lots, price_ticks=price)


def records(commands: Sequence[c.Command], first: int, step_ns: int = 1_000) -> list[bytes]:
    """Return stamped records, one a step of time."""
    out = []
    for number, command in enumerate(commands):
        record = bytearray(codec.encode_command(command))
        codec.stamp(record, first + number, START_NS + (first + number) * step_ns)
        out.append(bytes(record))
    return out


@dataclass
class Fake:
    """Reacts once to each kind of event it was told of, and once when something is due."""

    answers: dict[type, c.Command] = field(default_factory=dict)
    when_due: c.Command | None = None

    def foresee(self, now_ns: int) -> None:
        """Foresee nothing."""

    def before(self, hand: Hand) -> None:
        answer, self.when_due = self.when_due, None
        if answer:
            hand.do(answer)
        self.react(hand, hand.take())

    def carry_out(self, hand: Hand, record: bytes) -> tuple[int, int, int]:
        raise AssertionError("nothing here is asked for")

    def after(self, hand: Hand, record: bytes, events: Sequence[Event]) -> None:
        self.react(hand, events)

    def react(self, hand: Hand, events: Sequence[Event]) -> None:
        for event in events:
            if answer := self.answers.pop(type(event), None):
                hand.do(answer)
        if hand.fresh:
            self.react(hand, hand.take())

    def notes(self) -> bytes:
        return b""

    def has_news(self) -> bool:
        return False


Arrange = Callable[[Core], None]


def run(
    factory: CoreFactory, fake: Fake, arrange: Arrange, batch: Sequence[bytes], size: int = 0
) -> tuple[list[Event], bytes]:
    """Apply the setting, arrange watches, then the batch in calls of `size`; 0 is one call."""
    engine = Engine(factory(), fake)
    engine.apply(b"".join(records(SETTING, 1)))
    arrange(engine.core)
    size = size or len(batch)
    parts = [b"".join(batch[at : at + size]) for at in range(0, len(batch), size)]
    out = b"".join(engine.apply(part) for part in parts)
    return codec.decode_events(out), engine.digest()


FIRST = len(SETTING) + 1
ON_PRINT = [limit(ALICE, 1, 5, 101), limit(CAROL, 0, 1, 101), limit(CAROL, 0, 2, 105)]


def crossing() -> Fake:
    """Return what buys the four lots that are left, when something traded."""
    return Fake({e.Trade: limit(BOB, 0, 4, 101)})


def watch_prints(core: Core) -> None:
    core.watch_price(MARKET, 0, 101)


each_core = pytest.mark.parametrize("core", CORES)


@each_core
def test_a_reaction_to_a_print_comes_before_the_next_command(core: str) -> None:
    events, _ = run(core_factory(core), crossing(), watch_prints, records(ON_PRINT, FIRST))
    trades = [(t.account, t.lots, t.sequence) for t in events if isinstance(t, e.Trade)]
    assert trades == [(CAROL, 1, FIRST + 1), (BOB, 4, FIRST + 1)]
    last = events[-1]
    assert isinstance(last, e.OrderAccepted)
    assert (last.account, last.sequence, last.lots) == (CAROL, FIRST + 2, 2)


@each_core
def test_a_reaction_continues_the_index_of_its_cause(core: str) -> None:
    events, _ = run(core_factory(core), crossing(), watch_prints, records(ON_PRINT, FIRST))
    caused = [event for event in events if event.sequence == FIRST + 1]
    assert [event.event_index for event in caused] == list(range(len(caused)))
    assert {event.time_ns for event in caused} == {START_NS + (FIRST + 1) * 1_000}
    assert {event.account for event in caused} == {ALICE, BOB, CAROL}


@each_core
def test_a_reaction_leaves_no_copy_in_the_batch(core: str) -> None:
    batch = records(ON_PRINT, FIRST)
    before = [bytes(record) for record in batch]
    run(core_factory(core), crossing(), watch_prints, batch)
    assert batch == before
    assert not any(codec.decode_command(record).internal for record in batch)


@each_core
def test_a_watch_that_is_off_stops_nothing(core: str) -> None:
    def on_and_off(built: Core) -> None:
        watch_prints(built)
        built.watch_price(MARKET, 0, NEVER)

    fake = crossing()
    run(core_factory(core), fake, on_and_off, records(ON_PRINT, FIRST))
    assert e.Trade in fake.answers


def watch_first_order(core: Core) -> None:
    core.apply(records([limit(ALICE, 1, 5, 101)], FIRST)[0])
    core.watch_order(1, on=True)


def watch_book(core: Core) -> None:
    core.watch_book(MARKET, on=True)


def due_soon(core: Core) -> None:
    core.next_due_ns = START_NS + (FIRST + 1) * 1_000


@each_core
def test_a_reaction_to_a_watched_order_comes_with_its_fill(core: str) -> None:
    fake = Fake({e.Trade: c.CancelOrder(account=ALICE, order_id=1)})
    batch = records([limit(CAROL, 0, 2, 101), limit(CAROL, 0, 2, 101)], FIRST + 1)
    events, _ = run(core_factory(core), fake, watch_first_order, batch)
    done = [event for event in events if isinstance(event, e.OrderDone) and event.order_id == 1]
    assert [(d.sequence, d.open_lots) for d in done] == [(FIRST + 1, 3)]
    assert sum(isinstance(event, e.Trade) for event in events) == 1


@each_core
def test_a_reaction_to_a_book_follows_its_change(core: str) -> None:
    fake = Fake({e.OrderAccepted: limit(BOB, 0, 1, 100)})
    batch = records([limit(ALICE, 0, 1, 99), limit(ALICE, 0, 1, 98)], FIRST)
    events, _ = run(core_factory(core), fake, watch_book, batch)
    accepted = [event for event in events if isinstance(event, e.OrderAccepted)]
    assert [(a.sequence, a.account) for a in accepted] == [
        (FIRST, ALICE),
        (FIRST, BOB),
        (FIRST + 1, ALICE),
    ]


@each_core
def test_a_command_that_leaves_the_book_alone_touches_no_watch(core: str) -> None:
    fake = Fake({e.BalanceChanged: limit(BOB, 0, 1, 100)})
    batch = records([c.Deposit(account=ALICE, asset=BASE, amount_units=1)], FIRST)
    run(core_factory(core), fake, watch_book, batch)
    assert e.BalanceChanged in fake.answers


@each_core
def test_what_is_due_comes_first_and_opens_the_sequence(core: str) -> None:
    fake = Fake(when_due=limit(BOB, 1, 1, 100))
    batch = records([limit(ALICE, 0, 1, 99), limit(CAROL, 0, 1, 100)], FIRST)
    events, _ = run(core_factory(core), fake, due_soon, batch)
    told = [(type(event), event.sequence, event.event_index, event.account) for event in events]
    assert told[:4] == [
        (e.OrderAccepted, FIRST, 0, ALICE),
        (e.OrderAccepted, FIRST + 1, 0, BOB),
        (e.OrderAccepted, FIRST + 1, 1, CAROL),
        (e.Trade, FIRST + 1, 2, CAROL),
    ]


@each_core
def test_what_is_due_waits_for_its_time(core: str) -> None:
    fake = Fake(when_due=limit(BOB, 1, 1, 100))
    run(core_factory(core), fake, due_soon, records([limit(ALICE, 0, 1, 99)], FIRST))
    assert fake.when_due is not None


@each_core
def test_what_is_due_to_nobody_holds_nothing_up(core: str) -> None:
    engine = Engine(core_factory(core)())
    engine.core.next_due_ns = START_NS
    engine.apply(b"".join(records([c.Tick(), c.Tick()], 1)))
    assert engine.core.sequence == 2
    assert engine.core.next_due_ns == (START_NS // DAY_NS + 1) * DAY_NS


def scenarios() -> list[tuple[str, Callable[[], Fake], Arrange, list[bytes]]]:
    """Return every reaction of this page, ready to be run again."""
    two = [limit(CAROL, 0, 2, 101), limit(CAROL, 0, 2, 101)]
    behind = [limit(ALICE, 0, 1, 99), limit(ALICE, 0, 1, 98)]
    cancel = c.CancelOrder(account=ALICE, order_id=1)
    return [
        ("print", crossing, watch_prints, records(ON_PRINT, FIRST)),
        ("order", lambda: Fake({e.Trade: cancel}), watch_first_order, records(two, FIRST + 1)),
        (
            "book",
            lambda: Fake({e.OrderAccepted: limit(BOB, 0, 1, 100)}),
            watch_book,
            records(behind, FIRST),
        ),
        (
            "due",
            lambda: Fake({e.OrderAccepted: limit(ALICE, 0, 1, 97)}, when_due=limit(BOB, 1, 1, 100)),
            due_soon,
            records([*behind, limit(CAROL, 0, 1, 100)], FIRST),
        ),
    ]


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario[0])
@each_core
def test_a_replay_agrees_on_either_core_in_any_split(
    core: str, scenario: tuple[str, Callable[[], Fake], Arrange, list[bytes]]
) -> None:
    _, fake, arrange, batch = scenario
    expected = run(core_factory("reference"), fake(), arrange, batch, 1)
    for size in (0, 1, 2):
        assert run(core_factory(core), fake(), arrange, batch, size) == expected


@each_core
def test_a_host_that_skips_a_sequence_is_told(core: str) -> None:
    engine = Engine(core_factory(core)())
    (first, second) = records([c.Tick(), c.Tick()], 1)
    with pytest.raises(ValueError, match="sequence"):
        engine.apply(first + records([c.Tick()], 7)[0])
    assert engine.core.sequence == 1
    engine.apply(second)
    assert engine.core.sequence == 2


@each_core
def test_definitions_are_read_from_the_snapshot(core: str) -> None:
    engine = Engine(core_factory(core)())
    engine.apply(b"".join(records([*SETTING, c.SetFees(market=1, maker_ppm=-5, taker_ppm=9)], 1)))
    assets, markets = engine.definitions()
    assert [(a.asset, a.symbol) for a in assets] == [(BASE, "BTC"), (QUOTE, "USD")]
    assert [(m.symbol, m.maker_ppm, m.taker_ppm, m.state) for m in markets] == [
        ("BTC_USD", -5, 9, MarketState.TRADING)
    ]
    assert markets[0].tick_value_units == 1
