"""Play one seed, or many: `python -m tests.simulation.run SEED [COUNT] [CORE]`."""

import sys
from collections import Counter

from outcry.engine.core import choose
from tests.simulation.node import Build
from tests.simulation.world import World


def main(arguments: list[str]) -> None:
    first = int(arguments[0]) if arguments else 0
    count = int(arguments[1]) if len(arguments) > 1 else 1
    build = Build(core=lambda: choose(arguments[2])) if len(arguments) > 2 else Build()
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        world = World(seed, build=build)
        try:
            world.play()
        except BaseException:
            sys.stderr.write(f"seed {seed}: make simulate SEED={seed}\n")
            raise
        seen.update(kind for kind, times in world.seen.items() if times)
    for kind, seeds in sorted(seen.items()):
        sys.stdout.write(f"{kind}: in {seeds} of {count} seeds\n")
    if count == 1:
        sys.stdout.write(f"{world.seen}\n{world.trace()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
