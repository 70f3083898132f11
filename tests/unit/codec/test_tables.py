"""Fields of rows: lists of orders, fee tiers, schedules."""

from dataclasses import replace
from random import Random

import pytest

from outcry import codec
from outcry.domain import commands as c

MEMBER = c.Member(side=1, price_ticks=7, lots=3, trigger=2, trigger_ticks=5, session=2**64 - 1)
ROWS = {
    "members": (MEMBER, replace(MEMBER, side=0), replace(MEMBER, api_key=9)),
    "tiers": tuple((n * 10**12, 100 - n, 200 - n) for n in range(1, 9)),
    "entries": tuple((n * 10**9, n % 6) for n in range(8)),
}
WHERE = {"members": 40, "tiers": 32, "entries": 32}
"""Where each table begins in its command's record: behind the header, and a list's kind."""


def command(name: str, rows: tuple[object, ...]) -> c.Command:
    if name == "members":
        return c.PlaceList(list_kind=1, members=rows)  # type: ignore[arg-type]
    if name == "tiers":
        return c.SetTiers(market=1, tiers=rows)  # type: ignore[arg-type]
    return c.SetSchedule(market=1, entries=rows)  # type: ignore[arg-type]


each_table = pytest.mark.parametrize("name", ROWS)


@each_table
def test_every_number_of_rows_up_to_the_most_comes_back(name: str) -> None:
    for count in range(codec.TABLES[name].most + 1):
        told = command(name, ROWS[name][:count])
        assert codec.decode_command(codec.encode_command(told)) == told


@each_table
def test_a_record_is_as_long_with_no_rows_as_with_all(name: str) -> None:
    lengths = {len(codec.encode_command(command(name, ROWS[name][:n]))) for n in (0, 1, 8)}
    assert lengths == {WHERE[name] + codec.TABLES[name].size}


@each_table
def test_more_rows_than_there_is_room_for_are_refused(name: str) -> None:
    with pytest.raises(codec.BadRecord, match="at most"):
        codec.encode_command(command(name, ROWS[name] + ROWS[name][:1]))


@each_table
@pytest.mark.parametrize("count", [9, 255, 2**32, 2**63, 2**64 - 1])
def test_a_count_that_cannot_be_is_refused(name: str, count: int) -> None:
    record = bytearray(codec.encode_command(command(name, ROWS[name])))
    record[WHERE[name] : WHERE[name] + 8] = count.to_bytes(8, "little")
    with pytest.raises(codec.BadRecord, match="at most"):
        codec.decode_command(bytes(record))


@each_table
def test_what_stands_behind_the_rows_is_nothing(name: str) -> None:
    one = codec.TABLES[name].struct.size
    record = codec.encode_command(command(name, ROWS[name][:1]))
    for place in range(WHERE[name] + 8 + one, len(record)):
        dirty = bytearray(record)
        dirty[place] = 1
        with pytest.raises(codec.BadRecord, match="nothing behind"):
            codec.decode_command(bytes(dirty))


def test_the_padding_of_a_member_is_nothing() -> None:
    record = codec.encode_command(command("members", ROWS["members"]))
    row = codec.TABLES["members"].struct.size
    for end in (WHERE["members"] + 8 + row * n for n in (1, 2, 3)):
        for place in range(end - 6, end):
            dirty = bytearray(record)
            dirty[place] = 1
            with pytest.raises(codec.BadRecord, match="padding"):
                codec.decode_command(bytes(dirty))


@pytest.mark.parametrize(
    "wrong",
    [
        c.PlaceList(list_kind=1, members=(replace(MEMBER, lots=2**63),)),
        c.PlaceList(list_kind=1, members=(replace(MEMBER, trigger=256),)),
        c.SetTiers(tiers=((1, 2),)),
        c.SetTiers(tiers=((1, 2, 2**63),)),
        c.SetSchedule(entries=((1, 2, 3),)),
    ],
    ids=repr,
)
def test_a_row_that_does_not_fit_is_refused(wrong: c.Command) -> None:
    with pytest.raises(codec.BadRecord):
        codec.encode_command(wrong)


def test_what_can_be_read_is_written_alike() -> None:
    chance, read = Random(5), 0
    for name in ROWS:
        record = codec.encode_command(command(name, ROWS[name][:2]))
        for _ in range(400):
            damaged = bytearray(record)
            damaged[chance.randrange(WHERE[name], len(record))] ^= 1 << chance.randrange(8)
            try:
                found = codec.decode_command(bytes(damaged))
            except codec.BadRecord:
                continue
            assert codec.encode_command(found) == damaged
            read += 1
    assert read > 100
