"""When the engine's state is written down, so that recovery need not start at genesis."""

from collections.abc import Callable

from outcry.ports import Batch, Snapshot, SnapshotStore


class Snapshotter:
    """Takes a snapshot every so many commands, and writes it beside the flow.

    Recovery starts from the newest snapshot that the projections have reached. So a new one is
    taken only once they have passed the one before: of the three that are kept at least two are
    then of use.
    """

    def __init__(
        self,
        store: SnapshotStore,
        every_commands: int,
        aside: Callable[[Callable[[], None]], object],
        checkpoint: Callable[[], int],
        alarm: Callable[[str, BaseException | None], None],
    ) -> None:
        self.newest = max(store.sequences(), default=0)
        """The sequence of the newest snapshot."""
        self.saved = 0
        self.failed = 0
        self.busy = False
        self._store = store
        self._every = every_commands
        self._aside = aside
        self._checkpoint = checkpoint
        self._alarm = alarm

    def due(self, sequence: int) -> bool:
        """Return whether a snapshot should be taken now."""
        return 0 < self._every <= sequence - self.newest and self.possible(sequence)

    def possible(self, sequence: int) -> bool:
        """Return whether a snapshot at `sequence` may be taken and would be new."""
        return not self.busy and sequence > self.newest and self._checkpoint() >= self.newest

    def take(self, batch: Batch, body: bytes) -> None:
        """Write down `body`, the state after `batch`, beside the flow."""
        self.busy = True
        snapshot = Snapshot(batch.last_sequence, batch.epoch, batch.chain_hash, body)
        try:
            self._aside(lambda: self._save(snapshot))
        except Exception as error:  # No thread to be had, for one: no reason to stop trading.
            self._lost(snapshot, error)

    def _save(self, snapshot: Snapshot) -> None:
        try:
            self._store.save(snapshot)
        except Exception as error:  # A full disk, for one: the log says so itself if it is.
            self._lost(snapshot, error)
        else:
            self.newest = snapshot.sequence
            self.saved += 1
            self.busy = False

    def _lost(self, snapshot: Snapshot, error: Exception) -> None:
        """Go on without it: the log still has everything, only recovery gets longer."""
        self.failed += 1
        self.busy = False
        self._alarm(f"snapshot {snapshot.sequence} was not written", error)
