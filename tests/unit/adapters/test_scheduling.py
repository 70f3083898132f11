"""Standing back is for a process and all that it starts."""

import os
import subprocess
import sys

import pytest

from outcry.adapters.scheduling import NICENESS, give_way, stand_back

CHILD = "from tests.unit.adapters.test_scheduling import standing; print(*standing())"
STANDS_BACK = f"""
import subprocess, sys
from outcry.adapters.scheduling import stand_back
stand_back()
subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
"""
GIVES_WAY = """
import os
from outcry.adapters.scheduling import give_way, stand_back
given = []
os.sched_yield = lambda: given.append(0)
give_way()
print(len(given))
stand_back()
give_way()
print(len(given))
"""


def standing() -> tuple[int, int]:
    """Return this process's niceness and its policy."""
    return os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)


def test_who_stands_back_and_whom_it_starts_give_way_to_everybody() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", STANDS_BACK], stdout=subprocess.PIPE, text=True, check=True
    )
    assert tuple(map(int, ran.stdout.split())) == (NICENESS, os.SCHED_IDLE)
    assert standing() != (NICENESS, os.SCHED_IDLE)


def test_only_who_stands_back_gives_up_its_core() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", GIVES_WAY], stdout=subprocess.PIPE, text=True, check=True
    )
    assert ran.stdout.split() == ["0", "1"]


def test_a_system_that_has_none_of_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    before = standing()
    monkeypatch.setattr(os, "setpriority", refuse)
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    stand_back()
    monkeypatch.delattr(os, "SCHED_IDLE")
    stand_back()
    give_way()
    monkeypatch.undo()
    assert standing() == before
