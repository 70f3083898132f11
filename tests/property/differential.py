"""Reference against compiled core, byte for byte, over scripts, splits, restarts and watches.

    python -m tests.property.differential --scripts 200 --seed 1
    python -m tests.property.differential --whole --scripts 200

prints the coverage of the scripts and the first difference, if there is one. `--whole` runs them
through engines; else they run on bare cores, with internal commands in them.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from random import Random

from outcry import codec
from outcry.engine.core import ASK, DUE, Core, CoreFactory, choose
from tests.property.coverage import Coverage
from tests.property.generator import Script, glued, make_script
from tests.property.invariants import audit
from tests.property.script.stage import Bare, Stage, last_record, new_stage, restored

NEVER = 2**63 - 1


class Difference(AssertionError):
    """Two runs that should be equal are not."""


def compare(script: Script, reference: CoreFactory, other: CoreFactory) -> None:
    """Run a script in all variants.

    Raises:
        Difference: some run disagrees with the first one, which was made a command a call.
    """
    random = Random(script.seed)
    events = b"".join(script.events)
    for name, run in (
        ("the other core, one call", lambda: one_call(other, script)),
        ("the reference, split", lambda: split_run([reference], script, random)),
        ("the other core, split", lambda: split_run([other], script, random)),
        ("crosswise restores", lambda: split_run([reference, other], script, random)),
    ):
        stage, found = _guarded(name, script, run)
        if found != events:
            raise Difference(f"{name}: events\n{explain(script, found)}")
        state = stage.snapshot()
        if state != script.snapshot or stage.digest() != reference_digest(script):
            told = state_difference(script.snapshot, state)
            raise Difference(f"{name}: seed {script.seed}: state\n{told}")
    compare_reads(script, reference, other)
    if not script.whole:
        watched_run(script, reference(), other())


def _guarded(
    name: str, script: Script, run: Callable[[], tuple[Stage, bytes]]
) -> tuple[Stage, bytes]:
    try:
        return run()
    except Difference:
        raise
    except Exception as error:
        raise Difference(f"{name}: seed {script.seed} raised {error!r}") from error


def reference_digest(script: Script) -> bytes:
    """Return the digest the script's own run ended in."""
    from hashlib import sha256

    return sha256(script.snapshot).digest()


def one_call(factory: CoreFactory, script: Script) -> tuple[Stage, bytes]:
    """Apply everything at once."""
    stage = new_stage(factory, whole=script.whole)
    return stage, stage.apply(b"".join(script.records))


def drain(core: Core, records: bytes) -> bytes:
    """Apply everything to a bare core, past every watch that is touched; answer what is asked."""
    return Bare(core).apply(records)


def split_run(
    factories: Sequence[CoreFactory], script: Script, random: Random
) -> tuple[Stage, bytes]:
    """Apply in random pieces; between some of them the next factory restores a snapshot."""
    stage, out, turn = new_stage(factories[0], whole=script.whole), [], 0
    for piece, restart in pieces(script.records, random):
        if restart:
            turn += 1
            snapshot = stage.snapshot()
            stage = restored(factories[turn % len(factories)], snapshot, whole=script.whole)
            if stage.snapshot() != snapshot:
                raise Difference(f"seed {script.seed}: a restored core dumps other bytes")
        out.append(stage.apply(piece))
    return stage, b"".join(out)


def pieces(records: list[bytes], random: Random) -> Iterator[tuple[bytes, bool]]:
    """Yield (records, whether a restart may come before them).

    No snapshot is ever taken between an internal command and the rest of its sequence, and what is
    done while a command waits for its answer is in the same call.
    """
    start, follows = 0, [*glued(records), False]
    while start < len(records):
        end = min(len(records), start + random.choice((1, 1, 2, 3, 8, 20)))
        while follows[end]:
            end += 1
        fresh = start > 0 and _sequence(records[start]) != _sequence(records[start - 1])
        yield b"".join(records[start:end]), fresh and random.random() < 0.3
        start = end


def _sequence(record: bytes) -> int:
    return int(codec.HEADER.unpack_from(record)[4])


