"""Building the web trader: which Node builds it, and what its lock holds."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tools import web

INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")


def node(folder: Path, version: str) -> tuple[str, str]:
    """Return a Node that only says its version, and an npm."""
    program = folder / version / "node"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return str(program), "npm"


def test_first_node_that_is_new_enough_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [node(tmp_path, version) for version in ("v18.20.8", "v20.19.0", "v24.1.0")]
    monkeypatch.setattr(web, "nodes", lambda: iter(found))
    assert web.find_node() == found[1]


def test_without_a_node_that_is_new_enough_it_says_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(web, "nodes", lambda: iter([node(tmp_path, "v20.18.3")]))
    monkeypatch.setattr("sys.argv", ["tools.web", "--has-node"])
    assert web.main() == 1
    assert "Node 20.19 or newer" in capsys.readouterr().err


def test_lock_names_each_package_by_its_hash_and_no_host() -> None:
    lock = json.loads(web.LOCK.read_text(encoding="utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    for name, one in packages.items():
        assert INTEGRITY.fullmatch(one["integrity"]), name
        assert "resolved" not in one, name


def test_packages_of_another_lock_are_never_changed_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Builds of a release link to packages; npm would empty the folder behind the link."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    link = tmp_path / "node_modules"
    link.symlink_to(elsewhere)
    monkeypatch.setattr(web, "MODULES", link)
    monkeypatch.setattr(web, "INSTALLED", link / ".installed")
    with pytest.raises(web.WrongModules):
        web.install()
    assert (elsewhere / "kept").exists()


def test_pages_that_are_built_are_not_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "src/outcry/gateway/web/site", "web/node_modules"],
        cwd=web.ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout == ""
