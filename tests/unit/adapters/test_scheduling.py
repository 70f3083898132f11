"""Standing back is for a process and all that it starts."""

import ctypes
import os
import platform
import subprocess
import sys

import pytest

from outcry.adapters import scheduling
from outcry.adapters.scheduling import NICENESS, SLICE_NS

GET_ATTRIBUTES = {"x86_64": 315, "aarch64": 275}
CHILD = "from tests.unit.adapters.test_scheduling import standing; print(*standing())"
STANDS_BACK = f"""
import subprocess, sys
from outcry.adapters.scheduling import stand_back
stand_back()
subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
"""


def standing() -> tuple[int, int]:
    """Return this process's niceness and its slice in nanoseconds, 0 where none is told."""
    attributes = scheduling._ATTRIBUTES
    answer = ctypes.create_string_buffer(attributes.size)
    number = GET_ATTRIBUTES.get(platform.machine(), -1)
    ctypes.CDLL(None).syscall(number, 0, answer, attributes.size, 0)
    return os.getpriority(os.PRIO_PROCESS, 0), attributes.unpack(answer.raw)[5]


def has_slices() -> bool:
    """Return whether this Linux grants a slice."""
    release = tuple(int(part) for part in platform.release().split(".")[:2])
    return platform.machine() in GET_ATTRIBUTES and release >= (6, 12)


def test_who_stands_back_and_whom_it_starts_come_last_and_give_way_soon() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", STANDS_BACK],
        stdout=subprocess.PIPE, text=True, check=True, start_new_session=True,
    )  # fmt: skip
    niceness, slice_ns = map(int, ran.stdout.split())
    assert niceness == NICENESS
    assert slice_ns == SLICE_NS or not has_slices()
    assert standing() != (NICENESS, SLICE_NS)


def test_a_system_that_has_none_of_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    monkeypatch.setattr(scheduling.Path, "write_text", refuse)
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    before = standing()
    scheduling.stand_back()
    assert standing() == before
