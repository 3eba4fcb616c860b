"""Published vectors, where they lie beside the repository; skipped with the reason otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

_FOLDER = Path(__file__).parents[4] / "shared" / "data" / "wycheproof"


def wycheproof(name: str) -> list[dict[str, Any]]:
    """Return the test groups of one Wycheproof file."""
    path = _FOLDER / f"{name}_test.json"
    if not path.is_file():
        pytest.skip(f"the Wycheproof vectors are not here: ../shared/data/wycheproof/{path.name}")
    groups: list[dict[str, Any]] = json.loads(path.read_text())["testGroups"]
    return groups
