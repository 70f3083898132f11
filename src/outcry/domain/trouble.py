"""What can stop or threaten a venue, each by the name of its page in the runbook."""

from enum import StrEnum


class Trouble(StrEnum):
    """A reason to halt, to take in less, or not to start at all."""

    COMMAND_FAILS = "command-fails"
    """The engine ends in an exception over a command that is in the log."""
    DISK_RESERVE = "disk-reserve"
    """The disk runs full."""
    FUNDS_NOT_CONSERVED = "funds-not-conserved"
    """The sums of an asset no longer agree."""
    HELD_OVER = "held-over"
    """The life before was held, and what for is still to be looked into."""
    IDENTITY_UNUSABLE = "identity-unusable"
    LEDGER_BEHIND = "ledger-behind"
    LEDGER_DISAGREES = "ledger-disagrees"
    LOG_DAMAGED = "log-damaged"
    LOG_NOT_WRITTEN = "log-not-written"
    LOOP_STUCK = "loop-stuck"
    """The process has done nothing for too long, and ended itself."""
    OPERATIONS_DAMAGED = "operations-damaged"
    PROOFS_UNUSABLE = "proofs-unusable"
    SET_BY_OPERATOR = "set-by-operator"
    """Somebody wanted it so."""
    TRAIL_CHANGED = "trail-changed"
    """Somebody changed what is written down about who did what."""

    @property
    def page(self) -> str:
        """Where the runbook says what to do."""
        return f"docs/runbook/{self.value}.md"
