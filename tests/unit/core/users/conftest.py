"""A region's user services over SQLite; the stores' own tests run on both databases."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.storage.database import open_database
from tests.unit.core.users.people import Region


@pytest_asyncio.fixture
async def region_of(sqlite_url: str) -> AsyncIterator[Callable[[LoadedPool], Region]]:
    """Return a function that makes a region with one pool."""
    database = open_database(sqlite_url, durable=False)
    regions: list[Region] = []

    def make(pool: LoadedPool) -> Region:
        regions.append(Region(database, pool))
        return regions[-1]

    yield make
    for region in regions:
        region.passwords.close()
    await database.close()
