"""LOBSTER pairs: the window, what may be injected, and what never is."""

import pytest

from outcry.domain.order import Side
from outcry.replay.engine_target import EngineTarget
from outcry.replay.lobster import LobsterPlayer, Message, read_message, read_row
from outcry.replay.source import BadRecording
from outcry.replay.target import ReplayReport
from tests.support.cores import CORES, core_factory

MESSAGES = [
    b"34200.000000001,1,11,10,1000,1",
    b"34200.000000002,1,12,5,1010,-1",
    b"34200.000000003,4,12,2,1010,-1",
    b"34200.000000004,3,12,3,1010,-1",
    b"34200.000000005,5,0,9,1015,-1",
    b"34200.000000006,4,99,10,1000,1",
]
ROWS = [
    b"1020,7,1000,10,1030,8,990,20",
    b"1010,5,1000,10,1020,7,990,20",
    b"1010,3,1000,10,1020,7,990,20",
    b"1020,7,1000,10,1030,6,990,20",
    b"1020,7,1000,10,1030,6,990,20",
    b"1020,7,990,20,1030,6,-9999999999,0",
]


def play(core: str, messages: list[bytes], rows: list[bytes] | None) -> ReplayReport:
    report = ReplayReport("lobster", core)
    target = EngineTarget(core_factory(core), report)
    LobsterPlayer(target, report).play(messages, rows)
    report.digest = target.finish()
    return report


@pytest.mark.parametrize("core", CORES)
def test_every_row_agrees_and_only_what_returned_from_below_was_injected(core: str) -> None:
    report = play(core, MESSAGES, ROWS)
    assert report.agrees
    assert (report.rows_ok, report.takes_ok, report.operations) == (6, 2, 6)
    assert report.injected_levels == 1


def test_wrong_size_inside_the_window_is_not_patched() -> None:
    rows = [*ROWS[:2], b"1010,4,1000,10,1020,7,990,20", *ROWS[3:]]
    report = play("reference", MESSAGES, rows)
    assert report.rows_ok == 5
    assert report.problems[0].startswith("row 2: asks are [(1010, 3)")


def test_execution_beyond_what_rests_is_a_problem() -> None:
    messages = [*MESSAGES[:2], b"34200.000000003,4,12,6,1010,-1"]
    report = play("reference", messages, [*ROWS[:2], b"1020,7,1000,10,1030,8,990,20"])
    assert (report.takes, report.takes_ok) == (1, 0)


def test_messages_alone_are_a_flow_that_skips_what_it_never_saw() -> None:
    report = play("reference", MESSAGES, None)
    assert (report.rows, report.takes_ok, report.skipped) == (0, 2, 0)
    assert play("reference", MESSAGES[2:], None).skipped == 3


def test_files_of_different_length_are_refused() -> None:
    with pytest.raises(BadRecording, match="differ in length"):
        play("reference", MESSAGES, ROWS[:-1])


def test_message_is_read_without_a_float() -> None:
    message = read_message(b"34200.004241176,1,16113575,18,5853300,1")
    assert message == Message(34_200_004_241_176, 1, 16113575, 18, 5853300, Side.BUY)


@pytest.mark.parametrize("line", [b"", b"1,2,3", b"1.0,x,1,1,1,1"])
def test_line_that_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(BadRecording):
        read_message(line)


def test_places_of_missing_levels_are_left_out_of_a_row() -> None:
    assert read_row(ROWS[-1]) == ([(990, 20)], [(1020, 7), (1030, 6)])
    with pytest.raises(BadRecording):
        read_row(b"1,2,3")
