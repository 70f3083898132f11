"""How inputs are changed: by libFuzzer, and where they are made of words, as words."""

from collections.abc import Callable

WORDS = (
    0, 1, 2, 3, 7, 8, 255, 256, 65_535, 65_536, 2**24, 2**31, 2**32 - 1, 2**32, 2**61, 2**62 - 1,
    2**62, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1,
)  # fmt: skip
SIZE = 8

Bytes = Callable[[bytes, int], bytes]


class Draws:
    """Numbers that follow from a seed. `random.Random` takes longer to seed than inputs to read."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1, by the generator of Knuth's MMIX."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
        return (self._state >> 32) * limit >> 32


def word_mutator(other: Bytes) -> Callable[[bytes, int, int], bytes]:
    """Return a mutator that changes words half of the time, and asks `other` else."""

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        chance = Draws(seed)
        chance.below(1)  # The first is as near to another's as their seeds are.
        if len(data) < 2 * SIZE or chance.below(2):
            return other(data, longest)
        changed = bytearray(data)
        for _ in range((1, 1, 1, 2, 4)[chance.below(5)]):
            _change(changed, chance)
        return bytes(changed[:longest])

    return mutate


def _change(data: bytearray, chance: Draws) -> None:
    """Change a word, wherever words may begin: inputs have up to one byte before them."""
    words = len(data) // SIZE
    start = chance.below(2) + chance.below(words) * SIZE
    pick = chance.below(100)
    if pick < 50:
        data[start : start + SIZE] = WORDS[chance.below(len(WORDS))].to_bytes(SIZE, "little")
    elif pick < 70:
        word = int.from_bytes(data[start : start + SIZE], "little")
        near = (word + (-1, 1, -8, 8, 1 << 32)[chance.below(5)]) % 2**64
        data[start : start + SIZE] = near.to_bytes(SIZE, "little")
    elif pick < 85:
        end = start + SIZE * (1 + chance.below(7))
        data[start:start] = data[start:end]
    else:
        other = chance.below(words) * SIZE
        data[start : start + SIZE] = data[other : other + SIZE]
