"""Memory that is no longer needed goes back to the system."""

import subprocess
import sys

CHURN = """
import gc, sys
from outcry.adapters.memory_use import give_back_large_blocks, resident_bytes

if sys.argv[1] == "back":
    give_back_large_blocks()
bytes(24 << 20)
before, large, small = resident_bytes(), [], []
for number in range(24):
    large.append(b"%d" % number * (1 << 20))
    small.append(b"%d" % number * 10_000)
del large
gc.collect()
print(resident_bytes() - before)
"""
"""A large block comes and goes; then some that small ones lie between."""


def left_by_churn(how: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", CHURN, how], check=True, capture_output=True, text=True
    )
    return int(ran.stdout)


def test_large_blocks_between_small_ones_go_back_when_they_are_freed() -> None:
    assert left_by_churn("back") < 4 << 20


def test_without_being_asked_glibc_keeps_them() -> None:
    assert left_by_churn("as it is") > 16 << 20
