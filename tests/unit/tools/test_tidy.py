"""Tidy holds on this repository, and each of its checks bites."""

import json
from pathlib import Path

import pytest

from tools import tidy

ROOT = Path(__file__).resolve().parents[3]
ROOM = '"""Words.\n\nIn: this.\nOut: that.\nNever: chance.\n"""\n'
# Joined here, so that this file does not hold what it looks for.
UNFINISHED = "TO" + "DO"
MACHINE = "/wor" + "k/main"
HOST = "py" + "pi.org"


def tree(root: Path, files: dict[str, str]) -> tidy.Tree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return tidy.Tree(root, tuple(sorted(files)))


def adr(title: str = "One log") -> str:
    sections = "\n\n".join(f"## {name}\n\nwords" for name in tidy.ADR_SECTIONS)
    return f"# {title}\n\n{sections}\n"


def long_function(lines: int) -> str:
    return "def long():\n" + "    x = 1\n" * (lines - 1)


def ratchet(**lengths: int) -> str:
    return json.dumps(lengths)


def test_this_repository_is_tidy() -> None:
    assert tidy.complaints(tidy.git_tree(ROOT)) == []


def test_a_tidy_tree_draws_no_complaint(tmp_path: Path) -> None:
    clean = {
        "src/outcry/domain/__init__.py": ROOM,
        "src/outcry/domain/units.py": "import enum\nfor x in [1]:\n    hash_of = x\n",
        "src/outcry/engine/core/compiled/core.pyx": "from libc.stdint cimport int64_t\n",
        "docs/adr/README.md": "[1](0001-one-log.md)\n",
        "docs/adr/0001-one-log.md": adr(),
    }
    assert tidy.complaints(tree(tmp_path, clean)) == []


def source(text: str, path: str = "src/outcry/domain/units.py") -> dict[str, str]:
    return {path: text}


CORE = "src/outcry/engine/core/compiled/core.pyx"
BITES = [
    (tidy.check_length, source("x = 1\n" * 501), "501 lines, 500 allowed"),
    (tidy.check_length, source(long_function(51)), "::long: 51 lines"),
    (
        tidy.check_length,
        source("cdef int f(int a):\n" + "    a += 1\n" * 50, CORE),
        "::f: 51 lines",
    ),
    (
        tidy.check_length,
        source("cdef int f(\n    int a,\n) except -1:\n" + "    a += 1\n" * 48, CORE),
        "::f: 51 lines",
    ),
    (
        tidy.check_room_size,
        {f"src/outcry/ledger/m{n}.py": "" for n in range(9)},
        "src/outcry/ledger: 9 files",
    ),
    (tidy.check_root, {f"file{n}": "" for n in range(25)}, "25 entries"),
    (
        tidy.check_rooms_introduced,
        {"src/outcry/ledger/__init__.py": '"""Ledger.\n\nIn: events.\n"""\n'},
        "no line Out:, Never:",
    ),
    (tidy.check_adrs, {"docs/adr/0001-one-log.md": adr()}, "not in docs/adr/README.md"),
    (
        tidy.check_adrs,
        {"docs/adr/README.md": "(0002-x.md)", "docs/adr/0002-x.md": adr()},
        "should be number 0001",
    ),
    (tidy.check_adrs, {"docs/adr/README.md": "(0001-x.md)"}, "does not exist"),
    (tidy.check_adrs, {"docs/adr/0001-x.md": "# No sections\n"}, "no Refused"),
    (tidy.check_adrs, {"docs/adr/0001-x.md": adr() + "more\n" * 80}, "at most 80"),
    (tidy.check_marks, {"docs/a.md": f"later, {UNFINISHED}\n"}, "docs/a.md:1: an unfinished"),
    (tidy.check_machine_paths, {"docs/a.md": f"see {MACHINE}\n"}, "a path of one machine"),
    (tidy.check_registry_hosts, {"requirements/x.txt": f"https://{HOST}/x\n"}, "registry"),
    (tidy.check_compiled_imports, source("cimport numpy\n", CORE), "imports numpy"),
    (tidy.check_compiled_imports, source("import cython, time\n", CORE), "imports time"),
    (tidy.check_compiled_imports, source("    from os import path\n", CORE), "imports os"),
    (tidy.check_domain_imports, source("import msgspec\n"), "imports msgspec"),
    (tidy.check_domain_imports, source("from outcry.engine import x\n"), "imports outcry.engine"),
    (tidy.check_banned_calls, source("import pickle\n", "src/outcry/cli.py"), "pickle"),
    (tidy.check_banned_calls, source("eval('1')\n", "src/outcry/cli.py"), "eval()"),
    (tidy.check_banned_calls, source("exec('1')\n", "src/outcry/cli.py"), "exec()"),
    (tidy.check_banned_calls, source("yaml.load(x)\n", "src/outcry/cli.py"), "yaml.load()"),
    (tidy.check_banned_calls, source("run(x, shell=True)\n", "src/outcry/cli.py"), "shell=True"),
    (tidy.check_banned_calls, source("import marshal\n", "tools/x.py"), "marshal"),
    (tidy.check_banned_calls, source("from pickle import loads\n", "tests/x.py"), "pickle"),
    (tidy.check_banned_calls, source("run(x, shell=y)\n", "bench/x.py"), "shell=True"),
    (tidy.check_banned_calls, source("eval('1')\n", "setup.py"), "eval()"),
    (tidy.check_floats, source("fee = 0.001\n", "src/outcry/codec.py"), "the float 0.001"),
    (tidy.check_floats, source("float('1')\n"), "float"),
    (tidy.check_floats, source("def fee(rate: float) -> None: ...\n"), "float"),
    (tidy.check_floats, source("half = a / 2\n", "src/outcry/ledger/a.py"), "a / 2 divides"),
    (tidy.check_floats, source("a /= 2\n", "src/outcry/sequencer/a.py"), "a /= 2 divides"),
    (tidy.check_floats, source("cdef double fee\n", CORE), "core.pyx:1: a floating point type"),
    (tidy.check_floats, source("    x = a * 0.5\n", CORE), "a floating point type"),
    (tidy.check_floats, source("float a; /* b */\n", CORE[:-3] + "h"), "a floating point type"),
    (tidy.check_determinism, source("import time\n"), "imports time"),
    (tidy.check_determinism, source("from os import path\n"), "imports os"),
    (tidy.check_determinism, source("for x in {1, 2}:\n    pass\n"), "walks a set"),
    (tidy.check_determinism, source("a = [x for x in set(b)]\n"), "walks a set"),
    (tidy.check_determinism, source("h = hash(x)\n"), "hash()"),
]


