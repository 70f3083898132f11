"""The postings added up: by event, by ledger account, and against balances and engine."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from outcry.audit.report import AssetSums, AuditReport
from outcry.domain.market import Asset
from outcry.engine.core import Core
from outcry.ledger.posting import Purpose
from outcry.ledger.rows import Row
from outcry.ports import LedgerStore

_BALANCES = "SELECT owner, asset, purpose, balance_units FROM balances"
_COLUMN_OF: dict[int, str] = {
    Purpose.AVAILABLE: "available",
    Purpose.HELD: "held",
    Purpose.IN_FLIGHT: "in_flight",
    Purpose.FEES: "fees",
    Purpose.LOSS: "loss",
    Purpose.DEPOSITED: "credited",
    Purpose.WITHDRAWN: "withdrawn",
}
COLUMNS = tuple(_COLUMN_OF.values())
_ENGINE_ORDER = ("available", "held", "fees", "in_flight", "loss", "credited", "withdrawn")
_PURPOSES = frozenset(_COLUMN_OF)

Account = tuple[int, int, int]
"""owner, asset, purpose"""


class PostingSums:
    """Sums of the stored postings, by ledger account. They are as many as there are balances."""

    def __init__(self, report: AuditReport) -> None:
        self._report = report
        self.by_account: dict[Account, int] = defaultdict(int)

    def add(self, postings: Iterable[Row]) -> None:
        """Add postings, each owner's in order."""
        by_account = self.by_account
        for row in postings:
            change = row[6]
            if type(change) is int:  # An altered one is noted as a difference already.
                by_account[row[3:6]] += change

    def check(self, postings: Iterable[Row]) -> None:
        """Check of whole events that each sums to zero, and that each balance follows its last."""
        sums: dict[tuple[int, int], dict[int, int]] = {}
        balances: dict[Account, int] = {}
        for number, sequence, index, owner, asset, purpose, change, balance in postings:
            if type(change) is not int or type(balance) is not int:
                continue
            of_event = sums.setdefault((sequence, index), {})
            of_event[asset] = of_event.get(asset, 0) + change
            before = balances.get((owner, asset, purpose), balance - change)
            balances[owner, asset, purpose] = balance
            if before + change != balance:
                # Told once, where it happens: what follows goes on from the balance as it is.
                what = f"balance_units is {balance}, the one before and its change make"
                key = {"owner": owner, "posting": number}
                self._report.find("postings", key, f"{what} {before + change}", sequence, index)
        for event, of_event in sums.items():
            self._unbalanced(of_event, *event)

    def _unbalanced(self, sums: dict[int, int], sequence: int, index: int) -> None:
        key = {"sequence": sequence, "event_index": index}
        for asset, units in sums.items():
            if units:
                what = f"the event's postings in asset {asset} sum to {units}, not to zero"
                self._report.find("postings", key, what, sequence, index)

    def compare(self, ledger: LedgerStore, core: Core, assets: Iterable[Asset]) -> None:
        """Compare the sums with the stored balances and with the engine; sum up every asset."""
        balances = {
            (owner, asset, purpose): units
            for owner, asset, purpose, units in ledger.query(_BALANCES, ())
        }
        for account in self.by_account.keys() | balances.keys():
            self._compare(account, self.by_account.get(account), balances.get(account), core)
        stored, posted = _by_asset(balances), _by_asset(self.by_account)
        for asset in assets:
            nothing = AssetSums(asset.asset)
            mine, theirs = (sums.get(asset.asset, nothing) for sums in (stored, posted))
            self._total(asset, mine, theirs, core)

    def _compare(self, account: Account, posted: Any, stored: Any, core: Core) -> None:  # noqa: ANN401
        owner, asset, purpose = account
        if posted != stored:
            what = f"the balance is {stored}, the postings sum to {posted}"
            self._find(account, what)
        if owner and purpose in {Purpose.AVAILABLE, Purpose.HELD}:
            try:
                engine = core.balance(owner, asset)[purpose == Purpose.HELD]
            except (OverflowError, TypeError):  # There can be no such account.
                engine = 0
            if (posted or 0) != engine:
                self._find(account, f"the postings sum to {posted}, the engine has {engine}")

    def _find(self, account: Account, what: str) -> None:
        key = dict(zip(("owner", "asset", "purpose"), account, strict=True))
        self._report.find("balances", key, what)

    def _total(self, asset: Asset, stored: AssetSums, posted: AssetSums, core: Core) -> None:
        """Compare an asset's three sums: of the balances, of the postings and the engine's."""
        engine = AssetSums(stored.asset)
        for name, units in zip(_ENGINE_ORDER, core.totals(stored.asset), strict=True):
            setattr(engine, name, units)
        stored.agrees = stored == engine == posted and not stored.dust
        stored.symbol, stored.decimals = asset.symbol, asset.unit_decimals
        self._report.assets.append(stored)
        if stored.agrees:
            return
        key = {"asset": stored.asset}
        for name in COLUMNS:
            told = [getattr(sums, name) for sums in (stored, posted, engine)]
            if len(set(told)) > 1:
                what = "{} is {} by balances, {} by postings, {} by the engine".format(name, *told)
                self._report.find("balances", key, what)
        if stored.dust:
            self._report.find("balances", key, f"{stored.dust} units of {asset.symbol} are missing")


def _by_asset(balances: dict[Account, Any]) -> dict[int, AssetSums]:
    found: dict[int, AssetSums] = {}
    for (_, asset, purpose), units in balances.items():
        if purpose in _PURPOSES and isinstance(units, int):
            sums = found.setdefault(asset, AssetSums(asset))
            name = _COLUMN_OF[purpose]
            setattr(sums, name, getattr(sums, name) + (-units if name == "credited" else units))
    return found
