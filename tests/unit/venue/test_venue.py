"""The venue in process: set up, trade, look, go back."""

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

import outcry
from outcry import Venue
from outcry.venue import BadAmount, BadCommand, CommandRefused, OutOfHistory, VenueError
from tests.support.cores import CORES, core_factory
from tests.support.venue import ANN, BOB, START_NS, open_venue


def test_the_name_is_imported_only_when_it_is_used() -> None:
    code = "import sys, outcry; print('outcry.venue' in sys.modules); outcry.Venue()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert not hasattr(outcry, "Venu")


@pytest.mark.parametrize("core", CORES)
def test_both_cores_tell_the_same_story(core: str) -> None:
    core_factory(core)
    venue, other = open_venue(core), open_venue("reference")
    for story in (venue, other):
        story.place(ANN, "BTC_USDT", "sell", "100", "1")
        story.place(BOB, "BTC_USDT", "buy", None, "0.5")
    assert venue.core == core
    assert venue.digest() == other.digest()
    assert list(venue.events()) == list(other.events())


def test_a_limit_order_says_what_it_traded() -> None:
    venue = open_venue()
    first = venue.place(ANN, "BTC_USDT", "sell", "100.05", "2", key="a")
    answer = venue.place(BOB, 1, "buy", Decimal("100.1"), "0.5")
    assert (answer.accepted, answer.order.status, answer.order.reason) == (True, "done", "filled")
    (fill,) = answer.fills
    assert (fill.price_ticks, fill.lots, fill.notional_units) == (10_005, 5_000, 50_025_000)
    assert venue.order(first.order_id).fills[0].is_maker


def test_market_orders_have_no_price() -> None:
    venue = open_venue()
    venue.place(ANN, "BTC_USDT", "sell", "100", "2")
    by_size = venue.place(BOB, "BTC_USDT", "buy", quantity="0.5")
    by_budget = venue.place(BOB, "BTC_USDT", "buy", budget="100")
    assert [a.order.kind for a in (by_size, by_budget)] == ["market", "budget"]
    assert [a.order.filled_lots for a in (by_size, by_budget)] == [5_000, 10_000]


def test_a_refusal_is_an_answer_that_is_false() -> None:
    answer = open_venue().place(ANN, "BTC_USDT", "buy", "1000000", "5")
    assert not answer
    assert (answer.reason, answer.order, answer.order_id) == ("order_notional", None, 0)


def test_a_repeated_key_answers_with_the_first_order() -> None:
    venue = open_venue()
    first = venue.place(ANN, "BTC_USDT", "buy", "5", "1", key="k")
    again = venue.place(ANN, "BTC_USDT", "buy", "5", "1", key="k")
    other = venue.place(ANN, "BTC_USDT", "buy", "6", "1", key="k")
    assert (again.order_id, bool(again), len(venue.orders(ANN))) == (first.order_id, True, 1)
    assert (bool(other), other.reason) == (False, "id_reused")


@pytest.mark.parametrize(
    ("price", "quantity", "told"),
    [
        (100.05, "1", "100.05 is a float; write amounts as text: '100.05'"),
        ("100", 0.5, "0.5 is a float"),
        ("100.005", "1", "no multiple of 0.01; nearest: 100.00 or 100.01"),
        ("100", "0.00015", "no multiple of 0.0001; nearest: 0.0001 or 0.0002"),
        ("100", "0.000000001", "at most 8 decimals"),
        ("1e5", "1", "price '1e5' is no plain decimal number"),
        ("-1", "1", "no plain decimal number"),
        (True, "1", "is a bool"),
    ],
)
def test_amounts_that_are_not_exact_are_refused(price: Any, quantity: Any, told: str) -> None:
    venue = open_venue()
    before = venue.sequence
    with pytest.raises(BadAmount, match=told.replace("(", r"\(")):
        venue.place(ANN, "BTC_USDT", "buy", price, quantity)
    assert venue.sequence == before


def test_a_step_of_setting_up_that_is_refused_is_raised() -> None:
    venue = open_venue()
    with pytest.raises(CommandRefused, match="SetAsset was refused: exists") as caught:
        venue.asset("BTC", decimals=8)
    assert caught.value.event["reason"] == "exists"
    with pytest.raises(BadCommand, match="no asset 'EUR'"):
        venue.account(9, {"EUR": 1})
    assert venue.account_status(9) == ""


def test_an_account_can_be_credited_again() -> None:
    venue = open_venue()
    venue.account(ANN, {"BTC": "0.5"})
    assert venue.balance(ANN, "BTC") == (100_050_000_000, 0)
    assert venue.amount("BTC", 100_050_000_000) == "1000.50000000"
    assert venue.balances(ANN)["USDT"].available_units == 10**12


