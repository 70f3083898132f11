"""Commands that should not be: fields out of range, and records that are no records."""

from dataclasses import fields, replace
from random import Random

from outcry import codec
from outcry.domain import commands as c

HUGE = (2**31, 2**32 - 1, 2**40, 2**50, 2**61, 2**62 - 1, 2**62, 2**63 - 1)
_SKIPPED = {"key", "internal", "staff", "sequence", "time_ns", "target", "symbol"}
_ENTITIES = {"account", "market", "asset", "to_account", "base", "quote"}


def misfit(random: Random, command: c.Command) -> c.Command:
    """Return the command with one field that is unlikely, huge or negative, if it can be packed."""
    names = [f.name for f in fields(command) if f.name not in _SKIPPED]
    name = random.choice(names)
    choices = (0, 7, 65_536, 2**24) if name in _ENTITIES else (-1, 0, 5, 200, *HUGE)
    changed = replace(command, **{name: random.choice(choices)})
    try:
        codec.encode_command(changed)
    except codec.BadRecord:
        return command
    return changed


def broken_record(random: Random, record: bytes) -> bytes:
    """Return a record whose length is still a multiple of 8 and whose rest cannot be trusted."""
    broken = bytearray(record)
    pick = random.randrange(6)
    if pick == 0:
        broken[2] = random.choice((0, 21, 22, 32, 255))
    elif pick == 1:
        broken[3] = random.choice((0, 2, 255))
    elif pick == 2:
        broken[4 + random.randrange(2, 4)] |= random.randrange(1, 256)
    elif pick == 3:
        broken[4] = random.choice((1, 9, 64, 65, 255))
    elif pick == 4:
        broken = broken[: -8 * random.randint(1, 3)]
    else:
        broken += bytes(8 * random.randint(1, 9))
    broken[:2] = len(broken).to_bytes(2, "little")
    return bytes(broken)
