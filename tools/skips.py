"""Pytest plugin: in CI a test may be skipped only for a reason that is true of the machine.

Load it with `-p tools.skips`. It reports and fails the run; it never changes a test.
"""

import os
import shutil
import sysconfig
from pathlib import Path

import pytest


def can_compile() -> bool:
    """Return whether this machine has a C compiler and Python's headers."""
    header = Path(sysconfig.get_paths()["include"]) / "Python.h"
    return header.exists() and any(shutil.which(name) for name in ("cc", "gcc", "clang"))


def excused(reason: str, root: Path) -> bool:
    """Return whether `reason` is one we accept and holds here."""
    if "../shared absent" in reason:
        return not (root.parent / "shared").exists()
    if "no C compiler" in reason:
        return not can_compile()
    if "no minisign here" in reason:
        return not shutil.which("minisign")
    return False


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
