"""The files that the house rules are about."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = {"cognito_idp", "cognito_identity", "cognito_sync", "sts", "iam", "kms"}
TEXT: Final = {
    ".py", ".md", ".toml", ".txt", ".in", ".json", ".yml", ".sql", ".sh", ".mjs", ".js", ".html",
    ".mermaid", "", ".cfg",
}  # fmt: skip


@cache
def tracked() -> tuple[Path, ...]:
    """Return every text file of the project: what git knows and does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(sorted(p for p in paths if p.suffix in TEXT and p.is_file()))


def name(path: Path) -> str:
    """Return a path as it is written in messages."""
    return path.relative_to(ROOT).as_posix()


def is_generated(path: Path) -> bool:
    """Tell whether a tool writes the file."""
    parts = path.relative_to(ROOT).parts
    if parts[:3] == ("src", "poolkeep", "wire") and len(parts) == 5:
        return parts[3] in SERVICES
    return parts[:2] == ("docs", "reference") or path.name == "package-lock.json"


def python(*folders: str) -> list[Path]:
    """Return the hand-written Python files under some folders."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in folders
        and not is_generated(path)
    ]
