"""Run the checks and the tests, all of them, and end with what a reader needs.

    python tools/verify.py check          lint, types, import contracts, generated files
    python tools/verify.py test           the checks, then every test
    python tools/verify.py quick          the checks, then what needs only Python
    python tools/verify.py soak           the long runs

A failing check does not hide the next one. `--skip "postgres node"` excludes by name.
pytest's own closing line stays in sight: only one line follows it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
TESTS_MAX_S = 25 * 60
SOAK_MAX_S = 12 * 3600
QUICK = ["unit", "contract", "properties", "flows", "docs", "tidy"]


@dataclass(frozen=True)
class Check:
    """One command that must succeed, and the file without which it has nothing to do."""

    name: str
    command: list[str]
    needs: str = "pyproject.toml"


def checks() -> list[Check]:
    """Return every check of `make check`, quickest first."""
    python = sys.executable
    trees = [
        name for name in ("src", "tools", "tests", "bench") if any((ROOT / name).rglob("*.py"))
    ]
    return [
        Check("lint", [str(BIN / "ruff"), "check", "--quiet", "."]),
        Check("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
        Check("imports", [str(BIN / "lint-imports"), "--no-logo"]),
        Check("wire", [python, "tools/generate_wire.py", "--check"], "tools/generate_wire.py"),
        Check("docs", [python, "tools/generate_docs.py", "--check"], "tools/generate_docs.py"),
        Check("types", [str(BIN / "mypy"), *trees]),
    ]


def run_checks() -> list[str]:
    """Run every check, print one line for each, and return the names of those that failed."""
    failed: list[str] = []
    for check in checks():
        if not (ROOT / check.needs).exists():
            print(f"check {check.name:8} skipped: {check.needs} does not exist", flush=True)
            failed.append(check.name)
            continue
        started = time.monotonic()
        done = subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True, check=False)
        state = "FAILED" if done.returncode else "ok"
        print(f"check {check.name:8} {state:6} {time.monotonic() - started:5.1f} s", flush=True)
        if done.returncode:
            failed.append(check.name)
            print(done.stdout + done.stderr, flush=True)
    return failed


def run_tests(arguments: list[str], *, skip: str, limit_s: float) -> bool:
    """Run pytest on all cores, in bounded time; tell whether it succeeded."""
    environment = {**os.environ, "POOLKEEP_TEST_SKIP": skip}
    command = [sys.executable, "-m", "pytest", "-n", str(os.cpu_count() or 1)]
    command += ["--dist", "worksteal", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        return process.wait(timeout=limit_s) == 0
    except subprocess.TimeoutExpired:
        print(f"the tests took longer than {limit_s:.0f} s and were stopped", flush=True)
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def main() -> int:
    """Run one set; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["check", "test", "quick", "soak"])
    parser.add_argument("--skip", default="", help="names to exclude: postgres node")
    arguments, rest = parser.parse_known_args()
    failed: list[str] = []
    if arguments.what != "soak":
        failed = run_checks()
    passed = True
    if arguments.what == "test":
        passed = run_tests(rest, skip=arguments.skip, limit_s=TESTS_MAX_S)
    elif arguments.what == "quick":
        folders = [f"tests/{name}" for name in QUICK if (ROOT / "tests" / name).exists()]
        options = ["--hypothesis-profile=quick", *folders, *rest]
        passed = run_tests(options, skip="postgres node", limit_s=TESTS_MAX_S)
    elif arguments.what == "soak":
        options = ["--hypothesis-profile=soak", "-m", "soak", "--timeout=0", "tests/soak", *rest]
        passed = run_tests(options, skip=arguments.skip, limit_s=SOAK_MAX_S)
    if not passed:
        failed.append("tests")
    verdict = f"FAILED ({', '.join(failed)})" if failed else "passed"
    print(f"make {arguments.what.replace('quick', 'test-quick')}: {verdict}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
