"""A real venue in a process of its own, as a user would start it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outcry.adapters.control_socket import ask
from outcry.client import ApiError, Client, Unreachable

ROOT = Path(__file__).parents[2]
START_S = 60.0
END_S = 30.0
BUSY = "the ledger stood back and was left too little"


class VenueProcess:
    """`outcry up` as a child process; `program` is what Python runs."""

    def __init__(
        self,
        data: Path,
        *options: str,
        environ: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "outcry"),
    ) -> None:
        command = [sys.executable, *program, "up", "--data", str(data), "--port", "0"]
        self.data = data
        self.process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environ or {})},
        )

    def started(self) -> dict[str, Any]:
        """Return what the venue says when it has started."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = json.loads(line)
            if said.get("event") == "started":
                self._wait_until_ready(said["url"])
                facts: dict[str, Any] = said
                return facts
        raise AssertionError(self.process.communicate()[1])

    def _wait_until_ready(self, url: str) -> None:
        deadline = time.monotonic() + START_S
        while True:
            try:
                with Client(url) as client:
                    client.call("GET", "/ready")
                    return
            except (ApiError, Unreachable):
                assert time.monotonic() < deadline, "the venue does not get ready"
                time.sleep(0.02)

    def end_silently(self) -> None:
        """End the venue in good order; it had nothing to say, but that its machine is busy."""
        self.process.terminate()
        said, errors = self.process.communicate(timeout=2 * END_S)
        lines = [line for line in said.splitlines() if BUSY not in line]
        assert (self.process.returncode, lines, errors) == (0, [], "")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Signal the process; return its exit code and what it said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=END_S)
        return self.process.returncode, errors


@contextmanager
def venue_process(
    data: Path,
    *options: str,
    environ: Mapping[str, str] | None = None,
    program: Sequence[str] = ("-m", "outcry"),
) -> Iterator[VenueProcess]:
    """Start a venue, and make sure that it is gone afterwards."""
    venue = VenueProcess(data, *options, environ=environ, program=program)
    try:
        yield venue
    finally:
        if venue.process.poll() is None:
            venue.process.kill()
        venue.process.communicate()


def status(data: Path) -> dict[str, Any]:
    """Return what the venue that runs there says of itself."""
    return ask(data / "control", {"op": "status"})


def follower_of(venue: VenueProcess) -> int:
    """Wait for the ledger's process; return its id."""
    deadline = time.monotonic() + END_S
    while not (pid := status(venue.data)["ledger_pid"]):
        assert time.monotonic() < deadline, "no follower"
        time.sleep(0.02)
    return int(pid)


def family(pid: int) -> list[int]:
    """Return a process and its children, the youngest last."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += family(int(child))
    return found


def state_of(pid: int) -> str:
    """Return the state of a process in a letter, Z too where there is none any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def runs(pid: int) -> bool:
    """Return whether a process has not ended."""
    return state_of(pid) != "Z"


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
