"""What no file may hold: leftovers, addresses of one machine, sleeps in tests, bare ignores."""

import ast
import re
from pathlib import Path
from typing import Final

from tests.tidy import tree

LEFTOVER: Final = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
MACHINE: Final = re.compile(
    r"(?<![\w./])/(?:work|root|opt/(?:pypi|wheels))/"
    r"|index-url|find-links\s*=|files\.pythonhosted|registry\.npmjs"
)
MACHINE_ALLOWED: Final = {"tests/tidy/test_words.py", "tools/lock.py"}  # they name what is banned
# These wait for another process, which cannot be asked to tell when it is ready.
MAY_SLEEP: Final = (
    "tests/functions/handlers/",
    "tests/support/",
    "tests/sdk/support.py",
    "tests/unit/http/",
    "tests/faults/",
    "tests/soak/",
)
SLEEPS: Final = {"time.sleep", "asyncio.sleep"}
IGNORE: Final = re.compile(r"#\s*(?:noqa(?::\s*[A-Z0-9, ]+)?|type:\s*ignore(?:\[[\w, -]+\])?)(.*)$")


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{tree.name(path)}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_for_later() -> None:
    paths = [path for path in tree.tracked() if not tree.is_generated(path)]
    assert not lines_with(LEFTOVER, [path for path in paths if path.name != "LICENSE"])


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    paths = [path for path in tree.tracked() if tree.name(path) not in MACHINE_ALLOWED]
    assert not lines_with(MACHINE, paths)


def test_locks_name_no_host() -> None:
    locks = sorted((tree.ROOT / "requirements").glob("*.txt"))
    assert locks
    assert not lines_with(re.compile(r"://|\s--?(?:index|extra|trusted|find)"), locks)
    for lock in tree.ROOT.glob("tests/**/package-lock.json"):
        if "node_modules" not in lock.parts:
            assert '"resolved"' not in lock.read_text()


def test_every_locked_package_has_hashes() -> None:
    for lock in sorted((tree.ROOT / "requirements").glob("*.txt")):
        pins = re.findall(r"^(\S+)==\S+ (.)$", lock.read_text(), re.MULTILINE)
        assert pins, lock
        assert all(end == "\\" for _, end in pins), lock
        assert len(pins) == len(re.findall(r"^[A-Za-z]\S*==", lock.read_text(), re.MULTILINE))


def test_tests_do_not_sleep() -> None:
    sleeping = []
    for path in tree.python("tests"):
        if tree.name(path).startswith(MAY_SLEEP):
            continue
        sleeping += [
            f"{tree.name(path)}:{node.lineno}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            and ast.unparse(node.func) in SLEEPS
            and ast.unparse(node) != "asyncio.sleep(0)"  # lets other tasks run; waits for nothing
        ]
    assert not sleeping, "wait for an event, or move the clock"


def test_an_ignored_rule_says_why() -> None:
    bare = []
    for path in tree.python("src"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = IGNORE.search(line)
            if found and not re.search(r"[a-z]{3}", found.group(1)):
                bare.append(f"{tree.name(path)}:{number}: {line.strip()}")
    assert not bare
