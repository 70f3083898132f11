"""Heads: signed when a log has grown, of what is stored, and never over another past."""

import gc
from pathlib import Path

import pytest

from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.domain import commands as c
from outcry.ledger.ledger import Ledger
from outcry.ledger.proofs import reads
from outcry.ledger.proofs.heads import LOGS, HeadPublisher, HeadsDisagree
from outcry.ledger.proofs.merkle import leaf_hash, verify_consistency
from outcry.ledger.proofs.note import Head, read_head
from outcry.ledger.proofs.tree import MerkleLog, prove_consistency, stored_leaf_hash, stored_root
from outcry.ports import AlreadyPublished
from tests.support.proving import SECOND_NS, Proving, busy, proving
from tests.support.trading import TradingVenue, limit, opening, random_batches


def head_of(found: Proving, log: str) -> Head:
    row = reads.last_head(found.proofs, log)
    assert row is not None
    return read_head(found.trust.text(row.note, log))


def test_head_is_the_log_as_it_is_stored(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, venue):
        assert found.sign_heads() == 2
        for log in LOGS:
            head = head_of(found, log)
            assert head.size == reads.log_size(found.store, log) > 0
            assert head.root == stored_root(reads.tile_reader(found.store, log), head.size)
            assert head.sequence == venue.engine.core.sequence
            assert head.time_ns == found.now_ns


def test_log_that_has_not_grown_gets_no_head(tmp_path: Path) -> None:
    with proving(tmp_path) as found:
        assert found.sign_heads() == 0
        venue = TradingVenue()
        found.take_in(venue.run(*opening()))
        assert (found.sign_heads(), reads.last_head(found.proofs, "trades")) == (1, None)
        assert found.sign_heads() == 0


def test_heads_are_a_second_apart_and_a_clock_may_jump_back(tmp_path: Path) -> None:
    with proving(tmp_path) as found:
        venue = TradingVenue()
        found.take_in(venue.run(*opening()))
        assert found.heads.publish(10 * SECOND_NS) == 1
        found.take_in(venue.run(c.OpenAccount(account=9)))
        assert found.heads.publish(11 * SECOND_NS - 1) == 0
        assert found.heads.publish(11 * SECOND_NS) == 1
        found.take_in(venue.run(c.OpenAccount(account=10)))
        assert found.heads.publish(5 * SECOND_NS) == 1


def test_old_heads_are_kept_and_each_is_continued_by_the_next(tmp_path: Path) -> None:
    with proving(tmp_path) as found:
        for _, batch in random_batches(3, 20):
            found.take_in(batch)
            found.sign_heads()
        page = reads.heads(found.proofs, "events", 100)
        heads = [read_head(found.trust.text(row.note, "events")) for row in page.items]
        assert len(heads) == 20
        read = reads.tile_reader(found.store, "events")
        for after, before in zip(heads, heads[1:], strict=False):
            proof = prove_consistency(read, before.size, after.size)
            assert verify_consistency(before.size, after.size, proof, before.root, after.root)


def test_writing_and_signing_leave_nothing_to_the_garbage_collector(tmp_path: Path) -> None:
    with proving(tmp_path) as found:
        (_, first), *others = random_batches(3, 7)
        found.take_in(first)
        found.sign_heads()
        gc.collect()
        gc.disable()
        try:
            for _, batch in others:
                found.take_in(batch)
                assert found.sign_heads() >= 1
            assert gc.collect() == 0
        finally:
            gc.enable()


