"""Workload files: our generator, the loader, and that both cores make the same of them."""

import json
from pathlib import Path

import pytest

from bench.plain_book import CANCELLED, FILLED, OPEN, Order, PlainBook
from bench.workloads import ADD, RECORD, Generator, Shape
from outcry.bench.core import bench_core
from outcry.bench.workload import BadWorkload, Workload, read_expected
from tests.support.cores import CORES, core_factory

SMALL = Shape("small", 200, 10_000, 1)
OPERATIONS = 3_000


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("work") / "small.bin"
    Generator(SMALL).write(path, OPERATIONS)
    return path


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("batch", [1, 7, 1_024])
def test_each_core_trades_as_the_plain_book(workload: Path, core: str, batch: int) -> None:
    expected = read_expected(workload)
    report = bench_core(workload, core_factory(core), batch)
    assert expected is not None
    assert expected.trades > 200
    assert report.agrees
    assert report.operations == Workload(workload).operations


def test_result_of_another_workload_does_not_agree(workload: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.bin"
    copy.write_bytes(workload.read_bytes())
    assert bench_core(copy, core_factory("reference"), 64).agrees is None
    Path(f"{copy}.json").write_text(json.dumps({"trades": 1, "sumqp": 1}))
    assert bench_core(copy, core_factory("reference"), 64).agrees is False


def test_same_shape_and_seed_give_the_same_bytes(workload: Path, tmp_path: Path) -> None:
    Generator(SMALL).write(tmp_path / "again.bin", OPERATIONS)
    assert (tmp_path / "again.bin").read_bytes() == workload.read_bytes()


def test_buyers_and_sellers_are_different_people(workload: Path) -> None:
    rows = list(RECORD.iter_unpack(workload.read_bytes()))
    sides = {(row[1], row[4] % 2) for row in rows if row[0] == ADD}
    assert sides == {(0, 0), (1, 1)}


@pytest.mark.parametrize("size", [0, 31, 33])
def test_file_that_is_no_workload_is_refused(tmp_path: Path, size: int) -> None:
    (tmp_path / "bad.bin").write_bytes(bytes(size))
    with pytest.raises(BadWorkload, match="bad.bin"):
        Workload(tmp_path / "bad.bin")


def test_plain_book_trades_best_price_first_then_oldest() -> None:
    book = PlainBook()
    orders = [Order(name, 7, 1, price, 5) for name, price in ((1, 102), (2, 101), (3, 101))]
    for order in orders:
        book.add(order)
    assert book.cancel(3)
    assert book.add(Order(4, 8, 0, 102, 8)) == [(2, 4, 101, 5), (1, 4, 102, 3)]
    assert [order.status for order in orders] == [OPEN, FILLED, CANCELLED]
    assert (book.best(0), book.best(1)) == (None, 102)
