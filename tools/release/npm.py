"""The npm packages that the pages in the wheel are built from; their lock tells all of this."""

import json
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.release.licences import UNKNOWN, Licence

_NOT_IN_PAGES = ("dev", "optional", "devOptional")
"""What only builds and checks, or stands beside another package for that."""
_WITHIN = "node_modules/"


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the lock, with the SHA-512 of its archive in hexadecimal."""

    name: str
    version: str
    licence: str
    sha512: str


def packages(lock: Path) -> list[Package]:
    """Return what may be in the pages, by name, out of a `package-lock.json`."""
    entries: dict[str, dict[str, Any]] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    found = {
        Package(
            place.rpartition(_WITHIN)[2],
            entry["version"],
            entry.get("license", UNKNOWN),
            b64decode(entry["integrity"].removeprefix("sha512-")).hex(),
        )
        for place, entry in entries.items()
        if place and not any(entry.get(kind) for kind in _NOT_IN_PAGES)
    }
    return sorted(found, key=lambda one: (one.name, one.version))


def licences(found: Iterable[Package]) -> list[Licence]:
    """Return their licences, as they say themselves."""
    return [Licence(one.name, one.version, one.licence) for one in found]


def listing(found: Iterable[Licence]) -> str:
    """Return the list that goes with a release, a package a line."""
    return "".join(f"{one.name} {one.version}: {one.licence}\n" for one in found)


def components(found: Iterable[Package]) -> list[dict[str, Any]]:
    """Return them as components of CycloneDX 1.6."""
    return [
        {
            "type": "library",
            "bom-ref": f"npm:{one.name}@{one.version}",
            "name": one.name,
            "version": one.version,
            "purl": f"pkg:npm/{quote(one.name, safe='/')}@{one.version}",
            "hashes": [{"alg": "SHA-512", "content": one.sha512}],
            "licenses": [{"expression": one.licence}],
        }
        for one in found
    ]
