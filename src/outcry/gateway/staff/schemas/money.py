"""Withdrawals and deposits as staff works on them, the ledger's report, and what was published."""

import msgspec

from outcry.gateway.native.schemas import Amount, AmountIn, In, LedgerState, Time
from outcry.gateway.staff.schemas.venue import AssetSumsOut
from outcry.gateway.withdrawals.schemas import WithdrawalOut
from outcry.ledger.verify.documents import LiabilitySet


class ApprovalOut(msgspec.Struct):
    """Who of the staff has approved a withdrawal, and when."""

    by: int
    at: Time


class StaffWithdrawalOut(WithdrawalOut, kw_only=True):
    """A withdrawal as staff works on it. It can be sent once two have approved it.

    `held_until`: its owner has changed credentials meanwhile, so look twice.
    """

    account: int
    owner: int
    email: str
    approvals: list[ApprovalOut]
    can_be_sent: bool
    held_until: Time | None
    closed_by: int | None


class StaffWithdrawalsOut(msgspec.Struct):
    """Withdrawals, newest first."""

    withdrawals: list[StaffWithdrawalOut]
    next_cursor: str | None


class SentIn(In):
    """What shows that it was sent: the hash of a transaction, or a bank's reference."""

    reference: str


class DepositIn(In):
    """Money that arrived from outside, and what shows it; another has to approve."""

    account: int
    asset: str
    amount: AmountIn
    reference: str
    reason: str


class DepositOut(msgspec.Struct, kw_only=True):
    """Money that was credited as arrived from outside."""

    sequence: int
    time: Time
    account: int
    asset: str
    amount: Amount
    request: int | None
    """The request of staff that it goes back to, where it does."""
    reference: str | None


class DepositsOut(msgspec.Struct):
    """Deposits that the ledger has, newest first."""

    deposits: list[DepositOut]
    next_cursor: str | None


class HeadSummaryOut(msgspec.Struct, kw_only=True):
    """The newest signed head of a Merkle log."""

    log: str
    size: int
    sequence: int
    time: Time
    note: str


class LedgerReportOut(msgspec.Struct, kw_only=True):
    """Whether every unit is where it should be, and how far the ledger has it on disk.

    `conserved`: of each asset what there is equals what came in less what left, in the engine, at
    `sequence`. `heads` and `liabilities` are what was published last.
    """

    sequence: int
    time: Time
    conserved: bool
    assets: list[AssetSumsOut]
    ledger: LedgerState
    heads: list[HeadSummaryOut]
    liabilities: list[LiabilitySet]


class PublishedOut(msgspec.Struct):
    """What was published just now."""

    sequence: int
    liabilities: list[LiabilitySet]