def test_the_book_shows_levels_best_first() -> None:
    venue = open_venue()
    for price in ("99", "100", "99"):
        venue.place(ANN, "BTC_USDT", "buy", price, "1")
    book = venue.book("BTC_USDT")
    assert book.bids == [(10_000, 10_000), (9_900, 20_000)]
    assert (book.update_id, book.asks, len(venue.book(1, 1).bids)) == (3, [], 1)


def test_time_goes_on_and_never_back() -> None:
    venue = open_venue()
    assert venue.now_ns == START_NS
    venue.advance("1.5")
    venue.apply({"command": "Tick", "time_ns": 5})
    assert venue.now_ns == START_NS + 1_500_000_000
    with pytest.raises(VenueError, match="never goes back"):
        venue.advance(to_ns=START_NS)
    with pytest.raises(BadAmount):
        venue.advance(0.5)  # type: ignore[arg-type]


def test_time_has_an_end_and_the_core_a_name() -> None:
    venue = open_venue()
    assert venue.apply({"command": "Tick", "time_ns": 2**62 - 1, "key": "k"}) == []
    (again,) = venue.apply({"command": "Tick", "key": "k"})
    assert (again["event"], again["reason"]) == ("CommandReplayed", "accepted")
    with pytest.raises(BadCommand, match="does not fit"):
        venue.advance(1)
    with pytest.raises(VenueError, match="does not fit"):
        Venue(time_ns=2**62)
    with pytest.raises(VenueError, match="did you mean 'compiled'"):
        Venue("compild")


def test_states_have_names() -> None:
    venue = open_venue()
    venue.apply({"command": "SetState", "market": 1, "state": "halted"})
    venue.apply({"command": "SetAccountStatus", "account": ANN, "status": "frozen"})
    venue.apply({"command": "SetMode", "mode": "read_only"})
    found = venue.state("BTC_USDT"), venue.account_status(ANN), venue.mode
    assert found == ("halted", "frozen", "read_only")


def test_all_units_are_accounted_for() -> None:
    venue = open_venue()
    venue.place(ANN, "BTC_USDT", "sell", "100", "2")
    totals = venue.conservation()
    assert totals["BTC"].balanced
    assert (totals["BTC"].held, totals["BTC"].credited) == (2 * 10**8, 2_000 * 10**8)


def test_an_order_is_seen_through_its_whole_life() -> None:
    venue = open_venue()
    order_id = venue.place(ANN, "BTC_USDT", "sell", "100", "2", key="k").order_id
    venue.place(BOB, "BTC_USDT", "buy", "100", "0.5")
    partly = venue.order(order_id)
    venue.ask({"command": "ReduceOrder", "account": ANN, "order_id": order_id, "lots": 5_000})
    reduced = venue.order(order_id)
    venue.cancel(ANN, order_id)
    done = venue.order(order_id)
    assert [o.open_lots for o in (partly, reduced, done)] == [15_000, 10_000, 0]
    assert [o.lots for o in (partly, reduced, done)] == [20_000, 15_000, 15_000]
    assert (done.status, done.reason, done.filled_lots, done.key) == (
        "done",
        "cancelled",
        5_000,
        "k",
    )
    assert (venue.order(99), venue.orders(ANN)) == (None, [])


def test_a_past_venue_shares_nothing_with_the_present_one() -> None:
    venue = open_venue()
    before = venue.sequence, venue.digest()
    venue.place(ANN, "BTC_USDT", "sell", "100", "2")
    past = venue.at(before[0])
    past.place(BOB, "BTC_USDT", "buy", "99", "1")
    assert venue.book(1).bids == []
    assert past.book(1).asks == []
    assert venue.at(before[0]).digest() == before[1]
    assert venue.at(0).digest() == Venue().digest()


@pytest.mark.parametrize("sequence", [-1, 13])
def test_what_has_not_come_cannot_be_gone_back_to(sequence: int) -> None:
    venue = open_venue()
    assert venue.sequence == 12
    with pytest.raises(OutOfHistory, match=f"{sequence} is not in this history: 0 to 12"):
        venue.at(sequence)


def test_going_back_works_inside_a_batch_and_far_beyond_the_first_states() -> None:
    venue = open_venue()
    tick = {"command": "Tick"}
    deposit = {"command": "Deposit", "account": ANN, "asset": "BTC", "amount_units": 1}
    for _ in range(50):
        venue.apply_many([deposit, tick] * 1_000)
    assert len(venue._history.states) <= 33
    past = venue.at(12 + 61_001)
    assert past.balance(ANN, "BTC").available_units == 10**11 + 30_501
    assert len(list(past.events(12))) == 30_501
    assert past.at(13).sequence == 13


