"""`outcry rules`: a stopped venue moves on to the next rules, and no further."""

from pathlib import Path

from typer.testing import CliRunner, Result

from outcry import codec
from outcry.adapters.data_dir import open_data_dir
from outcry.adapters.memory import ManualClock
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.app import app
from outcry.domain import commands as c
from outcry.sequencer.sequencer import Sequencer
from tests.support.script import START_NS, opening


def write(folder: Path, *records: bytes) -> None:
    log = SqliteLog(folder / "log.sqlite")
    Sequencer(log, ManualClock(START_NS), log.tail()).commit(b"".join(records))
    log.close()


def rules(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["rules", *arguments, "--data", str(folder)])


def test_newer_rules_are_activated_on_a_stopped_venue(tmp_path: Path) -> None:
    write(tmp_path, *opening())
    assert '{"rules":1,"newest":2}' in rules(tmp_path, "show", "--json").stdout
    assert "this program knows rules up to 2" in rules(tmp_path, "activate", "3").stderr
    running = open_data_dir(tmp_path)
    assert "stop the venue first" in rules(tmp_path, "activate", "2").stderr
    running.close()
    done = rules(tmp_path, "activate", "2")
    assert (done.exit_code, f"from sequence {len(opening()) + 1} on" in done.stdout) == (0, True)
    assert "rules 3 come next" in rules(tmp_path, "activate", "2").stderr
    assert '{"rules":2,"newest":2}' in rules(tmp_path, "show", "--json").stdout


def test_a_halted_venue_keeps_its_rules(tmp_path: Path) -> None:
    write(tmp_path, codec.encode_command(c.SetMode(mode=3)))
    assert "the venue is halted" in rules(tmp_path, "activate", "2").stderr


def test_there_has_to_be_a_venue(tmp_path: Path) -> None:
    assert "holds no venue" in rules(tmp_path, "activate", "2").stderr
