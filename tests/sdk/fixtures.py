"""A server per test process, an account per test module, and apps that tests of a module share.

Pools cost two RSA key pairs each, so tests share one per module wherever they cannot meet: every
test makes users of its own. Tests that move the clock use a server of their own.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Wire
from tests.support.postgres import Cluster
from tests.support.server import Server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--server-database",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="what the servers of the client and behaviour tests keep their data in",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "claim(*ids): the claims of docs/behaviours it holds")


@pytest.fixture(scope="session")
def server_storage(request: pytest.FixtureRequest) -> Callable[[Path], list[str]]:
    """Return how a server is told where to keep its data, given its folder."""
    if request.config.getoption("--server-database") == "sqlite":
        return lambda folder: ["--data", str(folder / "data")]
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    return lambda folder: [
        *("--data", str(folder / "data")),
        *("--database", cluster.url(cluster.create())),
    ]


@pytest.fixture(scope="session")
def server_url(
    tmp_path_factory: pytest.TempPathFactory, server_storage: Callable[[Path], list[str]]
) -> Iterator[str]:
    """Return the address of a development server whose clock nobody moves."""
    folder = tmp_path_factory.mktemp("server")
    with Server(folder, "--dev", *server_storage(folder)) as server:
        yield server.base_url


@pytest.fixture(scope="session")
def clock_server(
    tmp_path_factory: pytest.TempPathFactory, server_storage: Callable[[Path], list[str]]
) -> Iterator[str]:
    """Return the address of a development server whose clock tests may move forward."""
    folder = tmp_path_factory.mktemp("clock")
    with Server(folder, "--dev", *server_storage(folder)) as server:
        yield server.base_url


@pytest.fixture(scope="module")
def wire(server_url: str) -> Wire:
    """Return a caller with an account of its own."""
    return Wire(server_url)


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client without a secret, of a plain pool that verifies e-mail addresses."""
    return an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))


@pytest.fixture(scope="module")
def secret_app(wire: Wire, app: App) -> App:
    """Return a client with a secret, of the same pool as `app`."""
    return an_app(wire, app.pool_id, GenerateSecret=True)


@pytest.fixture(scope="module")
def clock_wire(clock_server: str) -> Wire:
    """Return a caller of the server whose clock may move."""
    return Wire(clock_server)


@pytest.fixture(scope="module")
def clock_app(clock_wire: Wire) -> App:
    """Return a client of a plain pool on the server whose clock may move."""
    return an_app(clock_wire, a_pool(clock_wire, AutoVerifiedAttributes=["email"]))
