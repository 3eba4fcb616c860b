"""Say what a run leaves out, count it, and fail a run that leaves out anything else.

Two things may be absent: what was excluded by name (`make test SKIP="postgres node browser"`), and
the test vectors of `../shared/data`, which are not part of the project. Any other skip is a test
that silently stopped testing, so it fails the run.
"""

import os
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED_DATA: Final = ROOT.parent / "shared" / "data"
VARIABLE: Final = "TESTS_EXCLUDED"
BY_NAME: Final = "excluded by name: "
NO_VECTORS: Final = "../shared/data"


def excluded() -> set[str]:
    """Return the names that this run excludes."""
    return set(os.environ.get(VARIABLE, "").split())


def skip_if_excluded(name: str) -> None:
    """Skip the test when the run excludes `name`."""
    if name in excluded():
        pytest.skip(BY_NAME + name)


def vectors(name: str) -> Path:
    """Return a folder (or file) of the shared test vectors; skip where they are absent."""
    found = SHARED_DATA / name
    if not found.exists():
        pytest.skip(f"test vectors are absent: {NO_VECTORS}/{name}")
    return found


def is_expected(reason: str) -> bool:
    """Tell whether a skip was announced."""
    if BY_NAME in reason:
        return reason.partition(BY_NAME)[2].strip() in excluded()
    return NO_VECTORS in reason and not SHARED_DATA.exists()


def _reasons(config: pytest.Config) -> list[str]:
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    reports = terminal.stats.get("skipped", []) if terminal else []
    return [
        report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        for report in reports
    ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if any(not is_expected(reason) for reason in _reasons(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reasons = _reasons(config)
    unexpected = sorted({reason for reason in reasons if not is_expected(reason)})
    for name in sorted(excluded()):
        count = sum(reason.endswith(BY_NAME + name) for reason in reasons)
        terminalreporter.write_line(f"excluded by name: {name} ({count} tests)", yellow=True)
    vectors_absent = sum(NO_VECTORS in reason and is_expected(reason) for reason in reasons)
    if vectors_absent:
        line = f"test vectors of {NO_VECTORS} are absent ({vectors_absent} tests)"
        terminalreporter.write_line(line, yellow=True)
    for reason in unexpected:
        line = f"FAILED: a test was skipped that nobody excluded: {reason}"
        terminalreporter.write_line(line, red=True)
