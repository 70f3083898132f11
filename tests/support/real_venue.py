"""`outcry up --demo` from a nest, as the `Venue` of a driver: killed, started, looked into."""

import asyncio
import json
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.engine.core import choose
from outcry.recovery import Inspection, inspect
from tests.support.nest import Child, Nest
from tests.support.ports import free_port
from tests.support.traders import Http

START_S = 60.0
LOOK_S = 0.01
_SOCKETS = shutil.ignore_patterns("control")


class RealVenue:
    """One venue on one data folder, life after life."""

    def __init__(self, nest: Nest, data: Path, outputs: Path) -> None:
        self.nest = nest
        self.data = data
        self.outputs = outputs
        self.environ: dict[str, str] = {}
        self.ledger = "thread"
        """Who writes the ledger; a process of its own takes a second to start."""
        self.limits: dict[int, tuple[int, int]] = {}
        self.patch = ""
        self.lives = 0
        self.child: Child | None = None
        self.port = free_port()
        self.tokens: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> Child:
        """Start it and do not wait."""
        self.lives += 1
        arguments = ["up", "--data", str(self.data), "--port", str(self.port), "--demo"]
        self.child = self.nest.born(
            arguments,
            self.outputs / f"output{self.lives}",
            environ={"OUTCRY_LEDGER_RUN": self.ledger, **self.environ},
            limits=self.limits,
            patch=self.patch,
        )
        return self.child

    async def start(self) -> None:
        """Start it and wait until it takes orders."""
        child = self.begin()
        deadline = asyncio.get_running_loop().time() + START_S
        while (said := child.said("started")) is None:
            assert child.alive, f"it did not start: {child.text}"
            assert asyncio.get_running_loop().time() < deadline, child.text
            await asyncio.sleep(LOOK_S)
        self.started: dict[str, Any] = said
        demo = json.loads((self.data / "demo.json").read_text())
        self.tokens = [trader["token"] for trader in demo["traders"]]

    async def refused(self) -> tuple[int, str]:
        """Start it where it must not start; return its exit code and what it says."""
        child = self.begin()
        while child.alive:
            assert child.said("started") is None, f"it does start: {child.text}"
            await asyncio.sleep(LOOK_S)
        code = child.wait()
        assert child.said("started") is None, child.text
        return code, child.text

    async def kill(self) -> None:
        """Kill it without warning, unless it is already dead."""
        if self.child is not None:
            await asyncio.to_thread(self.child.kill)

    async def ended(self) -> int:
        """Wait until it ends by itself and return its exit code."""
        assert self.child is not None
        return await asyncio.to_thread(self.child.wait)

    async def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        assert self.child is not None
        self.child.send(signal.SIGTERM)
        return await self.ended()

    async def connect(self) -> Http:
        """Return a connection of its traders."""
        return Http(self.url, self.tokens)

    async def state(self) -> tuple[int, str]:
        """Return sequence and digest it came back with."""
        return self.started["sequence"], self.started["digest"]

    def look(self) -> Inspection:
        """Replay the files from genesis with the core that runs it."""
        log = SqliteLog(self.data / "log.sqlite", read_only=True)
        try:
            return inspect(log, SnapshotFiles(self.data / "snapshots", read_only=True), choose())
        finally:
            log.close()

    def inspect(self) -> tuple[int, str]:
        """Return (last sequence, digest) of the files."""
        report = self.look()
        assert report.damage == []
        return report.sequence, report.digest.hex()


async def demo_folder(nest: Nest, data: Path, outputs: Path, environ: Mapping[str, str]) -> None:
    """Make the data folder of a demo that ended in an orderly way, to be copied."""
    venue = RealVenue(nest, data, outputs)
    venue.environ = dict(environ)
    await venue.start()
    assert await venue.stop() == 0


def copy_of(folder: Path, to: Path) -> Path:
    """Return a fresh copy of a data folder."""
    shutil.copytree(folder, to, dirs_exist_ok=True, ignore=_SOCKETS)
    return to
