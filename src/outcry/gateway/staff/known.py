"""What staff wants to know of accounts and the engine has no read for, kept current by events."""

from typing_extensions import override

from outcry.domain.commands import NO_LIMIT
from outcry.domain.events import AccountOpened, LimitsSet
from outcry.engine.snapshot import OwnLimits
from outcry.ports import EventBatch, EventReader

_KINDS = frozenset((AccountOpened, LimitsSet))
_NONE = (NO_LIMIT,) * 5


class KnownLimits(EventReader):
    """How many accounts there are, and which have limits of their own."""

    def __init__(self) -> None:
        self._now = OwnLimits(0, {}, {})

    def restore(self, found: OwnLimits) -> None:
        """Begin with what a state says."""
        self._now = found

    @override
    def consume(self, batch: EventBatch) -> None:
        # Almost every batch has none of these.
        if _KINDS.isdisjoint(map(type, batch.events)):
            return
        for event in batch.events:
            if isinstance(event, AccountOpened):
                self._now = self._now._replace(accounts=self._now.accounts + 1)
            elif isinstance(event, LimitsSet):
                self._set(event)

    def _set(self, event: LimitsSet) -> None:
        totals, of_markets = self._now.totals, self._now.of_markets
        if not event.market:
            totals.pop(event.account, None)
            if event.open_orders_total != NO_LIMIT:
                totals[event.account] = event.open_orders_total
            return
        limits = (
            event.order_notional_units,
            event.open_orders,
            event.daily_notional_units,
            event.stop_orders,
            event.position_units,
        )
        of_markets.pop((event.account, event.market), None)
        if limits != _NONE:
            of_markets[event.account, event.market] = limits

    @property
    def accounts(self) -> int:
        """How many accounts are open."""
        return self._now.accounts

    def of(self, account: int = 0) -> list[tuple[int, int, tuple[int, ...]]]:
        """Return (account, market, limits) of an account, or (0) of all; market 0: over all."""
        found: list[tuple[int, int, tuple[int, ...]]] = []
        found += [(who, 0, (total,)) for who, total in sorted(self._now.totals.items())]
        found += [(*where, limits) for where, limits in sorted(self._now.of_markets.items())]
        return [row for row in found if account in {0, row[0]}]