def test_heads_come_in_pages_newest_first(tmp_path: Path) -> None:
    with proving(tmp_path) as found:
        for _, batch in random_batches(3, 7):
            found.take_in(batch)
            found.sign_heads()
        whole = reads.heads(found.proofs, "events", 100)
        sizes, cursor = [], None
        while True:
            page = reads.heads(found.proofs, "events", 3, cursor)
            sizes += [row.size for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert sizes == [row.size for row in whole.items] == sorted(sizes, reverse=True)


def test_rows_of_a_published_head_cannot_be_changed(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, _):
        found.sign_heads()
        row = reads.last_head(found.proofs, "events")
        assert row is not None
        with pytest.raises(AlreadyPublished):
            found.proofs.add({"heads": [row._replace(note="another")]})
        assert reads.last_head(found.proofs, "events") == row


def rebuilt(folder: Path, seed: int, batches: int) -> SqliteLedger:
    """Return a ledger made anew from a log: the same one for the same seed."""
    store, ledger = SqliteLedger(folder / "again.sqlite"), Ledger()
    for _, batch in random_batches(seed, batches):
        ledger.consume(batch)
    rows = ledger.take()
    assert rows is not None
    store.write(rows)
    return store


@pytest.mark.parametrize(("batches", "signs"), [(20, False), (60, False), (61, True)])
def test_ledger_made_anew_from_the_same_log_goes_on(
    tmp_path: Path, batches: int, signs: bool
) -> None:
    """While it is behind what was signed it signs nothing."""
    with busy(tmp_path, 60, seed=1) as (found, _):
        found.sign_heads()
        store = rebuilt(tmp_path, 1, batches)
        try:
            publisher = HeadPublisher(store, found.proofs, found.key.sign)
            assert bool(publisher.publish(99 * SECOND_NS)) == signs
        finally:
            store.close()


@pytest.mark.parametrize("batches", [20, 60, 200])
def test_nothing_is_signed_over_another_past(tmp_path: Path, batches: int) -> None:
    """Nor while the other log is shorter than what was signed."""
    with proving(tmp_path) as found:
        for _, batch in random_batches(1, 60):
            found.take_in(batch)
            found.sign_heads()
        store = rebuilt(tmp_path, 2, batches)
        try:
            publisher = HeadPublisher(store, found.proofs, found.key.sign)
            with pytest.raises(HeadsDisagree, match="the log events is not the one"):
                publisher.publish(99 * SECOND_NS)
        finally:
            store.close()


# What the leaves are


def test_every_leaf_is_found_again(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, _):
        size = reads.log_size(found.store, "events")
        read = reads.tile_reader(found.store, "events")
        for leaf in range(0, size, 7):
            at = reads.event_at(found.store, leaf)
            assert at is not None
            assert leaf_hash(at[0]) == stored_leaf_hash(read, leaf, size)
        assert reads.event_at(found.store, size) is None


def test_every_trade_is_found_by_its_number_and_by_its_name(tmp_path: Path) -> None:
    with busy(tmp_path) as (found, _):
        size = reads.log_size(found.store, "trades")
        facts = reads.trade_facts(found.store, 0, size + 5)
        assert len(facts) == size > 50
        log = MerkleLog("trades")
        for number, fact in enumerate(facts):
            log.add(fact.leaf())
            assert reads.trade_leaf(found.store, fact.market, fact.trade_id) == number
            assert reads.trade_facts(found.store, number, 1) == [fact]
        assert log.root() == stored_root(reads.tile_reader(found.store, "trades"), size)
        assert reads.trade_facts(found.store, size, 5) == []
        assert reads.trade_leaf(found.store, 1, 1 << 70) is None
        assert reads.trade_facts(found.store, 10, 20) == facts[10:30]


def test_trades_are_found_across_long_quiet_stretches(tmp_path: Path) -> None:
    with proving(tmp_path) as found:
        venue, expected = TradingVenue(), 0
        found.take_in(venue.run(*opening()))
        for _ in range(3):
            quiet = [c.OpenAccount(account=venue.engine.core.sequence + n) for n in range(300)]
            found.take_in(venue.run(*quiet))
            for side in (0, 1):
                found.take_in(venue.run(limit(1 + side, side, 1_000, 1)))
            expected += 1
        assert [f.trade_id for f in reads.trade_facts(found.store, 0, 10)] == [1, 2, 3]
        assert reads.trade_leaf(found.store, 1, 3) == 2
        assert reads.log_size(found.store, "trades") == expected


def test_empty_ledger_has_nothing_to_find(tmp_path: Path) -> None:
    with proving(tmp_path) as found:
        assert reads.log_size(found.store, "events") == 0
        assert reads.event_at(found.store, 0) is None
        assert reads.trade_facts(found.store, 0, 5) == []
        assert reads.last_publication(found.proofs) == 0
