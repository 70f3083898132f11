"""Where a script is played: a bare core whose host answers from a fixed rule, or a whole engine."""

from outcry import codec
from outcry.engine.core import ASK, Core, CoreFactory
from outcry.engine.engine import Engine
from tests.property.script.inside import answer_to, said_of

INTERNAL = codec.FLAG_INTERNAL >> 8


def is_internal(record: bytes | bytearray | memoryview) -> bool:
    """Return whether a record is marked internal."""
    return bool(record[5] & INTERNAL)


class Bare:
    """A core alone. What it asks for is answered once the internal commands behind it are done."""

    def __init__(self, core: Core) -> None:
        self.core = core

    @classmethod
    def restore(cls, factory: CoreFactory, snapshot: bytes) -> "Bare":
        """Return a bare core in the state of a snapshot."""
        return cls(factory.restore(snapshot))

    def apply(self, records: bytes) -> bytes:
        """Apply everything, past every watch that is touched."""
        out, offset = [], 0
        while offset < len(records):
            events, after, stop = self.core.apply(records, offset)
            out.append(events)
            if stop == ASK:
                asked = last_record(records, offset, after)
                after = self.finish(asked, records, after, out)
            offset = after
        return b"".join(out)

    def finish(self, asked: bytes, records: bytes, offset: int, out: list[bytes]) -> int:
        """Apply the internal commands that follow an asked one, then answer it."""
        while offset < len(records) and is_internal(records[offset : offset + 8]):
            end = offset + codec.LENGTH_AND_TYPE.unpack_from(records, offset)[0]
            out.append(self.core.apply(records[offset:end])[0])
            offset = end
        out += self.answer(asked)
        return offset

    def answer(self, asked: bytes) -> list[bytes]:
        """Tell the events of an asked command, and end it."""
        told = [self.core.say(event) for event in said_of(asked)]
        return [*told, self.core.answer(*answer_to(asked))]

    def snapshot(self) -> bytes:
        """Return the canonical state."""
        return self.core.snapshot()

    def digest(self) -> bytes:
        """Return SHA-256 of the canonical state."""
        return self.core.digest()


Stage = Bare | Engine


def last_record(records: bytes, start: int, end: int) -> bytes:
    """Return the record that ends at `end`; one begins at `start`."""
    offset = start
    while True:
        following = offset + codec.LENGTH_AND_TYPE.unpack_from(records, offset)[0]
        if following >= end:
            return bytes(records[offset:end])
        offset = following


def new_stage(factory: CoreFactory, *, whole: bool) -> Stage:
    """Return a venue at genesis: an engine if `whole`, else a bare core."""
    return Engine(factory()) if whole else Bare(factory())


def restored(factory: CoreFactory, snapshot: bytes, *, whole: bool) -> Stage:
    """Return a venue in the state of a snapshot."""
    return Engine.restore(factory, snapshot) if whole else Bare.restore(factory, snapshot)
