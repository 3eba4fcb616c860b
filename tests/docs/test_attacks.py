"""The table of attacks names tests that exist, and every row that the page tells of."""

import re
from typing import Final

from tests.tidy import tree

PAGE: Final = tree.ROOT / "docs/behaviours/oauth-attacks.md"
CLAIM: Final = re.compile(r"^- \*\*([A-Z]+-\d+)\*\*", re.MULTILINE)
ROW: Final = re.compile(r"^\| ([A-Z]+-\d+) \| (`tests/.*) \|$", re.MULTILINE)
OURS: Final = {"OAU-30", "OAU-40", "OAU-41", "OAU-42", "SES-15"}
"""Claims that are no rows of the catalogue."""


def test_every_test_of_the_table_exists() -> None:
    rows = ROW.findall(PAGE.read_text())
    assert rows
    for row, told in rows:
        for part in told.split("; "):
            file, *names = re.findall(r"`([^`]+)`", part)
            text = (tree.ROOT / file).read_text()
            missing = [name for name in names if f"def test_{name}(" not in text]
            assert names, (row, file)
            assert not missing, (row, file, missing)


def test_every_row_of_the_page_is_in_the_table() -> None:
    text = PAGE.read_text()
    assert set(CLAIM.findall(text)) - OURS <= {row for row, _ in ROW.findall(text)}
