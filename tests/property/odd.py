"""Commands that should not be: fields out of range, and records that are no records."""

from dataclasses import fields, replace
from random import Random
from typing import Any

from outcry import codec
from outcry.domain import commands as c

HUGE = (2**31, 2**32 - 1, 2**40, 2**50, 2**61, 2**62 - 1, 2**62, 2**63 - 1)
_SKIPPED = {
    "key", "internal", "staff", "sequence", "time_ns", "target", "symbol", "members", "tiers",
    "entries",
}  # fmt: skip
_ENTITIES = {"account", "market", "asset", "to_account", "base", "quote", "parent"}


def misfit(random: Random, command: c.Command) -> c.Command:
    """Return the command with one field that is unlikely, huge or negative, if it can be packed."""
    if isinstance(command, c.PlaceList) and command.members:
        place = random.randrange(len(command.members))
        members = list(command.members)
        members[place] = _changed(random, members[place])
        changed: c.Command = replace(command, members=tuple(members))
    elif isinstance(command, c.SetTiers) and command.tiers:
        rows = [list(row) for row in command.tiers]
        random.choice(rows)[random.randrange(3)] = random.choice((-1, 0, 10**6, *HUGE))
        changed = replace(command, tiers=tuple(map(tuple, rows)))
    elif isinstance(command, c.SetSchedule) and command.entries:
        rows = [list(row) for row in command.entries]
        random.choice(rows)[random.randrange(2)] = random.choice((-1, 0, 7, *HUGE))
        changed = replace(command, entries=tuple(map(tuple, rows)))
    else:
        changed = _changed(random, command)
    try:
        codec.encode_command(changed)
    except codec.BadRecord:
        return command
    return changed


def _changed(random: Random, thing: Any) -> Any:
    names = [f.name for f in fields(thing) if f.name not in _SKIPPED]
    names = [name for name in names if not isinstance(getattr(thing, name), str)]
    name = random.choice(names)
    choices = (0, 7, 65_536, 2**24) if name in _ENTITIES else (-1, 0, 5, 200, *HUGE)
    return replace(thing, **{name: random.choice(choices)})


def broken_record(random: Random, record: bytes) -> bytes:
    """Return a record whose length is still a multiple of 8 and whose rest cannot be trusted."""
    broken = bytearray(record)
    pick = random.randrange(7)
    if pick == 0:
        broken[2] = random.choice((0, 31, 43, 44, 255, *range(20, 43)))
    elif pick == 1:
        broken[3] = random.choice((0, 2, 255))
    elif pick == 2:
        broken[4 + random.randrange(2, 4)] |= random.randrange(1, 256)
    elif pick == 3:
        broken[4] = random.choice((1, 9, 64, 65, 255))
    elif pick == 4:
        broken = broken[: -8 * random.randint(1, 3)]
    elif pick == 5:
        broken += bytes(8 * random.randint(1, 9))
    elif len(broken) > 32:
        broken[random.randrange(32, len(broken))] ^= 1 << random.randrange(8)
    broken[:2] = len(broken).to_bytes(2, "little")
    return bytes(broken)


def dirty_record(random: Random, record: bytes) -> bytes:
    """Return a record with one byte of its padding not 0; as it is where it has none."""
    layout, key_length = codec.COMMAND_BY_NUMBER[record[2]], record[4]
    for place in random.sample(range(32, len(record)), len(record) - 32):
        dirty = bytearray(record)
        dirty[place] ^= random.randrange(1, 256)
        if not layout.is_clean(bytes(dirty), key_length):
            return bytes(dirty)
    return record
