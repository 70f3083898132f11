"""The calls about withdrawals, blocking."""

from abc import ABC, abstractmethod
from typing import TypeVar

from outcry.client.calls import Call
from outcry.client.money import answers as m
from outcry.client.money import calls
from outcry.client.people.answers import Done

T = TypeVar("T")


class BlockingMoney(ABC):
    """What a client asks about withdrawals."""

    @abstractmethod
    def do(self, call: Call[T]) -> T:
        """Make a call; a client does."""

    def withdraw(
        self,
        asset: str,
        amount: calls.Number,
        address: str,
        client_withdrawal_id: str,
        memo: str | None = None,
    ) -> m.Withdrawal:
        """Ask for a withdrawal under an id of one's own; the same again is the same withdrawal."""
        return self.do(calls.withdraw(asset, amount, address, client_withdrawal_id, memo))

    def withdrawals(
        self,
        *,
        asset: str | None = None,
        state: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> m.Withdrawals:
        """Return one's withdrawals, newest first."""
        return self.do(
            calls.withdrawals({"asset": asset, "state": state, "limit": limit, "cursor": cursor})
        )

    def withdrawal(self, number: int) -> m.Withdrawal:
        """Return one withdrawal."""
        return self.do(calls.withdrawal(number))

    def cancel_withdrawal(self, number: int) -> m.Withdrawal:
        """Take a withdrawal back that nobody has approved yet."""
        return self.do(calls.cancel_withdrawal(number))

    def beneficiaries(self) -> m.Beneficiaries:
        """Return one's addresses, by name."""
        return self.do(calls.beneficiaries())

    def new_beneficiary(
        self, label: str, asset: str, address: str, memo: str | None = None
    ) -> m.Beneficiary:
        """Keep an address under a name."""
        return self.do(calls.new_beneficiary(label, asset, address, memo))

    def remove_beneficiary(self, number: int) -> Done:
        """Forget an address."""
        return self.do(calls.remove_beneficiary(number))
