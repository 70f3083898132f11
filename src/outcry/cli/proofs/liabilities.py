"""`outcry liabilities`: publishes what the venue owes, a Merkle-sum tree an asset.

It reads the ledger at the sequence it has reached, holds it against an engine brought to the same
sequence, and adds rows to `proofs.sqlite`; nothing else is written, so a venue may run meanwhile.
"""

import secrets
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from outcry.adapters.data_dir import DataDir
from outcry.adapters.signing import SigningKey
from outcry.adapters.sqlite_identity import IdentityUnusable
from outcry.adapters.sqlite_ledger import LedgerUnusable, SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, show
from outcry.cli.past.rebuild import Folder, opened, rebuild
from outcry.cli.past.show import print_rows
from outcry.domain.decimals import format_units
from outcry.domain.market import Asset
from outcry.engine.core import CoreFactory
from outcry.ledger.proofs.liabilities import CHANCE_BYTES, BadAmount
from outcry.ledger.proofs.publication import BooksDisagree, Owed, Publisher, check_owed, owed_of
from outcry.ledger.proofs.reads import PublishedSet
from outcry.ports import AlreadyPublished, LogDamaged, ProofsUnusable


def liabilities(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Publish what is owed to accounts, of every asset, at the sequence the ledger has reached."""
    places = DataDir(data, lock=-1)
    if not places.ledger.exists():
        fail(f"{data} holds no ledger: there is no {places.ledger.name}")
    try:
        with opened(data) as folder:
            published = _publish(places, folder, choose_core(core))
    except AlreadyPublished:
        fail("the ledger has not moved since the last publication")
    except (BooksDisagree, BadAmount) as error:
        fail(f"nothing was published: {error}; look with `outcry audit --data {data}`", DAMAGE)
    except (LedgerUnusable, IdentityUnusable, ProofsUnusable) as error:
        fail(str(error), DAMAGE)
    _show(published, json)


def _publish(places: DataDir, folder: Folder, factory: CoreFactory) -> list[PublishedSet]:
    assert isinstance(folder.log, SqliteLog), "a data folder's log is one"
    owed = _owed(places)
    assets = _checked_assets(folder, factory, owed)
    key = SigningKey(places.signing_key)
    chance = {a: secrets.token_bytes(CHANCE_BYTES * len(o)) for a, o in owed.by_asset.items()}
    proofs = SqliteProofs(places.proofs, folder.log.log_id, key.public_key)
    try:
        rows = Publisher(proofs, key.sign).rows(owed, assets, chance, time.time_ns())
        proofs.add(rows)
    finally:
        proofs.close()
    return [PublishedSet(*row) for row in rows["liabilities"]]


def _owed(places: DataDir) -> Owed:
    ledger = SqliteLedger(places.ledger)
    try:
        return owed_of(ledger)
    finally:
        ledger.close()


def _checked_assets(folder: Folder, factory: CoreFactory, owed: Owed) -> list[Asset]:
    """Return the assets, once an engine at the same sequence owes as much of each."""
    try:
        engine = rebuild(folder, factory, owed.sequence).engine
    except LogDamaged as error:
        raise BooksDisagree(f"the ledger is at {owed.sequence}: {error}") from None
    assets, _ = engine.definitions()
    if not assets:
        fail("there is no asset to publish anything of")
    check_owed(owed, {asset.asset: engine.core.totals(asset.asset) for asset in assets})
    return assets


def _show(published: list[PublishedSet], as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "asset": row.symbol,
            "accounts": row.leaves,
            "total": format_units(row.total_units, row.decimals),
            "root": row.root.hex(),
        }
        for row in published
    ]
    sequence = published[0].sequence
    if as_json:
        show({"sequence": sequence, "assets": rows}, "", as_json=True)
        return
    print_rows(f"owed at sequence {sequence:,}", rows, ("asset", "accounts", "total", "root"))