@pytest.mark.parametrize(("check", "files", "complaint"), BITES)
def test_check_bites(
    tmp_path: Path, check: tidy.Check, files: dict[str, str], complaint: str
) -> None:
    assert any(complaint in line for line in check(tree(tmp_path, files)))


def test_every_check_is_shown_to_bite() -> None:
    assert {check for check, _, _ in BITES} == set(tidy.CHECKS)


LONG = "src/outcry/codec.py::long"


@pytest.mark.parametrize(("allowed", "complaints"), [(60, 0), (59, 1), (61, 1)])
def test_ratchet_neither_lets_grow_nor_stays_slack(
    tmp_path: Path, allowed: int, complaints: int
) -> None:
    files = {"src/outcry/codec.py": long_function(60), tidy.RATCHET: ratchet(**{LONG: allowed})}
    assert len(list(tidy.check_length(tree(tmp_path, files)))) == complaints


@pytest.mark.parametrize(
    ("lines", "before", "after"), [(55, 60, {LONG: 55}), (60, 55, {LONG: 55}), (9, 60, {})]
)
def test_lower_only_tightens(
    tmp_path: Path, lines: int, before: int, after: dict[str, int]
) -> None:
    files = {"src/outcry/codec.py": long_function(lines), tidy.RATCHET: ratchet(**{LONG: before})}
    tidy.lower(tree(tmp_path, files))
    assert json.loads((tmp_path / tidy.RATCHET).read_text()) == after


def test_crowded_rooms_are_exempt(tmp_path: Path) -> None:
    files = {f"src/outcry/adapters/m{n}.py": "" for n in range(9)}
    assert list(tidy.check_room_size(tree(tmp_path, files))) == []


@pytest.mark.parametrize(
    "text", ["run(x, shell=False)\n", "evaluate(x)\n", "yaml.safe_load(x)\n", "model.eval()\n"]
)
def test_calls_that_only_look_banned_are_let_through(tmp_path: Path, text: str) -> None:
    assert list(tidy.check_banned_calls(tree(tmp_path, source(text)))) == []


def test_floats_in_words_and_whole_divisions_are_no_floats(tmp_path: Path) -> None:
    files = source('"""A float of 0.5."""\nhalf = a // 2\n') | {
        CORE: "# a double of 0.5\ncdef int64_t a\n",
        CORE[:-3] + "h": "/* floor(amount x rate / 10^6), never a float */\n",
    }
    assert list(tidy.check_floats(tree(tmp_path, files))) == []


def test_floats_are_free_at_the_edge(tmp_path: Path) -> None:
    assert list(tidy.check_floats(tree(tmp_path, source("x = 0.5\n", "src/outcry/cli.py")))) == []
