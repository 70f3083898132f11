"""What every command begins with."""

from dataclasses import dataclass

RULES = 2
"""The newest rules that this program knows. A log begins with rules 1; see `ActivateRules`."""
NO_LIMIT = -1
"""In `SetLimits`: leave this limit to the market's default (for a default: no limit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The header every command shares.

    `key` is the idempotency key (the client order id of an order): ASCII, at most 64 characters,
    empty for none. `sequence` and `time_ns` are stamped by the sequencer. `internal` marks what the
    engine derives from an event under that event's sequence; it never enters the log. `staff` marks
    an order of the operator.
    """

    account: int = 0
    market: int = 0
    key: str = ""
    internal: bool = False
    staff: bool = False
    sequence: int = 0
    time_ns: int = 0
