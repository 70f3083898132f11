"""The rows about money on its way out, and what deposits refer to."""

from dataclasses import dataclass

from outcry.identity.records.table import Table


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal: what its owner wants, what staff has decided, where its money is.

    `account` is the one it is taken from, `owner` the person behind it. `becoming` is a state that
    was decided on and that the engine has not carried out yet; "" where nothing is under way.
    `engine_id` is the engine's own number of it, 0 before it holds the money. Somebody is 0 and a
    time 0 where there was none.
    """

    number: int
    account: int
    owner: int
    client_id: str
    asset: str
    amount_units: int
    address: str
    memo: str
    state: str
    becoming: str
    engine_id: int
    reason: str
    reference: str
    first_by: int
    first_ns: int
    second_by: int
    second_ns: int
    closed_by: int
    created_ns: int
    updated_ns: int


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """An address that somebody keeps under a name."""

    number: int
    account: int
    label: str
    asset: str
    address: str
    memo: str
    created_ns: int


@dataclass(frozen=True, slots=True)
class DepositReference:
    """What shows a deposit, and the request of staff that it was asked for with."""

    reference: str
    request: int


WITHDRAWALS = Table("withdrawal", Withdrawal, "number")
BENEFICIARIES = Table("beneficiary", Beneficiary, "number")
DEPOSIT_REFERENCES = Table("deposit_reference", DepositReference, "reference")