def test_a_snapshot_begins_a_history_of_its_own() -> None:
    venue = open_venue()
    order_id = venue.place(ANN, "BTC_USDT", "sell", "100", "2", key="k").order_id
    restored = Venue.restore(venue.snapshot())
    restored.place(BOB, "BTC_USDT", "buy", "100", "0.5")
    order = restored.order(order_id)
    assert (order.status, order.open_lots, order.filled_lots) == ("open", 15_000, 5_000)
    assert (order.kind, len(order.fills), len(restored.orders(ANN))) == ("", 1, 1)
    with pytest.raises(OutOfHistory, match="13 to 14"):
        restored.at(3)


def test_a_journal_leads_to_the_same_venue() -> None:
    venue = open_venue()
    middle = venue.snapshot()
    venue.place(ANN, "BTC_USDT", "sell", "100", "2")
    assert Venue.replay(venue.journal()).digest() == venue.digest()
    assert Venue.replay(b"").sequence == 0
    tail = Venue.restore(middle)
    tail.place(ANN, "BTC_USDT", "sell", "100", "2")
    again = Venue.replay(tail.journal(), snapshot=middle)
    assert again.digest() == tail.digest() == venue.digest()


def test_bytes_that_are_something_else_are_refused() -> None:
    venue = open_venue()
    with pytest.raises(VenueError, match="no snapshot of a venue"):
        Venue.restore(b"something else")
    with pytest.raises(VenueError, match="does not go on behind sequence 0"):
        Venue.replay(venue.journal()[8:])
    with pytest.raises(VenueError, match="does not go on behind sequence 0"):
        Venue.replay(Venue.restore(venue.snapshot()).at(12).journal() + venue.journal()[40:])


def test_without_history_only_the_present_is_there() -> None:
    venue = open_venue(history=False)
    order_id = venue.place(ANN, "BTC_USDT", "sell", "100", "2").order_id
    assert venue.order(order_id).open_lots == 20_000
    for ask in (venue.journal, lambda: venue.at(3), lambda: list(venue.events()), venue.trades):
        with pytest.raises(OutOfHistory, match="history=False"):
            ask()


def test_commands_come_back_as_they_were_given() -> None:
    venue = open_venue()
    venue.place(ANN, "BTC_USDT", "sell", "100", "2", key="k", post_only=True)
    other = Venue()
    for words in venue.commands():
        other.apply(words)
    assert (other.sequence, other.digest()) == (venue.sequence, venue.digest())
    assert list(venue.commands(12))[0]["post_only"] is True


@pytest.mark.parametrize(
    "more",
    [
        {"time_in_force": "day"},
        {"time_in_force": 3, "expires_ns": START_NS + 60 * 10**9},
        {"time_in_force": "gtd", "expires_ns": START_NS + 60 * 10**9},
    ],
)
def test_an_order_that_ends_at_a_time_is_placed_like_any_other(more: dict[str, Any]) -> None:
    venue = open_venue("reference")
    placed = venue.place(ANN, "BTC_USDT", "sell", "100", "1", key="mine", **more)
    assert [event["event"] for event in placed.events] == ["OrderAccepted", "OrderTerms"]
    assert placed.order.status == "open"
    venue.advance(86_400)
    order = venue.order(placed.order_id)
    assert (order.status, order.reason) == ("done", "expired")


# Special orders


def test_a_stop_waits_and_fires() -> None:
    venue = open_venue()
    venue.place(ANN, "BTC_USDT", "buy", "90", "5")
    stop = venue.place(ANN, "BTC_USDT", "sell", quantity="1", trigger="stop", trigger_price="95")
    assert (stop.order.status, stop.order.kind, stop.order.shown_lots) == ("waiting", "market", 0)
    assert (stop.order.terms.trigger, stop.order.terms.trigger_ticks) == ("stop", 9_500)
    assert stop.order.price_ticks == 9_025
    assert [order.order_id for order in venue.orders(ANN)] == [1, 2]
    venue.place(BOB, "BTC_USDT", "buy", "94", "2")
    venue.place(BOB, "BTC_USDT", "sell", "94", "1", self_trade="expire_maker")
    assert venue.order(stop.order_id).status == "waiting"
    venue.place(BOB, "BTC_USDT", "buy", "94", "2")
    printed = venue.place(8, "BTC_USDT", "sell", "89", "0.5", self_trade="expire_maker")
    assert [fill.price_ticks for fill in printed.fills] == [9_000]
    done = venue.order(stop.order_id)
    assert (done.status, done.terms.trigger, done.post_only) == ("done", "stop", False)


