"""Writes the golden logs of a version: what it wrote, and what that led to.

    python -m tests.golden.logs.make FOLDER RULES LOGS

was run once with the program of each version, in its form of that day. The files never change:
every later program has to come to the same digests from them, byte for byte.
"""

import json
import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from outcry import codec
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ports import Batch, Snapshot
from outcry.recovery import applied
from outcry.sequencer.chain import linked
from tests.property.generator import make_script

COMMANDS = 150
ACCOUNTS = range(100)
DIRTY = {
    codec.NUMBER_OF[c.SetMarket]: (32 + 32 + 8 + 8 + 4 + 2, 2),
    codec.NUMBER_OF[c.PlaceSpecial]: (32 + 32 + 66, 6),
    codec.NUMBER_OF[c.PlaceList]: (40 + 8 + 32 + 66, 6),
}
"""Where a record has padding, and how many bytes of it; of a list its first member's."""
_LIST = codec.NUMBER_OF[c.PlaceList]


def dirtied(record: bytes, chance: Random) -> bytes:
    """Return a record with something in its padding, if it has any; the old rules overlook it."""
    place, size = DIRTY.get(record[2], (0, 0))
    behind_key = -(record[4] & codec.KEY_MASK) % 8
    if chance.random() < 0.6 or not (size or (record[4] and behind_key)):
        return record
    changed = bytearray(record)
    if size and len(record) > place + size:
        changed[place + chance.randrange(size)] = chance.randrange(1, 256)
        if record[2] == _LIST and record[40] == 2:
            changed[chance.randrange(48 + 2 * 104, 48 + 3 * 104)] = chance.randrange(1, 256)
    elif record[4]:
        changed[len(record) - 1 - chance.randrange(behind_key or 1)] |= 1
    return bytes(changed)


def records_of(seed: int, rules: int) -> Iterator[tuple[bytes, int]]:
    """Yield the records of a script, some of them with dirty padding, and the time of each."""
    chance = Random(seed)
    script = make_script(seed, COMMANDS, whole=True)
    for number in range(2, rules + 1):
        record = codec.encode_command(c.ActivateRules(rules=number, staff=True))
        yield record, codec.STAMP.unpack_from(script.records[0], codec.STAMP_OFFSET)[1]
    last_ns = 0
    for record in script.records:
        last_ns = codec.STAMP.unpack_from(record, codec.STAMP_OFFSET)[1]
        yield dirtied(record, chance), last_ns
    if rules > 1:
        skip = c.SkipCommand(
            skipped_sequence=chance.randrange(1, len(script.records)),
            first_admin="ann",
            second_admin="bob",
            reason="to see it skipped",
            staff=True,
        )
        yield codec.encode_command(skip), last_ns


def write_log(path: Path, seed: int, rules: int) -> list[Batch]:
    """Write one log, as a sequencer would; return its batches."""
    chance, log, batches = Random(-seed), SqliteLog(path), []
    waiting, time_ns = bytearray(), 0
    for record, at_ns in records_of(seed, rules):
        waiting += record
        time_ns = max(time_ns, at_ns)
        if chance.random() < 0.6:
            batches.append(_append(log, waiting, time_ns))
            waiting = bytearray()
    if waiting:
        batches.append(_append(log, waiting, time_ns))
    log.close()
    return batches


def _append(log: SqliteLog, records: bytearray, time_ns: int) -> Batch:
    tail = log.tail()
    count = codec.stamp(records, tail.sequence + 1, time_ns)
    batch = linked(tail, tail.sequence + count, time_ns, bytes(records))
    log.append(batch)
    return batch


def facts(batches: list[Batch], snapshots: SnapshotFiles | None = None) -> dict[str, Any]:
    """Return what a log leads to; a snapshot of the middle is written where there is room."""
    engine, told = Engine(choose("reference")()), sha256()
    skips = {skip for batch in batches for skip in codec.skips_in(batch.payload)}
    kinds, commands, trades = Counter[str](), Counter[str](), Counter[str]()
    for place, batch in enumerate(batches):
        records = applied(engine, batch, skips)
        told.update(records)
        for record in codec.split(batch.payload):
            layout = codec.COMMAND_BY_NUMBER.get(record[2])
            commands[layout.cls.__name__ if layout else "unknown"] += 1
        for event in codec.decode_events(records):
            kinds[type(event).__name__] += 1
            if isinstance(event, e.Trade):
                trades["notional_units"] += event.notional_units
                trades["fee_units"] += event.taker_fee_units + event.maker_fee_units
        if snapshots is not None and place == len(batches) // 2:
            state = Snapshot(batch.last_sequence, batch.epoch, batch.chain_hash, engine.snapshot())
            snapshots.save(state)
    core = engine.core
    assets, _ = engine.definitions()
    return {
        "sequence": core.sequence,
        "chain_hash": batches[-1].chain_hash.hex(),
        "digest": engine.digest().hex(),
        "events_sha256": told.hexdigest(),
        "commands": dict(sorted(commands.items())),
        "events": dict(sorted(kinds.items())),
        "mode": core.mode,
        "open_orders": core.open_order_count(),
        "trades": dict(sorted(trades.items())),
        "totals": {asset.symbol: core.totals(asset.asset) for asset in assets},
        "balances": {a: core.balances(a) for a in ACCOUNTS if core.balances(a)},
    }


def write_layouts(path: Path) -> None:
    """Write every record type: its number, its version, and where its body ends."""
    rows = [
        f"{kind} {layout.cls.__name__} {layout.number} {codec.VERSION} {layout.body_end}"
        for kind, layouts in (("command", codec.OUTSIDE_COMMANDS), ("event", codec.EVENTS))
        for layout in layouts
    ]
    path.write_text("\n".join(rows) + "\n")


def main(folder: Path, rules: int, logs: int) -> None:
    """Write all of it."""
    folder.mkdir(parents=True)
    found = {}
    for seed in range(logs):
        with TemporaryDirectory() as scratch:
            path = Path(scratch) / "log.sqlite"
            batches = write_log(path, seed, rules)
            snapshots = SnapshotFiles(Path(scratch) / "snapshots") if seed == 0 else None
            found[f"{seed:02}"] = facts(batches, snapshots)
            packed = lzma.compress(path.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
            (folder / f"{seed:02}.sqlite.xz").write_bytes(packed)
            for file in (Path(scratch) / "snapshots").glob("*.bin"):
                (folder / f"{file.name}.xz").write_bytes(lzma.compress(file.read_bytes()))
    (folder / "facts.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
    write_layouts(folder / "layouts.txt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
