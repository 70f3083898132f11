"""Bands, positions, groups, rates; what a core leaves to its host, and what the host tells it."""

from hashlib import sha256

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.market import FeeAsset, MarketState, VenueMode
from outcry.domain.order import DoneReason, Kind, SelfTrade, TimeInForce
from outcry.domain.rejects import Reject
from outcry.engine.core import ASK, END, WATCH
from tests.support.bare import ALICE, BASE, BOB, CAROL, MARKET, NOW_NS, Bare, told
from tests.support.cores import CORES, core_factory

NEVER = 2**63 - 1
AUCTION = c.SetState(market=MARKET, state=MarketState.AUCTION)
TRADING = c.SetState(market=MARKET, state=MarketState.TRADING)


@pytest.fixture(params=CORES)
def venue(request: pytest.FixtureRequest) -> Bare:
    return Bare(core_factory(request.param))


def band(venue: Bare, low: int, high: int) -> None:
    limits = {"buy_low_ticks": low, "buy_high_ticks": high}
    limits |= {"sell_low_ticks": low, "sell_high_ticks": high}
    assert venue.do(c.PutBand(market=MARKET, **limits)) == []


def stopped(venue: Bare, command: c.Command, sequence: int | None = None) -> int:
    """Apply a command; return why the core stopped."""
    record = bytearray(codec.encode_command(command))
    codec.stamp(record, venue.core.sequence + 1 if sequence is None else sequence, NOW_NS)
    return venue.core.apply(bytes(record))[2]


def refusal(events: list[e.Event]) -> tuple[int, int, int]:
    (refused,) = events
    assert isinstance(refused, e.CommandRejected)
    return refused.reason, refused.given, refused.bound


# Bands


def test_a_limit_beyond_its_band_is_refused(venue: Bare) -> None:
    band(venue, 95, 105)
    assert refusal(venue.limit(ALICE, 0, 106, 1)) == (Reject.BAND, 106, 105)
    assert refusal(venue.limit(ALICE, 1, 94, 1)) == (Reject.BAND, 94, 95)
    assert told(venue.limit(ALICE, 0, 90, 1)) == ["OrderAccepted"]


def test_a_taker_stops_at_its_band_and_is_protected(venue: Bare) -> None:
    venue.limit(BOB, 1, 100, 1)
    venue.limit(BOB, 1, 110, 5)
    band(venue, 95, 105)
    market = c.PlaceOrder(account=ALICE, market=MARKET, side=0, kind=Kind.MARKET, lots=3)
    done = venue.send(market)[-1]
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.filled_lots) == (DoneReason.PROTECTED, 1)
    assert stopped(venue, market) == WATCH


def test_liquidity_outside_the_band_does_not_fill_or_kill(venue: Bare) -> None:
    venue.limit(BOB, 1, 100, 1)
    venue.limit(BOB, 1, 110, 5)
    band(venue, 105, NEVER)
    fok = {"time_in_force": TimeInForce.FOK}
    done = venue.limit(ALICE, 0, 110, 2, **fok)[-1]
    assert isinstance(done, e.OrderDone)
    assert done.reason == DoneReason.FOK_KILLED


def test_a_call_phase_has_no_band(venue: Bare) -> None:
    band(venue, 95, 105)
    venue.send(AUCTION)
    assert told(venue.limit(ALICE, 0, 120, 1)) == ["OrderAccepted"]


# Positions


def test_a_position_counts_what_is_had_and_what_would_be_bought(venue: Bare) -> None:
    have = venue.core.balance(ALICE, BASE)[0]
    venue.set_market(limit_position_units=have + 10)
    venue.limit(ALICE, 0, 50, 6)
    assert refusal(venue.limit(ALICE, 0, 50, 5)) == (Reject.POSITION, have + 11, have + 10)
    grow = c.ReplaceOrder(account=ALICE, order_id=1, price_ticks=50, lots=11)
    assert refusal(venue.send(grow)) == (Reject.POSITION, have + 11, have + 10)
    assert told(venue.limit(ALICE, 1, 60, 50)) == ["OrderAccepted"]


# Groups


