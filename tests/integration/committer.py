"""Commits batches to a log as fast as it can and says after each one where the log ends."""

import sys
from pathlib import Path

from outcry.adapters.clock import SystemClock
from outcry.adapters.sqlite_log import SqliteLog
from outcry.sequencer.sequencer import Sequencer
from tests.support.script import some_orders


def main(path: Path, synchronous: str) -> None:
    log = SqliteLog(path)
    log._connection.execute(f"PRAGMA synchronous = {synchronous}")
    sequencer = Sequencer(log, SystemClock(), log.tail())
    records = b"".join(some_orders(seed=3, count=20))
    while True:
        batch = sequencer.commit(records)
        sys.stdout.write(f"{batch.last_sequence} {batch.chain_hash.hex()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
