"""What is found by reading the source alone: nothing, and each reader would find something."""

import subprocess
import sys
from pathlib import Path

from tests.support.scoreboard import note
from tools import tidy

ROOT = Path(__file__).resolve().parents[3]
BANDIT = ["bandit", "-q", "-c", str(ROOT / "pyproject.toml"), "-r"]
BAD = """import subprocess, tempfile, hashlib
subprocess.run("ls", shell=True)
open(tempfile.mktemp())
hashlib.md5(b"")
"""


def lines_of(*command: str) -> tuple[int, list[str]]:
    told = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, check=False, capture_output=True, text=True
    )
    return told.returncode, told.stdout.splitlines()


def issues(text: list[str]) -> list[str]:
    return [line for line in text if line.startswith(">> Issue")]


def test_readers_of_the_source_find_nothing() -> None:
    code, said = lines_of(*BANDIT, "src", "tools", "setup.py")
    assert (code, issues(said)) == (0, [])
    tree = tidy.git_tree(ROOT)
    banned = [*tidy.check_banned_calls(tree), *tidy.check_floats(tree)]
    assert banned == []
    code, wrong = lines_of("mypy")
    assert (code, len(wrong)) == (0, 1), "\n".join(wrong)
    note(
        "S19",
        bandit_findings=len(issues(said)),
        banned_calls=len(banned),
        mypy_errors=len(wrong) - 1,
    )


def test_bandit_as_it_is_set_up_finds_what_is_dangerous(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(BAD)
    code, said = lines_of(*BANDIT, str(tmp_path))
    found = {line.split("[")[1].split(":")[0] for line in issues(said)}
    assert code == 1
    assert found == {"B602", "B306", "B324"}
