"""Numbers that are on disk and on the wire: they never change meaning."""

import pytest

from outcry.domain import events as e
from outcry.domain.market import AccountStatus, FeeAsset, MarketState, OnBand, VenueMode
from outcry.domain.order import (
    DoneReason,
    Kind,
    ListKind,
    OrderFlag,
    Peg,
    ReplaceMode,
    Scope,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)
from outcry.domain.rejects import Reject

NUMBERS = {
    FeeAsset: "QUOTE=0 RECEIVED=1",
    MarketState: "CLOSED=0 PRE_OPEN=1 AUCTION=2 TRADING=3 HALTED=4 CANCEL_ONLY=5 RETIRED=6",
    OnBand: "STOP=0 HALT=1",
    VenueMode: "NORMAL=0 CANCEL_ONLY=1 READ_ONLY=2 HALTED=3",
    AccountStatus: "ACTIVE=0 REDUCE_ONLY=1 FROZEN=2",
    Side: "BUY=0 SELL=1",
    Kind: "LIMIT=0 MARKET=1 BUDGET=2",
    TimeInForce: "GTC=0 IOC=1 FOK=2 GTD=3 DAY=4",
    SelfTrade: "EXPIRE_TAKER=0 EXPIRE_MAKER=1 EXPIRE_BOTH=2 DECREMENT=3 NONE=4",
    OrderFlag: "POST_ONLY=1 SLIDE=2 WAITING=4 PENDING=8 QUEUED=16 LINKED=32 BOOKED=65536",
    Trigger: "NONE=0 STOP=1 TAKE=2 TRAIL=3",
    Peg: "NONE=0 BID=1 ASK=2 MID=3",
    ListKind: "OCO=1 OTO=2 OTOCO=3",
    Scope: "ACCOUNT=0 API_KEY=1 ALL=2",
    ReplaceMode: "STOP_ON_FAILURE=1 ALLOW_FAILURE=2",
    DoneReason: (
        "FILLED=1 CANCELLED=2 REDUCED=3 REPLACED=4 EXPIRED=5 NO_LIQUIDITY=6 BUDGET_EXHAUSTED=7"
        " PROTECTED=8 FOK_KILLED=9 REST=10 SELF_TRADE=11 PREVENTED=12 OCO=13 PARENT_DONE=14"
        " REJECTED_ON_TRIGGER=15"
    ),
    e.Cause: (
        "DEPOSIT=1 WITHDRAWAL_REQUESTED=2 WITHDRAWAL_FINAL=3 WITHDRAWAL_FAILED=4 TRANSFER=5"
        " ADJUST_CREDIT=6 ADJUST_DEBIT=7"
    ),
    e.ModeCause: "COMMAND=0 CONSERVATION=1",
    e.TradeFlag: "AUCTION=1",
    Reject: (
        "VENUE_HALTED=101 VENUE_READ_ONLY=102 VENUE_CANCEL_ONLY=103 ID_REUSED=110"
        " UNKNOWN_ACCOUNT=201 ACCOUNT_FROZEN=202 REDUCE_ONLY=203 UNKNOWN_MARKET=301"
        " MARKET_HALTED=302 MARKET_CANCEL_ONLY=303 MARKET_CLOSED=304 CALL_PHASE=305 SHAPE=401"
        " UNKNOWN_ORDER=402 TICK=501 LOT=502 MIN_SIZE=503 MAX_SIZE=504 MARKET_MAX_SIZE=505"
        " MIN_NOTIONAL=506 MAX_NOTIONAL=507 NOTIONAL_OVERFLOW=508 WOULD_TRIGGER=551 BAND=601"
        " RATE=701 OPEN_ORDERS=702 OPEN_ORDERS_TOTAL=703 STOP_ORDERS=704 ORDER_NOTIONAL=705"
        " DAILY_NOTIONAL=706 POSITION=707 POST_ONLY=801 FUNDS=803 BUDGET_BELOW_LOT=804"
        " BELOW_FILLED=901 OVERFLOW=902 FEES=903 TRANSITION=904 EXISTS=905 UNKNOWN_WITHDRAWAL=906"
        " UNKNOWN_ASSET=907"
    ),
}


@pytest.mark.parametrize("words", NUMBERS, ids=lambda words: words.__name__)
def test_a_word_keeps_its_number(words: type) -> None:
    assert " ".join(f"{m.name}={int(m)}" for m in words) == NUMBERS[words]  # type: ignore[attr-defined]
