"""Backups: whole and verified or not there at all; damage is refused by the name of the file."""

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from outcry.adapters.backup import aside, put_back, take, verify
from outcry.adapters.backup import manifest as m
from outcry.adapters.backup.manifest import BackupDamaged
from outcry.adapters.data_dir import DataDir, open_data_dir
from outcry.adapters.operations import Operation, Operations
from outcry.adapters.sqlite_identity import SqliteIdentity, secret_file
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.app import app
from outcry.engine.core import choose
from outcry.identity.records.people import add_person, person_by_email
from tests.support.ledger_folder import write_folder

FILES = ("ledger.sqlite", "log.sqlite", "log.sqlite.ack", "proofs.sqlite", "identity.sqlite",
         "secret", "signing.key", "operations.jsonl", "manifest.json", "snapshot")  # fmt: skip


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("venue") / "data"
    write_folder(folder, batches=60)
    people = SqliteIdentity(folder / "identity.sqlite")
    with people.work() as work:
        add_person(work, "ann@example.com", "no hash", 1)
    people.close()
    secret_file(folder / "secret")
    with closing(SqliteLog(folder / "log.sqlite", read_only=True)) as log:
        log_id = log.log_id
    with closing(Operations(folder / "operations.jsonl", log_id)) as journal:
        journal.add(
            Operation(
                act="seen", by="engine", name="", reason="", time_ns=1, before="normal",
                after="normal", base="normal",
            )
        )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def backup(venue: Path) -> Path:
    target = venue.parent / "backup"
    found = run("backup", "--data", venue, "--to", target, "--json")
    assert found.exit_code == 0, found.output
    return target


@pytest.fixture
def copied(backup: Path, tmp_path: Path) -> Path:
    return shutil.copytree(backup, tmp_path / "backup")


def digest_of(folder: Path) -> str:
    found = run("inspect", "--data", folder, "--json")
    assert found.exit_code == 0, found.output
    return str(json.loads(found.stdout)["digest"])


def file_of(folder: Path, name: str) -> Path:
    """Return a file of a backup, for `snapshot` one of those."""
    return next(iter(sorted(folder.rglob(f"{name}*.bin" if name == "snapshot" else name))))


def test_backup_holds_everything_and_says_what(venue: Path, backup: Path) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())["manifest"]
    names = {entry["path"] for entry in manifest["files"]}
    assert {name for name in names if "/" not in name} == set(FILES) - {"manifest.json", "snapshot"}
    assert len([name for name in names if name.startswith("snapshots/")]) == 2
    assert manifest["position"]["digest"] == digest_of(venue)
    assert manifest["position"]["ledger_sequence"] == manifest["position"]["sequence"] > 200
    assert manifest["versions"]["outcry"]
    for path in backup.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE(backup.stat().st_mode) == 0o700


