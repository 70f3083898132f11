"""Between the rows that say where money goes and the engine that holds it: both, or neither.

The row comes first and says what is wanted, then the engine, then the row again. Each command has
a key that follows from its row, so what a crash cut off is asked again without being done twice.
"""

import asyncio
from functools import partial

import structlog

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import BalanceChanged, Cause, CommandRejected, CommandReplayed, Event
from outcry.domain.rejects import Reject
from outcry.gateway.errors import CODE_OF_REJECT, ApiError
from outcry.gateway.http import Door
from outcry.gateway.people.threads import in_thread
from outcry.gateway.special.outcomes import as_before
from outcry.identity.access_tokens import SECOND_NS
from outcry.identity.records.money import Withdrawal
from outcry.identity.withdrawals.withdrawals import ASKING, SENT
from outcry.ports import Unavailable

KNOWN_FOR_S = 72_000
"""The engine knows a key for a day: what was asked longer ago is left for people to look at."""
REQUESTED_AT = "SELECT reference FROM transfers WHERE sequence = ? AND cause = ?"
_log = structlog.get_logger("withdrawals")


class WithdrawalFlow:
    """Carries withdrawals on, one at a time."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._book = door.services.identity.withdrawals
        self._turn = asyncio.Lock()

    async def carry_on(self, row: Withdrawal) -> Withdrawal:
        """Do with the money what a row says, once, however often it is begun.

        Raises:
            ApiError: the engine refuses, and that is written down; or nobody knows yet.
        """
        async with self._turn:
            row = await self._newest(row)
            if not row.becoming:
                return row
            return await (self._hold(row) if row.state == ASKING else self._let_go(row))

    async def _newest(self, row: Withdrawal) -> Withdrawal:
        newest = await in_thread(partial(self._book.under_way, row.number))
        if newest is not None:
            return newest
        return await in_thread(partial(self._book.one, row.number))

    async def _hold(self, row: Withdrawal) -> Withdrawal:
        asset = self._door.services.registry.asset_by_symbol(row.asset)
        assert asset is not None, "the call has looked it up, and assets stay"
        # No client can write a key like this one.
        key = f"withdrawal:{row.number}:{row.created_ns}"
        command = c.Withdraw(
            account=row.account, asset=asset.asset, amount_units=row.amount_units, key=key
        )
        event = await self._ask(command)
        if isinstance(event, CommandRejected):
            code = CODE_OF_REJECT[Reject(event.reason)]
            await asyncio.to_thread(self._book.refused, row.number, code)
            raise self._door.renderer.refusal(event)
        if isinstance(event, CommandReplayed):
            engine_id = await self._id_at(event.first_sequence)
        else:
            assert isinstance(event, BalanceChanged)
            engine_id = event.reference
        return await asyncio.to_thread(self._book.held, row.number, engine_id)

    async def _id_at(self, sequence: int) -> int:
        """Return the engine's number of the withdrawal that a sequence began."""
        services = self._door.services
        await services.ledger.caught_up()
        asked = (sequence, int(Cause.WITHDRAWAL_REQUESTED))
        rows = await asyncio.to_thread(services.history_store.query, REQUESTED_AT, asked)
        if not rows:
            raise Unavailable("ledger", 1)
        return int(rows[0][0])

    async def _let_go(self, row: Withdrawal) -> Withdrawal:
        # Another attempt after a refusal is another command: the row has changed since.
        key = f"withdrawal-end:{row.number}:{row.updated_ns}"
        failed = int(row.becoming != SENT)
        command = c.FinishWithdrawal(
            account=row.account, withdrawal_id=row.engine_id, failed=failed, key=key, staff=True
        )
        event = await self._ask(command)
        gone = isinstance(event, CommandRejected) and event.reason == Reject.UNKNOWN_WITHDRAWAL
        if isinstance(event, CommandRejected) and not gone:
            await asyncio.to_thread(self._book.undecided, row.number)
            raise self._door.renderer.refusal(event)
        # Nobody else ends withdrawals: one that is gone was ended by this decision.
        return await asyncio.to_thread(self._book.settled, row.number)

    async def _ask(self, command: c.Command) -> Event:
        """Return the outcome of a command; a refusal of before is one."""
        events = await self._door.events(codec.encode_command(command))
        kinds = (CommandRejected, CommandReplayed, BalanceChanged)
        found = next(
            event
            for event in reversed(events)
            if isinstance(event, kinds) and event.account == command.account
        )
        return as_before(found) if isinstance(found, CommandReplayed) and found.reason else found

    async def finish(self) -> None:
        """Carry on with everything that the life before has begun."""
        now_ns = self._door.services.clock.now_ns()
        for row in await asyncio.to_thread(self._book.unfinished):
            if row.state == ASKING and now_ns > row.created_ns + KNOWN_FOR_S * SECOND_NS:
                _log.error("a withdrawal was never answered", withdrawal=row.number)
                continue
            try:
                await self.carry_on(row)
            except (ApiError, Unavailable) as error:
                _log.warning("a withdrawal was not carried on", number=row.number, why=str(error))
