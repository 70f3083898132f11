"""A release: equal builds, read locks, judged licences, known weaknesses, signatures."""

import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.scoreboard import note
from tools.release import advisories, archives, licences, npm, signing
from tools.release.__main__ import NPM_LOCK, Refused, bill_of_materials, build_twice, release
from tools.release.build import BuildDiffers, build, commit_time_s, git, same
from tools.release.locks import NAMES, BadLock, Pinned, read_lock
from tools.skips import can_compile

ROOT = Path(__file__).resolve().parents[3]
RUNTIME = ROOT / "requirements" / "runtime.txt"
HASH = f"    --hash=sha256:{'0' * 64}"
needs_minisign = pytest.mark.skipif(not shutil.which("minisign"), reason="no minisign here")


def pinned(name: str, version: str, marker: str = "") -> Pinned:
    return Pinned(name, version, marker, 1)


# Locks


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_of_a_lock_has_a_version_and_hashes(name: str) -> None:
    found = read_lock(ROOT / "requirements" / name)
    assert found
    assert all(one.hashes for one in found)
    here = [one.name for one in found if one.wanted_here()]
    assert len(set(here)) == len(here)


def test_what_runs_is_locked_as_it_is_tested() -> None:
    tested = {(one.name, one.version) for one in read_lock(RUNTIME.with_name("dev.txt"))}
    assert {(one.name, one.version) for one in read_lock(RUNTIME)} <= tested


@pytest.mark.parametrize(
    "text",
    [
        "msgspec==0.22.0\n",
        "msgspec>=0.22.0 \\\n" + HASH,
        "msgspec==0.22.0 \\\n    --hash=md5:00\n",
        "msgspec @ https://example.com/msgspec.whl \\\n" + HASH,
        "--index-url https://example.com/simple\n",
        "-r other.txt\n",
        "-e .\n",
    ],
)
def test_line_that_is_not_pinned_by_hash_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "runtime.txt"
    path.write_text(f"# made\nidna==3.20 \\\n{HASH}\n    # via yarl\n{text}")
    with pytest.raises(BadLock, match=r"runtime\.txt:5"):
        read_lock(path)


def test_marker_says_where_a_requirement_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "runtime.txt"
    path.write_text(f"Foo_Bar==1.0 ; sys_platform == 'nowhere' \\\n{HASH}\n")
    (found,) = read_lock(path)
    assert (found.name, found.version, found.wanted_here()) == ("foo-bar", "1.0", False)


