"""What each kind of event posts, in numbers one can follow.

BTC is asset 1 with 8 decimals, USDT asset 2 with 6. One lot is 10,000 units of BTC, one tick of one
lot 5 units of USDT, so 3 lots at 1,000 ticks are 30,000 units of BTC for 15,000 units of USDT.
"""

from typing import Any

import pytest

from outcry.domain import events as e
from outcry.domain.events import Cause
from outcry.domain.market import FeeAsset
from outcry.ledger.posting import Poster, Posting, Purpose

BTC, USDT = 1, 2
QUOTE_MARKET, RECEIVED_MARKET = 1, 2
ALICE, BOB = 7, 9
VENUE = 0
BUY, SELL = 0, 1
AVAILABLE, HELD, IN_FLIGHT, FEES, LOSS, DEPOSITED, WITHDRAWN = Purpose


def told(kind: type[Any], **fields: int) -> Any:
    """Return an event with these fields; the others are 0."""
    return kind(**{name: fields.get(name, 0) for name in kind._fields})


@pytest.fixture
def poster() -> Poster:
    poster = Poster((), side_of={5: SELL}.__getitem__)
    for market, fee_asset in (
        (QUOTE_MARKET, FeeAsset.QUOTE),
        (RECEIVED_MARKET, FeeAsset.RECEIVED),
    ):
        rules = {"base": BTC, "quote": USDT, "lot_units": 10_000, "fee_asset": fee_asset}
        assert not poster.post(told(e.MarketSet, market=market, **rules))
    return poster


def posted(poster: Poster, event: e.Event) -> list[Posting]:
    postings = list(poster.post(event))
    assert postings == sorted(postings)
    assert all(change for *_, change in postings)
    assert len({posting[:3] for posting in postings}) == len(postings)
    for asset in (BTC, USDT):
        assert sum(change for _, of, _, change in postings if of == asset) == 0
    return postings


def test_accepted_buy_holds_the_quote(poster: Poster) -> None:
    event = told(e.OrderAccepted, account=ALICE, market=1, side=BUY, hold_units=15_008)
    assert posted(poster, event) == [
        (ALICE, USDT, AVAILABLE, -15_008),
        (ALICE, USDT, HELD, 15_008),
    ]


def test_accepted_sell_holds_the_base(poster: Poster) -> None:
    event = told(e.OrderAccepted, account=ALICE, market=1, side=SELL, hold_units=30_000)
    assert posted(poster, event) == [(ALICE, BTC, AVAILABLE, -30_000), (ALICE, BTC, HELD, 30_000)]


def test_replaced_order_holds_more_or_less(poster: Poster) -> None:
    less = told(e.OrderReplaced, account=ALICE, market=1, side=BUY, hold_units=-5_000)
    more = told(e.OrderReplaced, account=ALICE, market=1, side=BUY, hold_units=5_000)
    assert posted(poster, less) == [(ALICE, USDT, AVAILABLE, 5_000), (ALICE, USDT, HELD, -5_000)]
    assert posted(poster, more) == [(ALICE, USDT, AVAILABLE, -5_000), (ALICE, USDT, HELD, 5_000)]


def test_child_holds_what_its_side_pays_in_once_it_is_placed(poster: Poster) -> None:
    event = told(e.ChildPlaced, account=ALICE, market=1, order_id=5, hold_units=20_000)
    assert posted(poster, event) == [(ALICE, BTC, AVAILABLE, -20_000), (ALICE, BTC, HELD, 20_000)]


def test_order_that_is_done_gives_back_what_is_left(poster: Poster) -> None:
    event = told(e.OrderDone, account=BOB, market=1, side=BUY, release_units=8)
    assert posted(poster, event) == [(BOB, USDT, AVAILABLE, 8), (BOB, USDT, HELD, -8)]
    assert posted(poster, told(e.OrderDone, account=BOB, market=1)) == []


def test_trade_moves_both_assets_and_both_fees(poster: Poster) -> None:
    """Bob takes 3 lots of Alice's offer, and had held 15 for his fee of 8; hers is 3."""
    event = told(
        e.Trade, account=BOB, market=1, maker_account=ALICE, taker_side=BUY, lots=3,
        notional_units=15_000, taker_fee_units=8, maker_fee_units=3,
        taker_release_units=15_015, maker_release_units=30_000,
    )  # fmt: skip
    assert posted(poster, event) == [
        (VENUE, USDT, FEES, 11),
        (ALICE, BTC, HELD, -30_000),
        (ALICE, USDT, AVAILABLE, 14_997),
        (BOB, BTC, AVAILABLE, 30_000),
        (BOB, USDT, AVAILABLE, 7),
        (BOB, USDT, HELD, -15_015),
    ]


def test_selling_taker_is_the_seller(poster: Poster) -> None:
    event = told(
        e.Trade, account=ALICE, market=1, maker_account=BOB, taker_side=SELL, lots=3,
        notional_units=15_000, taker_fee_units=3, maker_fee_units=8,
        taker_release_units=30_000, maker_release_units=15_015,
    )  # fmt: skip
    assert posted(poster, event) == [
        (VENUE, USDT, FEES, 11),
        (ALICE, BTC, HELD, -30_000),
        (ALICE, USDT, AVAILABLE, 14_997),
        (BOB, BTC, AVAILABLE, 30_000),
        (BOB, USDT, AVAILABLE, 7),
        (BOB, USDT, HELD, -15_015),
    ]


