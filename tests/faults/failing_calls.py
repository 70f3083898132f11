"""System calls that fail in a running process, by libfiu, switched on and off from outside."""

import ctypes
import os
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.process import runs

FOLDER = "OUTCRY_TEST_FIU"
ANSWER_S = 30.0


def obey() -> None:
    """Let this process be told which calls fail; it was loaded with the library before all else."""
    library = ctypes.CDLL("libfiu.so.0")
    assert library.fiu_rc_fifo(os.environ.pop(FOLDER).encode()) == 0


def tell(prefix: Path, pid: int, command: str) -> bool:
    """Give a command of libfiu to a process; return whether it lived to answer.

    A call that fails may end it first. So nothing here waits for the other end to be opened, and
    what is said stays in the pipe until it is read.
    """
    answer, end = b"", time.monotonic() + ANSWER_S
    with ExitStack() as opened, suppress(FileNotFoundError):  # Who ends in order removes them.
        said = os.open(f"{prefix}-{pid}.in", os.O_RDWR)
        opened.callback(os.close, said)
        heard = os.open(f"{prefix}-{pid}.out", os.O_RDONLY | os.O_NONBLOCK)
        opened.callback(os.close, heard)
        os.write(said, command.encode() + b"\n")
        while not answer and runs(pid):
            assert time.monotonic() < end, f"no answer to {command}"
            time.sleep(0.001)
            with suppress(BlockingIOError):
                answer = os.read(heard, 16)
    assert answer in {b"0\n", b""}, (command, answer)
    return bool(answer)


@dataclass(frozen=True)
class Fault:
    """Calls that fail with an error number, each with some probability."""

    names: tuple[str, ...]
    number: int = 0
    probability: float = 1.0

    def begin(self, prefix: Path, pid: int) -> bool:
        """Let the calls of a process fail; return whether it has outlived that so far."""
        how = f"probability={self.probability},failinfo={self.number}"
        return all(tell(prefix, pid, f"enable_random name={name},{how}") for name in self.names)

    def end(self, prefix: Path, pid: int) -> None:
        """Let them work again."""
        for name in self.names:
            assert tell(prefix, pid, f"disable name={name}")
