"""What an account paid in, paid out, sent and was sent, newest first."""

from typing import NamedTuple

from outcry.domain.events import Cause
from outcry.ledger.reads.history import Page, decode_cursor, encode_cursor
from outcry.ledger.reads.spans import sequences_between
from outcry.ledger.reads.statement import LOOKED_AT_MAX, StatementFilter
from outcry.ports import LedgerStore

TRANSFER = """sequence, event_index, time_ns, account, asset, cause, counter_account,
amount_units, reference"""
_OF_SIDE = f"""
SELECT * FROM (SELECT {TRANSFER} FROM transfers WHERE {{side}} = ?
AND (sequence, event_index) < (?, ?) AND sequence >= ?{{more}}
ORDER BY sequence DESC, event_index DESC LIMIT ?) AS by_{{side}}"""  # noqa: S608  # our own names
TRANSFERS_OF_ACCOUNT = (
    _OF_SIDE.format(side="account", more="")
    + " UNION ALL "
    + _OF_SIDE.format(side="counter_account", more=" AND counter_account > 0")
    + " ORDER BY sequence DESC, event_index DESC LIMIT ?"
)
CAUSE_NAMES = {int(cause): cause.name.lower() for cause in Cause}
_INCOMING = {Cause.DEPOSIT, Cause.WITHDRAWAL_FAILED, Cause.ADJUST_CREDIT}
_SETTLED = Cause.WITHDRAWAL_FINAL


class Transfer(NamedTuple):
    """A deposit, a step of a withdrawal, a transfer or an adjustment, as stored."""

    sequence: int
    event_index: int
    time_ns: int
    account: int
    asset: int
    cause: int
    counter_account: int
    amount_units: int
    reference: int

    def change_units(self, account: int) -> int:
        """Return what it did to the available units of `account`."""
        if self.cause == _SETTLED:
            return 0
        comes_in = self.cause in _INCOMING or account != self.account
        return self.amount_units if comes_in else -self.amount_units

    def other(self, account: int) -> int:
        """Return the other side of a transfer as `account` sees it, 0 where there is none."""
        return self.counter_account if account == self.account else self.account


def transfers(
    store: LedgerStore,
    account: int,
    wanted: StatementFilter,
    limit: int,
    cursor: str | None = None,
) -> Page[Transfer]:
    """Return what came to an account and left it outside of trading, newest first.

    `wanted.purpose` is not looked at. A page looks at a bounded number of transfers, so with an
    asset it may hold fewer than `limit` and still name a next one.

    Raises:
        BadCursor: the cursor is not from this read.
        LedgerDamaged: what was found is not the account's.
    """
    first, last = sequences_between(store, wanted.start_ns, wanted.end_ns)
    place = [last + 1, 0]
    if cursor is not None:
        place = min(place, decode_cursor("t", 2, cursor))
    looked_at = LOOKED_AT_MAX if wanted.asset else limit
    side = (account, *place, first, looked_at + 1)
    rows = store.query(TRANSFERS_OF_ACCOUNT, (*side, *side, looked_at + 1))
    items: list[Transfer] = []
    for number, row in enumerate(rows):
        if number == looked_at or len(items) == limit:
            return Page(items, encode_cursor("t", *rows[number - 1][:2]))
        if wanted.asset in {0, row[4]}:
            items.append(Transfer(*row))
    return Page(items, None)
