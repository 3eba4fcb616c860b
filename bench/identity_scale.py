"""Whether identities cost more where there are many of them.

Identity pools of several sizes, in databases of their own; the same turns on each, side by side.
Most identities were put into the tables directly. Users who are asked for have real logins, and
guests are taken from all over the pool.
"""

import asyncio
import contextlib
import hashlib
import itertools
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from bench import aws
from bench.client import Client
from bench.identity_tenant import Guild
from bench.serving import poolkeep
from bench.tenant import Tenant, username
from poolkeep.core.identities.model import ENABLED
from poolkeep.storage.stores.identity_pools_people import ADD, LINK
from tests.support.postgres import Cluster

SIZES: Final = (1_000, 100_000, 1_000_000)
USERS: Final = 256
COUNT: Final = 192
BATCH: Final = 10_000
CACHE_KIB: Final = 256 * 1024
USER: Final = "GetId of a user"
GUEST: Final = "GetId of a new guest"
CREDENTIALS: Final = "GetCredentialsForIdentity of a guest"
OPERATIONS: Final = (USER, GUEST, CREDENTIALS)
COPY: Final = {
    "COPY pool_identities (identity_id, identity_pool_id, state, version, created_ms, modified_ms,"
    " merged_into) FROM STDIN (FORMAT BINARY)": ["text"] * 3 + ["int8"] * 3 + ["text"],
    "COPY identity_logins (identity_pool_id, provider, subject_hash, subject, identity_id)"
    " FROM STDIN (FORMAT BINARY)": ["text"] * 5,
}
"""Statements, and the types of their columns."""

Results = dict[str, dict[int, dict[str, float]]]
"""CPU µs by database, size and operation."""


class Batch(NamedTuple):
    """Rows of some identities."""

    identities: list[tuple[Any, ...]]
    logins: list[tuple[Any, ...]]


class Crowd:
    """An identity pool of one size."""

    def __init__(self, guild: Guild, size: int) -> None:
        """Ask about identities of it."""
        self.guild = guild
        self.size = size
        self._logins: Iterator[dict[str, str]] = iter(())
        # A prime step meets all parts of the pool. The even ones are guests.
        numbers = itertools.cycle(
            range(0, max(1, size - USERS), 2 * (7919 if size > 100_000 else 7))
        )
        self._guests = (identity_of(number, size) for number in numbers)

    async def prepare(self) -> None:
        """Sign the users in."""
        names = [username(number) for number in range(USERS)]
        tokens = await self.guild.tenant.sign_in(names)
        self._logins = itertools.cycle({self.guild.provider: each["IdToken"]} for each in tokens)

    async def cost_us(self, operation: str) -> float:
        """Return the server's CPU µs for one request, over a turn of them."""
        match operation:
            case "GetId of a user":
                requests = [self.guild.get_id(next(self._logins)) for _ in range(COUNT)]
            case "GetId of a new guest":
                requests = [self.guild.get_id()] * COUNT
            case _:
                requests = [self.guild.credentials(next(self._guests)) for _ in range(COUNT)]
        before = self.guild.server.cpu_ns()
        await self.guild.client.run(requests)
        return (self.guild.server.cpu_ns() - before) / 1000 / COUNT


async def measure(
    folder: Path, cluster: Cluster | None, *, sizes: tuple[int, ...], rounds: int
) -> Results:
    """Fill pools and measure on them."""
    found: Results = {}
    for database in ("SQLite", "PostgreSQL"):
        if database == "PostgreSQL" and cluster is None:
            continue
        async with contextlib.AsyncExitStack() as stack:
            crowds = []
            for size in sizes:
                print(f"  {database}: {size:,} identities", flush=True)
                url = cluster.url(cluster.create()) if cluster and database != "SQLite" else None
                crowds.append(await new_crowd(stack, folder / f"{database}-{size}", url, size))
            best = {size: dict.fromkeys(OPERATIONS, float("inf")) for size in sizes}
            for _ in range(rounds):
                for operation in OPERATIONS:
                    for crowd in crowds:
                        known, cost = best[crowd.size], await crowd.cost_us(operation)
                        known[operation] = min(known[operation], cost)
            found[database] = best
    return found


async def new_crowd(
    stack: contextlib.AsyncExitStack, data: Path, url: str | None, size: int
) -> Crowd:
    """Make the users' identities through the API, the others in bulk; leave the server running."""
    async with poolkeep(data, database_url=url) as server, Client(server.port) as client:
        guild = Guild(server, Tenant(client, aws.credentials_of(data)))
        await guild.create(USERS)
        await client.run([guild.get_id(each) for each in await guild.fresh_logins(USERS)])
    await fill(url or f"sqlite:///{data / 'poolkeep.db'}", guild, size)
    guild.server = await stack.enter_async_context(poolkeep(data, database_url=url))
    guild.tenant.client = await stack.enter_async_context(Client(guild.server.port))
    crowd = Crowd(guild, size)
    await crowd.prepare()
    return crowd


async def fill(url: str, guild: Guild, size: int) -> None:
    """Add identities until there are `size`, every other one a guest. No server may be running."""
    batches = _batches(guild, size)
    if url.startswith("sqlite"):
        await asyncio.to_thread(_fill_sqlite, url.removeprefix("sqlite:///"), batches)
    else:
        await asyncio.to_thread(_fill_postgres, url, batches)


def identity_of(number: int, size: int) -> str:
    """Return an id; they lie as far apart as ids drawn at random."""
    spread = number * (2**64 // size)
    return f"{aws.REGION}:{uuid.UUID(int=spread << 64 | number, version=4)}"


def _batches(guild: Guild, size: int) -> Iterator[Batch]:
    waiting = iter(range(size - USERS))
    while taken := list(itertools.islice(waiting, BATCH)):
        batch = Batch([], [])
        for number in taken:
            identity, moment = identity_of(number, size), 1_700_000_000_000 + number
            row = (identity, guild.pool_id, ENABLED, 1, moment, moment, None)
            batch.identities.append(row)
            if number % 2:
                subject = str(uuid.UUID(int=number, version=4))
                hashed = hashlib.sha256(subject.encode()).hexdigest()
                batch.logins.append((guild.pool_id, guild.provider, hashed, subject, identity))
        yield batch


def _fill_sqlite(path: str, batches: Iterable[Batch]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    for batch in batches:
        connection.execute("BEGIN")
        connection.executemany(ADD, batch.identities)
        connection.executemany(LINK, batch.logins)
        connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _fill_postgres(url: str, batches: Iterable[Batch]) -> None:
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for batch in batches:
            for (statement, types), rows in zip(COPY.items(), batch, strict=True):
                with cursor.copy(statement.encode()) as copy:
                    copy.set_types(types)
                    for row in rows:
                        copy.write_row(row)
        cursor.execute("VACUUM ANALYZE")
