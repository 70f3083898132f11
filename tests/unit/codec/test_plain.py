"""Records: golden bytes of every type, round trips, and bytes that are no records."""

import re
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry import codec
from outcry.codec import plain
from outcry.domain import commands as c
from outcry.domain import events as e
from tests.property.generator import make_script

GOLDEN = Path(__file__).parents[2] / "golden"
LAYOUTS = codec.COMMANDS + codec.EVENTS
SYMBOL = "BTC_USDT"
TEXTS = {"symbol", "first_admin", "second_admin", "reason"}
KEY = "my-order-1"
MOST = {"B": 2**8 - 1, "H": 2**16 - 1, "I": 2**32 - 1, "Q": 2**64 - 1, "q": 2**63 - 1}


def letters(layout: codec.Layout) -> list[str]:
    """Return one struct letter a field, texts and bytes with their length."""
    out: list[str] = []
    for count, letter in re.findall(r"(\d*)([A-Za-z])", layout.body_format):
        out += [f"{count}s"] if letter == "s" else [letter] * int(count or 1)
    return out


def rows(table: Any, number: int) -> tuple[Any, ...]:
    """Return one row less than a table has room for, no value in them twice."""
    letters = "".join(
        letter * int(count or 1)
        for count, letter in re.findall(r"(\d*)([A-Za-z])", table.struct.format)
    )
    return tuple(row(table, letters, number + 40 * i) for i in range(table.most - 1))


def row(table: Any, letters: str, number: int) -> Any:
    numbers = range(number, number + len(letters))
    values = [-n * 1_000_003 if at == "q" else n for n, at in zip(numbers, letters, strict=True)]
    if table.row is None:
        return tuple(values)
    named = {n: v for n, v in zip(table.names, values, strict=True) if n != "-"}
    return table.row(**named)


def sample(layout: codec.Layout) -> Any:
    """Return a command or event whose every field has another value, signed ones below zero."""
    values: dict[str, Any] = {}
    for number, (name, letter) in enumerate(zip(layout.names, letters(layout), strict=True), 3):
        if name in TEXTS and letter.endswith("s"):
            values[name] = SYMBOL
        elif name in codec.TABLES:
            values[name] = rows(codec.TABLES[name], number)
        elif letter.endswith("s"):
            values[name] = bytes(range(16))
        elif name != "-":
            values[name] = -number * 1_000_003 if letter == "q" else number
    if layout in codec.COMMANDS:
        keyed = KEY if layout.number % 2 else ""
        return layout.cls(
            account=7, market=9, sequence=11, time_ns=13, key=keyed, staff=bool(keyed), **values
        )
    header = {"event_index": 5, "sequence": 11, "time_ns": 13, "account": 7, "market": 9}
    if layout.cls is e.OrderAccepted:
        values |= {"key_length": len(KEY), "key": KEY}
    return layout.cls(**header, **values)


def encode(thing: Any) -> bytes:
    return (
        codec.encode_command(thing) if isinstance(thing, c.Command) else codec.encode_event(thing)
    )


def decode(record: bytes, layout: codec.Layout) -> Any:
    decoder = codec.decode_command if layout in codec.COMMANDS else codec.decode_event
    return decoder(record)


def golden() -> dict[str, bytes]:
    """Return the golden records by name."""
    lines = (GOLDEN / "records.hex").read_text().splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {name: bytes.fromhex("".join(words)) for name, *words in rows}


each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.cls.__name__)


@each_layout
def test_a_record_has_the_bytes_it_always_had(layout: codec.Layout) -> None:
    assert encode(sample(layout)) == golden()[layout.cls.__name__]


@each_layout
def test_a_record_is_read_as_it_was_written(layout: codec.Layout) -> None:
    thing = sample(layout)
    assert decode(encode(thing), layout) == thing


def test_every_golden_record_is_a_type_of_today() -> None:
    assert list(golden()) == [layout.cls.__name__ for layout in LAYOUTS]


@each_layout
def test_a_record_cut_or_lengthened_is_refused(layout: codec.Layout) -> None:
    record = encode(sample(layout))
    for damaged in (record[:-8], record + bytes(8), record[:31], b""):
        with pytest.raises(codec.BadRecord):
            decode(damaged, layout)


@each_layout
def test_a_record_of_another_version_is_refused(layout: codec.Layout) -> None:
    record = bytearray(encode(sample(layout)))
    record[3] += 1
    with pytest.raises(codec.BadRecord, match="version"):
        decode(bytes(record), layout)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(noise=st.binary(max_size=300), number=st.integers(0, 255), whole=st.booleans())
def test_noise_only_ever_raises_bad_record(noise: bytes, number: int, whole: bool) -> None:
    record = bytearray(noise.ljust(32, b"\0"))
    record += bytes(-len(record) % 8)
    if whole:
        record[0:4] = len(record).to_bytes(2, "little") + bytes([number % 44, 1])
    for decoder in (codec.decode_command, codec.decode_event):
        try:
            decoder(bytes(record))
        except codec.BadRecord:
            continue


@each_layout
def test_any_flipped_bit_is_read_or_refused(layout: codec.Layout) -> None:
    record, random = encode(sample(layout)), Random(layout.number)
    for _ in range(300):
        damaged = bytearray(record)
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        try:
            thing = decode(bytes(damaged), layout)
        except codec.BadRecord:
            continue
        assert isinstance(thing, layout.cls) or damaged[2] != record[2]


