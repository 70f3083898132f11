"""The reference core, or what stands above it, with one rule broken."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import getattr_static
from typing import Any
from unittest import mock

from outcry.engine.core.reference.core import Core

Function = Callable[..., Any]


@dataclass(frozen=True)
class Broken:
    """A rule, broken: `owner.name` becomes `make(the original)`.

    `folder` names the transcripts that are about the rule.
    """

    wrong: str
    owner: Any
    name: str
    make: Callable[[Any], Any]
    folder: str = ""

    @contextmanager
    def applied(self) -> Iterator[type[Core]]:
        """Break the rule for as long as the block lasts."""
        original = getattr_static(self.owner, self.name)
        if isinstance(original, classmethod):
            changed: object = classmethod(self.make(original.__func__))
        else:
            changed = self.make(original)
        with mock.patch.object(self.owner, self.name, changed):
            yield Core


def never(_: Function) -> Function:
    """Return a function that finds nothing and does nothing."""
    return lambda *_args, **_named: None
