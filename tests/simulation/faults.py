"""What goes wrong, how often, and what is met of it."""

from dataclasses import dataclass
from random import Random


class Crash(BaseException):  # Not an Exception: nothing in a venue may catch a power cut.
    """The node of this name ends here and now."""


class Broken(AssertionError):
    """A promise was broken."""


class LedgerCrash(BaseException):  # As above: a transaction is all that may know of it.
    """The process that keeps the ledger ends here and now."""


LEDGER_STEPS = ("before_projection", "mid_projection", "after_projection")
SNAPSHOT_STEPS = ("mid_snapshot", "before_rename", "after_snapshot")
STEPS = (
    "before_append",
    "mid_append",
    "before_sync",
    "before_mark",
    "before_apply",
    "before_publish",
    "before_reply",
    "after_reply",
    *SNAPSHOT_STEPS,
)
"""Where a node can be ended: those of the pipeline, of an append and of a snapshot."""
DAMAGEABLE = ("log", "log.ack", "snapshot", "ledger")
"""What a bit may turn over in."""
KINDS = (
    "message lost",
    "message twice",
    "message late",
    *(f"crash {step}" for step in STEPS),
    "crash any time",
    "power cut",
    "torn write",
    "append failed, durable",
    "append failed, lost",
    "disk full",
    *(f"bit flip in {what}" for what in DAMAGEABLE),
    "log cut short",
    "clock jumped",
    "ledger late",
    *(f"ledger crash {step}" for step in LEDGER_STEPS),
    "ledger disk full",
    "recovery from a snapshot",
    "passed over a damaged snapshot",
    "refused to start",
    "refused BUSY",
    "retry answered",
)
"""Everything that a run of many seeds has to meet, and to live through."""


@dataclass(frozen=True)
class Faults:
    """How likely each fault is; see `of` for what that refers to."""

    message_lost: float = 0.0
    message_twice: float = 0.0
    message_late: float = 0.0
    crash_at_step: float = 0.0
    crash_in_snapshot: float = 0.0
    crash_any_time: int = 0
    power_cut: float = 0.0
    append_fails: float = 0.0
    disk_full: float = 0.0
    damage: float = 0.0
    clock_jumps: float = 0.0
    ledger_late: float = 0.0
    ledger_crashes: float = 0.0
    ledger_full: float = 0.0

    @classmethod
    def of(cls, random: Random) -> "Faults":
        """Return the faults of a run: some never, some as usual, some often."""

        def rate(usual: float) -> float:
            return usual * random.choice((0, 1, 1, 2))

        return cls(
            message_lost=rate(0.04),  # of a message
            message_twice=rate(0.04),
            message_late=rate(0.03),
            crash_at_step=rate(0.0006),  # whenever a step is reached
            crash_in_snapshot=rate(0.015),
            crash_any_time=random.choice((0, 1, 2)),  # in a run
            power_cut=random.choice((0, 0.5, 0.5, 1)),  # of a crash
            append_fails=rate(0.001),  # of an append
            disk_full=rate(0.001),
            damage=random.choice((0, 0.5, 1)),  # of a crash
            clock_jumps=rate(0.01),  # of an append
            ledger_late=rate(0.02),  # of a look for news
            ledger_crashes=rate(0.008),
            ledger_full=rate(0.01),
        )
