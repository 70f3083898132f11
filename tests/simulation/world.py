"""Nodes, a network, clients and an operator in one thread and virtual time, decided by a seed.

The world only arranges them: the disk and the clients live through everything, a node dies with all
it had in memory and comes back through recovery, the operator repairs what refuses to start.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

from outcry import codec
from outcry.codec import BadRecord
from outcry.domain.events import Event
from outcry.pipeline import HALTED
from outcry.ports import LogDamaged, Outcomes, Refused
from outcry.recovery import inspect
from tests.simulation.chronicle import Chronicle
from tests.simulation.clients import Client, Drawer, Reply, Request
from tests.simulation.faults import Broken, Crash, Faults
from tests.simulation.keeper import SPOILT
from tests.simulation.network import Network
from tests.simulation.node import Build, Node
from tests.simulation.promises import Promises, check_ledger
from tests.simulation.scheduler import MS, Scheduler
from tests.simulation.stores import LOG, MARK, SNAPSHOT
from tests.simulation.witness import Once, Witness

CLIENTS = "abcde"
LATEST_NS = 200 * MS
"""Later than that after it was sent nothing arrives."""
ACTIONS = 60
"""More than a command ever takes: a run that takes more will never end."""


@dataclass
class World:
    """One run. `play` returns when every client is content, or raises."""

    seed: int
    commands: int = 1_000
    """Commands of all clients together; those that open the venue come on top."""
    faults: Faults | None = None
    """Those of the seed, if none are given."""
    build: Build = field(default_factory=Build)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.seed)
        self.faults = self.faults or Faults.of(Random(-self.seed - 1))
        self.seen = Chronicle(self.scheduler)
        self.actions = 0
        self.witness = Witness()
        self.promises = Promises(self.witness)
        self.network = Network(self.scheduler, self.faults, self.seen)
        parts = (self.scheduler, self.witness, self.build, self.faults, self.seen)
        self.nodes = {name: Node(name, *parts) for name in ("one",)}
        self.node = self.nodes["one"]
        self.drawer = Drawer(self.scheduler, self.node.engine.core)
        self.clients = [
            Client(name, self.commands // len(CLIENTS), self.drawer, self._request, self._told)
            for name in CLIENTS
        ]

    # The run

    def play(self) -> "World":
        """Run until everybody is content, then check the whole."""
        try:
            self._play()
        finally:
            for node in self.nodes.values():
                node.keeper.disk.close()
        return self

    def _play(self) -> None:
        for node in self.nodes.values():
            self._start(node)
            self._open(node)
            node.disturb()
            for _ in range(node.faults.crash_any_time):
                self.scheduler.soon(0, self.commands * MS // 2, lambda node=node: self._crash(node))
        for client in self.clients:
            client.start()
        waiting = self.clients.copy()
        while waiting:
            if waiting[-1].done:
                waiting.pop()
            else:
                self._act()
        self._finish()

    def _act(self) -> None:
        """Let the next thing happen."""
        action = self.scheduler.next()
        self.actions += 1
        if action is None or self.actions > self.commands * ACTIONS:
            raise Broken("nothing happens any more, or without end")
        try:
            action()
        except Crash as crash:
            self._die(self.nodes[str(crash)])
        if self.witness.broken:
            raise self.witness.broken
        for node in self.nodes.values():
            if node.alive and node.pipeline.state == HALTED:
                self.seen["halt"] += 1
                self._die(node)

    def _finish(self) -> None:
        """Let what is still under way arrive, and every node come to rest; check the whole."""
        for node in self.nodes.values():
            node.leave_alone()
        end_ns = self.scheduler.elapsed_ns + LATEST_NS
        while self.scheduler.elapsed_ns < end_ns or not all(map(Node.rests, self.nodes.values())):
            self._act()
        for node in self.nodes.values():
            if not all(done.told for done in node.waiting):
                raise Broken("a submission was taken in and never answered")
            self.promises.check_whole(node)
            self._audit(node)

    def trace(self) -> str:
        """Return a hash over everything that a run decided."""
        ends = [(node.log.tail(), node.engine.digest()) for node in self.nodes.values()]
        parts = (self.witness.events, sorted(self.promises.told.items()), ends)
        return sha256(repr((parts, sorted(self.seen.items()))).encode()).hexdigest()

    # Nodes, and the operator

    def _start(self, node: Node) -> None:
        """Start a node. One that refuses has a reason, and is repaired first."""
        try:
            node.start()
        except (LogDamaged, *SPOILT) as refusal:
            node.damage.explain(refusal, "" if isinstance(refusal, LogDamaged) else "ledger")
            self.seen["refused to start"] += 1
            node.damage.repair()
            self.scheduler.soon(1 * MS, 20 * MS, lambda: self._start(node))
            return
        self.promises.check_log(node.log)
        self._look_for_damage(node)
        self.drawer.scene.core = node.engine.core

    def _open(self, node: Node) -> None:
        """Define the venue, before anybody is there."""
        for command in self.drawer.opening:
            node.pipeline.submit(codec.encode_command(command), 1, lambda _: None)
            node.pipeline.step()

    def _crash(self, node: Node) -> None:
        if node.alive:
            self.seen["crash any time"] += 1
            self._die(node)

    def _die(self, node: Node) -> None:
        node.die()
        self.scheduler.soon(1 * MS, 40 * MS, lambda: self._start(node))

    def _look_for_damage(self, node: Node) -> None:
        """Find what did not keep a node from starting, as `outcry inspect` does."""
        node.damage.forget(MARK)
        for name, copy in list(node.damage.copies.items()):
            if name == LOG and copy.startswith(node.disk.read(LOG)):
                node.damage.forget(LOG)  # Only what nobody was told of is gone.
            elif name == LOG:
                report = inspect(node.log, node.snapshots, node.factory)
                if all(line.startswith("snapshot ") for line in report.damage):
                    raise Broken("a damaged log passes for a sound one")
                self.seen["found by inspection"] += 1
                node.damage.repair(LOG)
                node.log.look_again()
            elif name.startswith(SNAPSHOT):
                node.damage.forget(name)

    def _audit(self, node: Node) -> None:
        """Compare the ledger with one made anew; only one that was damaged may differ."""
        try:
            check_ledger(node, self.witness)
        except (Broken, *SPOILT) as difference:
            node.damage.explain(difference, "ledger")
            self.seen["found by audit"] += 1
            node.damage.repair("ledger")
            node.keeper.start(node.log, node.snapshots, node.factory)
            check_ledger(node, self.witness)

    # Between clients and nodes

    def _request(self, record: bytes, reply: Reply) -> None:
        self.network.carry(lambda: self._arrive(record, reply))

    def _arrive(self, record: bytes, reply: Reply) -> None:
        node = self.node
        if not node.alive:
            return
        done = Once(lambda outcomes: self._reply(reply, outcomes), self.witness)
        try:
            node.pipeline.submit(record, 1, done)
            node.waiting.append(done)
        except Refused as refusal:
            self.seen[f"refused {refusal.code}"] += 1
        except BadRecord:
            self.seen["refused at the door"] += 1
            self._reply(reply, [[]])

    def _reply(self, reply: Reply, outcomes: Outcomes | None) -> None:
        self.network.carry(lambda: reply(outcomes))

    def _told(self, request: Request, events: list[Event]) -> None:
        self.seen["retry answered"] += request.sends > 1
        self.promises.hear(request, events)
        self.drawer.scene.learn(request.command, events)
