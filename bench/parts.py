"""Measurements that want a process of their own: `python -m bench.parts NAME FILE` prints JSON."""

import gc
import json
import struct
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

from bench.plain_book import Order, PlainBook, Trade
from outcry import codec
from outcry.adapters.clock import SystemClock
from outcry.adapters.memory import MemorySnapshots
from outcry.adapters.sqlite_log import SqliteLog
from outcry.bench.workload import ADD, MARKET, RECORD_FORMAT, Workload
from outcry.domain import commands as c
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ports import Checkpoint
from outcry.recovery import recover
from outcry.sequencer.sequencer import Sequencer

RESTING_ORDERS = 500_000
PER_CALL_OPERATIONS = 200_000
LOG_BATCH = 1_024
SPREAD_TICKS = 1_000


def plain(path: Path) -> dict[str, float]:
    """Time the plain Python book on a workload."""
    rows = list(struct.iter_unpack(RECORD_FORMAT, path.read_bytes()))
    book = PlainBook()
    add, cancel = book.add, book.cancel
    trades: list[Trade] = []
    gc.disable()
    start = process_time()
    for op, side, _, _, account, name, price, lots in rows:
        if op == ADD:
            trades += add(Order(name, account, side, price, lots))
        else:
            cancel(name)
    seconds = process_time() - start
    return {"ns_per_operation": seconds * 1e9 / len(rows), "trades": len(trades)}


def _ready(commands: list[c.Command]) -> Engine:
    engine = Engine(choose()())
    for sequence, command in enumerate(commands, 1):
        record = bytearray(codec.encode_command(command))
        codec.stamp(record, sequence, 0)
        engine.apply(bytes(record))
    return engine


def per_call(path: Path) -> dict[str, float]:
    """Time what a Python caller pays for one order at a time: encode, apply, decode."""
    workload = Workload(path)
    engine = _ready(workload.setup())
    rows = list(struct.iter_unpack(RECORD_FORMAT, path.read_bytes()))[:PER_CALL_OPERATIONS]
    owners: dict[int, int] = {}
    gc.disable()
    start = process_time()
    for sequence, (op, side, _, _, account, name, price, lots) in enumerate(
        rows, engine.core.sequence + 1
    ):
        if op == ADD:
            owners[name] = account + 1
            made = codec.place_order(account + 1, MARKET, "", side, 0, 0, 0, 0, price, lots, 0)
        else:
            made = codec.encode_command(c.CancelOrder(account=owners[name], order_id=name))
        record = bytearray(made)
        codec.stamp(record, sequence, 0)
        codec.decode_events(engine.apply(bytes(record)))
    return {"ns_per_operation": (process_time() - start) * 1e9 / len(rows)}


def memory(path: Path) -> dict[str, float]:
    """Return how many bytes the process grows by for each order that rests."""
    engine = _ready(Workload(path).setup())
    before = _resident_bytes()
    sequence = engine.core.sequence
    for number in range(RESTING_ORDERS):
        side = number & 1
        distance = 1 + number // 2 % SPREAD_TICKS
        price = 1_000_000 + (distance if side else -distance)
        account = 1 + 2 * (number // 2 % 500) + side
        record = bytearray(codec.place_order(account, MARKET, "", side, 0, 0, 0, 0, price, 1, 0))
        codec.stamp(record, sequence + 1 + number, 0)
        engine.apply(bytes(record))
    assert engine.core.open_order_count() == RESTING_ORDERS
    grown = _resident_bytes() - before
    return {"bytes_per_order": grown / RESTING_ORDERS, "orders": RESTING_ORDERS}


def _resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096


def recovery(path: Path) -> dict[str, float]:
    """Time the recovery of a log that holds a workload, hash chain checked, from genesis."""
    workload = Workload(path)
    with tempfile.TemporaryDirectory() as folder:
        log = SqliteLog(Path(folder) / "log.sqlite")
        sequencer = Sequencer(log, SystemClock(), log.tail())
        for command in workload.setup():
            sequencer.commit(codec.encode_command(command))
        for batch in workload.batches(LOG_BATCH, sequencer.sequence + 1):
            sequencer.commit(batch)
        tail = log.tail()
        reached = Checkpoint(tail.epoch, tail.sequence, tail.chain_hash)
        start, cpu = perf_counter(), process_time()
        recovered = recover(log, MemorySnapshots(), choose(), reached, [])
        seconds, cpu = perf_counter() - start, process_time() - cpu
        log.close()
    rate = recovered.replayed / seconds
    return {
        "commands": recovered.replayed,
        "commands_per_second": rate,
        "commands_per_cpu_second": recovered.replayed / cpu,
    }


PARTS = {f.__name__: f for f in (plain, per_call, memory, recovery)}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](Path(sys.argv[2]))))