def test_what_an_iceberg_shows() -> None:
    venue = open_venue()
    order = venue.place(ANN, "BTC_USDT", "sell", "100", "2", display="0.5").order
    assert (order.shown_lots, order.open_lots, order.terms.display_lots) == (5_000, 20_000, 5_000)
    venue.place(BOB, "BTC_USDT", "buy", "100", "0.7")
    order = venue.order(order.order_id)
    assert (order.shown_lots, order.open_lots, order.filled_lots) == (3_000, 13_000, 7_000)
    restored = Venue.restore(venue.snapshot()).order(order.order_id)
    assert (restored.kind, restored.time_in_force, restored.key) == ("limit", "gtc", "")
    assert (restored.terms, restored.shown_lots) == (order.terms, order.shown_lots)
    venue.cancel(ANN, order.order_id)
    ended = venue.order(order.order_id)
    assert (ended.lots, ended.shown_lots, ended.terms) == (20_000, 0, order.terms)


def test_a_list_is_answered_with_all_its_orders() -> None:
    venue = open_venue()
    parent = {"side": "buy", "price": "100", "quantity": "1"}
    take = {"side": "sell", "price": "110", "quantity": "1", "post_only": True}
    stop = {"side": "sell", "quantity": "1", "trigger": "stop", "trigger_price": "90"}
    answer = venue.place_list(BOB, "BTC_USDT", "otoco", [parent, take, stop], key="mine")
    first, second, third = map(venue.order, answer.order_ids)
    assert answer.order == first
    assert (first.status, second.status, third.status) == ("open", "waiting", "waiting")
    assert (second.pending, third.pending, second.post_only) == (True, True, True)
    venue.place(ANN, "BTC_USDT", "sell", "100", "1")
    second, third = map(venue.order, answer.order_ids[1:])
    assert (second.status, second.pending, second.linked) == ("open", False, True)
    assert (third.status, third.linked, third.terms.partner) == ("waiting", True, second.order_id)
    venue.place(ANN, "BTC_USDT", "buy", "110", "0.4")
    second, third = map(venue.order, answer.order_ids[1:])
    assert (second.open_lots, third.status, third.reason) == (6_000, "done", "oco")
    assert (third.lots, third.terms.partner) == (6_000, 0)
    again = venue.place_list(BOB, "BTC_USDT", "otoco", [parent, take, stop], key="mine")
    assert (again.order_id, again.order_ids) == (first.order_id, ())


def test_the_cancel_of_one_order_is_not_mistaken_for_the_end_of_another() -> None:
    venue = open_venue()
    venue.place(ANN, "BTC_USDT", "sell", "100", "1", expires_in_s="5")
    kept = venue.place(ANN, "BTC_USDT", "sell", "101", "1", key="kept").order_id
    other = venue.place(ANN, "BTC_USDT", "sell", "102", "1").order_id
    late = {"command": "CancelOrder", "account": ANN, "time_ns": START_NS + 6 * 10**9}
    assert venue.ask(late | {"target": "kept"}).order_id == kept
    venue.place(ANN, "BTC_USDT", "sell", "100", "1", expires_in_s="1")
    answer = venue.ask(late | {"order_id": other, "time_ns": START_NS + 9 * 10**9})
    assert (answer.order_id, answer.order.reason, len(answer.events)) == (other, "cancelled", 2)


def test_a_sub_account_does_not_trade_with_its_parent() -> None:
    venue = open_venue()
    venue.account(9, {"BTC": "1"}, parent=BOB)
    venue.place(9, "BTC_USDT", "sell", "100", "1")
    met = venue.place(BOB, "BTC_USDT", "buy", "100", "1")
    assert (met.order.reason, met.fills) == ("self_trade", ())


def test_a_market_takes_all_its_rules_and_can_begin_in_a_call_phase() -> None:
    venue = open_venue()
    venue.market(
        "USDT_BTC", tick="0.0001", lot="1", state="pre_open", limit_stop_orders=3,
        limit_position_units=10**13, protection_ppm=1,
    )  # fmt: skip
    (told,) = (e for e in venue.events() if e["event"] == "MarketSet" and e["market"] == 2)
    assert (told["limit_stop_orders"], told["protection_ppm"]) == (3, 1)
    assert venue.state("USDT_BTC") == "pre_open"
    for account, side in ((ANN, "buy"), (BOB, "sell")):
        assert venue.place(account, "USDT_BTC", side, "0.01", "100").order.status == "open"
    events = venue.apply({"command": "SetState", "market": 2, "state": "trading"})
    trade = next(event for event in events if event["event"] == "Trade")
    assert (trade["auction"], trade["price_ticks"], trade["lots"]) == (True, 100, 100)
    assert events[-1]["event"] == "StateChanged"
