"""Has the code of a function changed? The times and sizes of the files in its folder tell."""

import os
from pathlib import Path
from typing import Final, TypeAlias

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]

SUFFIXES: Final = (".py", ".mjs", ".js", ".cjs", ".json")
SKIPPED: Final = frozenset({"node_modules", "__pycache__", ".git", ".venv", "site-packages"})
FILES_MAX: Final = 1_000


def stamp_of(folder: Path) -> Stamp:
    """Return what changes when a file does; it looks at the first thousand files only."""
    found: list[tuple[str, int, int]] = []
    folders = [str(folder)]
    while folders and len(found) < FILES_MAX:
        try:
            entries = sorted(os.scandir(folders.pop()), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED and not entry.name.startswith("."):
                    folders.append(entry.path)
            elif entry.name.endswith(SUFFIXES):
                try:
                    status = entry.stat()
                except OSError:
                    continue
                found.append((entry.path, status.st_mtime_ns, status.st_size))
    return tuple(found[:FILES_MAX])
