"""A log that says a batch is durable before it writes it: what a kill test has to catch."""

from pathlib import Path
from typing import Any

from typing_extensions import override

from outcry.adapters.sqlite_log import SqliteLog
from outcry.ports import Batch


class EarlyLog(SqliteLog):
    """Answers an append at once and writes when some have come together."""

    TOGETHER = 16

    def __init__(self, path: Path, **options: Any) -> None:
        super().__init__(path, **options)
        self._late: list[Batch] = []

    @override
    def append(self, batch: Batch) -> None:
        self._late.append(batch)
        if len(self._late) == self.TOGETHER:
            for late in self._late:
                super().append(late)
            self._late.clear()
