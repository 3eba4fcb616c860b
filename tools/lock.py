"""Resolve the dependencies anew: hashes for everything, no index and no host.

The locks are resolved on the oldest Python that we support.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = [
    "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header", "--quiet",
    "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links",
]  # fmt: skip
LOCKS = {
    "build": ["requirements/build.in"],
    "runtime": ["pyproject.toml", "--constraint", "requirements/build.txt"],
    "dev": ["pyproject.toml", "requirements/dev.in"],
    "docs": ["requirements/docs.in"],
}


def main() -> int:
    """Write every lock, or those named; later ones follow the earlier ones."""
    if sys.version_info[:2] != (3, 11):
        print("lock: run this with Python 3.11")
        return 1
    for name in sys.argv[1:] or LOCKS:
        out = f"requirements/{name}.txt"
        print(f"lock: {out}")
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, "-o", out, *LOCKS[name]]
        subprocess.run([*command, "--upgrade"], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
