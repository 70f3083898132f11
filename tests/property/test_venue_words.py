"""Whole scripts through the words of `Venue.apply` and through the engine's bytes: one outcome."""

from random import Random

import pytest

from outcry import Venue, codec
from outcry.domain import commands as c
from outcry.domain.order import OrderFlag, TimeInForce
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.venue import command_words, event_of, event_words
from outcry.venue.words.read import Names, read_command
from tests.property.generator import INSIDE, Script, make_script
from tests.support.cores import CORES, core_factory

SCRIPTS = 60


def sendable(script: Script) -> list[c.Command]:
    """Return the commands of a script that somebody outside the engine could have sent."""
    commands = []
    for record in script.records:
        try:
            command = codec.decode_command(record)
        except codec.BadRecord:
            continue
        outside = type(command) not in {*INSIDE, c.SkipCommand} and not command.internal
        if outside and _means_itself(command) and codec.encode_command(command) == record:
            commands.append(command)
    return commands


def _means_itself(command: c.Command) -> bool:
    """Return whether the words of a command are taken for that command, and are taken at all."""
    if isinstance(command, c.ActivateRules):
        return command.rules <= c.RULES
    if type(command) is not c.PlaceOrder:
        return True
    ends = command.time_in_force in {TimeInForce.GTD, TimeInForce.DAY}
    return not ends and not command.flags & OrderFlag.SLIDE


def stamped(command: c.Command, sequence: int, now_ns: int) -> bytes:
    record = bytearray(codec.encode_command(command))
    codec.STAMP.pack_into(record, codec.STAMP_OFFSET, sequence, now_ns)
    return bytes(record)


def check(seed: int, core: str) -> None:
    """Apply a script both ways, the words in random batches; compare every event and the state."""
    random, script = Random(seed), make_script(seed, whole=True)
    commands = sendable(script)
    engine, venue = Engine(choose(core)()), Venue(core, rules=1)
    expected, found, waiting = [], [], []
    for sequence, command in enumerate(commands, start=1):
        now_ns = max(engine.core.now_ns, command.time_ns)
        expected.append(codec.decode_events(engine.apply(stamped(command, sequence, now_ns))))
        waiting.append(command_words(command))
        if random.random() < 0.6:
            found += venue.apply_many(waiting)
            waiting = []
    found += venue.apply_many(waiting)
    assert found == [[event_words(event) for event in events] for events in expected], seed
    assert [[event_of(words) for words in told] for told in found] == expected, seed
    assert venue.snapshot() == engine.snapshot(), seed


@pytest.mark.parametrize("core", CORES)
def test_words_and_bytes_give_the_same_events(core: str) -> None:
    core_factory(core)
    for seed in range(SCRIPTS):
        check(seed, core)


@pytest.mark.soak
@pytest.mark.parametrize("core", CORES)
def test_words_and_bytes_agree_over_many_scripts(core: str) -> None:
    core_factory(core)
    for seed in range(20_000, 22_000):
        check(seed, core)


def test_a_command_comes_back_from_its_words_unchanged() -> None:
    names = Names(Venue()._registry)
    for seed in range(SCRIPTS):
        for command in sendable(make_script(seed, whole=True)):
            again = read_command(command_words(command), names)
            assert stamped(again, 1, 0) == stamped(command, 1, 0)


def test_a_venue_can_go_back_to_any_sequence_of_a_script() -> None:
    random, commands = Random(1), sendable(make_script(3, whole=True))
    venue, digests = Venue(rules=1), ["" for _ in range(len(commands) + 1)]
    digests[0] = venue.digest()
    for command in commands:
        venue.apply(command_words(command))
        digests[venue.sequence] = venue.digest()
    for sequence in random.sample(range(len(digests)), 20):
        past = venue.at(sequence)
        assert (past.sequence, past.digest()) == (sequence, digests[sequence])
        assert list(past.events()) == [w for w in venue.events() if w["sequence"] <= sequence]
