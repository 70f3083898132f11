"""The catalogue of bad input, shown to the command line: each is named, and no file is changed."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.app import app
from tests.support.bad_input import NOT_DECIMALS
from tests.support.script import fill

HOSTILE = {
    "newline": "a\nforged",
    "colour": "\x1b[31mred",
    "right-to-left": "a\u202eb",
    "nul": "\0",
}
NOT_NUMBERS = {
    name: text
    for name, text in NOT_DECIMALS.items()
    if not text.strip().isdecimal() and text not in {"+1", "1_000", "0.00", "1." + "0" * 19}
} | {"no-level": "0", "minus-one": "-1"}
"""Of what is no decimal, that which Python does not read as a whole number either."""
STEP = {"op": "seed", "row": 0, "id": 1, "side": -1, "px": 101, "qty": 5}
BAD_STEPS: dict[str, object] = {
    "unknown-op": {"op": "jump"},
    "no-op": {},
    "text-for-a-number": {**STEP, "qty": "5"},
    "fraction": {**STEP, "qty": 1.5},
    "zero": {**STEP, "qty": 0},
    "negative": {**STEP, "px": -1},
    "huge": {**STEP, "qty": 2**80},
    "null": {**STEP, "px": None},
    "true": {**STEP, "qty": True},
    "no-side": {**STEP, "side": 0},
    "list": [STEP],
    "text": "seed",
}
BAD_TAPES = {
    "nothing-sound": b"\xff\xfe\0",
    "cut": json.dumps(STEP).encode()[:-1],
    "mark": b"\xef\xbb\xbf" + json.dumps(STEP).encode(),
    "deep": b"[" * 100_000,
    "not-finite": b'{"op":"seed","row":0,"id":1,"side":-1,"px":NaN,"qty":5}',
}


def run(*arguments: object) -> tuple[int, str]:
    """Run a command; return its exit code and all it said, which is no trace."""
    found = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The data folder of a venue, which no command changes."""
    log = SqliteLog(tmp_path / "log.sqlite")
    fill(log, 5, 20)
    log.close()
    before = digest(tmp_path)
    yield tmp_path
    assert digest(tmp_path) == before


def digest(folder: Path) -> str:
    """Return a digest of the log in a folder."""
    return hashlib.sha256((folder / "log.sqlite").read_bytes()).hexdigest()


@pytest.mark.parametrize("text", NOT_NUMBERS.values(), ids=NOT_NUMBERS.keys())
def test_number_that_is_none_is_refused(data: Path, text: str) -> None:
    code, said = run("inspect", "--data", data, "--levels", text)
    assert (code, "--levels" in said) == (2, True)


@pytest.mark.parametrize("text", ["x", "", "-1", "65536", "1" * 30, "1.5"])
def test_port_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    code, said = run("up", "--data", tmp_path, "--port", text)
    assert (code, "--port" in said) == (2, True)


@pytest.mark.parametrize("step", BAD_STEPS.values(), ids=BAD_STEPS.keys())
def test_step_of_a_tape_that_is_none_is_named(tmp_path: Path, step: object) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(STEP | {"id": 9}) + "\n" + json.dumps(step))
    code, said = run("replay", path, "--core", "reference")
    assert (code, "line 2" in said or "refused: SHAPE" in said) == (1, True), said


@pytest.mark.parametrize("tape", BAD_TAPES.values(), ids=BAD_TAPES.keys())
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_tape_that_is_none_is_refused(tmp_path: Path, tape: bytes, *, packed: bool) -> None:
    path = tmp_path / ("bad.jsonl.gz" if packed else "bad.jsonl")
    path.write_bytes(gzip.compress(tape) if packed else tape)
    code, said = run("replay", path, "--core", "reference")
    assert (code, "line 1" in said) == (1, True), said


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("command", [("watch",), ("diff", "1"), ("replay",)], ids=lambda c: c[0])
def test_hostile_text_is_said_harmlessly(data: Path, command: tuple[str, ...], text: str) -> None:
    options = ("--data", data) if command[0] == "diff" else ()
    options = ("--url", "http://127.0.0.1:9") if command[0] == "watch" else options
    code, said = run(*command, text, *options)
    assert code in {1, 2}
    assert not [c for c in said if not c.isprintable() and c != "\n"]


@pytest.mark.parametrize(
    "point", ["-1", "1e5", "9" * 30, "tomorrow", "", "2026-13-01T00:00:00Z", "NaN", "１"]
)
def test_point_in_time_that_is_none_is_refused(data: Path, point: str) -> None:
    assert run("inspect", "--data", data, "--at", point)[0] == 2
    assert run("diff", "--data", data, "1", point)[0] == 2


@pytest.mark.parametrize("account", ["0", "-1", "1.5", str(1 << 24), "x"])
def test_account_that_is_none_is_refused(data: Path, account: str) -> None:
    assert run("inspect", "--data", data, "--account", account)[0] == 2


def test_market_that_is_unknown_is_refused(data: Path) -> None:
    code, said = run("inspect", "--data", data, "--market", "DOGE_INR")
    assert (code, "DOGE_INR" in said) == (2, True)
