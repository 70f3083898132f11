"""Recordings that tests write themselves."""

from pathlib import Path
from random import Random

NEW, CUT, DELETE, EXECUTED = 1, 2, 3, 4
BUY, SELL = 1, -1


def lobster(path: Path, rows: list[tuple[float, int, int, int, int, int]]) -> Path:
    """Write a LOBSTER message file: (seconds, type, order id, size, price, direction) rows."""
    path.write_text("".join(f"{t:.9f},{k},{i},{s},{p},{d}\n" for t, k, i, s, p, d in rows))
    return path


def random_lobster(path: Path, seed: int, messages: int) -> Path:
    """Write a random flow around 100.00: new orders, cuts, deletions, executions at the front."""
    chance, rows = Random(seed), []
    resting: dict[int, list[int]] = {}
    for number in range(1, messages + 1):
        seconds = 34_200 + number * chance.uniform(0.001, 0.03)
        side = chance.choice((BUY, SELL))
        best = _front(resting, side)
        pick = chance.random()
        if pick < 0.5 or not resting:
            price = 1_000_000 - side * 100 * chance.randint(1, 8)
            resting[number] = [side, price, 100 * chance.randint(1, 4)]
            rows.append((seconds, NEW, number, resting[number][2], price, side))
        elif pick < 0.75 and best:
            order = resting[best]
            lots = min(order[2], 100 * chance.randint(1, 3))
            rows.append((seconds, EXECUTED, best, lots, order[1], side))
            _off(resting, best, lots)
        else:
            name = chance.choice(list(resting))
            order = resting[name]
            whole = chance.random() < 0.8 or order[2] == 100
            lots = order[2] if whole else 100
            rows.append((seconds, DELETE if whole else CUT, name, lots, order[1], order[0]))
            _off(resting, name, lots)
    rows.sort(key=lambda row: row[0])
    return lobster(path, rows)


def _front(resting: dict[int, list[int]], side: int) -> int:
    """Return the order that trades first on a side; 0 where it is empty."""
    ours = [(-side * order[1], name) for name, order in resting.items() if order[0] == side]
    return min(ours)[1] if ours else 0


def _off(resting: dict[int, list[int]], name: int, lots: int) -> None:
    resting[name][2] -= lots
    if resting[name][2] <= 0:
        del resting[name]
