"""The ledger agrees with either engine and with the books of an outsider, however it is run."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry import codec
from outcry.engine.core import CoreFactory, choose
from outcry.ledger.check import LedgerBroken
from outcry.ledger.ledger import Ledger
from outcry.ledger.posting import Purpose
from outcry.ledger.rows import Row
from outcry.ports import EventBatch
from tests.property.books import Books
from tests.property.broken_ledger import BROKEN, UNSEEN_BY_THE_CHECKER
from tests.property.generator import Script, glued, make_script
from tests.property.invariants import ACCOUNTS, ASSETS, together
from tests.property.script.stage import new_stage
from tests.support.broken import Broken
from tests.support.cores import CORES, core_factory
from tests.support.ledger_run import Chance, LedgerRun, Rows, all_rows, chunks
from tests.support.plain_ledger import plain_ledger

SHORT, LONG = range(30), range(1_000, 1_012)
LONG_COMMANDS = 400
VENUE = 0


class Difference(AssertionError):
    """The ledger says something else than somebody who computed apart."""


@pytest.fixture(scope="module")
def scripts() -> list[Script]:
    """Return scripts for bare cores and for whole engines, some of them long."""
    return [
        make_script(seed, length, whole=whole)
        for seeds, length in ((SHORT, 50), (LONG, LONG_COMMANDS))
        for seed in seeds
        for whole in (False, True)
    ]


def follow(script: Script, factory: CoreFactory) -> Rows:
    """Run a script with a ledger behind it, checked after every call.

    Raises:
        LedgerBroken: the ledger's own check found something.
        Difference: it did not, and something is wrong all the same.
    """
    stage, ledger, books = new_stage(factory, whole=script.whole), Ledger(), Books()
    for records in together(script.records):
        told = stage.apply(records)
        events = codec.decode_events(told)
        first, last = ledger.sequence + 1, stage.core.sequence
        ledger.consume(EventBatch(first, last, 0, bytes(32), events, told))
        ledger.check(stage.core)
        books.see_all(events)
    rows = ledger.take()
    assert rows is not None
    check_postings(rows.rows["postings"])
    for account in ACCOUNTS:
        for asset in ASSETS:
            theirs = stage.core.balance(account, asset)
            outsiders = books.available[account, asset], books.held[account, asset]
            if not ledger.balance(account, asset)[:2] == theirs == outsiders:
                raise Difference((account, asset, ledger.balance(account, asset), theirs))
    for asset in ASSETS:
        check_venue(ledger, books, asset)
    return rows.rows


def check_postings(postings: list[Row]) -> None:
    """Postings are numbered without a gap, sum to zero, and no event posts twice to an account."""
    if [row[0] for row in postings] != list(range(1, len(postings) + 1)):
        raise Difference("numbers")
    sums: Counter[tuple[int, int, int]] = Counter()
    balances: Counter[tuple[int, int, int]] = Counter()
    for _, sequence, index, owner, asset, purpose, change, balance in postings:
        sums[sequence, index, asset] += change
        balances[owner, asset, purpose] += change
        if not change or balances[owner, asset, purpose] != balance:
            raise Difference((sequence, index, owner, asset, purpose, change, balance))
    if any(sums.values()):
        raise Difference(sums)
    order = [row[1:6] for row in postings]
    if order != sorted(set(order)):
        raise Difference("order")


def check_venue(ledger: Ledger, books: Books, asset: int) -> None:
    """What the venue has of an asset, and what is in flight, is what the outsider counted."""
    mine = {purpose: ledger.units(VENUE, asset, purpose) for purpose in Purpose}
    in_flight = sum(ledger.balance(account, asset)[2] for account in ACCOUNTS)
    for name, units in (
        ("fees", mine[Purpose.FEES]),
        ("loss", mine[Purpose.LOSS]),
        ("credited", -mine[Purpose.DEPOSITED]),
        ("withdrawn", mine[Purpose.WITHDRAWN]),
        ("in_flight", in_flight),
    ):
        if books.venue[name, asset] != units:
            raise Difference((name, asset, units, books.venue[name, asset]))


@pytest.mark.parametrize("core", CORES)
def test_ledger_agrees_with_the_engine_and_with_an_outsider(
    core: str, scripts: list[Script]
) -> None:
    factory = core_factory(core)
    for script in scripts[:: 1 if core == "reference" else 3]:
        follow(script, factory)


def run(script: Script, factory: CoreFactory, path: Path, chance: Chance) -> Rows:
    """Run a script with the ledger cut as chance will have it; return all of its rows."""
    stage = new_stage(factory, whole=script.whole)
    ledger, told = LedgerRun(path, stage.core), b""
    for records, complete in chunks(script.records, glued(script.records)):
        told += stage.apply(records)
        if not complete or not chance.batch():
            continue
        ledger.consume(told)
        told = b""
        if chance.flush():
            ledger.flush()
            if chance.restart():
                ledger = ledger.restarted(stage.snapshot())
    if told:
        ledger.consume(told)
    ledger.flush()
    rows = all_rows(ledger.store)
    ledger.store.close()
    return rows


class Whole(Chance):
    """Everything in one batch and one transaction."""

    def batch(self) -> bool:
        return False


def differing(script: Script, factory: CoreFactory, folder: Path, chance: Chance) -> list[str]:
    """Return the tables in which a ledger cut by chance differs from one made at once."""
    one = run(script, factory, folder / "live.sqlite", chance)
    other = run(script, factory, folder / "again.sqlite", Whole(0))
    for path in folder.iterdir():
        path.unlink()
    return [name for name in one if one[name] != other[name]]


def test_rebuilt_ledger_equals_a_live_one_row_for_row(
    scripts: list[Script], tmp_path: Path
) -> None:
    factory = choose()
    for seed, script in enumerate(scripts[-12:]):
        assert differing(script, factory, tmp_path, Chance(seed)) == []


# The compiled loops


@pytest.fixture
def plain() -> Iterator[None]:
    """Let the ledger run as it is written down, where it also was compiled."""
    with plain_ledger():
        yield


def test_compiled_loops_make_the_same_rows(
    scripts: list[Script], request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("outcry.ledger.compiled")
    compiled = [follow(script, choose()) for script in scripts[::3]]
    request.getfixturevalue("plain")
    assert [follow(script, choose()) for script in scripts[::3]] == compiled


# Rules broken on purpose


def is_caught(script: Script) -> bool:
    """Return whether the ledger's own check finds something."""
    try:
        follow(script, choose())
    except LedgerBroken:
        return True
    except Difference:
        return False
    return False


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.wrong)
def test_broken_posting_rule_is_caught_by_the_check(broken: Broken, scripts: list[Script]) -> None:
    with broken.applied():
        assert any(is_caught(script) for script in scripts)


@pytest.mark.parametrize("broken", UNSEEN_BY_THE_CHECKER, ids=lambda broken: broken.wrong)
def test_rows_that_depend_on_when_they_were_written_are_caught_by_a_rebuild(
    broken: Broken, scripts: list[Script], tmp_path: Path
) -> None:
    factory = choose()
    with broken.applied():
        assert any(
            differing(script, factory, tmp_path, Chance(seed))
            for seed, script in enumerate(scripts[-12:])
        )
