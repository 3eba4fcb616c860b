"""Fixtures: a fresh, migrated database for a test, on SQLite and on PostgreSQL.

`database_url` runs a test on both. `sqlite_url` and `postgres_url` choose one. The `empty_…`
fixtures have no tables yet, for tests of the migrations. There is no in-memory fake store.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from poolkeep.base.transaction import Database
from poolkeep.storage.database import open_database
from poolkeep.storage.migrate import migrate
from tests.support.exclusions import skip_if_excluded
from tests.support.postgres import Cluster, PostgresError

BOTH = ["sqlite", "postgres"]


def _migrate(url: str) -> None:
    async def work() -> None:
        database = open_database(url)
        migrate(database)
        await database.close()

    asyncio.run(work())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """Return the private PostgreSQL of this test process."""
    skip_if_excluded("postgres")
    try:
        with Cluster() as cluster:
            yield cluster
    except PostgresError as problem:
        pytest.fail(str(problem), pytrace=False)


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Cluster) -> str:
    """Return the name of a migrated PostgreSQL database to copy."""
    name = postgres_cluster.create()
    _migrate(postgres_cluster.url(name))
    return name


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Return the address of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.sqlite3'}"


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Return the address of a fresh, migrated SQLite file."""
    path = tmp_path / "poolkeep.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """Return the address of a PostgreSQL database without tables."""
    with postgres_cluster.database() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_cluster: Cluster, postgres_template: str) -> Iterator[str]:
    """Return the address of a fresh, migrated PostgreSQL database."""
    with postgres_cluster.database(postgres_template) as url:
        yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of a fresh, migrated database; the test runs on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of a database without tables; the test runs on both kinds."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Return an open database; the test runs on both kinds."""
    opened = open_database(database_url)
    yield opened
    await opened.close()
