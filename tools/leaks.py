"""Passwords and keys that were committed: detect-secrets over the tracked files, with no network.

`python -m tools.leaks` prints what it finds. All plugins look and none of them asks the world
whether a key is alive. A finding is named by its file and the beginning of the SHA-1 of what was
found, so that one that is allowed may move within its file but not change.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import get_plugins, transient_settings
from detect_secrets.util.code_snippet import get_code_snippet

from tools.leaks_allowed import ALLOWED, Allowed
from tools.tidy import git_tree

MARK_CHARACTERS = 8
LOCKS = (
    "requirements/clients/binance-connector.txt",
    "requirements/clients/binance-sdk-spot.txt",
    "requirements/clients/ccxt.txt",
    "requirements/clients/freqtrade.txt",
    "requirements/clients/hummingbot-alone.txt",
    "requirements/clients/hummingbot.txt",
    "requirements/clients/nautilus.txt",
    "requirements/clients/python-binance.txt",
    "requirements/dev.txt",
    "requirements/node.txt",
    "requirements/runtime.txt",
    "requirements/uv.txt",
    "web/package-lock.json",
)
"""Thousands of lines of hashes; `tools.release.locks` and, for the packages of npm, a test of
`tools.web` hold that nothing else is in them."""
REWRITTEN = (".yaml", ".yml", ".eyaml", ".ini", ".cfg", ".conf", ".cnf", ".cf", ".properties")
"""detect-secrets reads these by what they mean, not line by line."""
FILTERS = (
    "is_indirect_reference",
    "is_likely_id_string",
    "is_not_alphanumeric_string",
    "is_potential_uuid",
    "is_prefixed_with_dollar_sign",
    "is_sequential_string",
    "is_templated_secret",
)
"""What keeps code that reads a password from looking like one. A comment that allows a line is not
among them: what is allowed is told in one place, with its reason."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that looks like a secret."""

    path: str
    mark: str
    kind: str = field(compare=False)
    line: int = field(compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind} ({self.mark})"


def scan(root: Path, paths: Iterable[str]) -> list[Finding]:
    """Return what looks like a secret in these files below `root`; locks are passed over."""
    every: Iterable[type] = get_mapping_from_secret_type_to_class().values()
    settings = {
        "plugins_used": [{"name": plugin.__name__} for plugin in every],
        "filters_used": [{"path": f"detect_secrets.filters.heuristic.{f}"} for f in FILTERS],
    }
    with transient_settings(settings):
        innocent: set[tuple[str, str]] = set()
        return sorted({found for path in paths for found in _in_file(root, path, innocent)})


def _in_file(root: Path, path: str, innocent: set[tuple[str, str]]) -> Iterator[Finding]:
    file = root / path
    if path in LOCKS or not (path.endswith(REWRITTEN) or _is_suspect(file, innocent)):
        return
    for found in scan_file(str(file)):
        yield Finding(path, found.secret_hash[:MARK_CHARACTERS], found.type, found.line_number)


def _is_suspect(file: Path, innocent: set[tuple[str, str]]) -> bool:
    """Return whether a plugin sees anything, filters aside: they only ever take away.

    The scan proper asks each plugin about each line through a frame that costs ten times the
    question. Most files have nothing to ask about, and most lines stand in several: `innocent`
    are those seen, with the kind of file, which decides what a plugin looks for.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    lines = {(file.suffix, line.rstrip()) for line in text.splitlines()} - innocent
    around = get_code_snippet([""], 1)
    for suffix, line in lines:
        asked = {"filename": f"x{suffix}", "line": line, "line_number": 1, "context": around}
        if any(plugin.analyze_line(**asked) for plugin in get_plugins()):
            return True
        innocent.add((suffix, line))
    return False


def judge(found: Iterable[Finding], paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what is not allowed, and what is allowed where it is no longer found."""
    there = list(found)
    refused = [str(one) for one in there if not any(_allows(entry, one) for entry in ALLOWED)]
    stale = [
        f"{entry.path}: {entry.what}"
        for entry in ALLOWED
        if any(path.startswith(entry.path) for path in paths)
        and not any(_allows(entry, one) for one in there)
    ]
    return refused, stale


def _allows(entry: Allowed, one: Finding) -> bool:
    return one.path.startswith(entry.path) and entry.what in (one.mark, one.kind)


def main() -> int:
    """Print the findings; return 1 if one of them is not allowed, or an allowance is stale."""
    root = Path(__file__).resolve().parent.parent
    paths = git_tree(root).files
    refused, stale = judge(scan(root, paths), paths)
    for line in refused:
        print(line)
    for line in stale:
        print(f"tools/leaks_allowed.py: no longer needed: {line}")
    print(f"leaks: {len(refused)} findings in {len(paths)} files")
    return 1 if refused or stale else 0


if __name__ == "__main__":
    sys.exit(main())
