"""Tapes: one JSON object a line, with the fills and the books a correct engine must show."""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

from outcry.domain.order import Side
from outcry.domain.units import UNITS_LIMIT
from outcry.replay.source import BadRecording
from outcry.replay.target import Levels, Player, ReplayReport, Target

WHOLE_BOOK = 1 << 20
"""More levels than a tape has: `expect` is the whole visible book."""
ROW_NS = 1_000_000
"""A tape tells no times: a row counts as a millisecond."""


Whole = Annotated[int, msgspec.Meta(ge=-(UNITS_LIMIT - 1), le=UNITS_LIMIT - 1)]
"""What a record holds; whether it can be, the engine says."""


class Step(msgspec.Struct, frozen=True):
    """A line of a tape. Side 1 buys, -1 sells; what an operation does not use stays 0."""

    op: Literal["seed", "drop_level", "new", "cancel", "take", "expect"]
    row: Whole = 0
    id: Whole = 0
    side: Literal[1, -1] = 1
    px: Whole = 0
    qty: Whole = 0
    fifo: bool = True
    fills: list[tuple[int, int, int]] = []
    bids: Levels = []
    asks: Levels = []


class TapePlayer(Player):
    """Plays a tape, step by step."""

    def __init__(self, target: Target, report: ReplayReport) -> None:
        super().__init__(target, report)
        self._seeded: tuple[int, set[tuple[Side, int]]] = (-1, set())
        self._steps = {
            "seed": self._seed,
            "drop_level": self._drop_level,
            "new": self._new,
            "cancel": self._cancel,
            "take": self._take,
            "expect": self._expect,
        }

    def play(self, lines: Iterable[bytes]) -> None:
        """Play every line.

        Raises:
            BadRecording: a line is not a step of a tape.
        """
        decode = msgspec.json.Decoder(Step).decode
        for number, line in enumerate(lines, 1):
            try:
                step = decode(line)
            except msgspec.DecodeError as error:
                raise BadRecording(f"line {number}: {error}") from error
            self.target.at(step.row * ROW_NS)
            self._steps[step.op](step)

    def _seed(self, step: Step) -> None:
        """Bring a level into view: the first seed of a row replaces it, others queue behind."""
        side = _side(step)
        if self._seeded[0] != step.row:
            self._seeded = (step.row, set())
        if (side, step.px) not in self._seeded[1]:
            self._seeded[1].add((side, step.px))
            self.drop_level(side, step.px)
        self._new(step)

    def _new(self, step: Step) -> None:
        self.report.operations += 1
        self.rest(step.id, _side(step), step.px, step.qty)

    def _drop_level(self, step: Step) -> None:
        self.report.operations += 1
        self.drop_level(_side(step), step.px)

    def _cancel(self, step: Step) -> None:
        self.report.operations += 1
        if not self.reduce(step.id, step.qty):
            self.report.problem(f"row {step.row}: order {step.id} has no {step.qty} to cancel")

    def _take(self, step: Step) -> None:
        self.report.operations += 1
        self.report.takes += 1
        if step.fifo:
            fills = self.take(_side(step), step.px, step.qty)
            agrees = fills == step.fills
            found = str(fills)
        else:
            # The venue of the recording left price-time priority here; its fills are facts.
            missing = [fill for fill in step.fills if not self.reduce(fill[0], fill[1])]
            agrees, found = not missing, f"without {missing}"
        if agrees:
            self.report.takes_ok += 1
        else:
            self.report.problem(f"row {step.row}: fills {found}, expected {step.fills}")

    def _expect(self, step: Step) -> None:
        self.compare(f"row {step.row}", (step.bids, step.asks), WHOLE_BOOK)


def _side(step: Step) -> Side:
    return Side.BUY if step.side == 1 else Side.SELL
