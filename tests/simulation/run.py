"""Play one seed and tell what happens, or many: `python -m tests.simulation.run SEED [COUNT]`."""

import sys
from collections import Counter

from tests.simulation.world import World


def main(arguments: list[str]) -> int:
    """Play; return 1 where a promise was broken."""
    first, count = (int(arguments[n]) if len(arguments) > n else n for n in (0, 1))
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        world = World(seed)
        try:
            world.play()
        except Exception as error:
            tell("\n".join(world.seen.lines))
            tell(f"seed {seed}, after {world.witness.sequence} commands: {error!r}")
            tell(f"make simulate SEED={seed}")
            return 1
        seen.update(kind for kind, times in world.seen.items() if times)
    if count == 1:
        tell("\n".join(world.seen.lines))
        tell(f"{world.witness.sequence} commands, every promise kept; {world.trace()}")
    else:
        tell("\n".join(f"{kind}: in {n} of {count} seeds" for kind, n in sorted(seen.items())))
    return 0


def tell(text: str) -> None:
    """Print."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
