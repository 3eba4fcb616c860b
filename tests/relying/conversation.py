"""A Node client that needs somebody in front of a browser: it names an address, we visit it."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping

import pytest

from tests.sdk.support import Json
from tests.support import processes
from tests.support.network import CLIENT_ENVIRONMENT
from tests.support.node import FOLDER, node_program


def converse(
    script: str,
    settings: dict[str, Json],
    visit: Callable[[str], str],
    environment: Mapping[str, str] | None = None,
) -> Json:
    """Run a script of tests/sdk/node; answer its visits; return its report."""
    given = {"CLIENT_TEST": json.dumps(settings), **(environment or {})}
    command = [
        *processes.as_user(None, dies_with_us=signal.SIGKILL), str(node_program()), script,
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=FOLDER,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **CLIENT_ENVIRONMENT, **given},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            for line in process.stdout:
                told = json.loads(line)
                if "visit" not in told:
                    process.wait()
                    return told
                process.stdin.write(f"{visit(told['visit'])}\n".encode())
                process.stdin.flush()
        finally:
            processes.stop(process)
        pytest.fail(f"node {script} reported nothing:\n{process.stderr.read().decode()}")
