"""Tapes: what counts as right, and that wrong engines are found out."""

import json
from typing import Any

import pytest

from outcry.domain.order import Side
from outcry.replay.engine_target import EngineTarget
from outcry.replay.source import BadRecording
from outcry.replay.tape import TapePlayer
from outcry.replay.target import Fill, Levels, ReplayReport, Target
from tests.support.cores import CORES, core_factory

Step = dict[str, Any]


def seed(row: int, order: int, side: int, px: int, qty: int) -> Step:
    return {"op": "seed", "row": row, "id": order, "side": side, "px": px, "qty": qty}


def new(order: int, side: int, px: int, qty: int) -> Step:
    return {"op": "new", "row": 1, "id": order, "side": side, "px": px, "qty": qty}


def cancel(order: int, side: int, px: int, qty: int) -> Step:
    return {"op": "cancel", "row": 1, "id": order, "side": side, "px": px, "qty": qty}


def take(side: int, px: int, qty: int, fills: list[list[int]], *, fifo: bool = True) -> Step:
    return {"op": "take", "side": side, "px": px, "qty": qty, "fifo": fifo, "fills": fills}


def expect(bids: list[list[int]], asks: list[list[int]]) -> Step:
    return {"op": "expect", "row": 1, "bids": bids, "asks": asks}


STORY = [
    seed(0, 1, -1, 101, 5),
    seed(0, 2, -1, 101, 9),
    seed(0, 3, -1, 102, 4),
    seed(0, 4, 1, 99, 7),
    expect([[99, 7]], [[101, 14], [102, 4]]),
    cancel(1, -1, 101, 2),
    take(1, 102, 13, [[1, 3, 101], [2, 9, 101], [3, 1, 102]]),
    new(5, -1, 101, 6),
    expect([[99, 7]], [[101, 6], [102, 3]]),
]


def play(target: Target, report: ReplayReport, steps: list[Step]) -> ReplayReport:
    TapePlayer(target, report).play(json.dumps(step).encode() for step in steps)
    report.digest = target.finish()
    return report


def play_on(core: str, steps: list[Step]) -> ReplayReport:
    report = ReplayReport("tape", core)
    return play(EngineTarget(core_factory(core), report), report, steps)


@pytest.mark.parametrize("core", CORES)
def test_story_agrees_on_each_core(core: str) -> None:
    report = play_on(core, STORY)
    assert report.agrees
    assert (report.operations, report.takes_ok, report.rows_ok) == (7, 1, 2)
    assert len(report.digest) == 64


def test_first_seed_of_a_row_replaces_the_level() -> None:
    again = [seed(1, 8, -1, 101, 1), seed(1, 9, -1, 101, 2), take(1, 101, 9, [[8, 1, 101]])]
    again[-1]["fills"].append([9, 2, 101])
    report = play_on("reference", STORY[:4] + again)
    assert report.agrees


def test_dropped_level_is_forgotten() -> None:
    drop = {"op": "drop_level", "row": 1, "side": -1, "px": 101}
    report = play_on("reference", [*STORY[:4], drop, expect([[99, 7]], [[102, 4]])])
    assert report.agrees


def test_fills_out_of_priority_are_taken_as_cancels() -> None:
    steps = [*STORY[:4], take(1, 101, 4, [[2, 4, 101]], fifo=False)]
    report = play_on("reference", [*steps, take(1, 101, 6, [[1, 5, 101], [2, 1, 101]])])
    assert (report.takes, report.takes_ok) == (2, 2)


def test_unexpected_fills_and_rows_are_told_in_words() -> None:
    report = play_on("reference", [*STORY[:4], take(1, 101, 1, [[2, 1, 101]]), expect([], [])])
    assert not report.agrees
    assert (report.takes_ok, report.rows_ok) == (0, 0)
    assert "expected [(2, 1, 101)]" in report.problems[0]


def test_order_that_would_trade_instead_of_rest_is_a_problem() -> None:
    report = play_on("reference", [*STORY[:4], new(6, 1, 101, 1), expect([], [])])
    assert "POST_ONLY" in report.problems[0]


def test_cancel_of_more_than_there_is_is_a_problem() -> None:
    report = play_on("reference", [*STORY[:4], cancel(1, -1, 101, 6)])
    assert report.problems == ["row 1: order 1 has no 6 to cancel"]


def test_line_that_is_no_step_is_named() -> None:
    report = ReplayReport("tape", "reference")
    player = TapePlayer(EngineTarget(core_factory("reference"), report), report)
    with pytest.raises(BadRecording, match="line 1"):
        player.play([b'{"op": "jump"}'])


class WrongBook(Target):
    """A book that gets one thing wrong."""

    def __init__(self, wrong: str) -> None:
        self.wrong = wrong
        self.orders: dict[int, list[Any]] = {}

    def rest(self, name: int, side: Side, price: int, lots: int) -> None:
        self.orders[name] = [side, price, lots]

    def reduce(self, name: int, lots: int) -> None:
        self.orders[name][2] -= lots
        if self.wrong == "a reduced order goes to the back":
            self.orders[name] = self.orders.pop(name)
        if not self.orders[name][2]:
            del self.orders[name]

    def take(self, side: Side, price: int, lots: int) -> list[Fill]:
        sign = 1 if side is Side.BUY else -1
        makers = [
            (name, order)
            for name, order in self.orders.items()
            if order[0] != side and sign * order[1] <= sign * price
        ]
        if self.wrong == "last in, first out":
            makers.reverse()
        if self.wrong == "largest first":
            makers.sort(key=lambda maker: -maker[1][2])
        makers.sort(key=lambda maker: sign * maker[1][1])
        if self.wrong == "one level only":
            makers = [maker for maker in makers if maker[1][1] == makers[0][1][1]]
        fills = []
        for name, order in makers:
            if filled := min(lots, order[2]):
                fills.append((name, filled, order[1]))
                lots -= filled
                self.reduce(name, filled)
        return fills

    def depth(self, levels: int) -> tuple[Levels, Levels]:
        sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
        for side, price, lots in self.orders.values():
            sides[side][price] = sides[side].get(price, 0) + lots
        return sorted(sides[0].items(), reverse=True), sorted(sides[1].items())

    def at(self, time_ns: int) -> None:
        pass

    def finish(self) -> str:
        return ""


@pytest.mark.parametrize(
    "wrong",
    [
        "last in, first out",
        "largest first",
        "one level only",
        "a reduced order goes to the back",
    ],
)
def test_wrong_engine_is_found_out(wrong: str) -> None:
    report = ReplayReport("tape", "")
    assert not play(WrongBook(wrong), report, STORY).agrees


def test_same_book_without_the_mistake_passes() -> None:
    assert play(WrongBook("nothing"), ReplayReport("tape", ""), STORY).agrees
