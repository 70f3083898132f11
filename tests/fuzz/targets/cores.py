"""The engine and both cores on hostile records, and on states that nobody has ever been in."""

import json
import lzma
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from outcry import codec
from outcry.adapters.sqlite_log import SqliteLog
from outcry.domain import commands as c
from outcry.engine.core import CoreFactory, choose
from outcry.engine.engine import Engine
from outcry.engine.snapshot import definitions, last_account
from tests.fuzz.targets.target import GOLDEN, Read, Target
from tests.property.script.stage import Bare

LOGS = GOLDEN / "logs"
OPENING = 60
"""Commands after which a golden log has assets, markets, accounts and some orders."""
RECORD_MOST = 416
WEEKS_NS = 1 << 52
_SPECIAL = codec.NUMBER_OF[c.PlaceSpecial]
_SLICES = codec.HEADER.size + 32 + 56
_INTERNAL = codec.FLAG_INTERNAL


@cache
def payloads(folder: str) -> list[list[bytes]]:
    """Return the records of each golden log of a folder."""
    found = []
    with TemporaryDirectory() as scratch:
        for packed in sorted((LOGS / folder).glob("*.sqlite.xz")):
            path = Path(scratch) / packed.stem
            path.write_bytes(lzma.decompress(packed.read_bytes()))
            log = SqliteLog(path, read_only=True)
            found.append([bytes(r) for b in log.read(0) for r in codec.split(b.payload)])
            log.close()
    return found


@cache
def states() -> list[bytes]:
    """Return the states that the records are applied to: under the first rules, and the second."""
    found = []
    for folder in ("rules-1", "rules-2"):
        engine = Engine(choose()())
        engine.apply(b"".join(payloads(folder)[0][:OPENING]))
        found.append(engine.snapshot())
    return found


def stream(data: bytes, sequence: int, now_ns: int = 0, *, internal: bool = False) -> bytes:
    """Return bytes as whole records that follow a sequence, whatever else they say.

    With `now_ns` their times are up to some weeks from then, as a clock would have them: what is
    planned for every day happens for every day that has passed.
    """
    records, offset = bytearray(), 0
    while len(data) - offset >= codec.HEADER.size and len(records) < 1 << 12:
        wanted = int.from_bytes(data[offset : offset + 2], "little") & ~7
        length = min(max(wanted, codec.HEADER.size), RECORD_MOST, (len(data) - offset) & ~7)
        record = bytearray(data[offset : offset + length])
        record[0:2] = length.to_bytes(2, "little")
        flags = int.from_bytes(record[4:8], "little") & ~_INTERNAL
        inside = internal and 32 <= record[2] < 43
        record[4:8] = (flags | _INTERNAL * inside).to_bytes(4, "little")
        sequence += not inside
        record[8:16] = sequence.to_bytes(8, "little")
        if now_ns:
            time_ns = now_ns + int.from_bytes(record[16:24], "little") % WEEKS_NS
            record[16:24] = time_ns.to_bytes(8, "little")
            _few_slices(record)
        record[23] &= 0x1F
        records += record
        offset += length
    return bytes(records)


def _few_slices(record: bytearray) -> None:
    """Let a TWAP have few slices: what is overdue runs at once, and rules 1 bound nothing."""
    if record[2] == _SPECIAL and len(record) >= _SLICES + 4:
        record[_SLICES + 1 : _SLICES + 4] = bytes(3)


def _record_seeds() -> Iterator[bytes]:
    for number, folder in enumerate(("rules-1", "rules-2")):
        for records in payloads(folder):
            for start in range(OPENING, len(records), 40):
                yield bytes([number]) + b"".join(records[start : start + 12])
    for layout in codec.COMMANDS:
        row = _golden().get(layout.cls.__name__)
        if row:
            yield b"\0" + row


def _golden() -> dict[str, bytes]:
    lines = (GOLDEN / "records.hex").read_text().splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {name: bytes.fromhex("".join(words)) for name, *words in rows}


def _base(data: bytes) -> bytes:
    return states()[data[0] % 2 if data else 0]


def _engine() -> Read:
    """A whole engine: the core, and what reacts above it."""
    factory = choose()

    def read(data: bytes) -> None:
        engine = Engine.restore(factory, _base(data))
        records = stream(data[1:], engine.core.sequence, engine.core.now_ns)
        codec.decode_events(engine.apply(records))
        assert engine.core.conservation_failure() == 0
        assert Engine.restore(factory, engine.snapshot()).digest() == engine.digest()

    return read


def _both() -> Read:
    """Both cores, internal commands too: one outcome."""
    factories = choose("reference"), choose()

    def read(data: bytes) -> None:
        outcomes = []
        for factory in factories:
            stage = Bare.restore(factory, _base(data))
            records = stream(data[1:], stage.core.sequence, internal=True)
            outcomes.append((stage.apply(records), stage.snapshot()))
        assert outcomes[0] == outcomes[1]

    return read


def _snapshots() -> Read:
    """States for both cores and for what reads definitions out of them."""
    reference, compiled = choose("reference"), choose()

    def read(data: bytes) -> None:
        taken = [_taken(factory, data) for factory in (compiled, reference)]
        if taken[0]:
            with suppress(ValueError):
                definitions(data)
            last_account(data)
            _go_on(compiled, data)

    return read


def _taken(factory: CoreFactory, data: bytes) -> bool:
    try:
        core = factory.restore(data)
    except ValueError:
        return False
    assert core.snapshot() == data
    return True


def _go_on(factory: CoreFactory, data: bytes) -> None:
    """Use a state that was taken: it may be nonsense, but nothing falls over."""
    core = factory.restore(data)
    if core.sequence < 2**62:
        records = b"".join(payloads("rules-1")[0][OPENING : OPENING + 8])
        Bare(core).apply(stream(records, core.sequence, internal=True))
        core.snapshot()


def _snapshot_seeds() -> Iterator[bytes]:
    yield choose()().snapshot()
    yield from states()
    for records in payloads("rules-1")[1:3]:
        core = choose()()
        Bare(core).apply(b"".join(records[:30]))
        yield core.snapshot()


def _notes() -> Read:
    """What stands above the core keeps its own notes in a state."""
    factory = choose()

    def read(data: bytes) -> None:
        core = factory.restore(states()[0])
        core.notes = data
        try:
            engine = Engine(core)
        except ValueError:
            return
        engine.digest()

    return read


def _notes_seeds() -> Iterator[bytes]:
    yield b""
    for records in payloads("rules-1"):
        engine = Engine(choose()())
        engine.apply(b"".join(records))
        engine.digest()
        if engine.core.notes:
            json.loads(engine.core.notes)
            yield engine.core.notes


TARGETS = (
    Target("engine", _engine, _record_seeds, 800, 40, words=True),
    Target("both cores", _both, _record_seeds, 250, 20, words=True),
    Target("snapshots", _snapshots, _snapshot_seeds, 1_500, 100, words=True, longest=65_536),
    Target("notes", _notes, _notes_seeds, 800, 60),
)
