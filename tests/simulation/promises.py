"""What a venue promises those outside, checked against the one history there is."""

from collections import Counter
from itertools import zip_longest

from outcry import codec
from outcry.domain.commands import Deposit
from outcry.domain.events import BalanceChanged, Cause, CommandRejected, CommandReplayed, Event
from outcry.domain.rejects import Reject
from outcry.ports import Log
from outcry.recovery import inspect
from tests.simulation.clients import Request
from tests.simulation.faults import Broken
from tests.simulation.ledger import made_anew
from tests.simulation.node import Node
from tests.simulation.witness import Witness, key_of, split, unrecorded

DEPOSIT = codec.NUMBER_OF[Deposit]


class Promises:
    """Remembers what anybody was told."""

    def __init__(self, witness: Witness) -> None:
        self.acknowledged = 0
        """The highest sequence anybody was told of."""
        self.told: dict[int, int] = {}
        """By sequence, how often somebody was told of it."""
        self._witness = witness

    def hear(self, request: Request, events: list[Event]) -> None:
        """Hear what a client is told, which has to be what happened, and what happened first."""
        if not events:
            return  # A command that brings nothing about, or a record that is none.
        sequence = events[0].sequence
        self.acknowledged = max(self.acknowledged, sequence)
        self.told[sequence] = self.told.get(sequence, 0) + 1
        if codec.decode_events(self._witness.events[sequence]) != events:
            raise Broken(f"{sequence} brought about something else than was told: {events}")
        if codec.payload_digest(self._witness.records[sequence]) != request.digest:
            raise Broken(f"what was told of {sequence} is of another command")
        account, key = key_of(request.record)
        first = self._witness.first.get((account, key))
        if key and first:
            self._check_first(request, first[2], events)

    def _check_first(self, request: Request, first_sequence: int, events: list[Event]) -> None:
        """Check an answer to a command whose key took effect at `first_sequence`."""
        if unrecorded(events) or events[0].sequence < first_sequence:
            return  # The witness has seen that there was nothing to remember.
        refusals = {event.reason for event in events if isinstance(event, CommandRejected)}
        mine = codec.payload_digest(self._witness.records[first_sequence]) == request.digest
        replays = [event.first_sequence for event in events if isinstance(event, CommandReplayed)]
        told = replays[0] if replays else events[0].sequence
        if mine != (Reject.ID_REUSED not in refusals) or (mine and told != first_sequence):
            raise Broken(f"{key_of(request.record)} took effect at {first_sequence}: {events}")

    def check_log(self, log: Log) -> None:
        """Check that whatever anybody was told is in what is left of the log."""
        if self.acknowledged > log.tail().sequence:
            raise Broken(f"{self.acknowledged} was acknowledged and is lost")

    def check_whole(self, node: Node) -> None:
        """Check a node at the end against a replay from genesis."""
        self.check_log(node.log)
        records = b"".join(record for batch in node.log.read(0) for record in split(batch.payload))
        if records != b"".join(self._witness.records):
            raise Broken("the log is not what took effect")
        report = inspect(node.log, node.snapshots, node.factory)
        if report.digest != node.engine.digest():
            raise Broken("a replay from genesis leads to another state")
        if not all(line.startswith("snapshot ") for line in report.damage):
            raise Broken(f"damage that was not found before: {report.damage}")
        if report.damage and not node.seen["bit flip in snapshot"]:
            raise Broken(f"a snapshot was damaged by nobody: {report.damage}")
        self._check_credited([(asset.asset, asset.credited) for asset in report.assets])

    def _check_credited(self, credited: list[tuple[int, int]]) -> None:
        """Check that each deposit that was accepted counts once, however often it was sent."""
        wanted: Counter[int] = Counter()
        counted: set[tuple[int, str]] = set()
        witness = self._witness
        for record, events in zip(witness.records[1:], witness.events[1:], strict=True):
            if record[2] != DEPOSIT or key_of(record) in counted:
                continue
            for event in codec.decode_events(events):
                if isinstance(event, BalanceChanged) and event.cause == Cause.DEPOSIT:
                    wanted[event.asset] += event.amount_units
                    counted |= {key_of(record)} if key_of(record)[1] else set()
        if any(units != wanted[asset] for asset, units in credited):
            raise Broken(f"credited {credited}, deposited {wanted}")


def check_ledger(node: Node, witness: Witness) -> None:
    """Check that the ledger's rows, to the end, are those made from genesis."""
    ledger = node.keeper.process
    assert ledger is not None
    while ledger.behind:
        ledger.look()
    wanted = made_anew(node.log, witness.events, node.engine)
    found = ledger.store.rows()
    for name, rows in wanted.items():
        if found[name] != rows:
            differing = [pair for pair in zip_longest(found[name], rows) if pair[0] != pair[1]]
            raise Broken(f"{name} has other rows than if made from genesis: {differing[0]}")
