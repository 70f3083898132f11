"""What the ledger costs beside nothing but itself: `python -m bench.ledger [--profile PART]`.

Every trade is two orders of two accounts that meet: five events. Batches are applied by an engine
of their own, decoded, made rows of, checked and written, as the follower does it.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any, TypeVar

from outcry import codec
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.domain import commands as c
from outcry.domain.market import MarketState
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ledger.ledger import Ledger
from outcry.ports import EventBatch

ACCOUNTS = 1_000
MARKETS = (1, 2, 3, 4)
TRADES = 200_000
BATCH_TRADES = 100
"""200 orders a batch: a group commit every ten milliseconds at 10,000 trades/s."""
WRITE_TRADES = 10_000
STEP_NS = 10_000_000
START_NS = 1_700_000_000_000_000_000


def opening() -> list[c.Command]:
    """Return the commands that make a venue of four markets and fund its accounts."""
    commands: list[c.Command] = [
        c.SetAsset(asset=asset, symbol=f"A{asset}", unit_decimals=6, chain_decimals=6)
        for asset in range(1, len(MARKETS) + 2)
    ]
    for market in MARKETS:
        commands += [
            c.SetMarket(
                market=market, symbol=f"A{market + 1}_A1", base=market + 1, quote=1,
                tick_mantissa=1, tick_decimals=2, lot_units=10_000, limit_open_orders=-1,
            ),
            c.SetFees(market=market, maker_ppm=100, taker_ppm=400),
            c.SetState(market=market, state=MarketState.TRADING),
        ]  # fmt: skip
    for account in range(1, ACCOUNTS + 1):
        commands.append(c.OpenAccount(account=account))
        commands.append(c.SetLimits(account=account, open_orders_total=1_000_000))
        for asset in range(1, len(MARKETS) + 2):
            commands.append(c.Deposit(account=account, asset=asset, amount_units=1 << 50))
    return commands


def batches(trades: int, seed: int = 7) -> Iterator[tuple[int, int, bytes]]:
    """Yield (first sequence, time, records) of the opening and of batches that trade."""
    random, sequence, time_ns = Random(seed), 0, START_NS
    parts = [b"".join(map(codec.encode_command, opening()))]
    for _ in range(trades // BATCH_TRADES):
        orders = []
        for _ in range(BATCH_TRADES):
            maker, taker = random.sample(range(1, ACCOUNTS + 1), 2)
            market, side = random.choice(MARKETS), random.getrandbits(1)
            price, lots = random.randint(9_900, 10_100), random.randint(1, 50)
            for account, way in ((maker, side), (taker, 1 - side)):
                key = f"k{random.getrandbits(40)}"
                orders.append(
                    codec.place_order(account, market, key, way, 0, 0, 0, 0, price, lots, 0)
                )
        parts.append(b"".join(orders))
    for part in parts:
        records = bytearray(part)
        count = codec.stamp(records, sequence + 1, time_ns)
        yield sequence + 1, time_ns, bytes(records)
        sequence += count
        time_ns += STEP_NS


_Result = TypeVar("_Result")


class Watch:
    """Sums the CPU time of named parts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def run(self, name: str, work: Callable[[], _Result]) -> _Result:
        """Do a part of the work."""
        start = process_time()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + process_time() - start
        return result


def measure(trades: int) -> dict[str, Any]:
    """Run the whole way from commands to committed rows; return what each part took."""
    made = list(batches(trades))
    watch = Watch()
    events = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        store = SqliteLedger(path)
        engine, ledger = Engine(choose()()), Ledger()
        gc.collect()
        gc.freeze()
        gc.disable()
        begun = perf_counter()

        def flush() -> None:
            watch.run("check", lambda: ledger.check(engine.core))
            rows = watch.run("take", ledger.take)
            if rows is not None:
                watch.run("write", partial(store.write, rows))
                ledger.written()

        for number, (first, time_ns, records) in enumerate(made):
            told = watch.run("engine", partial(engine.apply, records))
            seen = watch.run("decode", partial(codec.decode_events, told))
            last = engine.core.sequence
            batch = EventBatch(first, last, time_ns, last.to_bytes(32, "big"), seen, told)
            watch.run("consume", partial(ledger.consume, batch))
            events += len(seen)
            if number == 0 or number % (WRITE_TRADES // BATCH_TRADES) == 0:
                flush()
            if number == 0:
                watch.seconds.clear()
                events = 0
        flush()
        seconds = perf_counter() - begun
        (count,) = store.query("SELECT count(*) FROM trades", ())[0]
        assert count == trades, count
        store.close()
        size = path.stat().st_size
    gc.enable()
    cpu = sum(watch.seconds.values())
    return {
        "events_per_s": events / seconds,
        "trades_per_s": trades / seconds,
        "cpu_us_per_trade": cpu / trades * 1e6,
        "mb_per_million_events": size / events,
        "events_per_trade": events / trades,
        "parts_us_per_trade": {k: v / trades * 1e6 for k, v in watch.seconds.items()},
    }


def main() -> None:
    """Measure in processes of their own; print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=TRADES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", action="store_true", help="one round in this process, as JSON")
    given = parser.parse_args()
    if given.once:
        print(json.dumps(measure(given.trades)))
        return
    command = [sys.executable, "-m", "bench.ledger", "--once", "--trades", str(given.trades)]
    rounds = [
        json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        for _ in range(given.rounds)
    ]
    for name in rounds[0]:
        if isinstance(rounds[0][name], dict):
            for part in rounds[0][name]:
                print(f"  {part:20s} {median(r[name][part] for r in rounds):10.1f}")
        else:
            print(f"{name:22s} {median(r[name] for r in rounds):10,.1f}")


if __name__ == "__main__":
    main()
