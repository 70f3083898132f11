"""A bug put in on purpose, and who has to notice it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A venue that is wrong in one thing.

    `notice` puts the bug in, runs what is to catch it until the first failure, takes the bug out
    again, and returns what was told; nothing where nobody noticed.
    """

    wrong: str
    area: str
    notice: Callable[[], str]
