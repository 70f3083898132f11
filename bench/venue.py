"""A venue of its own for the measurement: started on a free port, stopped at the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

START_S = 60.0
PATHS = ("http", "batch", "ws", "binance")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_venue(environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start `outcry up --demo` on a new data folder; give its address; stop it again."""
    with venue_process(environ) as (url, _):
        yield url


@contextmanager
def venue_process(environ: Mapping[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """Start a venue as `running_venue` does; give its address and its process id."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = [sys.executable, "-m", "outcry", "up", "--demo"]
        command += ["--data", folder, "--port", str(port)]
        quiet = {"OUTCRY_DEMO_MAKER": "false"}  # Nobody else trades while something is measured.
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, env={**os.environ, **quiet, **(environ or {})}
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url, process)
            yield url, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_S)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the venue did not start"
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(url)


def measure(url: str, path: str, seconds: float) -> dict[str, Any]:
    """Run `outcry bench venue` on one path."""
    command = [sys.executable, "-m", "outcry", "bench", "venue", "--json"]
    command += ["--url", url, "--path", path, "--seconds", str(seconds)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    report: dict[str, Any] = json.loads(ran.stdout)
    return report
