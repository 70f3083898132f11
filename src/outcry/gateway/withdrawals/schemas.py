"""What people send about withdrawals, and what they are told."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from outcry.gateway.native.schemas import Amount, AmountIn, ClientOrderId, In, Time

State = Literal["requested", "approved", "sent", "rejected", "failed", "cancelled"]
"""`approved`: by one of the staff or by two. `failed`: it could not be sent, and staff decides."""
Funds = Literal["in_flight", "left", "returned"]
"""Where the money is: held for this withdrawal, gone for good, or available to its owner again."""
Address = Annotated[
    str,
    Meta(
        description="where it goes: 3 to 128 printable ASCII characters without a space",
        extra_json_schema={"pattern": "^[!-~]{3,128}$"},
    ),
]
Memo = Annotated[
    str,
    Meta(
        description="a tag or memo of the address: 1 to 128 printable ASCII characters",
        extra_json_schema={"pattern": "^[ -~]{1,128}$"},
    ),
]
Label = Annotated[str, Meta(description="1 to 64 characters that can be printed")]


class WithdrawalIn(In):
    """A withdrawal to ask for. The same `client_withdrawal_id` again is the same withdrawal."""

    asset: str
    amount: AmountIn
    address: Address
    client_withdrawal_id: ClientOrderId
    memo: Memo | None = None


class BeneficiaryIn(In):
    """An address to keep under a name."""

    label: Label
    asset: str
    address: Address
    memo: Memo | None = None


class WithdrawalOut(msgspec.Struct, kw_only=True):
    """A withdrawal as it stands.

    `reason` is why it was rejected or could not be sent, `reference` what staff wrote down when it
    was sent, such as the hash of a transaction.
    """

    withdrawal: int
    client_withdrawal_id: str
    asset: str
    amount: Amount
    address: str
    memo: str | None
    state: State
    funds: Funds
    reason: str | None
    reference: str | None
    created_at: Time
    updated_at: Time


class WithdrawalsOut(msgspec.Struct):
    """One's withdrawals, newest first."""

    withdrawals: list[WithdrawalOut]
    next_cursor: str | None


class BeneficiaryOut(msgspec.Struct):
    """An address that is kept under a name."""

    beneficiary: int
    label: str
    asset: str
    address: str
    memo: str | None
    created_at: Time


class BeneficiariesOut(msgspec.Struct):
    """One's addresses, by name."""

    beneficiaries: list[BeneficiaryOut]
