"""Scripts of commands that visit every corner of a venue; the same for the same seed.

The generator plays along on the reference core: it sees the book, so that it can cross it, and what
is open, so that it can name it. What the reference said to each command is kept with the script.

There are two kinds. A script for a *bare core* has internal commands in it, as whatever stands
above a core would send them. One for a whole *engine* has only what somebody outside can send.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.units import DAY_NS
from outcry.engine.core import ASK, choose
from tests.property import odd
from tests.property.opening import START_NS, funds, places
from tests.property.script import inside
from tests.property.script.pen import Pen
from tests.property.script.scene import Scene
from tests.property.script.stage import INTERNAL, Bare, is_internal, new_stage

"""The lowest number of a command that is not from outside."""
STEPS_NS = (0, 0, 0, 1, 1_000, 1_000_000_000)


@dataclass(slots=True)
class Script:
    """Stamped command records, and what the reference made of each, one call a command.

    `whole`: it is one for an engine. What an asked command is answered stands with the last of the
    internal commands that follow it.
    """

    seed: int
    opening: int
    whole: bool = False
    records: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    snapshot: bytes = b""


def make_script(seed: int, length: int = 50, *, whole: bool = False) -> Script:
    """Return the script of a seed: an opening, then `length` commands and what they bring about."""
    return _Author(seed, whole=whole).write(length)


class _Author:
    """Writes one script."""

    def __init__(self, seed: int, *, whole: bool) -> None:
        self.random = Random(seed)
        self.stage = new_stage(choose("reference"), whole=whole)
        self.core = self.stage.core
        self.time_ns = START_NS + self.random.randrange(DAY_NS)
        self.scene = Scene(self.random, self.core, self.time_ns)
        self.script = Script(seed, 0, whole)
        self.opened = False
        self.answered = False
        self.hints = not whole and self.random.random() < 0.1
        self.pen = Pen(self.scene, whole=whole)

    def write(self, length: int) -> Script:
        scene = self.scene
        if self.random.random() < 0.4:
            self.send(c.ActivateRules(rules=2, staff=True))
        commands, scene.places = places(self.random)
        for command in commands + funds(self.random, scene.places):
            self.send(command)
        self.script.opening = len(self.script.records)
        for _ in range(length):
            self.step()
        if self.opened:
            self.send(c.Tick())
        self.script.snapshot = self.stage.snapshot()
        return self.script

    def step(self) -> None:
        random, scene = self.random, self.scene
        scene.time_ns += random.choice(STEPS_NS)
        if random.random() < 0.012:
            scene.time_ns += random.choice((-5, DAY_NS // 3, DAY_NS - 1, DAY_NS, 2 * DAY_NS))
        command = self.pen.draw()
        if isinstance(command, bytes):
            self.send_record(command)
            return
        if type(command) in INSIDE:
            self.send_inside(command)
            return
        if not self.pen.mended and not command.key and random.random() < 0.3:
            command = replace(command, key=f"k{len(self.script.records)}")
        if not self.pen.mended and random.random() < 0.02:
            command = odd.misfit(random, command)
        self.send(command)

    def send(self, command: c.Command) -> None:
        if command.key:
            self.scene.keyed.append((command, self.scene.time_ns))
        self.send_record(codec.encode_command(command), command)

    def send_inside(self, command: c.Command) -> None:
        """Send an internal command, seldom as if from outside, or with a key."""
        random = self.random
        if self.answered:  # else it would seem to belong to what has just been asked
            self.send(c.Tick())
        command = replace(command, internal=random.random() < 0.97)
        if random.random() < 0.02:
            command = replace(command, key=f"k{len(self.script.records)}")
        if random.random() < 0.02:
            command = odd.misfit(random, command)
        self.send_record(codec.encode_command(command))

    def send_record(self, record: bytes, command: c.Command | None = None) -> None:
        stamped = bytearray(record)
        sequence = self.core.sequence + (not self.opened)
        if is_internal(stamped):
            opens = not self.opened and self.random.random() < 0.1
            sequence = self.core.sequence + opens
            self.opened = self.opened or opens
        elif self.hints and self._may_hint():
            stamped[5] |= INTERNAL
            opens = not self.opened and self.random.random() < 0.3
            sequence = self.core.sequence + opens
            self.opened = self.opened or opens
        else:
            self.opened = False
        codec.STAMP.pack_into(stamped, codec.STAMP_OFFSET, sequence, max(self.scene.time_ns, 0))
        self.play(bytes(stamped), command)

    def _may_hint(self) -> bool:
        """Return whether a command from outside is to be marked internal all the same."""
        return bool(self.script.opening) and not self.answered and self.random.random() < 0.15

    def play(self, record: bytes, command: c.Command | None) -> None:
        """Apply a record; carry out and answer what it asks for, if the stage does not."""
        if not isinstance(self.stage, Bare):
            self.keep(record, self.stage.apply(record), command)
            return
        events, _, stop = self.core.apply(record)
        self.keep(record, events, command)
        self.answered = stop == ASK
        if self.answered:
            for derived in inside.carry_out(self.scene, record):
                self.derive(derived)
            self.script.events[-1] += b"".join(self.stage.answer(record))

    def derive(self, command: c.Command) -> None:
        """Carry out an internal command that an asked one brings about."""
        record = bytearray(codec.encode_command(replace(command, internal=True)))
        codec.STAMP.pack_into(
            record, codec.STAMP_OFFSET, self.core.sequence, max(self.scene.time_ns, 0)
        )
        self.keep(bytes(record), self.core.apply(record)[0], None)

    def keep(self, record: bytes, events: bytes, command: c.Command | None) -> None:
        """Add a record to the script, and what came of it to the scene."""
        self.script.records.append(record)
        self.script.events.append(events)
        self.scene.learn(command, codec.decode_events(events))


def glued(records: list[bytes]) -> Iterator[bool]:
    """Yield for each record whether it must be applied in one call with the one before."""
    asked = False
    for record in records:
        internal = is_internal(record)
        yield asked and internal
        asked = (asked and internal) or record[2] in inside.ASKED


INSIDE = frozenset(layout.cls for layout in codec.COMMANDS if layout not in codec.OUTSIDE_COMMANDS)
"""The commands that only an engine sends."""
