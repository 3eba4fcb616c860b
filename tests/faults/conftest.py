"""Nodes that share a database, for the tests of a module."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.faults.nodes import Nodes
from tests.sdk.support import Wire, an_account
from tests.support.databases import BOTH
from tests.support.postgres import Cluster
from tests.support.server import StartServer


@pytest.fixture(scope="module")
def nodes_on(
    request: pytest.FixtureRequest,
    start_shared_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], Nodes]]:
    """Return a function from the kind of database to nodes that the tests of a module share."""
    with ExitStack() as stack:

        @cache
        def start(kind: str) -> Nodes:
            folder = tmp_path_factory.mktemp(kind)
            # Nodes have one issuer, as behind a load balancer.
            data = ("--data", str(folder / "data"), "--issuer", "http://localhost:9229")
            account = an_account()
            if kind == "sqlite":
                shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "shared.db")
                url = f"sqlite:///{folder / 'shared.db'}"
                server = start_shared_server(*data, "--workers", "2", database_url=url)
                return Nodes((server,), (Wire(server.base_url, account),), url)
            cluster: Cluster = request.getfixturevalue("postgres_cluster")
            template: str = request.getfixturevalue("postgres_template")
            url = stack.enter_context(cluster.database(template))
            servers = tuple(start_shared_server(*data, database_url=url) for _ in range(2))
            return Nodes(servers, tuple(Wire(one.base_url, account) for one in servers), url)

        yield start


@pytest.fixture(params=BOTH)
def nodes(request: pytest.FixtureRequest, nodes_on: Callable[[str], Nodes]) -> Nodes:
    """Return two nodes on one database: two servers on PostgreSQL, two workers on SQLite."""
    return nodes_on(request.param)
