"""A folder that is made aside and gets its name when it is whole, or leaves nothing behind."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outcry.adapters.data_dir import DataDir, DataDirBusy, open_data_dir
from outcry.adapters.files import sync_file, sync_folder


class TargetTaken(Exception):
    """The folder that was to be written is there and holds something, or is being written."""


@contextmanager
def made_aside(target: Path) -> Iterator[DataDir]:
    """Yield a new folder beside `target`, readable by its owner only, which then takes its name.

    Everything in it is synced before. Whatever ends this early takes the folder away; one that a
    killed process has left is taken away by the next.

    Raises:
        TargetTaken: the target holds something, or another process is writing it.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise TargetTaken(f"{target} is not empty; give a new folder")
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.unfinished")
    try:
        folder = open_data_dir(aside)
    except DataDirBusy as error:
        raise TargetTaken(f"{target} is being written: {error}") from None
    try:
        _empty(aside)
        yield folder
        for path in sorted(aside.rglob("*")):
            sync_folder(path) if path.is_dir() else sync_file(path)
        (aside / "lock").unlink()
        sync_folder(aside)
        aside.replace(target)
        sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    finally:
        folder.close()


def _empty(folder: Path) -> None:
    """Take away what an earlier process has left; the lock is ours."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()
