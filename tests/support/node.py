"""Run the unmodified JavaScript clients."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.exclusions import skip_if_excluded
from tests.support.network import CLIENT_ENVIRONMENT
from tools import machine

FOLDER: Final = machine.ROOT / "tests" / "sdk" / "node"


def node_program() -> Path:
    """Return a Node that is new enough; skip when excluded by name, fail when missing."""
    skip_if_excluded("node")
    found = machine.node_program()
    if found is None or not (FOLDER / "node_modules").exists():
        pytest.fail("Node or its packages are missing; run: python3 tools/setup.py test")
    return found


def run_node(
    script: str | Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = 120,
) -> str:
    """Run a script of tests/sdk/node and return what it printed; fail with its own words."""
    done = subprocess.run(
        [str(node_program()), str(script), *arguments],
        cwd=FOLDER, capture_output=True, text=True, check=False, timeout=timeout_s,
        env={**os.environ, **CLIENT_ENVIRONMENT, **(environment or {})},
    )  # fmt: skip
    if done.returncode:
        pytest.fail(f"node {script} exited {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