def compare_reads(script: Script, reference: CoreFactory, other: CoreFactory) -> None:
    """Compare everything the cores let one read, unknown names included."""
    stages = [new_stage(factory, whole=script.whole) for factory in (reference, other)]
    middle, follows = len(script.records) // 2, list(glued(script.records))
    while follows[middle]:
        middle += 1
    for records in (script.records[:middle], script.records[middle:]):
        for stage in stages:
            stage.apply(b"".join(records))
        first, second = (reads(stage.core) for stage in stages)
        if first != second:
            for name, left, right in zip(READS, first, second, strict=True):
                if left != right:
                    raise Difference(f"seed {script.seed}: {name}: {left} and {right}")


WHO, WHERE, NUMBERS = (0, 1, 2, 3, 4, 5, 6, 99, 2**24), (0, 1, 2, 3, 9), range(120)
KEYS = tuple(f"k{number}" for number in range(30, 80))


def _names() -> Iterator[str]:
    """Yield what each of `reads` is."""
    yield from ("sequence", "now_ns", "mode", "open_order_count", "conservation_failure")
    for account in WHO:
        yield from (f"{what} of {account}" for what in ("group", "balances", "status"))
        yield from (f"orders of {account} in {market}" for market in WHERE)
        yield from (f"balance {account} {asset}" for asset in (1, 3, 9))
        yield from (f"key {key} of {account}" for key in KEYS)
    for market in WHERE:
        yield from (f"depth {market} {n}" for n in (0, 1, 3, 1000))
        yield from (f"sizes {market} {n}" for n in (0, 1, 3, 1000))
        yield from (f"peg {market} {side}" for side in (0, 1))
        yield from (f"{what} {market}" for what in ("market", "orders in", "own rates"))
    yield from (f"totals of {asset}" for asset in (0, 1, 2, 3, 4, 7, 9))
    yield from (f"order {number}" for number in NUMBERS)
    yield from (f"terms {number}" for number in NUMBERS)
    yield from ("volumes", "notes", "special orders")


READS = tuple(_names())


def reads(core: Core) -> list[object]:
    """Return every read of a core, in the order of `READS`."""
    find_key, order, terms = core.find_key, core.order, core.terms
    found: list[object] = [
        core.sequence, core.now_ns, core.mode, core.open_order_count(), core.conservation_failure(),
    ]  # fmt: skip
    for account in WHO:
        found += (core.group(account), core.balances(account), core.account_status(account))
        found += [core.open_orders(account, market) for market in WHERE]
        found += [core.balance(account, asset) for asset in (1, 3, 9)]
        found += [find_key(account, key) for key in KEYS]
    for market in WHERE:
        found += [core.depth(market, n) for n in (0, 1, 3, 1000)]
        found += [core.sizes(market, n) for n in (0, 1, 3, 1000)]
        found += [core.reference_price(market, side) for side in (0, 1)]
        found += (core.market(market), core.market_orders(market), core.own_rates(market))
    found += [core.totals(asset) for asset in (0, 1, 2, 3, 4, 7, 9)]
    found += [order(number) for number in NUMBERS]
    found += [terms(number) for number in NUMBERS]
    found += (core.volumes(), core.notes, core.special_orders())
    return found


def watched_run(script: Script, reference: Core, other: Core) -> None:
    """Run both in step with the same watches set; they stop at the same places."""
    random = Random(-script.seed - 1)
    stages = [Bare(reference), Bare(other)]
    for piece, _ in pieces(script.records, random):
        _set_watches(random, reference, other)
        offset = 0
        while offset < len(piece):
            left, right = (_step(stage, piece, offset) for stage in stages)
            if left != right:
                told = f"{left[1:]} and {right[1:]} of {len(piece)} bytes, from {offset}"
                sides = [describe(codec.decode_events(side[0])) for side in (left, right)]
                raise Difference(
                    f"seed {script.seed}: watched, stopped at {told}\n{side_by_side(*sides)}"
                )
            if left[2] == DUE:
                reference.next_due_ns = other.next_due_ns = NEVER
            offset = left[1]


def _step(stage: Bare, records: bytes, offset: int) -> tuple[bytes, int, int]:
    """Apply up to the next stop; answer what is asked."""
    events, after, stop = stage.core.apply(records, offset)
    if stop != ASK:
        return events, after, stop
    out = [events]
    asked = last_record(records, offset, after)
    after = stage.finish(asked, records, after, out)
    return b"".join(out), after, stop


