"""How inputs are changed: by libFuzzer, and where they are made of words, as words."""

from collections.abc import Callable
from random import Random

WORDS = (
    0, 1, 2, 3, 7, 8, 255, 256, 65_535, 65_536, 2**24, 2**31, 2**32 - 1, 2**32, 2**61, 2**62 - 1,
    2**62, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1,
)  # fmt: skip
SIZE = 8

Bytes = Callable[[bytes, int], bytes]


def word_mutator(other: Bytes) -> Callable[[bytes, int, int], bytes]:
    """Return a mutator that changes words half of the time, and asks `other` else."""

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        chance = Random(seed)
        if len(data) < 2 * SIZE or chance.random() < 0.5:
            return other(data, longest)
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            _change(changed, chance)
        return bytes(changed[:longest])

    return mutate


def _change(data: bytearray, chance: Random) -> None:
    """Change a word, wherever words may begin: inputs have up to one byte before them."""
    start = chance.randrange(2) + chance.randrange(len(data) // SIZE) * SIZE
    pick = chance.random()
    if pick < 0.5:
        data[start : start + SIZE] = chance.choice(WORDS).to_bytes(SIZE, "little")
    elif pick < 0.7:
        word = int.from_bytes(data[start : start + SIZE], "little")
        near = (word + chance.choice((-1, 1, -8, 8, 1 << 32))) % 2**64
        data[start : start + SIZE] = near.to_bytes(SIZE, "little")
    elif pick < 0.85:
        end = start + SIZE * chance.randrange(1, 8)
        data[start:start] = data[start:end]
    else:
        other = chance.randrange(len(data) // SIZE) * SIZE
        data[start : start + SIZE] = data[other : other + SIZE]
