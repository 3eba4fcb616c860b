"""A region on SQLite for use-case tests; the stores' contract tests run on both databases."""

from collections.abc import AsyncIterator

import pytest_asyncio

from poolkeep.storage.database import open_database
from tests.unit.core.pools.region import Region


@pytest_asyncio.fixture
async def region(sqlite_url: str) -> AsyncIterator[Region]:
    """Return a region with an empty database."""
    database = open_database(sqlite_url)
    yield Region(database)
    await database.close()
