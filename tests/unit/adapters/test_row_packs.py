"""Rows are packed alike by both packers, and come out of it as they went in."""

from random import Random
from typing import Any

import pytest

from outcry.adapters import row_packs
from outcry.adapters.row_checks import CHECKED, CHECKS
from outcry.adapters.row_packs import Packed, Row, pack, plain_pack
from outcry.ledger.tables import TABLES, Table

fast = pytest.importorskip("outcry.ledger.compiled.rows")
LARGEST = 2**63 - 1
FEW = [0, -1, LARGEST, -LARGEST - 1, 7, 255, 256, -256, 1 << 40]


def rows_of(table: Table, count: int = 300) -> list[Row]:
    random, texts = Random(table.name), ("", "k", "é" * 3)
    kinds = dict.fromkeys(table.texts, texts) | dict.fromkeys(table.blobs, (b"", b"\0\1"))
    return [
        tuple(random.choice(kinds.get(name, FEW)) for name in table.columns) for _ in range(count)
    ]


def unpacked(packed: Packed) -> list[Row]:
    return [tuple(packed.values(at, at + 1)) for at in range(packed.rows)]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_both_packers_make_the_same(table: Table) -> None:
    for count in (0, 1, 2, 300):
        assert pack(table, rows_of(table, count)) == plain_pack(table, rows_of(table, count))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_rows_come_out_with_their_checksum_in_the_order_of_the_first_key_column(
    table: Table,
) -> None:
    first, rows = table.columns.index(table.key[0]), rows_of(table)
    if len(table.key) > 1 and table.key[0] not in table.texts:
        rows.sort(key=lambda row: row[first])  # type: ignore[arg-type, return-value]
    if table.name in CHECKED:
        rows = [(*row, CHECKS[table.name](row)) for row in rows]
    packed = pack(table, rows_of(table))
    assert unpacked(packed) == rows
    assert packed.values(32, 64) == [value for row in rows[32:64] for value in row]


def test_rows_of_many_accounts_are_put_in_order_and_stay_as_they_came_within_one() -> None:
    table, random = TABLES["postings"], Random(3)
    for most in (1, 300, 70_000, LARGEST):
        rows = [(n, n, 0, random.randint(-most - 1, most), 1, 1, 5, 5) for n in range(2_000)]
        assert unpacked(pack(table, rows)) == sorted(rows, key=lambda row: row[3])


@pytest.mark.parametrize("value", [LARGEST + 1, -LARGEST - 2])
@pytest.mark.parametrize("name", ["balances", "postings", "orders", "candles"])
@pytest.mark.parametrize("packer", [pack, plain_pack], ids=["compiled", "plain"])
def test_number_of_more_than_64_bits_is_refused(packer: Any, name: str, value: int) -> None:
    table = TABLES[name]
    row = tuple("k" if column in table.texts else value for column in table.columns)
    with pytest.raises(OverflowError):
        packer(table, [row])


def test_rows_that_are_none_are_refused() -> None:
    for order_at in (-1, 0):
        with pytest.raises(ValueError, match="width"):
            fast.pack([(1, 2), (1,)], (), order_at, False)
        with pytest.raises(TypeError):
            fast.pack([(1, 2), [1, 2]], (), order_at, False)
        with pytest.raises(TypeError):
            fast.pack([(1, "2")], (), order_at, False)
    with pytest.raises(ValueError, match="one text"):
        fast.pack([("1", "2")], (0, 1), -1, True)
    with pytest.raises(ValueError, match="columns"):
        fast.pack([(1,) * 65], (), -1, False)
    with pytest.raises(ValueError, match="width"):
        plain_pack(TABLES["postings"], [(1, 2, 3, 4)])


def test_the_compiled_packer_is_the_one_in_use() -> None:
    assert row_packs._pack is fast.pack
