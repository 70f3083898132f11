"""Wheels and source archives, written anew so that equal contents are equal bytes.

What differs between two builds of one commit is time, order, owners and permissions. They are set
here; names and contents are left alone.
"""

import gzip
import io
import tarfile
import time
import zipfile
from pathlib import Path

ZIP_EPOCH_S = 315_532_800
"""1980-01-01, before which a zip file knows no time."""
PLAIN, PROGRAM = 0o644, 0o755
_UNIX = 3
_REGULAR = 0o100000


def normalise_wheel(path: Path, time_s: int) -> None:
    """Write a wheel anew: names in order, `RECORD` last as the format advises, one time."""
    stamp = time.gmtime(max(time_s, ZIP_EPOCH_S))[:6]
    with zipfile.ZipFile(path) as old:
        contents = {entry.filename: old.read(entry) for entry in old.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name in sorted(contents, key=lambda name: (".dist-info/" in name, name)):
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = (_REGULAR | _mode(name)) << 16
            new.writestr(entry, contents[name])


def normalise_sdist(path: Path, time_s: int) -> None:
    """Write a source archive anew: names in order, one time, nobody's files."""
    packed = io.BytesIO()
    with (
        tarfile.open(path) as old,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            clean = tarfile.TarInfo(member.name)
            clean.type, clean.size, clean.mtime = member.type, member.size, time_s
            clean.mode = PROGRAM if member.isdir() else PLAIN
            new.addfile(clean, old.extractfile(member) if member.isfile() else None)
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=time_s) as zipped:
        zipped.write(packed.getvalue())


def _mode(name: str) -> int:
    return PROGRAM if name.endswith((".so", ".pyd", ".dylib")) else PLAIN
