"""The licences of what runs with Outcry, and which of them may not."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from tools.release.locks import Pinned

UNKNOWN = "UNKNOWN"
# The GNU family, whole: what Apache-2.0 cannot be given away with, and what sets terms for linking.
_REFUSED = re.compile(r"\b[AL]?GPL|General Public Licen[cs]e|Server Side Public|\bSSPL", re.I)


@dataclass(frozen=True, slots=True)
class Licence:
    """What a package says of itself."""

    name: str
    version: str
    licence: str


def installed(pinned: Iterable[Pinned]) -> list[Licence]:
    """Return the licences of these packages as they are installed here, read by pip-licenses."""
    names = [one.name for one in pinned]
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--packages", *names]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    return [
        Licence(canonicalize_name(row["Name"]), row["Version"], row["License"])
        for row in json.loads(told.stdout)
    ]


def refused(licences: Sequence[Licence], pinned: Iterable[Pinned]) -> list[str]:
    """Return what may not run with Outcry, and what could not be judged.

    A package under a choice of licences (`A OR B`) is taken under the one that is fine.
    """
    found = {one.name: one for one in licences}
    complaints = []
    for one in pinned:
        read = found.get(one.name)
        if read is not None and not _fine(read.licence):
            complaints += unfit([read])
        elif read is None and one.wanted_here():
            complaints.append(f"{one.name}: not installed, its licence cannot be read")
        elif read is not None and one.wanted_here() and read.version != one.version:
            complaints.append(f"{one.name}: {read.version} is installed, {one.version} is locked")
    return complaints


def unfit(licences: Iterable[Licence]) -> list[str]:
    """Return what may not be given away with Outcry."""
    return [
        f"{one.name}: its licence is {one.licence}" for one in licences if not _fine(one.licence)
    ]


def _fine(licence: str) -> bool:
    choices = re.split(r"\s+OR\s+", licence)
    return any(
        choice.strip() and choice != UNKNOWN and not _REFUSED.search(choice) for choice in choices
    )


def listing(licences: Iterable[Licence], pinned: Iterable[Pinned]) -> str:
    """Return the list that goes with a release, a package a line."""
    found = {one.name: one.licence for one in licences}
    lines = [
        f"{one.name} {one.version}: {found.get(one.name, f'not read, only where {one.marker}')}\n"
        for one in pinned
    ]
    return "".join(lines)
