"""A world on SQLite; the stores' contract tests run on both databases."""

from collections.abc import AsyncIterator

import pytest_asyncio

from poolkeep.storage.database import open_database
from tests.unit.core.messages.world import World


@pytest_asyncio.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    """Return a world with an empty database."""
    database = open_database(sqlite_url)
    yield World(database)
    await database.close()