def test_a_group_does_not_trade_with_itself_and_may_transfer(venue: Bare) -> None:
    venue.send(c.OpenAccount(account=9, parent=ALICE))
    assert venue.core.group(9) == ALICE
    move = c.Transfer(account=ALICE, to_account=9, asset=BASE, amount_units=50)
    assert told(venue.send(move)) == ["BalanceChanged"]
    venue.send(c.PlaceOrder(account=9, market=MARKET, side=1, price_ticks=100, lots=5))
    prevented = venue.limit(ALICE, 0, 100, 2, self_trade=SelfTrade.DECREMENT)[1]
    assert isinstance(prevented, e.MatchPrevented)
    assert (prevented.account, prevented.maker_account) == (ALICE, 9)


def test_a_sub_account_has_a_parent_that_is_none(venue: Bare) -> None:
    venue.send(c.OpenAccount(account=9, parent=ALICE))
    assert refusal(venue.send(c.OpenAccount(account=10, parent=9)))[0] == Reject.SHAPE
    unknown = venue.send(c.OpenAccount(account=10, parent=11))
    assert refusal(unknown) == (Reject.UNKNOWN_ACCOUNT, 11, 0)


def test_what_a_group_trades_with_itself_is_no_volume(venue: Bare) -> None:
    venue.set_market(allow_self_trade=1)
    venue.limit(ALICE, 1, 100, 2)
    venue.limit(ALICE, 0, 100, 2, self_trade=SelfTrade.NONE)
    assert venue.core.volumes() == []
    venue.limit(BOB, 1, 100, 3)
    venue.limit(ALICE, 0, 100, 3)
    assert venue.core.volumes() == [(ALICE, MARKET, 300), (BOB, MARKET, 300)]


# Rates


def test_an_account_pays_its_own_rates_and_holds_for_them(venue: Bare) -> None:
    rates = c.PutRates(account=ALICE, market=MARKET, own=1, maker_ppm=0, taker_ppm=20_000)
    assert told(venue.do(rates)) == ["RatesSet"]
    assert venue.core.own_rates(MARKET) == [(ALICE, 0, 20_000)]
    venue.limit(BOB, 1, 100, 1)
    accepted, trade, *_ = venue.limit(ALICE, 0, 100, 1)
    assert isinstance(accepted, e.OrderAccepted)
    assert isinstance(trade, e.Trade)
    assert (accepted.hold_units, accepted.cap_ppm, trade.taker_fee_units) == (102, 20_000, 2)
    venue.do(c.PutRates(account=ALICE, market=MARKET, own=0))
    assert venue.core.own_rates(MARKET) == []


def test_fees_that_the_lowest_rates_do_not_fund_are_refused(venue: Bare) -> None:
    venue.do(c.PutFloor(market=MARKET, maker_ppm=-50, taker_ppm=100))
    poor = c.SetFees(market=MARKET, maker_ppm=-101, taker_ppm=500)
    fair = c.SetFees(market=MARKET, maker_ppm=-100, taker_ppm=500)
    assert refusal(venue.send(poor))[0] == Reject.FEES
    assert told(venue.send(fair)) == ["FeesSet"]
    assert refusal(venue.set_market(fee_asset=FeeAsset.RECEIVED))[0] == Reject.FEES


# What is left to the host


def test_a_command_that_is_the_hosts_waits_for_its_answer(venue: Bare) -> None:
    assert venue.send(c.SetRules(market=MARKET, key="rules")) == []
    assert venue.asks
    for forbidden in (venue.core.snapshot, venue.core.digest):
        with pytest.raises(ValueError, match="."):
            forbidden()
    with pytest.raises(ValueError, match="."):
        venue.send(c.Tick())
    assert venue.answer() == []
    assert venue.core.find_key(0, "rules") == (0, 0, venue.core.sequence)
    with pytest.raises(ValueError, match="."):
        venue.core.answer()


def test_an_answer_may_be_a_refusal(venue: Bare) -> None:
    venue.send(c.RenewSwitch(account=ALICE, timeout_ns=-1, key="switch"))
    refused = venue.answer(Reject.SHAPE, 5, 6)
    assert refusal(refused) == (Reject.SHAPE, 5, 6)
    assert refused[0].event_index == 0
    assert venue.core.find_key(ALICE, "switch") == (0, Reject.SHAPE, venue.core.sequence)


