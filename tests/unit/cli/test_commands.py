"""The command line as a program sees it: output, exit codes, and words for what is wrong."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_group
from typer.testing import CliRunner, Result

from bench.workloads import Generator, Shape
from outcry import __version__
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli import up
from outcry.cli.app import COMMANDS, app
from outcry.cli.output import DAMAGE
from outcry.ports import Unavailable
from tests.support.script import fill

STORY = [
    {"op": "seed", "row": 0, "id": 1, "side": -1, "px": 101, "qty": 5},
    {"op": "take", "side": 1, "px": 101, "qty": 2, "fifo": True, "fills": [[1, 2, 101]]},
    {"op": "expect", "bids": [], "asks": [[101, 3]]},
]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def tape(folder: Path, story: list[dict[str, object]]) -> Path:
    path = folder / "story.jsonl"
    path.write_text("\n".join(json.dumps(step) for step in story))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    log = SqliteLog(tmp_path / "log.sqlite")
    fill(log, 5, 20)
    log.close()
    return tmp_path


def test_version_is_said() -> None:
    found = run("--version")
    assert (found.exit_code, found.stdout) == (0, f"outcry {__version__}\n")


def test_command_imports_only_its_own_parts() -> None:
    code = "import sys, outcry.cli.app as a; a.app(['--version'], standalone_mode=False);"
    code += "sys.exit(any(name in sys.modules for name in ('aiohttp', 'outcry.bootstrap')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_command_is_listed_with_a_word_of_help() -> None:
    group = get_group(app)
    context = group.make_context("outcry", ["up"])
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(), name


def test_no_command_shows_what_there_is() -> None:
    found = run()
    assert found.exit_code == 2
    for name in ("up", "replay", "bench", "inspect", "diff", "watch"):
        assert name in found.output


def test_replay_reports_in_json_and_ends_well(tmp_path: Path) -> None:
    found = run("replay", tape(tmp_path, STORY), "--core", "reference", "--json")
    report = json.loads(found.stdout)
    assert found.exit_code == 0
    assert report["seconds"] > 0
    assert len(report["digest"]) == 64
    counts = ("operations", "takes", "takes_ok", "rows", "rows_ok")
    assert [report[name] for name in counts] == [2, 1, 1, 1, 1]


def test_replay_that_disagrees_exits_1_and_says_where(tmp_path: Path) -> None:
    wrong = [*STORY[:2], {"op": "expect", "row": 7, "bids": [], "asks": []}]
    found = run("replay", tape(tmp_path, wrong), "--core", "reference")
    assert found.exit_code == 1
    assert "row 7" in found.stdout


def test_replay_of_a_journal_gives_the_digest_that_inspect_gives(data: Path) -> None:
    replayed = json.loads(run("replay", data, "--json").stdout)
    inspected = json.loads(run("inspect", "--data", data, "--json").stdout)
    assert replayed["digest"] == inspected["digest"]
    assert replayed["operations"] == inspected["sequence"] == 71


def test_replay_needs_a_format_it_can_know(tmp_path: Path) -> None:
    (tmp_path / "what").write_text("{}")
    found = run("replay", tmp_path / "what")
    assert found.exit_code == 2
    assert "--format" in found.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--book", __file__),
        ("--into", "http://127.0.0.1:9", "--core", "reference"),
        ("--market", "A_B"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert run("replay", tape(tmp_path, STORY), *options).exit_code == 2


def test_replay_into_nowhere_says_so(tmp_path: Path) -> None:
    found = run("replay", tape(tmp_path, STORY), "--into", "http://127.0.0.1:9")
    assert found.exit_code == 1
    assert "does not answer" in found.stderr


def test_replay_of_what_is_no_tape_exits_1(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"op": "jump"}')
    found = run("replay", tmp_path / "bad.jsonl")
    assert (found.exit_code, "line 1" in found.stderr) == (1, True)


def test_inspect_finds_a_sound_folder_sound(data: Path) -> None:
    found = run("inspect", "--data", data, "--json")
    report = json.loads(found.stdout)
    assert (found.exit_code, report["damage"], report["conserved"]) == (0, [], True)
    assert [row["symbol"] for row in report["assets"]] == ["BTC", "USDT"]
    assert run("inspect", "--data", data).exit_code == 0


def test_inspect_names_damage_and_exits_1(data: Path) -> None:
    path = data / "log.sqlite"
    spoiled = bytearray(path.read_bytes())
    spoiled[-700] ^= 1
    path.write_bytes(spoiled)
    found = run("inspect", "--data", data, "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout)["damage"]


def test_inspect_of_an_empty_folder_is_a_slip(tmp_path: Path) -> None:
    found = run("inspect", "--data", tmp_path)
    assert (found.exit_code, "no venue" in found.stderr) == (2, True)


def test_bench_core_reports_what_was_traded(tmp_path: Path) -> None:
    Generator(Shape("tiny", 50, 1_000, 1)).write(tmp_path / "tiny.bin", 500)
    found = run(
        "bench", "core", "--workload", tmp_path / "tiny.bin", "--core", "reference", "--json"
    )
    report = json.loads(found.stdout)
    assert (found.exit_code, report["agrees"]) == (0, True)
    assert {"ns_per_operation", "trades", "sum_quantity_price"} <= set(report)


def test_bench_core_exits_1_where_the_trades_are_wrong(tmp_path: Path) -> None:
    Generator(Shape("tiny", 50, 1_000, 1)).write(tmp_path / "tiny.bin", 500)
    (tmp_path / "tiny.bin.json").write_text('{"trades": 1, "sumqp": 1}')
    found = run("bench", "core", "--workload", tmp_path / "tiny.bin", "--core", "reference")
    assert found.exit_code == 1


def test_bench_of_no_workload_is_a_slip(tmp_path: Path) -> None:
    (tmp_path / "bad.bin").write_bytes(b"123")
    assert run("bench", "core", "--workload", tmp_path / "bad.bin").exit_code == 2


def test_bench_of_nobody_says_so() -> None:
    found = run("bench", "venue", "--url", "http://127.0.0.1:9", "--path", "ws")
    assert (found.exit_code, "does not answer" in found.stderr) == (1, True)
    assert run("bench", "venue", "--path", "pigeon").exit_code == 2
    assert run("bench", "venue", "--token", "one").exit_code == 2


def test_misspelt_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OUTCRY_PROT", "1")
    found = run("up", "--data", tmp_path)
    assert (found.exit_code, "OUTCRY_PORT" in found.stderr) == (2, True)


def test_start_that_finds_the_disk_full_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(*_: object, **__: object) -> None:
        try:
            raise sqlite3.OperationalError("database or disk is full")
        except sqlite3.Error as error:
            raise Unavailable("identity", 1) from error

    monkeypatch.setattr(up, "_serve", serve)
    result = run("up", "--data", tmp_path / "data", "--port", 0)
    assert (result.exit_code, result.stderr) == (
        DAMAGE, "outcry: identity does not answer: database or disk is full\n",
    )  # fmt: skip
