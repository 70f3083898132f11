"""No password and no key is in the repository, and the search would find one."""

from pathlib import Path

import pytest

from tests.support.scoreboard import note
from tools import leaks
from tools.leaks_allowed import ALLOWED
from tools.tidy import git_tree

ROOT = Path(__file__).resolve().parents[3]
# Joined here, so that this file does not hold what it looks for.
PLANTED = {
    "src/a.py": 'aws = "AKIA' + 'Q3EGRIZ6BTWDMNX5"\n',
    "docs/b.md": "-----BEGIN EC " + "PRIVATE KEY-----\n",
    "tests/c.py": 'password = "' + 'hunter2hunter2"\n',
    "deploy/d.yaml": "api_key: " + "9f86d081884c7d659a2feaa0c55ad015\n",
    "tools/e.py": 'KEY = "' + "c2VjcmV0LXNlY3Jl" + "dC1zZWNyZXQtMTIz" + 'NDU2Nzg5MA=="\n',
    "tests/f.py": 'token = "eyJhbGciOiJIUzI1NiJ9.' + 'eyJzdWIiOiIxIn0.c2lnbmF0dXJl"\n',
}


def plant(root: Path, files: dict[str, str]) -> list[str]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(files)


def test_repository_holds_no_secret_but_those_that_are_none() -> None:
    paths = git_tree(ROOT).files
    refused, stale = leaks.judge(leaks.scan(ROOT, paths), paths)
    assert refused == []
    assert stale == []
    note("S17", findings=len(refused), files=len(paths), allowed=len(ALLOWED))


@pytest.mark.parametrize("path", PLANTED)
def test_planted_secret_is_found(tmp_path: Path, path: str) -> None:
    paths = plant(tmp_path, {path: "quiet = 1\n" * 9 + PLANTED[path]})
    refused, _ = leaks.judge(leaks.scan(tmp_path, paths), paths)
    assert [line.split(" ")[0] for line in set(refused)] == [f"{path}:10:"]


def test_comment_that_allows_a_line_allows_nothing(tmp_path: Path) -> None:
    text = PLANTED["src/a.py"].rstrip() + "  # pragma: allowlist " + "secret\n"
    assert len(leaks.scan(tmp_path, plant(tmp_path, {"src/a.py": text}))) == 1


def test_code_that_reads_a_secret_is_none(tmp_path: Path) -> None:
    text = 'password = os.environ["PASSWORD"]\nsecret = secret_file(path)\ntoken = "{token}"\n'
    assert leaks.scan(tmp_path, plant(tmp_path, {"src/a.py": text})) == []


def test_allowance_that_nothing_needs_is_told(tmp_path: Path) -> None:
    _, stale = leaks.judge([], ["README.md", "src/a.py"])
    assert [line.split(":")[0] for line in stale] == ["README.md"]


def test_allowed_text_is_refused_elsewhere_and_another_text_in_its_place() -> None:
    mark = next(entry.what for entry in ALLOWED if entry.path == "README.md")
    elsewhere = leaks.Finding("src/a.py", mark, "Secret Keyword", 1)
    changed = leaks.Finding("README.md", "00000000", "Secret Keyword", 1)
    assert len(leaks.judge([elsewhere, changed], [])[0]) == 2


def test_every_allowance_has_a_reason() -> None:
    assert all(len(entry.reason.split()) >= 4 for entry in ALLOWED)
