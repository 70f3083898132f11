"""A ledger with its proofs in files, as a follower writes them, filled from any events."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from outcry import codec
from outcry.adapters.signing import SigningKey, check_signature
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ledger.ledger import Ledger
from outcry.ledger.proofs.heads import HeadPublisher
from outcry.ledger.proofs.liabilities import CHANCE_BYTES
from outcry.ledger.proofs.note import NoteKey, origin_of
from outcry.ledger.proofs.publication import Publisher, check_owed, owed_of
from outcry.ledger.verify.check import Trust
from outcry.ports import EventBatch
from tests.support.trading import TradingVenue, random_batches

LOG_ID = "0123456789abcdef0123456789abcdef"
SECOND_NS = 1_000_000_000


class Proving:
    """A ledger's store, what is published of it, and the key."""

    def __init__(self, folder: Path, log_id: str = LOG_ID) -> None:
        self.ledger = Ledger()
        self.store = SqliteLedger(folder / "ledger.sqlite")
        self.key = SigningKey(folder / "signing.key")
        self.proofs = SqliteProofs(folder / "proofs.sqlite", log_id, self.key.public_key)
        self.heads = HeadPublisher(self.store, self.proofs, self.key.sign)
        self.now_ns = SECOND_NS

    @property
    def trust(self) -> Trust:
        """Whom a client with the right key trusts."""
        name = origin_of(self.proofs.log_id, "trades")
        return Trust(check_signature, NoteKey(name, self.proofs.public_key))

    def take_in(self, batch: EventBatch) -> None:
        """Write a batch down."""
        self.ledger.consume(batch)
        rows = self.ledger.take()
        assert rows is not None
        self.store.write(rows)
        self.ledger.written()

    def sign_heads(self) -> int:
        """Sign what is due a second later; return how many heads that are."""
        self.now_ns += SECOND_NS
        return self.heads.publish(self.now_ns)

    def publish(self, engine: Engine, seed: int = 0) -> int:
        """Publish what is owed; return the sequence it is owed at."""
        owed, (assets, _) = owed_of(self.store), engine.definitions()
        check_owed(owed, {asset.asset: engine.core.totals(asset.asset) for asset in assets})
        chance = Random(seed)
        needed = {a: chance.randbytes(CHANCE_BYTES * len(o)) for a, o in owed.by_asset.items()}
        publisher = Publisher(self.proofs, self.key.sign)
        self.proofs.add(publisher.rows(owed, assets, needed, self.now_ns))
        return owed.sequence

    def close(self) -> None:
        """Close the files."""
        self.proofs.close()
        self.store.close()


@contextmanager
def proving(folder: Path, log_id: str = LOG_ID) -> Iterator[Proving]:
    """Open a ledger with its proofs for a while."""
    found = Proving(folder, log_id)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def busy(folder: Path, batches: int = 60, seed: int = 1) -> Iterator[tuple[Proving, TradingVenue]]:
    """Open the ledger of a venue that had a busy day."""
    with proving(folder) as found:
        venue = TradingVenue()
        for venue, batch in random_batches(seed, batches):  # noqa: B007  # the last one is wanted
            found.take_in(batch)
        yield found, venue


class FollowedLog:
    """Follows the log of a running venue into a ledger of its own."""

    def __init__(self, data: Path, folder: Path) -> None:
        self.folder = folder
        self._log_path = data / "log.sqlite"
        self.engine = Engine(choose("reference")())
        with self._opened() as log:
            self.proving = Proving(folder, log.log_id)

    @contextmanager
    def _opened(self) -> Iterator[SqliteLog]:
        log = SqliteLog(self._log_path, read_only=True)
        try:
            yield log
        finally:
            log.close()

    def catch_up(self) -> None:
        """Take in what is new, and sign it."""
        with self._opened() as log:
            for batch in log.read(self.engine.core.sequence):
                told = bytes(self.engine.apply(batch.payload))
                first, last = batch.first_sequence, batch.last_sequence
                events = codec.decode_events(told)
                self.proving.take_in(
                    EventBatch(first, last, batch.time_ns, batch.chain_hash, events, told)
                )
        self.proving.sign_heads()
