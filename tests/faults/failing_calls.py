"""System calls that fail in a running process, by libfiu, switched on and off from outside."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "OUTCRY_TEST_FIU"


def obey() -> None:
    """Let this process be told which calls fail; it was loaded with the library before all else."""
    library = ctypes.CDLL("libfiu.so.0")
    assert library.fiu_rc_fifo(os.environ.pop(FOLDER).encode()) == 0


def tell(prefix: Path, pid: int, command: str) -> None:
    """Give a command of libfiu to a process."""
    said, heard = Path(f"{prefix}-{pid}.in"), Path(f"{prefix}-{pid}.out")
    said.write_text(command + "\n")
    assert heard.read_text().strip() == "0", command


@contextmanager
def failing(prefix: Path, pid: int, *names: str, number: int, probability: float = 1) -> Iterator[None]:
    """Let calls fail with an error number."""
    for name in names:
        tell(prefix, pid, f"enable_random name={name},probability={probability},failinfo={number}")
    yield
    for name in names:
        tell(prefix, pid, f"disable name={name}")
