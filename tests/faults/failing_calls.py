"""System calls that fail in a running process, by libfiu, switched on and off from outside."""

import ctypes
import os
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Fault:
    """Calls that fail with an error number, each with some probability."""

    names: tuple[str, ...]
    number: int = 0
    probability: float = 1.0

    def begin(self, prefix: Path, pid: int) -> None:
        """Let the calls of a process fail."""
        how = f"probability={self.probability},failinfo={self.number}"
        for name in self.names:
            tell(prefix, pid, f"enable_random name={name},{how}")

    def end(self, prefix: Path, pid: int) -> None:
        """Let them work again."""
        for name in self.names:
            tell(prefix, pid, f"disable name={name}")
