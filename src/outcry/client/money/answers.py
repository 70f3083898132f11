"""What the venue answers about withdrawals; the fields are those of the API document."""

from outcry.client.answers import Answer, Time


class Withdrawal(Answer, frozen=True, kw_only=True):
    """A withdrawal as it stands. `funds`: in_flight, left, or returned."""

    withdrawal: int
    client_withdrawal_id: str
    asset: str
    amount: str
    address: str
    memo: str | None
    state: str
    funds: str
    reason: str | None
    reference: str | None
    created_at: Time
    updated_at: Time


class Withdrawals(Answer, frozen=True, kw_only=True):
    """One's withdrawals, newest first."""

    withdrawals: list[Withdrawal]
    next_cursor: str | None


class Beneficiary(Answer, frozen=True, kw_only=True):
    """An address that is kept under a name."""

    beneficiary: int
    label: str
    asset: str
    address: str
    memo: str | None
    created_at: Time


class Beneficiaries(Answer, frozen=True, kw_only=True):
    """One's addresses, by name."""

    beneficiaries: list[Beneficiary]
