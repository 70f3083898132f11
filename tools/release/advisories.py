"""Known weaknesses of what is locked, out of a folder of advisories; no network is asked.

The folder holds documents of the Open Source Vulnerability format, as JSON or as YAML: a checkout
of the Python Packaging Advisory Database, or an unpacked export of its records.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tools.release.locks import Pinned

SUFFIXES = (".json", ".yaml", ".yml")
ORDERED = ("ECOSYSTEM", "SEMVER")
"""Ranges of versions; the others are ranges of commits."""
_MODIFIED = re.compile(r"^[\s{]*[\"']?modified[\"']?\s*:\s*[\"']?(\d{4}-\d\d-\d\d)", re.M)
_NAME = re.compile(r"[\"']?\bname[\"']?\s*:\s*[\"']?([\w.-]+)")


class NoAdvisories(Exception):
    """The folder holds none, or one that cannot be read: nothing can be said."""


@dataclass(slots=True)
class Report:
    """What was compared, and what was found."""

    read: int = 0
    """Advisories in the folder."""
    newest: str = ""
    """The day of the latest change in any of them: how old the data is."""
    hits: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = f"{self.read} of {self.newest} and before, {len(self.hits)} hold for the lock"
        return "\n".join([told, *self.hits])


def compare(folder: Path, pinned: Iterable[Pinned]) -> Report:
    """Return which advisories hold for a locked version.

    Raises:
        NoAdvisories: there is none in the folder, or one is broken.
    """
    locked: dict[str, set[str]] = {}
    for one in pinned:
        locked.setdefault(one.name, set()).add(one.version)
    report = Report()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES):
        text = path.read_text(encoding="utf-8")
        day = _MODIFIED.search(text) or re.search(r"\"modified\": *\"(\d{4}-\d\d-\d\d)", text)
        if day is None:
            continue  # not an advisory: a setting of the folder itself
        report.read += 1
        report.newest = max(report.newest, day[1])
        if any(canonicalize_name(name) in locked for name in _NAME.findall(text)):
            report.hits += _hits(_document(path, text), locked)
    if not report.read:
        raise NoAdvisories(f"{folder}: no advisories")
    return report


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        # JSON is YAML too, but its own reader is a hundred times faster.
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise NoAdvisories(f"{path}: {error}") from None
    if not isinstance(found, dict) or "id" not in found:
        raise NoAdvisories(f"{path}: not an advisory")
    return found


def _hits(document: dict[str, Any], locked: dict[str, set[str]]) -> Iterator[str]:
    if document.get("withdrawn"):
        return
    for affected in document.get("affected", []):
        package = affected.get("package", {})
        name = canonicalize_name(package.get("name", ""))
        if package.get("ecosystem") != "PyPI":
            continue
        for version in sorted(locked.get(name, ())):
            if _holds(affected, version):
                told = f"{document['id']}: {name} {version}: {document.get('summary', '')}"
                yield told.strip()


def _holds(affected: dict[str, Any], version: str) -> bool:
    """Return whether a version is listed, or in a range. One that cannot be read counts."""
    if any(_same(listed, version) for listed in affected.get("versions", [])):
        return True
    ranges = [one for one in affected.get("ranges", []) if one.get("type") in ORDERED]
    try:
        return any(_in_range(one.get("events", []), Version(version)) for one in ranges)
    except InvalidVersion:
        return True


def _same(listed: str, version: str) -> bool:
    try:
        return Version(str(listed)) == Version(version)
    except InvalidVersion:
        return listed == version


def _in_range(events: list[dict[str, str]], version: Version) -> bool:
    """Judge as the format's own definition does: the events in order, each turns it on or off."""
    holds = False
    for kind, at in sorted(_events(events), key=lambda event: event[1]):
        if kind == "introduced" and version >= at:
            holds = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            holds = False
    return holds


def _events(events: list[dict[str, str]]) -> Iterator[tuple[str, Version]]:
    for event in events:
        for kind, at in event.items():
            # "0" is before every version, before the pre-releases of 0 too.
            yield kind, Version("0.dev0" if str(at) == "0" else str(at))
