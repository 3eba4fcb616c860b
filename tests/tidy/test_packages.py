"""A package of the core shows a small face, and says what it owns."""

import ast
from pathlib import Path
from typing import Final

import pytest

from tests.tidy import tree

NAMES_MAX: Final = 12
CORE: Final = tree.ROOT / "src" / "poolkeep" / "core"
BANNED: Final = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}


def core_packages() -> list[Path]:
    return sorted(path.parent for path in CORE.glob("*/__init__.py"))


@pytest.mark.parametrize("package", core_packages(), ids=lambda path: path.name)
def test_a_core_package_exports_at_most_a_dozen_names(package: Path) -> None:
    module = ast.parse((package / "__init__.py").read_text())
    exported: list[str] = []
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            exported = list(ast.literal_eval(node.value))
    assert len(exported) <= NAMES_MAX, exported


@pytest.mark.parametrize("package", core_packages(), ids=lambda path: path.name)
def test_a_core_package_says_what_it_owns(package: Path) -> None:
    assert ast.get_docstring(ast.parse((package / "__init__.py").read_text()))


def test_nothing_is_called_utils() -> None:
    parts = {part for path in tree.python("src") for part in path.with_suffix("").parts}
    assert not parts & BANNED
