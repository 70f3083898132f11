"""How fast a core is: command bytes in to event bytes out, in batches, CPU time."""

import gc
from pathlib import Path
from struct import Struct, calcsize
from time import process_time

import msgspec

from outcry import codec
from outcry.bench.workload import Workload, read_expected
from outcry.domain.events import Trade
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine

_TRADE = codec.NUMBER_OF[Trade]
_PRICE_AND_LOTS = Struct("<qq")
_PRICE_OFFSET = calcsize(codec.HEADER.format + "QQQIHH")


class CoreReport(msgspec.Struct, frozen=True):
    """What one run of a workload measured, and whether its trades were the right ones."""

    core: str
    workload: str
    batch: int
    operations: int
    seconds: float
    """CPU inside the calls of the engine, nothing else."""
    ns_per_operation: float
    trades: int
    sum_quantity_price: int
    agrees: bool | None
    """With the results stored beside the workload; None where there are none."""
    digest: str


def bench_core(path: Path, factory: CoreFactory, batch: int) -> CoreReport:
    """Run a workload twice from the start: once for the clock, once to look at every trade.

    Raises:
        BadWorkload: the file is not a workload.
        OSError: it cannot be read.
    """
    workload = Workload(path)
    timed = _prepared(workload, factory)
    batches = workload.batches(batch, timed.core.sequence + 1)
    seconds = _time(timed, batches)
    checked = _prepared(workload, factory)
    trades, turnover = _count(checked, batches)
    digest = checked.digest()
    assert digest == timed.digest(), "two runs of the same commands differ"
    expected = read_expected(path)
    agrees = None
    if expected is not None:
        agrees = (trades, turnover) == (expected.trades, expected.sumqp)
    return CoreReport(
        core=timed.core.implementation,
        workload=path.name,
        batch=batch,
        operations=workload.operations,
        seconds=seconds,
        ns_per_operation=seconds * 1e9 / workload.operations,
        trades=trades,
        sum_quantity_price=turnover,
        agrees=agrees,
        digest=digest.hex(),
    )


def _prepared(workload: Workload, factory: CoreFactory) -> Engine:
    engine = Engine(factory())
    for sequence, command in enumerate(workload.setup(), 1):
        record = bytearray(codec.encode_command(command))
        codec.stamp(record, sequence, 0)
        engine.apply(bytes(record))
    return engine


def _time(engine: Engine, batches: list[bytes]) -> float:
    """Return the CPU seconds of applying all batches. The garbage collector waits meanwhile."""
    apply = engine.apply
    gc.collect()
    gc.disable()
    try:
        start = process_time()
        for records in batches:
            apply(records)
        return process_time() - start
    finally:
        gc.enable()


def _count(engine: Engine, batches: list[bytes]) -> tuple[int, int]:
    """Apply all batches; return (trades, sum of price x lots)."""
    trades = turnover = 0
    prefix, price_and_lots = codec.LENGTH_AND_TYPE.unpack_from, _PRICE_AND_LOTS.unpack_from
    for records in batches:
        events = engine.apply(records)
        offset, end = 0, len(events)
        while offset < end:
            length, number = prefix(events, offset)
            if number == _TRADE:
                price, lots = price_and_lots(events, offset + _PRICE_OFFSET)
                trades += 1
                turnover += price * lots
            offset += length
    return trades, turnover
