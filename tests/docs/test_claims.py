"""Tests and the claims of docs/behaviours know each other."""

import ast
import re
from typing import Final

from tests.tidy import tree

CLAIM: Final = re.compile(r"^- \*\*([A-Z]+-\d+)\*\*", re.MULTILINE)
PAGES: Final = sorted((tree.ROOT / "docs" / "behaviours").glob("*.md"))


def stated() -> list[str]:
    return [claim for page in PAGES for claim in CLAIM.findall(page.read_text())]


def named() -> dict[str, str]:
    """Return every claim that a test names, with one place where it does."""
    found: dict[str, str] = {}
    for path in tree.python("tests"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _names_claims(node.func):
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        found[str(argument.value)] = f"{tree.name(path)}:{node.lineno}"
    return found


def _names_claims(function: ast.expr) -> bool:
    """Tell `holds(...)` and `pytest.mark.claim(...)` from other calls."""
    if isinstance(function, ast.Name):
        return function.id == "holds"
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "claim"
        and isinstance(function.value, ast.Attribute)
        and function.value.attr == "mark"
    )


def test_no_claim_is_stated_twice() -> None:
    claims = stated()
    assert len(claims) == len(set(claims))


def test_tests_name_only_claims_that_are_stated() -> None:
    claims = set(stated())
    unknown = {claim: place for claim, place in named().items() if claim not in claims}
    assert not unknown


def test_every_claim_is_held_by_a_test() -> None:
    held = named()
    unheld = [claim for claim in stated() if claim not in held]
    assert not unheld
