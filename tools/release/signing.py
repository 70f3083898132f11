"""Sums of what is released, and signatures by minisign."""

import stat
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

SUMS = "SHA256SUMS"


class NotSigned(Exception):
    """The key cannot be used."""


def write_sums(folder: Path) -> Path:
    """Write what `sha256sum -c` reads, for every file of the folder."""
    names = sorted(path.name for path in folder.iterdir() if path.name != SUMS)
    lines = [f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    path = folder / SUMS
    path.write_text("".join(lines), encoding="utf-8")
    return path


def sign(paths: Sequence[Path], key: Path, comment: str) -> None:
    """Sign files with minisign, which asks on the terminal for the password of the key.

    `comment` is signed too: it says of what the files are a release.

    Raises:
        NotSigned: others can read the key, or minisign refuses it.
    """
    if not key.is_file():
        raise NotSigned(f"{key}: no such key")
    if stat.S_IMODE(key.stat().st_mode) & 0o077:
        raise NotSigned(f"{key}: others may read this key; chmod 600 {key}")
    command = ["minisign", "-S", "-s", str(key), "-t", comment, "-m", *map(str, paths)]
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError:
        raise NotSigned("minisign is not installed") from None
    except subprocess.CalledProcessError as error:
        raise NotSigned(f"minisign ended with {error.returncode}") from None