# Builds


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two builds of the last commit, in two folders; without what a compiler makes."""
    scratch = tmp_path_factory.mktemp("builds")
    before = git(ROOT, "status", "--porcelain", "--ignored")
    build_twice(ROOT, "HEAD", scratch, compiled=False)
    assert git(ROOT, "status", "--porcelain", "--ignored") == before
    return scratch / "made"


def test_two_builds_are_equal_and_a_release_has_nothing_against_it(built: Path) -> None:
    wheel, archive = sorted(built.glob("*.whl")) + sorted(built.glob("*.tar.gz"))
    assert wheel.name.endswith("-py3-none-any.whl")
    runtime = read_lock(RUNTIME)
    refused = licences.refused(licences.installed(runtime), runtime)
    assert refused == []
    note(
        "S16",
        reproducible=f"{wheel.name}, {archive.name}",
        locked=len(runtime),
        licences_refused=len(refused),
        known_high="not checked: no advisory data",
    )


@pytest.mark.soak
def test_two_builds_of_the_compiled_wheel_are_equal(tmp_path: Path) -> None:
    if not can_compile():
        pytest.skip("no C compiler")
    names = build_twice(ROOT, "HEAD", tmp_path, compiled=True)
    assert len(names) == 3
    for part in (tmp_path / "made").glob("*-cp*.whl"):
        with zipfile.ZipFile(part) as files:
            code = b"".join(files.read(name) for name in files.namelist())
        assert str(tmp_path).encode() not in code
    note(
        "S16",
        target="release",
        reproducible=", ".join(names),
        licences_refused=0,
        known_high="not checked: no advisory data",
    )


def test_wheel_of_the_source_archive_is_the_wheel(built: Path, tmp_path: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    (tmp_path / "out").mkdir()
    made = build(source, tmp_path / "out", commit_time_s(ROOT, "HEAD"), compiled=False)
    (wheel,) = (path for path in made if path.suffix == ".whl")
    assert wheel.read_bytes() == (built / wheel.name).read_bytes()


def test_wheel_holds_every_room_and_nothing_of_the_machine(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    tracked = git(ROOT, "ls-tree", "-r", "--name-only", "HEAD", "src").split("\n")
    with zipfile.ZipFile(wheel) as files:
        names = {name for name in files.namelist() if ".dist-info/" not in name}
        contents = b"".join(files.read(name) for name in files.namelist())
    assert names == {path.removeprefix("src/") for path in tracked}
    assert str(ROOT).encode() not in contents


def test_builds_that_differ_are_refused(tmp_path: Path) -> None:
    for folder, text in (("a", "1"), ("b", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.whl").write_text(text)
    with pytest.raises(BuildDiffers, match=r"x\.whl differ"):
        same(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / "y.whl").touch()
    with pytest.raises(BuildDiffers, match="different names"):
        same(tmp_path / "a", tmp_path / "b")


def test_build_whose_compiler_fails_is_no_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "quick.pyx").write_text("x = 1\n")
    (tmp_path / "setup.py").write_text(
        "from setuptools import Extension, setup\n"
        "setup(name='quick', version='1', package_dir={'': 'src'}, packages=[],\n"
        "      ext_modules=[Extension('quick', ['src/quick.pyx'], optional=True)])\n"
    )
    (tmp_path / "out").mkdir()
    monkeypatch.setitem(os.environ, "PATH", "")
    with pytest.raises(BuildDiffers, match="not everything was compiled"):
        build(tmp_path, tmp_path / "out", 1_700_000_000, compiled=True)


def test_folder_that_holds_no_release_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("mine")
    with pytest.raises(Refused, match="no release"):
        release(ROOT, tmp_path, None, None)
    assert (tmp_path / "diary").read_text() == "mine"


def test_wheels_that_differ_in_time_order_and_rights_become_equal(tmp_path: Path) -> None:
    made = []
    for number, order in enumerate([("b.py", "a.py"), ("a.py", "b.py")]):
        path = tmp_path / f"{number}.whl"
        with zipfile.ZipFile(path, "w") as new:
            for name in order:
                entry = zipfile.ZipInfo(name, (2001 + number, 1, 1, 0, 0, 0))
                entry.external_attr = (0o100600 + number) << 16
                new.writestr(entry, name)
        before = path.read_bytes()
        archives.normalise_wheel(path, 1_700_000_000)
        made.append((before, path.read_bytes()))
    assert made[0][0] != made[1][0]
    assert made[0][1] == made[1][1]


def test_source_archives_that_differ_in_owner_and_time_become_equal(tmp_path: Path) -> None:
    made = []
    for number in range(2):
        path = tmp_path / str(number) / "x.tar.gz"
        path.parent.mkdir()
        text = path.parent / "a.py"
        text.write_text("a")
        os.utime(text, (number, number))
        with tarfile.open(path, "w:gz") as new:
            new.add(text, "x/a.py")
        before = path.read_bytes()
        archives.normalise_sdist(path, 1_700_000_000)
        made.append((before, path.read_bytes()))
    assert made[0][0] != made[1][0]
    assert made[0][1] == made[1][1]


def test_bill_of_materials_names_what_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "bill.json"
    bill_of_materials(ROOT, path, "0.1.0", 1_700_000_000)
    told = json.loads(path.read_text())
    pages = [part for part in told["components"] if part.get("purl", "").startswith("pkg:npm/")]
    told["components"] = [part for part in told["components"] if part not in pages]
    found = {(part["name"], part["version"]) for part in told["components"]}
    assert (told["bomFormat"], told["metadata"]["component"]["version"]) == ("CycloneDX", "0.1.0")
    assert found == {(one.name, one.version) for one in read_lock(RUNTIME)}
    hashes = [part["externalReferences"][0]["hashes"] for part in told["components"]]
    assert [len(several) for several in hashes] == [one.hashes for one in read_lock(RUNTIME)]
    wanted = json.loads((ROOT / "web/package.json").read_text())["dependencies"]
    assert set(wanted) <= {part["name"] for part in pages}
    assert "vite" not in {part["name"] for part in pages}
    assert {len(part["hashes"][0]["content"]) for part in pages} == {128}


def test_licences_of_the_pages_are_fine_and_another_is_not() -> None:
    told = npm.licences(npm.packages(ROOT / NPM_LOCK))
    assert licences.unfit(told) == []
    worse = [*told, licences.Licence("left-out", "1.0.0", "GPL-3.0-only")]
    assert licences.unfit(worse) == ["left-out: its licence is GPL-3.0-only"]


# Licences


@pytest.mark.parametrize(
    ("licence", "fine"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("Apache Software License; MIT License", True),
        ("GPL-3.0-or-later OR MIT", True),
        ("GPL-3.0-or-later", False),
        ("GNU Affero General Public License v3", False),
        ("AGPL-3.0-only", False),
        ("LGPL-2.1-only", False),
        ("MIT AND GPL-2.0-only", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_licence_is_judged(licence: str, fine: bool) -> None:
    read = [licences.Licence("a", "1.0", licence)]
    assert (licences.refused(read, [pinned("a", "1.0")]) == []) == fine


def test_licence_that_cannot_be_read_is_refused() -> None:
    assert licences.refused([], [pinned("a", "1.0")]) == [
        "a: not installed, its licence cannot be read"
    ]
    assert licences.refused([], [pinned("a", "1.0", "sys_platform == 'nowhere'")]) == []
    elsewhere = pinned("a", "0.8", "sys_platform == 'nowhere'")
    assert licences.refused([licences.Licence("a", "0.9", "MIT")], [elsewhere]) == []
    other = [licences.Licence("a", "0.9", "MIT")]
    assert licences.refused(other, [pinned("a", "1.0")]) == ["a: 0.9 is installed, 1.0 is locked"]


# Advisories


def advisory(**more: object) -> dict[str, object]:
    return {
        "id": "PYSEC-2026-1",
        "modified": "2026-05-06T07:08:09Z",
        "summary": "made up",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "Foo.Bar"}, **more}],
    }


def between(*events: dict[str, str], kind: str = "ECOSYSTEM") -> dict[str, object]:
    return advisory(ranges=[{"type": kind, "events": list(events)}])


@pytest.mark.parametrize(
    ("document", "holds"),
    [
        (between({"introduced": "0"}, {"fixed": "1.5"}), True),
        (between({"introduced": "0"}, {"fixed": "1.4.2"}), False),
        (between({"introduced": "0"}, {"fixed": "1.4.3rc1"}), True),
        (between({"introduced": "1.4.2"}), True),
        (between({"introduced": "1.4.10"}), False),
        (between({"introduced": "0"}, {"last_affected": "1.4.2"}), True),
        (between({"introduced": "0"}, {"last_affected": "1.4.1"}), False),
        (between({"fixed": "1.1"}, {"introduced": "1.0"}, {"introduced": "1.4"}), True),
        (between({"introduced": "0"}, kind="GIT"), False),
        (between({"introduced": "no version"}), True),
        (advisory(versions=["1.4.1", "1.4.2.0"]), True),
        (advisory(versions=["1.4.1", "1.4.3"]), False),
        ({**advisory(versions=["1.4.2"]), "withdrawn": "2026-05-07T00:00:00Z"}, False),
    ],
)
@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_advisory_is_compared_with_the_lock(
    tmp_path: Path, document: dict[str, object], holds: bool, suffix: str
) -> None:
    path = tmp_path / "vulns" / "foo-bar" / f"PYSEC-2026-1.{suffix}"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document, indent=2))
    report = advisories.compare(tmp_path, [pinned("foo-bar", "1.4.2"), pinned("b", "1")])
    assert (report.read, report.newest) == (1, "2026-05-06")
    assert report.hits == (["PYSEC-2026-1: foo-bar 1.4.2: made up"] if holds else [])


def test_every_version_that_is_locked_somewhere_is_compared(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(advisory(versions=["1.0"])))
    both = [
        pinned("foo-bar", "1.0", "python_version < '3.12'"),
        pinned("foo-bar", "2.0", "python_version >= '3.12'"),
    ]
    assert len(advisories.compare(tmp_path, both).hits) == 1


def test_advisory_in_the_form_of_the_python_database_is_read(tmp_path: Path) -> None:
    (tmp_path / "PYSEC-2026-2.yaml").write_text(
        "id: PYSEC-2026-2\ndetails: made up\naffected:\n- package:\n    name: foo-bar\n"
        "    ecosystem: PyPI\n  ranges:\n  - type: ECOSYSTEM\n    events:\n"
        "    - introduced: '0'\n    - fixed: '2.0'\nmodified: '2026-01-02T00:00:00Z'\n"
    )
    report = advisories.compare(tmp_path, [pinned("foo-bar", "1.4.2")])
    assert str(report).split("\n") == [
        "1 of 2026-01-02 and before, 1 hold for the lock",
        "PYSEC-2026-2: foo-bar 1.4.2:",
    ]


def test_advisory_for_another_package_or_another_world_does_not_hold(tmp_path: Path) -> None:
    other = between({"introduced": "0"})
    other["affected"][0]["package"]["ecosystem"] = "npm"  # type: ignore[index]
    (tmp_path / "a.json").write_text(json.dumps(other))
    assert advisories.compare(tmp_path, [pinned("foo-bar", "1")]).hits == []
    assert advisories.compare(tmp_path, [pinned("foo-baz", "1")]).read == 1


@pytest.mark.parametrize("content", [None, '{"id": "x", "modified": "2026-01-01", "name": "a"'])
def test_folder_that_says_nothing_is_not_taken_for_good_news(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "broken.json").write_text(content)
    with pytest.raises(advisories.NoAdvisories):
        advisories.compare(tmp_path, [pinned("a", "1")])


# Signatures


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key for this test; `-W` makes one without a password."""
    path = tmp_path / "release.key"
    command = ["minisign", "-G", "-W", "-s", str(path), "-p", str(tmp_path / "release.pub")]
    subprocess.run(command, check=True, capture_output=True)
    path.chmod(0o600)
    return path


