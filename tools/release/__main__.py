"""`python -m tools.release`: everything of a release into `dist/`, or a reason why not."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.release import advisories, licences, npm, signing
from tools.release.build import BuildDiffers, build, commit_time_s, git, lay_out, same, tools
from tools.release.locks import NAMES, BadLock, Pinned, read_lock
from tools.skips import can_compile

ROOT = Path(__file__).resolve().parents[2]
NPM_LOCK = "web/package-lock.json"
NOT_CHECKED = "none given, not checked"


class Refused(Exception):
    """No release can be made of this."""


def release(root: Path, out: Path, key: Path | None, known: Path | None) -> list[str]:
    """Make a release of the commit that is checked out; return what to tell.

    `known` is a folder of advisories. `out` is replaced when all is well and left alone otherwise.

    Raises:
        Refused: the tree has changes, or a licence or an advisory stands against it.
        BadLock, NoAdvisories, BuildDiffers, NotSigned: as they say.
    """
    if out.exists() and any(out.iterdir()) and not (out / signing.SUMS).exists():
        raise Refused(f"{out} holds something that is no release; it would be replaced")
    if git(root, "status", "--porcelain"):
        raise Refused("there are changes that are not committed; a release is of a commit")
    commit = git(root, "rev-parse", "HEAD")
    runtime = [read_lock(root / "requirements" / name) for name in NAMES][0]
    licensed, pages = licences.installed(runtime), npm.licences(npm.packages(root / NPM_LOCK))
    if against := licences.refused(licensed, runtime) + licences.unfit(pages):
        raise Refused("\n".join(against))
    checked = _advisories(known, runtime)
    time_s = commit_time_s(root, commit)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "made"
        told = build_twice(
            root, commit, Path(scratch), compiled=can_compile(), modules=_modules(root)
        )
        version = next(made.glob("*.tar.gz")).name.split("-")[1].removesuffix(".tar.gz")
        bill_of_materials(root, made / f"outcry-{version}.cdx.json", version, time_s)
        listed = licences.listing(licensed, runtime) + npm.listing(pages)
        (made / f"outcry-{version}-licences.txt").write_text(listed)
        facts = {"version": version, "commit": commit, "time_s": time_s, "advisories": checked}
        (made / f"outcry-{version}-build.json").write_text(
            json.dumps(facts | {"tools": tools()}, indent=2) + "\n"
        )
        signing.write_sums(made)
        if key is not None:
            signing.sign(sorted(made.iterdir()), key, f"outcry {version} {commit}")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(made, out)
    return [
        f"commit: {commit}",
        f"built twice, equal: {', '.join(told)}",
        f"licences: {len(licensed) + len(pages)} read, 0 refused",
        f"advisories: {checked}",
        f"signed: {f'by {key}' if key else 'no, no key was given'}",
        f"in: {out}",
    ]


def _advisories(known: Path | None, runtime: list[Pinned]) -> str:
    if known is None:
        return NOT_CHECKED
    report = advisories.compare(known, runtime)
    if report.hits:
        raise Refused(f"advisories: {report}")
    return str(report)


def _modules(root: Path) -> Path | None:
    """Return the npm packages that a release is built with.

    Raises:
        Refused: they are not installed.
    """
    modules = root / "web/node_modules"
    if not (root / "web/package.json").exists():
        return None
    if not modules.is_dir():
        raise Refused("the web trader's packages are not installed; `make web` does that")
    return modules


def build_twice(
    root: Path, commit: str, scratch: Path, *, compiled: bool, modules: Path | None = None
) -> list[str]:
    """Build a commit into `scratch/made` and a second time elsewhere; return the names.

    Raises:
        BuildDiffers: the two are not equal.
    """
    folders = {"made": Path("a"), "again": Path("another/folder, deeper")}
    time_s = commit_time_s(root, commit)
    for out, where in folders.items():
        (scratch / out).mkdir()
        for kind in [False, True] if compiled else [False]:
            source = scratch / where / ("compiled" if kind else "pure")
            lay_out(root, commit, source)
            build(source, scratch / out, time_s, compiled=kind, modules=modules)
    same(scratch / "made", scratch / "again")
    return sorted(path.name for path in (scratch / "made").iterdir())


def bill_of_materials(root: Path, path: Path, version: str, time_s: int) -> None:
    """Write the CycloneDX bill of materials of what runs with Outcry, out of its locks."""
    lock, project = root / "requirements" / "runtime.txt", root / "pyproject.toml"
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", str(lock)]
    subprocess.run(
        [*command, "--pyproject", str(project), "--output-reproducible", "-o", str(path)],
        check=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(time_s)},
    )
    told = json.loads(path.read_text(encoding="utf-8"))
    told["metadata"]["component"]["version"] = version
    told["components"] += npm.components(npm.packages(root / NPM_LOCK))
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Make a release, or say why not."""
    parser = argparse.ArgumentParser(prog="python -m tools.release")
    parser.add_argument("--key", type=Path, help="a secret key of minisign; none: not signed")
    parser.add_argument("--advisories", type=Path, help="a folder of OSV documents")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    given = parser.parse_args(arguments)
    try:
        told = release(ROOT, given.out, given.key, given.advisories)
    except (
        Refused,
        BadLock,
        BuildDiffers,
        advisories.NoAdvisories,
        signing.NotSigned,
        subprocess.CalledProcessError,
    ) as error:
        print(f"no release: {error}", file=sys.stderr)
        return 1
    print("\n".join(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
