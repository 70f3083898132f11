"""Builds with one promise broken, which the fault tests have to catch. None is in the product.

Each function changes the program in a child of the nest before it starts.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

from typing_extensions import override

from outcry import recovery
from outcry.adapters.sqlite_log import SqliteLog
from outcry.bootstrap import assembly
from outcry.ports import Batch, LogFailed
from outcry.sequencer.chain import tail_of
from tests.integration.early import EarlyLog


class RelaxedLog(SqliteLog):
    """Answers an append before it is on disk."""

    def __init__(self, path: Path, **options: Any) -> None:
        super().__init__(path, **options)
        self._connection.execute("PRAGMA synchronous = NORMAL")


def sync_less() -> None:
    vars(assembly)["SqliteLog"] = RelaxedLog


def acknowledge_early() -> None:
    vars(assembly)["SqliteLog"] = EarlyLog


def believe_any_log() -> None:
    vars(recovery)["_check_position"] = lambda *_: None
    SqliteLog._check_acknowledged = lambda *_: None  # type: ignore[method-assign]


class DeafLog(SqliteLog):
    """Takes an append that failed for one that did not."""

    @override
    def append(self, batch: Batch) -> None:
        with suppress(LogFailed):
            super().append(batch)
        self._tail = tail_of(batch)


def ignore_failed_appends() -> None:
    vars(assembly)["SqliteLog"] = DeafLog
