"""What is published of liabilities: everybody, once, and only where the books agree."""

from pathlib import Path
from sqlite3 import connect

import pytest

from outcry.domain import commands as c
from outcry.ledger.proofs import reads
from outcry.ledger.proofs.liabilities import account_hash, leaf_node, verify_liability
from outcry.ledger.proofs.note import BadNote
from outcry.ledger.proofs.publication import (
    BooksDisagree,
    check_owed,
    owed_of,
    read_statement,
    stored_path,
)
from outcry.ports import AlreadyPublished
from tests.support.ledger_rows import seal
from tests.support.proving import LOG_ID, Proving, busy
from tests.support.trading import ACCOUNTS, BTC, TradingVenue


def engine_totals(venue: TradingVenue) -> dict[int, tuple[int, ...]]:
    assets, _ = venue.engine.definitions()
    return {asset.asset: venue.engine.core.totals(asset.asset) for asset in assets}


def test_every_account_is_in_the_total_of_every_asset(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, venue):
        sequence = found.publish(venue.engine)
        assert sequence == reads.last_publication(found.proofs) == venue.engine.core.sequence
        published = {row.asset: row for row in reads.sets_at(found.proofs, sequence)}
        assert {row.symbol for row in published.values()} == {"BTC", "USDT"}
        for account in ACCOUNTS:
            leaves = reads.leaves_of(found.proofs, account, sequence)
            assert {leaf.asset for leaf in leaves} == published.keys()
            for leaf in leaves:
                row = published[leaf.asset]
                node = leaf_node(leaf.salt, account_hash(LOG_ID, account), leaf.amount_units)
                path = stored_path(found.proofs, row, leaf.place)
                assert verify_liability(node, leaf.place, path, row.root, row.total_units)


def test_total_is_what_the_engine_owes(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, venue):
        found.publish(venue.engine)
        for row in reads.published_sets(found.proofs, 10).items:
            available, held, _, in_flight, *_ = venue.engine.core.totals(row.asset)
            assert row.total_units == available + held + in_flight > 0
            assert row.leaves == len(ACCOUNTS)


def test_note_says_what_the_row_says(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, venue):
        found.publish(venue.engine)
        for row in reads.published_sets(found.proofs, 10).items:
            said = found.trust.statement(row.note)
            assert said[1:] == (
                row.asset, row.symbol, row.decimals, row.sequence, row.time_ns, row.total_units,
                row.leaves, row.root,
            )  # fmt: skip
            assert read_statement(said.text()) == said


@pytest.mark.parametrize("text", ["", "o\n", "o\nasset 1 BTC decimals 8\nsequence 1 time_ns 1\n"])
def test_text_that_is_no_statement_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_statement(text)


def test_sequence_is_published_once(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, venue):
        found.publish(venue.engine, seed=1)
        before = reads.published_sets(found.proofs, 10)
        with pytest.raises(AlreadyPublished):
            found.publish(venue.engine, seed=2)
        assert reads.published_sets(found.proofs, 10) == before


def test_publications_come_in_pages_newest_first(tmp_path: Path) -> None:
    with busy(tmp_path, 5) as (found, venue):
        sequences = []
        for _ in range(3):
            sequences.append(found.publish(venue.engine))
            found.take_in(venue.run(c.Deposit(account=1, asset=BTC, amount_units=5)))
        first = reads.published_sets(found.proofs, 4)
        second = reads.published_sets(found.proofs, 4, first.next_cursor)
        shown = [(row.sequence, row.asset) for row in first.items + second.items]
        assert shown == [(s, a) for s in reversed(sequences) for a in (2, 1)]
        assert second.next_cursor is None


def spoil(found: Proving, statement: str) -> None:
    path = found.store._path
    with connect(path) as connection:
        connection.execute(statement)
        seal(connection, "balances")
    connection.close()


def test_books_that_do_not_sum_to_zero_are_not_published(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, venue):
        spoil(found, "UPDATE balances SET balance_units = balance_units + 1 WHERE owner = 1")
        with pytest.raises(BooksDisagree, match="sum to"):
            found.publish(venue.engine)
        assert reads.last_publication(found.proofs) == 0


def test_negative_balance_is_not_published(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, _):
        spoil(found, "UPDATE balances SET balance_units = -1 WHERE owner = 1 AND purpose = 1")
        with pytest.raises(BooksDisagree, match="account 1 has -1 units"):
            owed_of(found.store)


def test_ledger_that_owes_something_else_than_the_engine_is_not_published(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, venue):
        totals = engine_totals(venue)
        check_owed(owed_of(found.store), totals)
        available, *others = totals[BTC]
        with pytest.raises(BooksDisagree, match="the ledger owes"):
            check_owed(owed_of(found.store), totals | {BTC: (available - 1, *others)})
        with pytest.raises(BooksDisagree, match="the ledger owes"):
            check_owed(owed_of(found.store), {})
