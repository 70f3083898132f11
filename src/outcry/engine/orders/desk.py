"""All reactions behind one face, for the conductor."""

from collections.abc import Sequence

from outcry.domain.events import Event
from outcry.domain.market import VenueMode
from outcry.engine.core import Core
from outcry.engine.orders.expiry import NEVER_NS, Expiry


class Desk:
    """See `engine.Reactions`. In a halted venue nothing falls due."""

    def __init__(self, core: Core) -> None:
        self._expiry = Expiry(core)
        self._arm(core)

    def react(self, core: Core, events: Sequence[Event]) -> bytes:
        """Take in the events of a command that touched a watch."""
        self._expiry.note(core, events)
        self._arm(core)
        return b""

    def due(self, core: Core, now_ns: int) -> bytes:
        """Return the internal command for the first thing that is due by now."""
        commands = b"" if core.mode == VenueMode.HALTED else self._expiry.due(core, now_ns)
        if not commands:
            self._arm(core)
        return commands

    def _arm(self, core: Core) -> None:
        """Let the core stop when the next thing falls due."""
        halted = core.mode == VenueMode.HALTED
        core.next_due_ns = NEVER_NS if halted else self._expiry.next_ns(core)
