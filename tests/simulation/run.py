"""Play one seed, or many: `python -m tests.simulation.run SEED [COUNT]`."""

import sys
from collections import Counter

from tests.simulation.world import World


def main(arguments: list[str]) -> None:
    first = int(arguments[0]) if arguments else 0
    count = int(arguments[1]) if len(arguments) > 1 else 1
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        try:
            world = World(seed).play()
        except AssertionError:
            sys.stderr.write(f"seed {seed}: python -m tests.simulation.run {seed}\n")
            raise
        seen.update(kind for kind, times in world.seen.items() if times)
    for kind, seeds in sorted(seen.items()):
        sys.stdout.write(f"{kind}: in {seeds} of {count} seeds\n")
    if count == 1:
        sys.stdout.write(f"{world.seen}\n{world.trace()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
