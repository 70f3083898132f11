"""Slices without lots change nothing and cost nothing, however many there are."""

from random import Random

import pytest

from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.market import MarketState
from outcry.domain.order import DoneReason, Side
from outcry.engine.orders import slices
from tests.support.cores import CORES, core_factory
from tests.unit.engine.orders.test_expiry import ALICE, MARKET, Venue

BOB, OF_BOB = 2, 1_000
MOST = (1 << 32) - 1


def sliced(lots: int, parts: int, interval_ns: int) -> c.PlaceSpecial:
    return c.PlaceSpecial(
        account=ALICE, market=MARKET, side=Side.BUY, price_ticks=100, lots=lots, slices=parts,
        interval_ns=interval_ns,
    )  # fmt: skip


def venue_of(core: str) -> Venue:
    venue = Venue(core_factory(core))
    venue.send(c.OpenAccount(account=BOB), c.Deposit(account=BOB, asset=1, amount_units=OF_BOB))
    venue.send(
        c.PlaceOrder(account=BOB, market=MARKET, side=Side.SELL, price_ticks=100, lots=OF_BOB)
    )
    return venue


@pytest.mark.parametrize("core", CORES)
@pytest.mark.timeout(20)
def test_four_billion_slices_of_three_lots_take_three_steps(core: str) -> None:
    venue = venue_of(core)
    venue.send(sliced(3, MOST, 1))
    venue.now_ns += MOST - 1
    assert [type(event) for event in venue.send(c.Tick())].count(e.Trade) == 2
    venue.now_ns += 1
    (done,) = [event for event in venue.send(c.Tick()) if isinstance(event, e.OrderDone)]
    assert (done.order_id, done.reason) == (2, DoneReason.FILLED)


def lived(core: str, seed: int) -> list[object]:
    """Return all that happens to some orders, and the state after each step."""
    random, venue = Random(seed), venue_of(core)
    seen: list[object] = []
    for _ in range(random.randint(1, 3)):
        seen += venue.send(
            sliced(random.randint(1, 9), random.randint(2, 40), random.randint(1, 5))
        )
    for _ in range(12):
        venue.now_ns += random.randint(0, 25)
        state = random.choice((MarketState.TRADING, MarketState.HALTED))
        seen += venue.send(
            c.SetState(market=MARKET, state=state) if random.random() < 0.3 else c.Tick()
        )
        seen.append(venue.engine.digest())
    return seen


@pytest.mark.parametrize("seed", range(60))
def test_passing_over_them_is_what_running_each_is(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed_over = lived(CORES[-1], seed)
    monkeypatch.setattr(slices, "_next_with_lots", lambda _lots, slice_, _slices: slice_ + 1)
    assert lived(CORES[-1], seed) == passed_over