def test_buyer_pays_its_fee_in_base_where_the_received_asset_is_charged(poster: Poster) -> None:
    event = told(
        e.Trade, account=BOB, market=2, maker_account=ALICE, taker_side=BUY, lots=3,
        notional_units=15_000, taker_fee_units=15, maker_fee_units=3,
        taker_release_units=15_000, maker_release_units=30_000,
    )  # fmt: skip
    assert posted(poster, event) == [
        (VENUE, BTC, FEES, 15),
        (VENUE, USDT, FEES, 3),
        (ALICE, BTC, HELD, -30_000),
        (ALICE, USDT, AVAILABLE, 14_997),
        (BOB, BTC, AVAILABLE, 29_985),
        (BOB, USDT, HELD, -15_000),
    ]


def test_rebate_comes_out_of_the_other_fee(poster: Poster) -> None:
    event = told(
        e.Trade, account=BOB, market=1, maker_account=ALICE, taker_side=BUY, lots=3,
        notional_units=15_000, taker_fee_units=8, maker_fee_units=-8,
        taker_release_units=15_008, maker_release_units=30_000,
    )  # fmt: skip
    assert posted(poster, event) == [
        (ALICE, BTC, HELD, -30_000),
        (ALICE, USDT, AVAILABLE, 15_008),
        (BOB, BTC, AVAILABLE, 30_000),
        (BOB, USDT, HELD, -15_008),
    ]


def test_trade_with_oneself_is_netted(poster: Poster) -> None:
    event = told(
        e.Trade, account=BOB, market=1, maker_account=BOB, taker_side=BUY, lots=3,
        notional_units=15_000, taker_fee_units=8, maker_fee_units=3,
        taker_release_units=15_015, maker_release_units=30_000,
    )  # fmt: skip
    assert posted(poster, event) == [
        (VENUE, USDT, FEES, 11),
        (BOB, BTC, AVAILABLE, 30_000),
        (BOB, BTC, HELD, -30_000),
        (BOB, USDT, AVAILABLE, 15_004),
        (BOB, USDT, HELD, -15_015),
    ]


def test_match_that_was_prevented_gives_back_both_holds(poster: Poster) -> None:
    event = told(
        e.MatchPrevented, account=BOB, market=1, maker_account=ALICE, taker_side=SELL,
        taker_release_units=10_000, maker_release_units=5_005,
    )  # fmt: skip
    assert posted(poster, event) == [
        (ALICE, USDT, AVAILABLE, 5_005),
        (ALICE, USDT, HELD, -5_005),
        (BOB, BTC, AVAILABLE, 10_000),
        (BOB, BTC, HELD, -10_000),
    ]


CHANGES: list[tuple[Cause, list[Posting]]] = [
    (Cause.DEPOSIT, [(VENUE, USDT, DEPOSITED, -500), (ALICE, USDT, AVAILABLE, 500)]),
    (
        Cause.WITHDRAWAL_REQUESTED,
        [(ALICE, USDT, AVAILABLE, -500), (ALICE, USDT, IN_FLIGHT, 500)],
    ),
    (Cause.WITHDRAWAL_FINAL, [(VENUE, USDT, WITHDRAWN, 500), (ALICE, USDT, IN_FLIGHT, -500)]),
    (Cause.WITHDRAWAL_FAILED, [(ALICE, USDT, AVAILABLE, 500), (ALICE, USDT, IN_FLIGHT, -500)]),
    (Cause.TRANSFER, [(ALICE, USDT, AVAILABLE, -500), (BOB, USDT, AVAILABLE, 500)]),
    (Cause.ADJUST_CREDIT, [(VENUE, USDT, LOSS, -500), (ALICE, USDT, AVAILABLE, 500)]),
    (Cause.ADJUST_DEBIT, [(VENUE, USDT, LOSS, 500), (ALICE, USDT, AVAILABLE, -500)]),
]


@pytest.mark.parametrize(
    ("cause", "postings"), CHANGES, ids=lambda value: getattr(value, "name", "")
)
def test_balance_change_goes_where_its_cause_says(
    poster: Poster, cause: Cause, postings: list[Posting]
) -> None:
    event = told(
        e.BalanceChanged, account=ALICE, asset=USDT, cause=cause, amount_units=500,
        counter_account=BOB if cause == Cause.TRANSFER else 0,
    )  # fmt: skip
    assert posted(poster, event) == postings


def test_every_cause_is_posted() -> None:
    assert {cause for cause, _ in CHANGES} == set(Cause)


def test_transfer_to_oneself_posts_nothing(poster: Poster) -> None:
    event = told(
        e.BalanceChanged, account=BOB, asset=USDT, cause=Cause.TRANSFER, amount_units=5,
        counter_account=BOB,
    )  # fmt: skip
    assert posted(poster, event) == []


def test_other_events_post_nothing(poster: Poster) -> None:
    for kind in (e.OrderBooked, e.CommandRejected, e.OrderShown, e.StateChanged, e.AuctionEnded):
        assert posted(poster, told(kind)) == []
