"""Claims and tests know each other: none is stated without a test, none is held without a page."""

import ast
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted(
    path.stem for path in (ROOT / "docs" / "behaviours").glob("*.md") if path.stem != "README"
)
FOLDERS: Final = (
    *("behaviours", "browser", "contract", "faults", "flows", "functions", "relying", "sdk"),
    *("security", "unit"),
)
STATED: Final = re.compile(r"^- \*\*([A-Z]+-[0-9]{2,3})\*\* \S", re.MULTILINE)


def stated() -> list[str]:
    found: list[str] = []
    for page in PAGES:
        found += STATED.findall((ROOT / "docs" / "behaviours" / f"{page}.md").read_text())
    return found


def held() -> set[str]:
    """Return the claims that tests name as holding them."""
    return {
        part.value
        for folder in FOLDERS
        for path in (ROOT / "tests" / folder).rglob("test_*.py")
        if "node_modules" not in path.parts
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "holds"
        for part in ast.walk(call)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def test_a_claim_is_stated_once() -> None:
    claims = stated()
    assert len(claims) == len(set(claims))
    assert len(claims) > 250


def test_every_claim_is_held_by_a_test() -> None:
    assert sorted(set(stated()) - held()) == []


def test_every_held_claim_is_stated() -> None:
    assert sorted(held() - set(stated())) == []


def test_every_claim_names_its_evidence() -> None:
    words = "documented|captured|reported|recalled|chosen"
    for page in PAGES:
        text = (ROOT / "docs" / "behaviours" / f"{page}.md").read_text()
        for line in text.splitlines():
            if STATED.match(line):
                assert re.search(rf"\*\([^)]*({words})[^)]*\)\*", line), line