def verified(path: Path, public: Path) -> subprocess.CompletedProcess[str]:
    command = ["minisign", "-V", "-p", str(public), "-m", str(path)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@needs_minisign
def test_user_verifies_signatures_and_sums_and_a_change_is_caught(
    tmp_path: Path, key: Path
) -> None:
    folder = tmp_path / "dist"
    folder.mkdir()
    wheel = folder / "outcry.whl"
    wheel.write_text("a wheel")
    sums = signing.write_sums(folder)
    assert sums.read_text() == f"{sha256(b'a wheel').hexdigest()}  outcry.whl\n"
    signing.sign([sums, wheel], key, "outcry 0.1.0 of a commit")
    for path in (sums, wheel):
        told = verified(path, key.with_suffix(".pub"))
        assert (told.returncode, "outcry 0.1.0 of a commit" in told.stdout) == (0, True)
    summed = ["sha256sum", "-c", "SHA256SUMS"]
    assert subprocess.run(summed, cwd=folder, check=False, capture_output=True).returncode == 0
    wheel.write_text("another wheel")
    assert verified(wheel, key.with_suffix(".pub")).returncode != 0
    assert subprocess.run(summed, cwd=folder, check=False, capture_output=True).returncode != 0


@needs_minisign
def test_key_that_others_can_read_signs_nothing(tmp_path: Path, key: Path) -> None:
    key.chmod(0o640)
    with pytest.raises(signing.NotSigned, match="chmod 600"):
        signing.sign([], key, "x")
    with pytest.raises(signing.NotSigned, match="no such key"):
        signing.sign([], tmp_path / "none", "x")