def test_what_names_nobody_is_refused_without_asking(venue: Bare) -> None:
    assert refusal(venue.send(c.SetRules(market=9)))[0] == Reject.UNKNOWN_MARKET
    unknown = venue.send(c.RenewSwitch(account=99, timeout_ns=1))
    assert refusal(unknown)[0] == Reject.UNKNOWN_ACCOUNT
    everyone = c.RenewSwitch(timeout_ns=1, scope=2)
    assert stopped(venue, everyone) == ASK


def test_the_host_is_not_asked_for_what_it_commands_itself(venue: Bare) -> None:
    assert refusal(venue.do(c.SetRules(market=MARKET)))[0] == Reject.SHAPE


def test_a_move_out_of_a_call_phase_is_left_to_the_host(venue: Bare) -> None:
    assert told(venue.send(AUCTION)) == ["StateChanged"]
    assert stopped(venue, TRADING) == ASK
    venue.core.answer()


def test_a_halted_market_reopens_by_an_auction_only(venue: Bare) -> None:
    venue.send(c.SetState(market=MARKET, state=MarketState.HALTED))
    refused = refusal(venue.send(TRADING))
    assert refused == (Reject.TRANSITION, MarketState.TRADING, MarketState.HALTED)
    assert told(venue.send(AUCTION)) == ["StateChanged"]


def test_a_retired_market_is_closed_for_ever(venue: Bare) -> None:
    venue.do(c.PutState(market=MARKET, state=MarketState.RETIRED))
    assert refusal(venue.send(AUCTION))[0] == Reject.TRANSITION
    assert refusal(venue.limit(ALICE, 0, 1, 1)) == (Reject.MARKET_CLOSED, MarketState.RETIRED, 0)


def test_the_host_acts_in_every_mode_of_the_venue(venue: Bare) -> None:
    venue.limit(ALICE, 0, 1, 1)
    venue.send(c.SetMode(mode=VenueMode.HALTED))
    assert told(venue.do(c.EndOrder(order_id=1, reason=2))) == ["OrderDone"]


# What the host says and keeps


def test_what_is_said_has_its_place_among_the_events(venue: Bare) -> None:
    (accepted,) = venue.limit(ALICE, 0, 1, 1)
    said = venue.core.say(codec.encode_event(e.SessionEnded(0, 0, 0, 0, 0, 7)) * 2)
    first, second = codec.decode_events(said)
    assert [x.event_index for x in (accepted, first, second)] == [0, 1, 2]
    assert (second.sequence, second.time_ns) == (venue.core.sequence, NOW_NS)


def test_notes_are_kept_and_not_looked_at(venue: Bare) -> None:
    empty = len(venue.core.snapshot())
    venue.core.notes = b"ninebytes"
    snapshot = venue.core.snapshot()
    assert len(snapshot) == empty + 16
    restored = venue.factory.restore(snapshot)
    assert restored.notes == b"ninebytes"
    assert restored.digest() == sha256(snapshot).digest()


# Watches


def test_a_watched_book_tells_of_its_best_and_of_the_references_of_pegs(venue: Bare) -> None:
    venue.limit(ALICE, 0, 100, 5, peg=1)
    venue.limit(BOB, 0, 90, 1)
    venue.limit(BOB, 0, 80, 1)
    venue.do(c.MovePeg(order_id=1, price_ticks=95))
    venue.core.watch_book(MARKET, True)
    behind = c.PlaceOrder(account=CAROL, market=MARKET, side=0, price_ticks=70, lots=1)
    assert stopped(venue, behind) == END
    assert stopped(venue, c.CancelOrder(account=BOB, order_id=2)) == WATCH
    venue.core.watch_book(MARKET, False)
    assert stopped(venue, c.CancelOrder(account=BOB, order_id=3)) == END


def test_a_market_is_read_as_it_is(venue: Bare) -> None:
    venue.print_at(100)
    assert venue.core.market(MARKET) == (MarketState.TRADING, 100, 2, 0, 0, 1, 1, 0, 0)
    assert venue.core.market(9) is None
    assert venue.core.market_orders(0) == []
