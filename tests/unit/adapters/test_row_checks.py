"""The compiled ways to check and to flatten rows make what the plain ones make."""

from random import Random

import pytest

from outcry.adapters import row_checks
from outcry.adapters.row_checks import CHECKED, joined, with_checks
from outcry.ledger.tables import Table

fast = pytest.importorskip("outcry.ledger.compiled.rows")
LARGEST = 2**63 - 1


def rows_of(table: Table) -> list[tuple[object, ...]]:
    random = Random(table.name)
    kinds = {name: "é" * 3 for name in table.texts} | dict.fromkeys(table.blobs, b"\0\1")
    few = [0, -1, LARGEST, -LARGEST - 1, 7, 1 << 40]
    return [tuple(kinds.get(name, random.choice(few)) for name in table.columns) for _ in range(70)]


@pytest.mark.parametrize("table", CHECKED.values(), ids=lambda table: table.name)
def test_checks_are_those_that_a_reader_computes(table: Table) -> None:
    for row, checked in zip(rows_of(table), with_checks(table, rows_of(table)), strict=True):
        assert checked == (*row, row_checks.check_of(table)(row))


def test_rows_are_flattened_alike() -> None:
    rows = rows_of(row_checks.TABLES["orders"])
    for start, end in ((0, 1), (0, 32), (32, 64), (69, 70)):
        assert fast.joined(rows, start, end) == joined(rows, start, end)


@pytest.mark.parametrize("value", [LARGEST + 1, -LARGEST - 2])
def test_number_of_more_than_64_bits_is_refused(value: int) -> None:
    table = row_checks.TABLES["balances"]
    with pytest.raises(OverflowError):
        with_checks(table, [(value,) * len(table.columns)])


def test_rows_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="width"):
        fast.joined([(1, 2), (1,)], 0, 2)
    with pytest.raises(TypeError):
        fast.joined([(1, 2), [1, 2]], 0, 2)
    with pytest.raises(TypeError):
        fast.with_checks([(1, "2")], -1)
