"""How a run of tests behaves, and the fixtures that every test may ask for.

    database_url · sqlite_url · postgres_url     a fresh, migrated database
    empty_…                                      the same without tables
    database                                     an open one
    start_server                                 run `poolkeep serve` and stop it afterwards

Order is random, warnings are errors, the network is loopback, and a skip that nobody announced
fails the run. `tests/support` holds the parts.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import network
from tests.support.server import Server, StartServer

pytest_plugins = [
    "tests.support.order",
    "tests.support.exclusions",
    "tests.support.databases",
    "tests.sdk.fixtures",
]

network.close()

_SLOW_MACHINE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "quick", max_examples=25, deadline=None, suppress_health_check=_SLOW_MACHINE
)
settings.register_profile(
    "full", max_examples=100, deadline=None, suppress_health_check=_SLOW_MACHINE
)
settings.register_profile(
    "soak", max_examples=5000, deadline=None, suppress_health_check=_SLOW_MACHINE
)
settings.load_profile("full")


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Return a function that starts a server; every one it started is stopped afterwards."""
    with ExitStack() as stack:
        yield server_starter(tmp_path, stack)


@pytest.fixture(scope="module")
def start_shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Return a function that starts servers which the tests of a module share."""
    with ExitStack() as stack:
        yield server_starter(tmp_path_factory.mktemp("server"), stack)


def server_starter(folder: Path, stack: ExitStack) -> StartServer:
    """Return the function that both fixtures above hand out."""

    def start(
        *arguments: str,
        dev: bool = True,
        database_url: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Server:
        where = ["--database", database_url] if database_url else ["--data", str(folder / "data")]
        mode = ["--dev"] if dev else []
        server = Server(folder, *mode, *where, *arguments, environment=environment)
        return stack.enter_context(server)

    return start
