"""Pytest plugin: in CI a test may be skipped only for a reason that is true of the machine.

Load it with `-p tools.skips`. It reports and fails the run; it never changes a test.
"""

import os
import resource
import shutil
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

FILES_OF_TEN_THOUSAND_CONNECTIONS = 12_500


def can_compile() -> bool:
    """Return whether this machine has a C compiler and Python's headers."""
    header = Path(sysconfig.get_paths()["include"]) / "Python.h"
    return header.exists() and any(shutil.which(name) for name in ("cc", "gcc", "clang"))


CANNOT_MOUNT = "needs root: no file system can be mounted here"
CANNOT_CUT_POWER = "needs root and loop devices: the power of no disk can be cut here"
_SYS_ADMIN = 1 << 21
"""The bit of the right to mount in a Linux process's effective capabilities."""


def can_mount() -> bool:
    """Return whether this process may mount file systems."""
    status = Path("/proc/self/status")
    if not status.exists():
        return False
    words = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
    return bool(int(words["CapEff"], 16) & _SYS_ADMIN)


def can_cut_power() -> bool:
    """Return whether an ext4 image can be made and mounted here, to be stopped at once."""
    return can_mount() and Path("/dev/loop-control").exists() and bool(shutil.which("mkfs.ext4"))


TOO_FEW_FILES = "too few open files are allowed"


def can_hold_ten_thousand() -> bool:
    """Return whether a process here may hold ten thousand connections."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return allowed == resource.RLIM_INFINITY or allowed >= FILES_OF_TEN_THOUSAND_CONNECTIONS


NO_FIU, NO_FAKETIME, NO_MINISIGN = "no fiu-run here", "no faketime here", "no minisign here"
NO_CHROMIUM = "no chromium here"


def excused(reason: str, root: Path) -> bool:
    """Return whether `reason` is one we accept and holds here."""
    holds: dict[str, Callable[[], bool]] = {
        "../shared absent": lambda: not (root.parent / "shared").exists(),
        "no C compiler": lambda: not can_compile(),
        CANNOT_MOUNT: lambda: not can_mount(),
        CANNOT_CUT_POWER: lambda: not can_cut_power(),
        TOO_FEW_FILES: lambda: not can_hold_ten_thousand(),
        NO_FIU: lambda: not shutil.which("fiu-run"),
        NO_FAKETIME: lambda: not shutil.which("faketime"),
        NO_MINISIGN: lambda: not shutil.which("minisign"),
        NO_CHROMIUM: lambda: not shutil.which("chromium"),
    }
    return any(known in reason and held() for known, held in holds.items())


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return why a skipped report was skipped, as its author wrote it."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")


class Gate:
    """Collects the skips that nothing excuses."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.refused: list[str] = []

    def _see(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = reason_of(report)
            if not excused(reason, self.root):
                self.refused.append(f"{report.nodeid}: {reason}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look at one phase of one test."""
        self._see(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Look at a module that skipped itself whole."""
        self._see(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that was green but for its skips."""
        if self.refused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name every skip that failed the run."""
        if self.refused:
            terminalreporter.section("skips that CI does not accept")
            for line in self.refused:
                terminalreporter.line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Stand at the gate in CI only."""
    if os.environ.get("CI") == "true":
        config.pluginmanager.register(Gate(config.rootpath))
