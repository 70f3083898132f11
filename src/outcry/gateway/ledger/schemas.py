"""What the calls of the ledger answer, as structs: the OpenAPI document is generated from these."""

from typing import Literal

import msgspec

from outcry.gateway.native.schemas import Amount, Time


class LineOut(msgspec.Struct):
    """One posting: how a balance changed, what it was after it, and why."""

    posting: int
    time: Time
    cause: Literal[
        "order_placed",
        "order_replaced",
        "order_done",
        "trade",
        "match_prevented",
        "deposit",
        "withdrawal_requested",
        "withdrawal_final",
        "withdrawal_failed",
        "transfer",
        "adjust_credit",
        "adjust_debit",
    ]
    asset: str
    purpose: Literal["available", "held", "in_flight"]
    change: Amount
    balance: Amount
    market: str | None
    order_id: int | None
    trade_id: int | None
    withdrawal_id: int | None
    counter_account: int | None
    sequence: int
    event_index: int


class StatementOut(msgspec.Struct):
    """A page of a statement, newest first; one that was filtered may be short and yet go on."""

    statement: list[LineOut]
    next_cursor: str | None


class TransferOut(msgspec.Struct):
    """What moved outside of trading; `change` is what it did to the available balance."""

    time: Time
    cause: Literal[
        "deposit",
        "withdrawal_requested",
        "withdrawal_final",
        "withdrawal_failed",
        "transfer",
        "adjust_credit",
        "adjust_debit",
    ]
    asset: str
    amount: Amount
    change: Amount
    counter_account: int | None
    withdrawal_id: int | None
    sequence: int
    event_index: int


class TransfersOut(msgspec.Struct):
    """A page of transfers, newest first."""

    transfers: list[TransferOut]
    next_cursor: str | None


class VolumeDayOut(msgspec.Struct):
    """What an account traded in a market on a UTC day, and the fees less rebates it paid."""

    day: str
    market: str
    trades: int
    volume: Amount
    quote_volume: Amount
    base: str
    base_fee: Amount
    quote: str
    quote_fee: Amount


class VolumeOut(msgspec.Struct):
    """A page of days, newest first."""

    volume: list[VolumeDayOut]
    next_cursor: str | None


class StatisticsDayOut(msgspec.Struct):
    """What a market traded on a UTC day."""

    day: str
    market: str
    open: Amount
    high: Amount
    low: Amount
    close: Amount
    trades: int
    volume: Amount
    quote_volume: Amount


class StatisticsOut(msgspec.Struct):
    """A page of days, newest first."""

    statistics: list[StatisticsDayOut]
    next_cursor: str | None
