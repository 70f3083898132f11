"""The calls about withdrawals, awaited."""

from abc import ABC, abstractmethod
from typing import TypeVar

from outcry.client.calls import Call
from outcry.client.money import answers as m
from outcry.client.money import calls
from outcry.client.people.answers import Done

T = TypeVar("T")


class AwaitingMoney(ABC):
    """What a client asks about withdrawals."""

    @abstractmethod
    async def do(self, call: Call[T]) -> T:
        """Make a call; a client does."""

    async def withdraw(
        self,
        asset: str,
        amount: calls.Number,
        address: str,
        client_withdrawal_id: str,
        memo: str | None = None,
    ) -> m.Withdrawal:
        """Ask for a withdrawal under an id of one's own; the same again is the same withdrawal."""
        return await self.do(calls.withdraw(asset, amount, address, client_withdrawal_id, memo))

    async def withdrawals(
        self,
        *,
        asset: str | None = None,
        state: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> m.Withdrawals:
        """Return one's withdrawals, newest first."""
        return await self.do(
            calls.withdrawals({"asset": asset, "state": state, "limit": limit, "cursor": cursor})
        )

    async def withdrawal(self, number: int) -> m.Withdrawal:
        """Return one withdrawal."""
        return await self.do(calls.withdrawal(number))

    async def cancel_withdrawal(self, number: int) -> m.Withdrawal:
        """Take a withdrawal back that nobody has approved yet."""
        return await self.do(calls.cancel_withdrawal(number))

    async def beneficiaries(self) -> m.Beneficiaries:
        """Return one's addresses, by name."""
        return await self.do(calls.beneficiaries())

    async def new_beneficiary(
        self, label: str, asset: str, address: str, memo: str | None = None
    ) -> m.Beneficiary:
        """Keep an address under a name."""
        return await self.do(calls.new_beneficiary(label, asset, address, memo))

    async def remove_beneficiary(self, number: int) -> Done:
        """Forget an address."""
        return await self.do(calls.remove_beneficiary(number))
