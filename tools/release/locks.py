"""Lock files: every requirement at one version, every version by its hashes, no host named."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

NAMES = (
    "runtime.txt",
    "dev.txt",
    "uv.txt",
    "node.txt",
    "clients/binance-connector.txt",
    "clients/binance-sdk-spot.txt",
    "clients/ccxt.txt",
    "clients/freqtrade.txt",
    "clients/hummingbot-alone.txt",
    "clients/hummingbot.txt",
    "clients/nautilus.txt",
    "clients/python-binance.txt",
)
_LINE = re.compile(
    r"([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([\w.!+-]+)"
    r"(?: ; ([^\"#;]+?))?((?: +--hash=sha256:[0-9a-f]{64})+)"
)


class BadLock(Exception):
    """A line that is no pinned requirement with hashes."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """One requirement of a lock file."""

    name: str
    """In its canonical form: lower case, with `-`."""
    version: str
    marker: str
    """Where it is needed; empty: everywhere."""
    hashes: int

    def wanted_here(self) -> bool:
        """Return whether this Python on this system needs it."""
        return not self.marker or Marker(self.marker).evaluate()


def read_lock(path: Path) -> list[Pinned]:
    """Return what a lock file pins.

    Raises:
        BadLock: a line is anything else: no hash, no version, a host, an option.
    """
    found = []
    for number, line in _logical_lines(path.read_text(encoding="utf-8")):
        match = _LINE.fullmatch(line)
        if match is None:
            raise BadLock(f"{path.name}:{number}: not a pinned requirement with hashes")
        name, version, marker, hashes = match.groups()
        count = hashes.count("--hash")
        found.append(Pinned(canonicalize_name(name), version, (marker or "").strip(), count))
    return found


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of the first, joined) lines, comments left out."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        first = first if parts else number
        parts.append(written.removesuffix("\\").strip())
        if not written.endswith("\\"):
            yield first, " ".join(parts)
            parts = []
    if parts:
        yield first, " ".join(parts)
