"""Runs a transcript: a setting, then commands and, after `----`, what they lead to.

One title line
# remarks
setting, one command a line; `NAME has 5 BTC, 100 USD` opens and funds an account,
  `60 times` before a command repeats it
====
commands (`dirty` ones have something in their padding), `wait 24h`, and questions such as
  `? book`, `? alice`, `? a1`
----
what happened, in order
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import AssetSet, Event, MarketSet, OrderAccepted
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from tests.scenario.speech import SPANS_NS, START_NS, Names, Speaker
from tests.scenario.telling import Teller
from tests.support.padding import dirtied

_HAS = re.compile(r"(\w+) has(?: (.+))?")
_TIMES = re.compile(r"(\d+) times (.+)")
_DIRTY = "dirty "
_WAIT = re.compile(r"wait (\d+)(ns|s|h|d)")


@dataclass(slots=True)
class Block:
    """Some commands and what should come of them."""

    said: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Transcript:
    """A transcript as written."""

    title: str
    setting: list[str]
    blocks: list[Block]

    def text(self, outcomes: list[list[str]]) -> str:
        """Return the transcript with these outcomes."""
        parts = ["\n".join([self.title, *self.setting, "===="])]
        for block, outcome in zip(self.blocks, outcomes, strict=True):
            parts.append("\n".join([*block.said, "----", *outcome]))
        return "\n\n".join(parts) + "\n"


def read(path: Path) -> Transcript:
    """Return the transcript of a file."""
    head, _, body = path.read_text().partition("====\n")
    title, *setting = head.rstrip("\n").splitlines()
    blocks = [Block()]
    after = False
    for line in body.splitlines():
        if line == "----":
            after = True
        elif not line.strip():
            if blocks[-1].said:
                blocks.append(Block())
            after = False
        else:
            (blocks[-1].expected if after else blocks[-1].said).append(line)
    return Transcript(title, setting, [block for block in blocks if block.said])


@dataclass(slots=True)
class Run:
    """What running a transcript, a command a call, has led to."""

    outcomes: list[list[str]] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    snapshot: bytes = b""


class Runner:
    """Runs one transcript on one core; with `restart`, through a snapshot after every command."""

    def __init__(self, factory: CoreFactory, *, restart: bool = False) -> None:
        self.factory = factory
        self.restart = restart
        self.engine = Engine(factory())
        self.names = Names()
        self.speaker, self.teller = Speaker(self.names), Teller(self.names)
        self.now_ns = START_NS
        self.run = Run()

    def play(self, transcript: Transcript) -> Run:
        """Run it and return what happened."""
        for line in transcript.setting:
            if not line.startswith("#") and line.strip():
                self.set_up(line)
        for block in transcript.blocks:
            self.run.outcomes.append([told for line in block.said for told in self.hear(line)])
        self.run.snapshot = self.engine.snapshot()
        return self.run

    def set_up(self, line: str) -> None:
        if found := _TIMES.fullmatch(line):
            for _ in range(int(found[1])):
                self.set_up(found[2])
            return
        if found := _HAS.fullmatch(line):
            account = self.names.account(found[1])
            self.send(c.OpenAccount(account=account))
            for part in (found[2] or "").split(","):
                if part.strip():
                    asset, units = self.names.amount(*part.split())
                    self.send(c.Deposit(account=account, asset=asset, amount_units=units))
            return
        known = set(self.names.markets)
        self.send(self.speaker.say(line).command)
        for symbol in set(self.names.markets) - known:
            self.send(self.speaker.say(f"state {symbol} trading").command)

    def hear(self, line: str) -> list[str]:
        """Run a line of a block; return what it led to."""
        if line.startswith("#"):
            return []
        if line.startswith("? "):
            return [self.teller.read(self.engine.core, line[2:])]
        if found := _WAIT.fullmatch(line):
            self.now_ns += int(found[1]) * SPANS_NS[found[2]]
            return []
        sentence = self.speaker.say(line.removeprefix(_DIRTY))
        events = self.send(sentence.command, dirty=line.startswith(_DIRTY))
        accepted = [event for event in events if isinstance(event, OrderAccepted)]
        for event, label in zip(accepted, sentence.labels, strict=False):
            self.names.orders[label] = event.order_id
        return [self.teller.tell(event) for event in events] or ["nothing"]

    def send(self, command: c.Command, *, dirty: bool = False) -> list[Event]:
        clean = codec.encode_command(command)
        record = bytearray(dirtied(clean) if dirty else clean)
        codec.stamp(record, self.engine.core.sequence + 1, self.now_ns)
        events = self.engine.apply(bytes(record))
        self.run.records.append(bytes(record))
        self.run.events.append(events)
        if self.restart:
            self.engine = Engine.restore(self.factory, self.engine.snapshot())
        decoded = codec.decode_events(events)
        for event in decoded:
            if isinstance(event, AssetSet):
                self.names.assets[event.symbol] = (event.asset, event.unit_decimals)
            elif isinstance(event, MarketSet) and isinstance(command, c.SetMarket):
                self.names.markets[event.symbol] = command
        return decoded