def _set_watches(random: Random, *cores: Core) -> None:
    market, on = random.randint(1, 4), random.random() < 0.8
    low, high = random.choice(((0, NEVER), (0, 10), (9, NEVER), (99, 101), (3, 1000)))
    orders = [row[0] for row in cores[0].open_orders(random.randint(1, 4))] or [0]
    order_id = random.choice(orders)
    best = random.random() < 0.2
    due_ns = (
        cores[0].now_ns + random.choice((0, 1, 10**9, 10**12)) if random.random() < 0.3 else NEVER
    )
    for core in cores:
        core.next_due_ns = due_ns
        core.watch_price(market, low, high)
        core.watch_order(order_id, on)
        core.watch_book(market, best)


# Telling what differs


def describe(events: Sequence[object]) -> list[str]:
    """Return events as lines, without the time."""
    lines = []
    for event in events:
        named = event._asdict()  # type: ignore[attr-defined]
        named.pop("time_ns")
        shown = " ".join(f"{name}={value}" for name, value in named.items() if value not in {0, ""})
        lines.append(f"{type(event).__name__} {shown}")
    return lines


def side_by_side(left: list[str], right: list[str]) -> str:
    """Return both lists, `=` before what is equal, `<` and `>` before what is not."""
    out = []
    for number in range(max(len(left), len(right))):
        mine = left[number] if number < len(left) else "(nothing)"
        theirs = right[number] if number < len(right) else "(nothing)"
        out += [f"  = {mine}"] if mine == theirs else [f"  < {mine}", f"  > {theirs}"]
    return "\n".join(out)


def explain(script: Script, found: bytes) -> str:
    """Return the first command whose events are not the script's, and both versions of them."""
    by_sequence: dict[int, list[object]] = {}
    for event in codec.decode_events(found):
        by_sequence.setdefault(event.sequence, []).append(event)
    expected: dict[int, list[object]] = {}
    for event in codec.decode_events(b"".join(script.events)):
        expected.setdefault(event.sequence, []).append(event)
    for index, record in enumerate(script.records):
        sequence = _sequence(record)
        mine, theirs = expected.get(sequence, []), by_sequence.get(sequence, [])
        if mine != theirs:
            table = side_by_side(describe(mine), describe(theirs))
            return f"seed {script.seed}, record {index}, {_shown(record)}\n{table}"
    return f"seed {script.seed}: the same events in other bytes"


def _shown(record: bytes) -> str:
    try:
        return repr(codec.decode_command(record))
    except ValueError as error:
        return f"{record.hex()} ({error})"


def state_difference(expected: bytes, found: bytes) -> str:
    """Return where two snapshots part."""
    words = min(len(expected), len(found)) // 8
    for word in range(words):
        left, right = expected[word * 8 : word * 8 + 8], found[word * 8 : word * 8 + 8]
        if left != right:
            numbers = [int.from_bytes(side, "little", signed=True) for side in (left, right)]
            return f"word {word} of {words}: {numbers[0]} and {numbers[1]}"
    return f"lengths {len(expected)} and {len(found)}"


def run(
    seeds: Sequence[int],
    reference: CoreFactory,
    other: CoreFactory,
    length: int = 50,
    *,
    whole: bool = False,
    audited: bool = False,
) -> Coverage:
    """Compare the scripts of some seeds; return their coverage.

    `audited`: check what must always hold after every command, too.

    Raises:
        Difference: the first one met.
        Violation: something that must always hold did not.
    """
    coverage = Coverage(whole)
    for seed in seeds:
        script = make_script(seed, length, whole=whole)
        coverage.see(script)
        compare(script, reference, other)
        coverage.audited += audit(script, other) if audited else 0
    return coverage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--length", type=int, default=50, help="commands after the opening")
    parser.add_argument("--core", default="compiled", help="what is compared with the reference")
    parser.add_argument("--coverage", action="store_true", help="say what the scripts reached")
    parser.add_argument("--whole", action="store_true", help="through engines, not bare cores")
    options = parser.parse_args(arguments)
    seeds = range(options.seed, options.seed + options.scripts)
    try:
        cores = choose("reference"), choose(options.core)
        coverage = run(seeds, *cores, options.length, whole=options.whole)
    except Difference as difference:
        print(difference)  # noqa: T201
        return 1
    if options.coverage:
        print(coverage.report())  # noqa: T201
        print("lacking:", *coverage.lacking() or ["nothing"], sep="\n  ")  # noqa: T201
    print(f"{options.scripts} scripts: no difference")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