@pytest.mark.parametrize(
    "command",
    [
        c.Tick(key="k" * 65),
        c.Tick(key="ключ"),
        c.Tick(account=2**32),
        c.Tick(account=-1),
        c.PlaceOrder(side=256),
        c.PlaceOrder(side=0, lots=2**63),
        c.SetAsset(asset=1, symbol="A" * 17, unit_decimals=0, chain_decimals=0),
        c.SetAsset(asset=1, symbol="Ä", unit_decimals=0, chain_decimals=0),
    ],
    ids=repr,
)
def test_what_does_not_fit_a_record_is_refused(command: c.Command) -> None:
    with pytest.raises(codec.BadRecord):
        codec.encode_command(command)


def test_a_text_that_is_not_ascii_is_refused() -> None:
    keyed = bytearray(codec.encode_command(c.Tick(key="key")))
    keyed[32] = 0xFF
    with pytest.raises(codec.BadRecord, match="ASCII"):
        codec.decode_command(bytes(keyed))


def test_a_key_may_have_64_characters() -> None:
    command = c.Tick(account=1, key="k" * 64)
    assert codec.decode_command(codec.encode_command(command)) == command


def test_place_order_writes_what_encode_command_writes() -> None:
    for key in ("", "k", "twelve-bytes", "k" * 64):
        fields = (7, 9, key, 1, 0, 2, 3, 1, 101, 5, 0)
        names = (
            "account", "market", "key", "side", "kind", "time_in_force", "self_trade", "flags",
            "price_ticks", "lots", "budget_units",
        )  # fmt: skip
        command = c.PlaceOrder(**dict(zip(names, fields, strict=True)))
        assert codec.place_order(*fields) == codec.encode_command(command)


def test_a_digest_looks_past_sequence_and_time_only() -> None:
    command = c.Deposit(account=1, asset=2, amount_units=3, key="k")
    record = bytearray(codec.encode_command(command))
    before = codec.payload_digest(record)
    codec.stamp(record, 99, 12345)
    assert codec.payload_digest(record) == before
    for offset in [*range(8), *range(24, len(record))]:
        changed = bytearray(record)
        changed[offset] ^= 1
        assert codec.payload_digest(changed) != before


def test_a_key_hash_differs_by_account_and_key() -> None:
    hashes = {codec.key_hash(account, key) for account in (0, 1, 256) for key in ("a", "b", "")}
    assert len(hashes) == 9
    assert all(len(value) == 16 for value in hashes)


def test_stamping_numbers_every_record() -> None:
    records = bytearray(b"".join(codec.encode_command(c.Tick(key="k" * n)) for n in range(5)))
    assert codec.stamp(records, 7, 42) == 5
    read = [codec.decode_command(record) for record in codec.split(records)]
    assert [(command.sequence, command.time_ns) for command in read] == [
        (n, 42) for n in range(7, 12)
    ]
    assert [command.key for command in read] == ["k" * n for n in range(5)]


@pytest.mark.parametrize("length", [0, 8, 24, 31, 33, 48, 65_528])
def test_a_concatenation_with_an_impossible_length_is_refused(length: int) -> None:
    records = codec.encode_command(c.Tick()) + length.to_bytes(2, "little") + bytes(30)
    with pytest.raises(codec.BadRecord, match="length"):
        list(codec.split(records))


def test_a_concatenation_that_ends_early_is_refused() -> None:
    with pytest.raises(codec.BadRecord, match="header"):
        list(codec.split(codec.encode_command(c.Tick()) + bytes(8)))


def test_the_commands_of_a_script_come_back_as_they_were_written() -> None:
    for record in make_script(1).records:
        try:
            command = codec.decode_command(record)
        except codec.BadRecord:
            continue
        assert codec.encode_command(command) == record


def test_the_events_of_a_script_come_back_as_they_were_written() -> None:
    for events in make_script(2).events:
        for record in codec.split(events):
            assert codec.encode_event(codec.decode_event(record)) == record
        assert codec.decode_events(events) == [codec.decode_event(r) for r in codec.split(events)]


@each_layout
def test_no_field_is_wider_than_its_letter(layout: codec.Layout) -> None:
    for name, letter in zip(layout.names, letters(layout), strict=True):
        if name in {"-", "symbol", "key_length"} or letter not in MOST:
            continue
        thing = sample(layout)
        for value, fits in ((MOST[letter], True), (MOST[letter] + 1, False)):
            changed = replaced(thing, name, value)
            if fits:
                assert getattr(decode(encode(changed), layout), name) == value
            else:
                with pytest.raises(codec.BadRecord):
                    encode(changed)


def replaced(thing: Any, name: str, value: int) -> Any:
    if isinstance(thing, c.Command):
        return replace(thing, **{name: value})
    return thing._replace(**{name: value})


@pytest.mark.parametrize("decode_all", [codec.decode_events, plain.decode_events])
def test_a_key_that_is_no_text_is_told_all_the_same(decode_all: Any) -> None:
    """A core does not look into a key: what it says of one has to be readable, whatever it is."""
    key = bytes(range(128, 192))
    layout = codec.EVENT_BY_NUMBER[codec.NUMBER_OF[e.OrderAccepted]]
    accepted = sample(layout)._replace(key=key.decode("latin-1"), key_length=len(key))
    record = codec.encode_event(accepted)
    assert record[-len(key) :] == key
    assert decode_all(record) == [codec.decode_event(record)] == [accepted]
