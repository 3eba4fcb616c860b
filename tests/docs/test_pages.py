"""The written pages name only what exists."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.tidy import tree
from tools import generate_docs

PAGES: Final = [path for path in tree.tracked() if path.suffix == ".md"]
LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PATH: Final = re.compile(r"`([\w./-]+(?:/|\.(?:py|md|toml|sql|json|txt|mermaid)))`")
COMMAND: Final = re.compile(r"^\$ (?:\.venv/bin/)?(make|poolkeep) ?([\w-]*)", re.MULTILINE)
MAPS: Final = ["ARCHITECTURE.md"]
GUIDES: Final = ["README.md", "CONTRIBUTING.md", "docs/tutorial/first-token.md"]


def anchors(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in found}


@pytest.mark.parametrize("page", PAGES, ids=tree.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(re.sub(r"`[^`]*`|```.*?```", "", page.read_text(), flags=re.DOTALL)):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        missing = not found.exists()
        if missing or (anchor and found.suffix == ".md" and anchor not in anchors(found)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", MAPS)
def test_the_map_names_only_files_that_exist(page: str) -> None:
    named = set(PATH.findall((tree.ROOT / page).read_text()))
    bare = {"model.py", "rules.py", "ports.py", "service.py", "__init__.py"}  # names, not places
    bases = [tree.ROOT, tree.ROOT / "src" / "poolkeep"]
    missing = {n for n in named - bare if not any((base / n).exists() for base in bases)}
    assert not missing


@pytest.mark.parametrize("page", GUIDES)
def test_a_guide_shows_only_commands_that_exist(page: str) -> None:
    makefile = (tree.ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    reference = (generate_docs.PAGES / "commands.md").read_text()
    commands = set(re.findall(r"^## poolkeep ([\w-]+)", reference, re.MULTILINE))
    known = {"make": targets, "poolkeep": commands}
    shown = COMMAND.findall((tree.ROOT / page).read_text())
    assert shown
    assert not [(program, word) for program, word in shown if word and word not in known[program]]
