"""Which order ends when, and what a restart finds of it."""

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.market import MarketState
from outcry.domain.order import DoneReason, TimeInForce
from outcry.domain.units import DAY_NS
from outcry.engine.core import Core, CoreFactory
from outcry.engine.engine import Engine
from outcry.engine.orders import expiry
from outcry.engine.orders.expiry import NEVER_NS, Expiry
from tests.support.cores import CORES, core_factory

MARKET, BASE, QUOTE, ALICE = 1, 1, 2, 1
START_NS = 1_700_000_000_000_000_000
LAST_MIDNIGHT_NS = NEVER_NS // DAY_NS * DAY_NS
SETTING: tuple[c.Command, ...] = (
    c.SetAsset(asset=BASE, symbol="BTC", unit_decimals=0, chain_decimals=0),
    c.SetAsset(asset=QUOTE, symbol="USD", unit_decimals=0, chain_decimals=0),
    c.SetMarket(
        market=MARKET, symbol="BTC_USD", base=BASE, quote=QUOTE, tick_mantissa=1, tick_decimals=0,
        lot_units=1,
    ),
    c.SetState(market=MARKET, state=MarketState.TRADING),
    c.OpenAccount(account=ALICE),
    c.Deposit(account=ALICE, asset=QUOTE, amount_units=10**9),
)  # fmt: skip


class Venue:
    """An engine and its time."""

    def __init__(self, factory: CoreFactory) -> None:
        self.factory = factory
        self.engine = Engine(factory())
        self.now_ns = START_NS
        self.send(*SETTING)

    @property
    def core(self) -> Core:
        return self.engine.core

    def send(self, *commands: c.Command) -> list[e.Event]:
        records = bytearray(b"".join(codec.encode_command(command) for command in commands))
        codec.stamp(records, self.core.sequence + 1, self.now_ns)
        return codec.decode_events(self.engine.apply(bytes(records)))

    def until(self, expires_ns: int, price: int = 100) -> int:
        """Place an order that ends then; return its id."""
        events = self.send(
            c.PlaceSpecial(
                account=ALICE, market=MARKET, side=0, price_ticks=price, lots=1,
                time_in_force=TimeInForce.GTD, expires_ns=expires_ns,
            )
        )  # fmt: skip
        assert isinstance(events[0], e.OrderAccepted)
        return events[0].order_id

    def restart(self) -> None:
        self.engine = Engine.restore(self.factory, self.engine.snapshot())


@pytest.fixture(params=CORES)
def venue(request: pytest.FixtureRequest) -> Venue:
    return Venue(core_factory(request.param))


def expired(events: list[e.Event]) -> list[int]:
    done = [event for event in events if isinstance(event, e.OrderDone)]
    assert all(event.reason == DoneReason.EXPIRED for event in done)
    return [event.order_id for event in done]


MIDNIGHT_NS = (START_NS // DAY_NS + 1) * DAY_NS
"""When the day rolls, whatever there is."""


def test_only_the_day_is_due_where_no_order_ends(venue: Venue) -> None:
    assert venue.core.next_due_ns == MIDNIGHT_NS


def test_the_core_stops_for_the_soonest_end(venue: Venue) -> None:
    venue.until(START_NS + 500)
    venue.until(START_NS + 300)
    assert venue.core.next_due_ns == START_NS + 300


def test_orders_end_in_the_sequence_of_the_command_that_came_too_late(venue: Venue) -> None:
    first, second = venue.until(START_NS + 300), venue.until(START_NS + 200)
    venue.now_ns += 300
    events = venue.send(c.Tick(), c.Tick())
    assert expired(events) == [second, first]
    assert {event.sequence for event in events} == {venue.core.sequence - 1}
    assert [event.event_index for event in events] == [0, 1]
    assert {event.time_ns for event in events} == {venue.now_ns}


@pytest.mark.parametrize("ahead_ns", [299, 300])
def test_a_restart_finds_every_end_again(venue: Venue, ahead_ns: int) -> None:
    order = venue.until(START_NS + 300)
    venue.until(START_NS + 10**9)
    venue.restart()
    venue.now_ns += ahead_ns
    assert expired(venue.send(c.Tick())) == [order] * (ahead_ns == 300)


def test_a_cancelled_order_leaves_nothing_due(venue: Venue) -> None:
    order = venue.until(START_NS + 300)
    venue.send(c.CancelOrder(account=ALICE, order_id=order))
    venue.now_ns += 10**9
    assert venue.send(c.Tick()) == []
    assert venue.core.next_due_ns == MIDNIGHT_NS


def test_an_order_placed_and_filled_at_once_is_not_remembered(venue: Venue) -> None:
    venue.send(c.Deposit(account=ALICE, asset=BASE, amount_units=10))
    venue.send(c.PlaceOrder(account=ALICE, market=MARKET, side=1, price_ticks=90, lots=1))
    events = venue.send(
        c.PlaceSpecial(
            account=ALICE, market=MARKET, side=0, price_ticks=90, lots=1, self_trade=3,
            time_in_force=TimeInForce.DAY,
        )
    )  # fmt: skip
    assert type(events[1]) is e.OrderTerms
    assert venue.core.special_orders() == []
    assert venue.core.next_due_ns == MIDNIGHT_NS


def test_ends_of_orders_long_gone_do_not_pile_up(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "SPARE_ENTRIES", 8)
    ends = Expiry(venue.core)
    kept = venue.until(START_NS + 10**9)
    ends.note(_terms(venue, kept))
    for _ in range(100):
        order = venue.until(START_NS + 10**6)
        ends.note(_terms(venue, order))
        venue.send(c.CancelOrder(account=ALICE, order_id=order))
    assert len(ends._ends) < 20
    assert ends.next() == (START_NS + 10**9, kept)


def _terms(venue: Venue, order_id: int) -> e.OrderTerms:
    terms = venue.core.terms(order_id)
    assert terms is not None
    return e.OrderTerms(0, venue.core.sequence, 0, ALICE, MARKET, order_id, *terms[:12])


def test_the_last_days_that_time_knows_end_as_days_do(venue: Venue) -> None:
    day_order = c.PlaceSpecial(
        account=ALICE, market=MARKET, side=0, price_ticks=100, lots=1,
        time_in_force=TimeInForce.DAY,
    )  # fmt: skip
    told = []
    for now_ns in (LAST_MIDNIGHT_NS - DAY_NS - 1, LAST_MIDNIGHT_NS - 1, LAST_MIDNIGHT_NS):
        venue.now_ns = now_ns
        told += [event for event in venue.send(day_order) if isinstance(event, e.OrderTerms)]
    ends = [terms.expires_ns for terms in told]
    assert ends == [LAST_MIDNIGHT_NS - DAY_NS, LAST_MIDNIGHT_NS, NEVER_NS]
