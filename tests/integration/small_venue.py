"""The smallest process that keeps the promises: pipeline, log and snapshots behind a Unix socket.

A request is a line `id record-in-hex`, an answer `id sequence order_id reason`; the line `state`
is answered by `state sequence digest`. With `--early` the log says that a batch is durable before
it writes it: the build that the kill test has to catch.
"""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from outcry.adapters.clock import SystemClock
from outcry.adapters.data_dir import open_data_dir
from outcry.adapters.fail_points import fail_points
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.engine.core import choose
from outcry.pipeline import Hooks, Pipeline, PipelineSettings
from outcry.ports import Checkpoint, Outcomes, Refused
from outcry.recovery import recover
from outcry.sequencer.sequencer import Sequencer
from tests.integration.early import EarlyLog
from tests.support.results import result_of
from tests.support.script import opening


def venue(folder: Path, *, early: bool) -> tuple[Pipeline, Callable[[], str]]:
    """Return a recovered pipeline and what tells its state.

    The early build takes no snapshots: one from beyond the end of the log would stop its start.
    """
    data = open_data_dir(folder)
    reached = fail_points()
    log = EarlyLog(data.log) if early else SqliteLog(data.log)
    snapshots = SnapshotFiles(data.snapshots, reached=reached)
    end = log.tail()
    recovered = recover(
        log,
        snapshots,
        choose("reference"),
        Checkpoint(end.epoch, end.sequence, end.chain_hash),
        [],
    )
    engine = recovered.engine
    pipeline = Pipeline(
        engine,
        Sequencer(log, SystemClock(), recovered.tail),
        [],
        PipelineSettings(snapshot_commands=0 if early else 300),
        snapshots,
        Hooks(reached=reached),
    )
    return pipeline, lambda: f"state {engine.core.sequence} {engine.digest().hex()}\n"


async def serve(
    pipeline: Pipeline,
    state: Callable[[], str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Answer one connection until it ends."""

    def answer(number: str, outcomes: Outcomes | None) -> None:
        if outcomes is not None:
            result = result_of(outcomes[0])
            line = f"{number} {result.sequence} {result.order_id} {result.reason}\n"
            writer.write(line.encode())

    while line := (await reader.readline()).decode():
        if line == "state\n":
            writer.write(state().encode())
            continue
        number, record = line.split()
        try:
            pipeline.submit(bytes.fromhex(record), 1, partial(answer, number))
        except Refused as refusal:
            writer.write(f"{number} {refusal.code}\n".encode())


async def main(folder: Path, socket: str, *, early: bool) -> None:
    """Open the venue, define it if it is new, and serve until killed."""
    pipeline, state = venue(folder, early=early)
    if pipeline.counters.last_sequence == 0:
        opened = asyncio.Event()
        records = opening()
        pipeline.submit(b"".join(records), len(records), lambda _: opened.set())
        await opened.wait()
    server = await asyncio.start_unix_server(partial(serve, pipeline, state), socket)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], early="--early" in sys.argv))
