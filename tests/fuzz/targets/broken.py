"""Readers that do what none may: they show that the runner notices."""

import ctypes
import time

from tests.fuzz.targets.target import Target

_KEPT: list[bytes] = []
_MEGABYTE = 1 << 20


def _raises(data: bytes) -> None:
    if data[:1] == b"x":
        raise IndexError("nobody expected an x")


def _falls_over(data: bytes) -> None:
    if data[:1] == b"x":
        ctypes.string_at(0)


def _is_slow(data: bytes) -> None:
    started_s = time.thread_time()
    while data[:1] == b"x" and time.thread_time() - started_s < 0.15:
        pass


def _keeps_everything(data: bytes) -> None:
    _KEPT.append(data.ljust(_MEGABYTE, b"x"))


SEEDS = (b"a", b"xy")
TARGETS = (
    Target("raises", lambda: _raises, lambda: SEEDS, 50, 0),
    Target("falls over", lambda: _falls_over, lambda: SEEDS, 50, 0),
    Target("is slow", lambda: _is_slow, lambda: SEEDS, 50, 0),
    Target("keeps everything", lambda: _keeps_everything, lambda: SEEDS, 2_000, 0),
)
