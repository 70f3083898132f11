"""Puts the calls of staff together, with what each request that two have agreed on brings about."""

from outcry.gateway.http import Door, Handler
from outcry.gateway.people.staff import StaffCalls
from outcry.gateway.staff.money.withdrawals import StaffWithdrawalCalls
from outcry.gateway.withdrawals.calls import WithdrawalCalls
from outcry.gateway.withdrawals.flow import WithdrawalFlow


class StaffDesk:
    """Everything that staff does, and what owners ask about their withdrawals."""

    def __init__(self, door: Door) -> None:
        self.staff = StaffCalls(door)
        self._flow = WithdrawalFlow(door)
        self._parts = (
            self.staff,
            WithdrawalCalls(door, self._flow),
            StaffWithdrawalCalls(self.staff.access, self._flow),
        )

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {name: call for part in self._parts for name, call in part.handlers().items()}

    async def finish(self) -> None:
        """Do what was decided before the last stop."""
        await self.staff.finish()
        await self._flow.finish()
