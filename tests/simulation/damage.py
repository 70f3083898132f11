"""Bits that turn over on a node that is down, and the copies it is repaired from."""

from tests.simulation.chronicle import Chronicle
from tests.simulation.disk import Disk
from tests.simulation.faults import DAMAGEABLE, Broken
from tests.simulation.keeper import Keeper
from tests.simulation.scheduler import Scheduler
from tests.simulation.stores import LOG, MARK, SNAPSHOT

CUT_SHORT = "log cut short"


class Damage:
    """What is damaged, and a copy of it from before; the ledger needs none."""

    def __init__(self, disk: Disk, keeper: Keeper, scheduler: Scheduler, seen: Chronicle) -> None:
        self.copies: dict[str, bytes] = {}
        """By file; "ledger" for the ledger."""
        self._disk = disk
        self._keeper = keeper
        self._scheduler = scheduler
        self._seen = seen

    def happen(self, *, spare_log: bool) -> None:
        """Turn over one bit somewhere, or lose the end of the log, unless it is to be spared.

        It is where the power went at the same moment, which the mark need not survive: what two
        faults at once do to the end of a log, nothing beside it can tell.
        """
        random = self._scheduler.random
        what = random.choice((*DAMAGEABLE, CUT_SHORT))
        if spare_log and what in {"log", CUT_SHORT}:
            return
        if what == "ledger":
            self._keeper.disk.flip()
            self.copies[what] = b""
        else:
            name = {"log.ack": MARK, "snapshot": self._newest()}.get(what, LOG)
            data = self._disk.read(name)
            if not data or name in self.copies:
                return
            self.copies[name] = data
            if what == CUT_SHORT:
                self._disk.put_back(name, data[: random.randrange(len(data))])
            else:
                self._disk.flip(name, random.randrange(len(data) * 8))
        self._seen[what if what == CUT_SHORT else f"bit flip in {what}"] += 1

    def _newest(self) -> str:
        """Return the newest snapshot."""
        names = [name for name in self._disk.names() if name.startswith(SNAPSHOT)]
        return max(names, key=lambda name: (len(name), name), default="")

    def explain(self, refusal: Exception, what: str = "") -> None:
        """Check that there is a reason for a refusal: damage of anything, or of one thing."""
        if not (what in self.copies if what else self.copies):
            raise Broken(f"refused without a reason: {refusal!r}") from refusal

    def forget(self, name: str) -> None:
        """Leave a file as it is: nothing depends on it any more."""
        self.copies.pop(name, None)

    def repair(self, *names: str) -> None:
        """Put back what was damaged, or some of it, as an operator would.

        The ledger is made anew.
        """
        for name in names or list(self.copies):
            data = self.copies.pop(name)
            if name == "ledger":
                self._keeper.clear()
            elif name in self._disk.names():
                self._disk.put_back(name, data)
