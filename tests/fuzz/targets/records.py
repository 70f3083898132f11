"""Readers of records: commands, events, and what in a log concerns the log itself."""

from collections.abc import Callable, Iterator
from functools import cache

from outcry import codec
from outcry.codec import plain
from outcry.codec.notices import check_offered
from outcry.domain import commands as c
from tests.fuzz.targets.target import GOLDEN, Read, Target


@cache
def golden_records() -> dict[str, bytes]:
    """Return the golden records by name."""
    lines = (GOLDEN / "records.hex").read_text().splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {name: bytes.fromhex("".join(words)) for name, *words in rows}


def _of(layouts: tuple[codec.Layout, ...]) -> Iterator[bytes]:
    return (golden_records()[layout.cls.__name__] for layout in layouts)


def _commands() -> Read:
    def read(data: bytes) -> None:
        try:
            command = codec.decode_command(data)
        except codec.BadRecord:
            return
        again = codec.encode_command(command)
        assert codec.decode_command(again) == command
        layout = codec.COMMAND_BY_NUMBER[data[2]]
        if layout.is_clean(data, data[4]):
            assert again == data or isinstance(command, c.SetAsset | c.SetMarket | c.SkipCommand)

    return read


def _events() -> Read:
    def read(data: bytes) -> None:
        try:
            event = codec.decode_event(data)
        except codec.BadRecord:
            return
        assert codec.decode_event(codec.encode_event(event)) == event
        assert plain.decode_events(data) == [event]

    return read


def _batches() -> Read:
    """What the intake, the sequencer and a replay do with records before the engine sees them."""

    def read(data: bytes) -> None:
        count = data[0] if data else 0
        records = data[8:]
        agreed = []
        for check in (codec.check_records, plain.check_records):
            try:
                check(records, count)
            except codec.BadRecord as error:
                agreed.append(str(error))
            else:
                agreed.append("")
        assert agreed[0] == agreed[1]
        assert _why(codec.check_offered, records, count) == _why(check_offered, records, count)
        if count and not agreed[0]:
            _stamp(records, count)

    return read


def _why(check: Callable[[bytes, int], None], records: bytes, count: int) -> str:
    try:
        check(records, count)
    except codec.BadRecord as error:
        return str(error)
    return ""


def _stamp(records: bytes, count: int) -> None:
    ours, theirs = bytearray(records), bytearray(records)
    assert codec.stamp(ours, 5, 7) == plain.stamp(theirs, 5, 7) == count
    assert ours == theirs
    stamped = bytes(ours)
    assert [len(record) for record in codec.split(stamped)]
    try:
        codec.check_notices(records)
    except codec.BadRecord:
        return
    skips = codec.skips_in(stamped)
    assert all(0 < skip < 5 + count for skip in skips)
    assert len(list(codec.split(codec.without(stamped, {5, *skips})))) == count


def _batch_seeds() -> Iterator[bytes]:
    records = [golden_records()[layout.cls.__name__] for layout in codec.OUTSIDE_COMMANDS]
    for start in range(0, len(records), 4):
        some = records[start : start + 4]
        yield bytes([len(some)]).ljust(8, b"\0") + b"".join(some)
    skip = c.SkipCommand(
        skipped_sequence=3, first_admin="a", second_admin="b", reason="c", staff=True
    )
    two = (codec.encode_command(skip), codec.encode_command(c.ActivateRules(rules=2, staff=True)))
    yield bytes([2]).ljust(8, b"\0") + b"".join(two)


TARGETS = (
    Target("commands", _commands, lambda: _of(codec.COMMANDS), 9_000, 8_000, words=True),
    Target("events", _events, lambda: _of(codec.EVENTS), 8_000, 8_000, words=True),
    Target("batches", _batches, _batch_seeds, 5_000, 3_000, words=True),
)
