"""What a target is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Read = Callable[[bytes], None]
GOLDEN = Path(__file__).parents[2] / "golden"


@dataclass(frozen=True)
class Target:
    """A reader under test.

    `make` is called once, in the process that reads. `seeds` are inputs that are good, or nearly.
    `runs` is how often it is called in every test run; the long form has `release` thousand runs.
    `words` says that inputs are made of 64-bit words, which are then changed as such.
    """

    name: str
    make: Callable[[], Read]
    seeds: Callable[[], Iterable[bytes]]
    runs: int
    release: int
    words: bool = False
    longest: int = 4_096
    dictionary: tuple[bytes, ...] = ()
