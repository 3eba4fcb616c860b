"""The tables of attacks name tests that exist, and every row that their page tells of."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.tidy import tree

PAGES: Final = [tree.ROOT / f"docs/behaviours/{name}-attacks.md" for name in ("oauth", "identity")]
CLAIM: Final = re.compile(r"^- \*\*([A-Z]+-\d+)\*\*", re.MULTILINE)
ROW: Final = re.compile(r"^\| ([A-Z]+-\d+) \| (`tests/.*) \|$", re.MULTILINE)
OURS: Final = {"OAU-30", "OAU-40", "OAU-41", "OAU-42", "SES-15"}
"""Claims that are no rows of the catalogue."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_of_the_table_exists(page: Path) -> None:
    rows = ROW.findall(page.read_text())
    assert rows
    for row, told in rows:
        for part in told.split("; "):
            file, *names = re.findall(r"`([^`]+)`", part)
            text = (tree.ROOT / file).read_text()
            missing = [name for name in names if f"def test_{name}(" not in text]
            assert names, (row, file)
            assert not missing, (row, file, missing)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_row_of_the_page_is_in_the_table(page: Path) -> None:
    text = page.read_text()
    assert set(CLAIM.findall(text)) - OURS <= {row for row, _ in ROW.findall(text)}
