"""A data folder as a venue and its ledger leave it: log, snapshots and ledger of a random month."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from bench import ledger as bench
from outcry import codec
from outcry.adapters.memory import ManualClock
from outcry.adapters.signing import SigningKey
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.codec import decode_events
from outcry.domain import commands as c
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ledger.ledger import Ledger
from outcry.ledger.proofs.heads import HeadPublisher
from outcry.ledger.proofs.liabilities import CHANCE_BYTES
from outcry.ledger.proofs.publication import Publisher, owed_of
from outcry.marketdata.candle import CandleRows
from outcry.marketdata.registry import Registry
from outcry.ports import Batch, EventBatch, EventReader, Snapshot
from outcry.sequencer.sequencer import Sequencer
from tests.support.trading import ACCOUNTS, BTC, START_NS, USDT, opening, random_command

STEPS_NS = (0, 1_000, 400_000_000, 90_000_000_000, 7_200_000_000_000, 50_000_000_000_000)
SUB_ACCOUNTS = {1: 4, 2: 5, 3: 6}
EVERYBODY = (*ACCOUNTS, *SUB_ACCOUNTS.values())
FLUSH_EVERY = 5
SNAPSHOT_EVERY = 25
PUBLISH_EVERY = 37


def money_command(random: Random, number: int) -> c.Command:
    """Return a command that moves money; some of them are refused."""
    account, sub = random.choice(tuple(SUB_ACCOUNTS.items()))
    what = {"account": account, "asset": random.choice((BTC, USDT)), "amount_units": 10 + number}
    back = {"account": sub, "asset": what["asset"], "amount_units": 10}
    return random.choice(
        (
            c.Deposit(**what),
            c.Withdraw(**what),
            c.Withdraw(**what),
            c.FinishWithdrawal(withdrawal_id=random.randint(1, 9), failed=random.randint(0, 1)),
            c.Transfer(to_account=sub, **what),
            c.Transfer(to_account=account, **back),
            c.Adjust(**what),
            c.Adjust(**what | {"amount_units": -number}),
        )
    )


def batches_of_commands(
    seed: int, batches: int, last_order_id: Callable[[], int]
) -> Iterator[list[c.Command]]:
    """Yield the commands of each batch, the same for the same seed."""
    random = Random(seed)
    subs = [c.OpenAccount(account=sub, parent=main) for main, sub in SUB_ACCOUNTS.items()]
    yield [*opening(), *subs]
    for number in range(1, batches):
        last = last_order_id()
        commands = [random_command(random, last) for _ in range(random.randint(1, 6))]
        if random.random() < 0.7:
            commands.insert(random.randint(0, len(commands)), money_command(random, number))
        yield commands


class Writer:
    """Feeds readers and the ledger what an engine makes of a log, and writes it down."""

    def __init__(self, store: SqliteLedger, engine: Engine | None = None) -> None:
        self.engine = engine or Engine(choose()())
        self.store = store
        self.registry = Registry()
        candles = CandleRows()
        self.ledger = Ledger(candles=candles.take)
        self.last_order_id = 0
        self.readers: list[EventReader] = [self.registry, candles, self.ledger]

    def apply(self, batch: Batch) -> None:
        """Take in one batch of the log."""
        records = self.engine.apply(batch.payload)
        events = decode_events(records)
        first, last, time_ns = batch.first_sequence, batch.last_sequence, batch.time_ns
        told = EventBatch(first, last, time_ns, batch.chain_hash, events, records)
        for reader in self.readers:
            reader.consume(told)
        ids = (getattr(event, "order_id", 0) for event in events)
        self.last_order_id = max([self.last_order_id, *ids])

    def flush(self) -> None:
        """Check and write what waits."""
        self.ledger.check(self.engine.core)
        rows = self.ledger.take()
        if rows is not None:
            self.store.write(rows)
            self.ledger.written()


class Proofs:
    """Signs heads, and publishes what is owed."""

    def __init__(self, folder: Path, log_id: str, writer: Writer, seed: int) -> None:
        key = SigningKey(folder / "signing.key")
        self.store = SqliteProofs(folder / "proofs.sqlite", log_id, key.public_key)
        self._writer = writer
        self._random = Random(seed)
        self._heads = HeadPublisher(writer.store, self.store, key.sign, interval_ns=1)
        self._publisher = Publisher(self.store, key.sign)

    def sign_heads(self, now_ns: int) -> None:
        """Sign the heads of what is stored."""
        self._heads.publish(now_ns)

    def publish(self, now_ns: int) -> None:
        """Publish what is owed of every asset."""
        owed = owed_of(self._writer.store)
        chance = {
            asset: self._random.randbytes(CHANCE_BYTES * len(amounts))
            for asset, amounts in owed.by_asset.items()
        }
        assets = self._writer.registry.assets()
        self.store.add(self._publisher.rows(owed, assets, chance, now_ns))


def write_folder(folder: Path, seed: int = 5, batches: int = 120) -> None:
    """Write log, snapshots, ledger and what is published."""
    random, clock = Random(seed), ManualClock(START_NS)
    folder.mkdir(parents=True, exist_ok=True)
    log, store = SqliteLog(folder / "log.sqlite"), SqliteLedger(folder / "ledger.sqlite")
    snapshots = SnapshotFiles(folder / "snapshots")
    sequencer, writer = Sequencer(log, clock, log.tail()), Writer(store)
    proofs = Proofs(folder, log.log_id, writer, seed)
    for number, commands in enumerate(
        batches_of_commands(seed, batches, lambda: writer.last_order_id)
    ):
        clock.advance(random.choice(STEPS_NS))
        batch = sequencer.commit(b"".join(map(codec.encode_command, commands)))
        writer.apply(batch)
        if number % FLUSH_EVERY == 0:
            writer.flush()
            proofs.sign_heads(clock.now_ns())
        if number % PUBLISH_EVERY == 0:
            writer.flush()
            proofs.publish(clock.now_ns())
        if number % SNAPSHOT_EVERY == SNAPSHOT_EVERY - 1:
            body = writer.engine.snapshot()
            at = batch.last_sequence, batch.epoch, batch.chain_hash
            snapshots.save(Snapshot(*at, body))
    writer.flush()
    proofs.store.close()
    log.close()
    store.close()


def write_trades(folder: Path, trades: int) -> None:
    """Write a venue's folder of so many trades, each of two orders, at full speed."""
    folder.mkdir(parents=True)
    log, store = SqliteLog(folder / "log.sqlite"), SqliteLedger(folder / "ledger.sqlite")
    clock = ManualClock(START_NS)
    sequencer, writer = Sequencer(log, clock, log.tail()), Writer(store)
    gc.disable()
    for number, (_, _, records) in enumerate(bench.batches(trades)):
        clock.advance(10_000_000)
        batch = sequencer.commit(bytearray(records))
        writer.apply(batch)
        if number % 100 == 0:
            writer.flush()
        if number == trades // bench.BATCH_TRADES // 2:
            at = batch.last_sequence, batch.epoch, batch.chain_hash
            SnapshotFiles(folder / "snapshots").save(Snapshot(*at, writer.engine.snapshot()))
    writer.flush()
    gc.enable()
    log.close()
    store.close()
