"""Functions in this process, or in a server, for tests."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from poolkeep.adapters.triggers.functions import Functions
from poolkeep.adapters.triggers.model import Attempt
from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.log import Log
from poolkeep.base.secret import Secret
from poolkeep.compose.functions import build_functions
from poolkeep.function_settings import Functions as FunctionSettings
from poolkeep.settings import Settings
from tests.support.exclusions import skip_if_excluded
from tests.support.node import node_program
from tools import machine

HANDLERS: Final = Path(__file__).with_name("handlers")
NODE_CLIENT: Final = Path(__file__).with_name("node") / "node_modules" / "aws-lambda-ric"
NO_CLIENT: Final = HANDLERS / "no-such-client"
ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:"
RUNTIMES: Final = ("python", "node", "own-node")
PROBE: Final = ARN + "probe"
SIX_MB: Final = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."


class Host:
    """Functions under test, what they log, and how attempts went."""

    def __init__(
        self, functions: Functions, logged: list[dict[str, Any]], attempts: list[Attempt]
    ) -> None:
        """Look at both lists as they grow."""
        self.functions = functions
        self.logged = logged
        self.attempts = attempts

    async def probe(self, **event: Any) -> Any:
        """Call the function named `probe`."""
        return json.loads(await self.functions.call(PROBE, json.dumps(event).encode()))

    async def lines(self, count: int = 1) -> list[dict[str, Any]]:
        """Return what functions have printed, once there are so many lines."""
        await until(lambda: len(self._printed()) >= count)
        return self._printed()

    def _printed(self) -> list[dict[str, Any]]:
        return [event for event in self.logged if event["event"] == "function_output"]


async def until(true: Callable[[], bool], within_s: float = 20.0) -> None:
    """Let other tasks run until something is true."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while not true():
        assert loop.time() < end, "it never came true"
        passed = loop.create_future()
        timer = loop.call_later(0.01, passed.set_result, None)
        await passed
        timer.cancel()


@contextlib.asynccontextmanager
async def hosting(mapped: dict[str, str], /, **chosen: Any) -> AsyncIterator[Host]:
    """Run functions in this process, as the settings say."""
    logged: list[dict[str, Any]] = []
    attempts: list[Attempt] = []
    mode = chosen.pop("mode", "local")
    key_pair_of = chosen.pop("key_pair_of", None)
    settings = Settings(
        mode=mode,
        functions=FunctionSettings(map=secrets(mapped), **chosen),
    )
    functions = build_functions(
        settings,
        clock=SystemClock(),
        entropy=SystemEntropy(),
        log=Log(SystemClock(), "info", lambda line: logged.append(json.loads(line))),
        key_pair_of=key_pair_of,
        observe=attempts.append,
    )
    try:
        yield Host(functions, logged, attempts)
    finally:
        await functions.close()


def secrets(texts: dict[str, str]) -> dict[str, Secret[str]]:
    """Return texts as settings keep them."""
    return {name: Secret(text) for name, text in texts.items()}


def target(runtime: str, name: str = "probe", handler: str = "handler") -> str:
    """Return where a function of the tests is, for a runtime."""
    suffix, language = (".py", "python") if runtime == "python" else (".mjs", "node")
    return f"{language}:{HANDLERS / (name + suffix)}:{handler}"


def client_of(runtime: str) -> dict[str, Any]:
    """Return the settings that choose the client of a runtime; skip what was excluded by name."""
    if runtime == "python":
        return {}
    chosen = {"node": node_program()}
    if runtime == "own-node":
        return {**chosen, "node_client": NO_CLIENT}
    skip_if_excluded("node-lambda")
    if not (NODE_CLIENT / "rapid-client.node").exists():
        pytest.fail(
            f"{NODE_CLIENT.relative_to(machine.ROOT)} is missing; run: python3 tools/setup.py test"
        )
    return {**chosen, "node_client": NODE_CLIENT}