def test_restored_venue_is_the_one_that_was_backed_up(
    venue: Path, backup: Path, tmp_path: Path
) -> None:
    found = run("restore", "--from", backup, "--data", tmp_path / "data")
    assert found.exit_code == 0, found.output
    assert "acknowledged after that is gone" in found.stdout
    assert digest_of(tmp_path / "data") == digest_of(venue)
    assert run("audit", "--data", tmp_path / "data").exit_code == 0
    people = SqliteIdentity(tmp_path / "data" / "identity.sqlite")
    with people.work() as work:
        assert person_by_email(work, "ann@example.com") is not None
    people.close()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_empty_folder_may_be_there_already(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert run("restore", "--from", backup, "--data", tmp_path / "data").exit_code == 0


@pytest.mark.parametrize("name", FILES)
def test_flipped_bit_is_refused_by_the_name_of_the_file(
    copied: Path, tmp_path: Path, name: str
) -> None:
    random, path = Random(name), file_of(copied, name)
    sound = path.read_bytes()
    for _ in range(8):
        data = bytearray(sound)
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        path.write_bytes(data)
        found = run("restore", "--from", copied, "--data", tmp_path / "data")
        assert found.exit_code == 1
        assert path.name in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("cut", [False, True])
def test_missing_or_cut_file_is_refused_by_its_name(
    copied: Path, tmp_path: Path, name: str, cut: bool
) -> None:
    path = file_of(copied, name)
    if cut:
        os.truncate(path, path.stat().st_size // 2)
    else:
        path.unlink()
    found = run("restore", "--from", copied, "--data", tmp_path / "data")
    assert (found.exit_code, path.name in found.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_manifest_names_only_files_of_a_data_folder(copied: Path, tmp_path: Path) -> None:
    """Not even one that is right in itself can lead out of the folder."""
    sound = m.read(copied)
    for name in ("../outside", "/etc/passwd", "snapshots/../../x", "lock", "snapshots/x.bin"):
        entry = replace(sound.files[0], path=name)
        (copied / "manifest.json").write_bytes(m.encoded(replace(sound, files=[entry])))
        with pytest.raises(BackupDamaged, match="no file of a data folder"):
            m.read(copied)


def test_log_that_was_swapped_for_another_is_refused(copied: Path, tmp_path: Path) -> None:
    """Sizes and hashes are right, but the log does not lead where the manifest says."""
    write_folder(tmp_path / "other", seed=6, batches=60)
    manifest = m.read(copied)
    for name in ("log.sqlite", "log.sqlite.ack"):
        shutil.copy(tmp_path / "other" / name, copied / name)
    files = [m.entry_of(copied, copied / entry.path) for entry in manifest.files]
    (copied / "manifest.json").write_bytes(m.encoded(replace(manifest, files=files)))
    found = run("restore", "--from", copied, "--data", tmp_path / "data")
    assert (found.exit_code, "log" in found.stderr) == (1, True)
    shutil.rmtree(copied / "snapshots")
    (copied / "ledger.sqlite").unlink()
    files = [entry for entry in files if entry.path.startswith("log")]
    (copied / "manifest.json").write_bytes(m.encoded(replace(manifest, files=files)))
    found = run("restore", "--from", copied, "--data", tmp_path / "data")
    assert (found.exit_code, "the manifest says" in found.stderr) == (1, True)


def test_backup_of_another_version_leaves_out_what_the_log_brings_back(
    venue: Path, copied: Path, tmp_path: Path
) -> None:
    manifest = m.read(copied)
    other = replace(manifest.versions, outcry="0.0.1", ledger=99, snapshot=99)
    position = replace(manifest.position, digest="of another way to write a state")
    other_manifest = replace(manifest, versions=other, position=position)
    (copied / "manifest.json").write_bytes(m.encoded(other_manifest))
    assert run("restore", "--from", copied, "--data", tmp_path / "data").exit_code == 0
    assert not (tmp_path / "data" / "ledger.sqlite").exists()
    assert list((tmp_path / "data" / "snapshots").iterdir()) == []
    assert digest_of(tmp_path / "data") == digest_of(venue)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_folder_that_holds_something_is_not_touched(
    venue: Path, backup: Path, tmp_path: Path, command: str
) -> None:
    target = tmp_path / "taken"
    target.mkdir()
    (target / "mine").write_text("mine")
    options = {"backup": ("--data", venue, "--to", target),
               "restore": ("--from", backup, "--data", target)}  # fmt: skip
    found = run(command, *options[command])
    assert (found.exit_code, "not empty" in found.stderr) == (2, True)
    assert [path.name for path in tmp_path.rglob("*")] == ["taken", "mine"]


class Interrupted(BaseException):
    """Somebody pressed Ctrl-C."""


STEPS = ("proofs.sqlite", "ledger.sqlite", "snapshots", "log.sqlite", "identity.sqlite", "verify",
         "finish")  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_interrupted_backup_leaves_nothing(venue: Path, tmp_path: Path, step: str) -> None:
    def reached(name: str) -> None:
        if name == step:
            raise Interrupted

    with pytest.raises(Interrupted):
        take.back_up(DataDir(venue, lock=-1), tmp_path / "backup", choose(), reached)
    assert list(tmp_path.iterdir()) == []


def test_interrupted_restore_leaves_nothing(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise Interrupted

    monkeypatch.setattr(put_back, "verified", interrupted)
    with pytest.raises(Interrupted):
        put_back.put_back(backup, tmp_path / "data", choose())
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_one_has_left_is_taken_away(
    venue: Path, backup: Path, tmp_path: Path
) -> None:
    left = tmp_path / ".data.unfinished"
    (left / "snapshots").mkdir(parents=True)
    (left / "log.sqlite").write_bytes(b"half of it")
    assert run("restore", "--from", backup, "--data", tmp_path / "data").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert digest_of(tmp_path / "data") == digest_of(venue)


def test_two_that_write_the_same_folder_do_not_meet(backup: Path, tmp_path: Path) -> None:
    with closing(open_data_dir(tmp_path / ".data.unfinished")):
        found = run("restore", "--from", backup, "--data", tmp_path / "data")
    assert (found.exit_code, "is being written" in found.stderr) == (2, True)


def test_backup_of_a_damaged_venue_is_refused_by_name(venue: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(venue, tmp_path / "broken")
    path = file_of(broken, "snapshot")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    found = run("backup", "--data", broken, "--to", tmp_path / "backup")
    assert (found.exit_code, "snapshot" in found.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["broken"]


def test_copy_that_is_ahead_of_its_log_is_refused(venue: Path, tmp_path: Path) -> None:
    """The negative control of the order of copying: the log first is what may not be."""
    older = tmp_path / "older"
    write_folder(older, batches=60)
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("log.sqlite", "log.sqlite.ack"):
        shutil.copy(older / name, copy / name)
    with closing(sqlite3.connect(copy / "log.sqlite")) as log, log:
        log.execute("DELETE FROM log WHERE last_seq > 100")
    (copy / "log.sqlite.ack").unlink()
    (copy / "snapshots").mkdir()
    places = DataDir(copy, lock=-1)
    verify.verified(places, choose())
    shutil.copy(older / "ledger.sqlite", copy / "ledger.sqlite")
    with pytest.raises(BackupDamaged, match="the log went back"):
        verify.verified(places, choose())


def test_folder_without_a_venue_is_a_slip(tmp_path: Path) -> None:
    found = run("backup", "--data", tmp_path, "--to", tmp_path / "b")
    assert (found.exit_code, "no venue" in found.stderr) == (2, True)
    found = run("restore", "--from", tmp_path, "--data", tmp_path / "d")
    assert (found.exit_code, "no whole backup" in found.stderr) == (1, True)


def test_new_folder_is_synced_before_it_gets_its_name(
    venue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = aside.sync_file

    def sync(path: Path) -> None:
        real(path)
        assert not (tmp_path / "backup").exists()
        synced.append(path.name)

    monkeypatch.setattr(aside, "sync_file", sync)
    take.back_up(DataDir(venue, lock=-1), tmp_path / "backup", choose())
    written = {path.name for path in (tmp_path / "backup").rglob("*") if path.is_file()}
    assert written <= set(synced)
