"""Outcry: an exchange that anyone can run.

The flow: order -> gateway -> sequencer -> engine -> ledger, market data, answers.

`outcry.Venue` is the whole of it in one object, for tests, backtests and research.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outcry.venue import Venue

__all__ = ["Venue", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import what is seldom needed only where it is asked for."""
    if name == "Venue":
        from outcry.venue import Venue

        return Venue
    raise AttributeError(f"module 'outcry' has no attribute {name!r}")
