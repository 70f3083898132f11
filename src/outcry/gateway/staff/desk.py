"""Puts the calls of staff together, with what each request that two have agreed on brings about."""

from collections.abc import Sized

from outcry.gateway.http import Door, Handler, Wrapper
from outcry.gateway.live.hub import Hub
from outcry.gateway.people.staff import StaffCalls
from outcry.gateway.staff.markets.calls import StaffMarketCalls
from outcry.gateway.staff.money.ledger import StaffLedgerCalls
from outcry.gateway.staff.money.withdrawals import StaffWithdrawalCalls
from outcry.gateway.staff.people.calls import StaffPeopleCalls
from outcry.gateway.staff.people.orders import StaffOrderCalls
from outcry.gateway.staff.venue.bots import BotCalls
from outcry.gateway.staff.venue.mode import ModeCalls
from outcry.gateway.staff.venue.overview import OverviewCalls
from outcry.gateway.staff.venue.risk import RiskCalls
from outcry.gateway.withdrawals.calls import WithdrawalCalls
from outcry.gateway.withdrawals.flow import WithdrawalFlow


class StaffDesk:
    """Everything that staff does, and what owners ask about their withdrawals."""

    def __init__(self, door: Door, hub: Hub, wrap: Wrapper, sockets: Sized) -> None:
        self.staff = StaffCalls(door)
        access = self.staff.access
        self._flow = WithdrawalFlow(door)
        overview = OverviewCalls(access, hub, wrap, sockets)
        self.pace = overview.pace
        self._parts = (
            self.staff,
            overview,
            ModeCalls(self.staff),
            RiskCalls(access),
            BotCalls(access),
            StaffMarketCalls(self.staff),
            StaffPeopleCalls(self.staff),
            StaffOrderCalls(access),
            StaffLedgerCalls(self.staff),
            StaffWithdrawalCalls(access, self._flow),
            WithdrawalCalls(door, self._flow),
        )

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {name: call for part in self._parts for name, call in part.handlers().items()}

    async def finish(self) -> None:
        """Do what was decided before the last stop."""
        await self.staff.finish()
        await self._flow.finish()
