"""A folder that cannot be trusted: no start, nothing changed, and the page that says what to do."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from outcry.cli.app import app
from outcry.cli.output import DAMAGE
from outcry.domain.trouble import Trouble

BROKEN = {
    "log.sqlite": Trouble.LOG_DAMAGED,
    "operations.jsonl": Trouble.OPERATIONS_DAMAGED,
    "secret": Trouble.IDENTITY_UNUSABLE,
    "identity.sqlite": Trouble.IDENTITY_UNUSABLE,
    "proofs.sqlite": Trouble.PROOFS_UNUSABLE,
}


@pytest.mark.parametrize("name", BROKEN)
def test_start_over_a_broken_file_names_the_page_of_the_runbook(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"no such thing, many times over\n" * 100)
    path.chmod(0o600)
    said = CliRunner().invoke(app, ["up", "--data", str(tmp_path), "--port", "0"])
    assert (said.exit_code, said.stderr.count("\n")) == (DAMAGE, 1), said.output
    assert said.stderr.startswith("outcry: ")
    assert said.stderr.endswith(f"; what to do: {BROKEN[name].page}\n")
    assert path.read_bytes() == b"no such thing, many times over\n" * 100
