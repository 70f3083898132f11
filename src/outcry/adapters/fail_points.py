"""Fail-points: ends the process at a named step, the way a power cut would.

`OUTCRY_FAILPOINT=name[:n]` kills it the n-th time (first, if not said) the step is reached. The
steps: mid_create mid_recovery before_listen (of a start); before_append before_apply before_publish
before_reply after_reply (of a batch); mid_snapshot before_rename after_snapshot (of a snapshot);
before_projection mid_projection after_projection (of a transaction of the ledger, in the process
that follows the log); before_drain after_drain (of an orderly end). Nothing lies between
after_append and before_apply, nor between after_apply and before_publish: either name will do.
"""

import os
from collections.abc import Callable, Mapping

VARIABLE = "OUTCRY_FAILPOINT"
EXIT_CODE = 137
"""What a shell shows for a process that was killed by SIGKILL."""
STEPS = (
    "mid_create",
    "mid_recovery",
    "before_listen",
    "before_append",
    "before_apply",
    "before_publish",
    "before_reply",
    "after_reply",
    "mid_snapshot",
    "before_rename",
    "after_snapshot",
    "before_projection",
    "mid_projection",
    "after_projection",
    "before_drain",
    "after_drain",
)
_SAME = {"after_append": "before_apply", "after_apply": "before_publish"}


def fail_points(environ: Mapping[str, str] = os.environ) -> Callable[[str], None]:
    """Return the hook to hand to `Hooks.reached` and `SnapshotFiles`.

    Without the variable it does nothing, once a batch and step.

    Raises:
        ValueError: the variable names no step.
    """
    wanted = environ.get(VARIABLE, "")
    if not wanted:
        return lambda _: None
    name, _, times = wanted.partition(":")
    name = _SAME.get(name, name)
    if name not in STEPS:
        raise ValueError(f"{VARIABLE}={wanted}: the steps are {', '.join(STEPS)}")
    left = int(times or 1)

    def reached(step: str) -> None:
        nonlocal left
        if step == name:
            left -= 1
            if left == 0:
                os._exit(EXIT_CODE)

    return reached
