"""Plays journals through an engine and says what came of it; with the standard library alone.

    python -m tests.support.replayer CORE SPLIT JOURNAL...

CORE is `reference`, `compiled`, or the path of a compiled core that was built for another Python.
SPLIT decides into how many calls a journal is cut. The last line is a hash over every event and
every state.
"""

import sys
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random

from outcry import codec
from outcry.engine.core import CoreFactory, choose
from outcry.engine.engine import Engine

MODULE = "outcry.engine.core.compiled.core"


def core_of(name: str) -> CoreFactory:
    """Return a core by name or by path."""
    if not name.endswith(".so"):
        return choose(name)
    spec = spec_from_file_location(MODULE, name)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    factory: CoreFactory = module.Core
    return factory


def play(path: Path, factory: CoreFactory, chance: Random) -> tuple[int, bytes]:
    """Play one journal; return how many commands it has, and a hash of all that came of it."""
    engine, told, waiting, wanted = Engine(factory()), sha256(), [], 1
    for record in codec.split(path.read_bytes()):
        waiting.append(record)
        if len(waiting) == wanted:
            told.update(engine.apply(b"".join(waiting)))
            waiting, wanted = [], chance.choice((1, 2, 7, 64, 900))
    told.update(engine.apply(b"".join(waiting)))
    told.update(engine.digest())
    return engine.core.sequence, told.digest()


def main(core: str, split: str, *paths: str) -> None:
    """Play all of them."""
    factory, chance = core_of(core), Random(split)
    played = [play(Path(path), factory, chance) for path in paths]
    commands = sum(count for count, _ in played)
    print(commands, sha256(b"".join(told for _, told in played)).hexdigest())  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
