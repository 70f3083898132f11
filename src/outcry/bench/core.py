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


PASSES_MAX = 5
PASSES_CPU_S = 5.0


class CoreReport(msgspec.Struct, frozen=True):
    """What one run of a workload measured, and whether its trades were the right ones."""

    core: str
    workload: str
    batch: int
    operations: int
    passes: int
    seconds: float
    """CPU inside the calls of the engine, nothing else; the best pass."""
    ns_per_operation: float
    trades: int
    sum_quantity_price: int
    agrees: bool | None
    """With the results stored beside the workload; None where there are none."""
    digest: str


def bench_core(path: Path, factory: CoreFactory, batch: int) -> CoreReport:
    """Run a workload from the start, some passes for the clock and one to look at every trade.

    The best pass counts, as in the baselines it is compared with; a slow core gets one only.

    Raises:
        BadWorkload: the file is not a workload.
        OSError: it cannot be read.
    """
    workload = Workload(path)
    checked = _prepared(workload, factory)
    batches = workload.batches(batch, checked.core.sequence + 1)
    trades, turnover = _count(checked, batches)
    digest = checked.digest()
    seconds: list[float] = []
    while len(seconds) < PASSES_MAX and sum(seconds) < PASSES_CPU_S:
        timed = _prepared(workload, factory)
        seconds.append(_time(timed, batches))
        assert digest == timed.digest(), "two runs of the same commands differ"
    best = min(seconds)
    expected = read_expected(path)
    agrees = None
    if expected is not None:
        agrees = (trades, turnover) == (expected.trades, expected.sumqp)
    return CoreReport(
        core=checked.core.implementation,
        workload=path.name,
        batch=batch,
        operations=workload.operations,
        passes=len(seconds),
        seconds=best,
        ns_per_operation=best * 1e9 / workload.operations,
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
