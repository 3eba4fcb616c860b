"""Fill a pool with many users: rows straight into the tables, in batches of bounded size.

The rows are those that the stores write: names, logins and index rows come from the core's own
functions. Only the credential is filler of the usual length, since nobody signs in as these.
"""

import asyncio
import itertools
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple, cast

import msgspec
import psycopg

from bench.operations import email_of
from bench.tenant import username
from poolkeep.core.pools.loaded import LoadedPool, PoolKeys
from poolkeep.core.users.model import Status, User, UserDocument
from poolkeep.core.users.names import index_of, logins_of
from poolkeep.storage.database import open_database
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.users import INSERT, INSERT_INDEX, INSERT_LOGINS, ONE_ROW

BATCH: Final = 5_000
CREDENTIAL: Final = b"\x07" * 480
CACHE_KIB: Final = 256 * 1024
COPY: Final = {
    "users": "COPY users (pool_id, user_id, username, status, enabled, created_ms, modified_ms, "
    "version, signed_out_ms, document, credential) FROM STDIN (FORMAT BINARY)",
    "logins": "COPY logins (pool_id, login_key, user_id, kind) FROM STDIN (FORMAT BINARY)",
    "user_index": "COPY user_index (pool_id, attribute, value_key, user_id) "
    "FROM STDIN (FORMAT BINARY)",
}
TYPES: Final = {
    "users": ["text"] * 4 + ["int2"] + ["int8"] * 4 + ["bytea"] * 2,
    "logins": ["text"] * 4,
    "user_index": ["text"] * 4,
}

Rows = list[tuple[Any, ...]]


class Batch(NamedTuple):
    """Rows of some users."""

    users: Rows
    logins: Rows
    by_value: Rows


async def fill(url: str, pool_id: str, numbers: Iterable[int], *, size: int) -> None:
    """Add the users with these `numbers` (of `size`) to the pool. No server may be running."""
    database = open_database(url)
    bare = await database.read(lambda tx: PoolStore().get(tx, pool_id))
    await database.close()
    assert bare is not None
    pool = LoadedPool(bare, cast(PoolKeys, None))  # nothing is sealed here
    batches = _batches(pool, numbers, size)
    if url.startswith("sqlite"):
        await asyncio.to_thread(_fill_sqlite, url.removeprefix("sqlite:///"), batches)
    else:
        await asyncio.to_thread(_fill_postgres, url, batches)


def _batches(pool: LoadedPool, numbers: Iterable[int], size: int) -> Iterator[Batch]:
    encode = msgspec.json.Encoder().encode
    waiting = iter(numbers)
    while taken := list(itertools.islice(waiting, BATCH)):
        batch = Batch([], [], [])
        for number in taken:
            user = _user(pool.pool.id, number, size)
            batch.users.append(
                (
                    user.pool_id, user.id, user.username, str(user.status), 1, user.created_ms,
                    user.modified_ms, 1, 0, encode(user.document), CREDENTIAL,
                )
            )  # fmt: skip
            batch.logins.extend(
                (user.pool_id, login.key, user.id, login.kind) for login in logins_of(pool, user)
            )
            batch.by_value.extend(
                (user.pool_id, row.attribute, row.key, user.id) for row in index_of(user)
            )
        yield batch


def _user(pool_id: str, number: int, size: int) -> User:
    # Ids in the order of the numbers, spread over the whole range: quick to insert, and mixed
    # with the random ids of users made through the API.
    spread = number * (2**64 // size)
    user_id = str(uuid.UUID(int=spread << 64 | number, version=4))
    return User(
        pool_id=pool_id,
        id=user_id,
        username=username(number),
        status=Status.CONFIRMED,
        enabled=True,
        created_ms=1_700_000_000_000 + number,
        modified_ms=1_700_000_000_000 + number,
        version=1,
        signed_out_ms=0,
        document=UserDocument(
            attributes={
                "email": email_of(number),
                "email_verified": "true",
                "given_name": "Ada",
                "family_name": "Lovelace",
            }
        ),
        credential=CREDENTIAL,
    )


def _fill_sqlite(path: str, batches: Iterable[Batch]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    run: Callable[[str], object] = connection.execute
    run("PRAGMA journal_mode=OFF")
    run("PRAGMA synchronous=OFF")
    run(f"PRAGMA cache_size=-{CACHE_KIB}")
    for batch in batches:
        run("BEGIN")
        connection.executemany(INSERT, batch.users)
        connection.executemany(INSERT_LOGINS + ONE_ROW, batch.logins)
        connection.executemany(INSERT_INDEX + ONE_ROW, batch.by_value)
        run("COMMIT")
    run("PRAGMA journal_mode=WAL")
    connection.close()


def _fill_postgres(url: str, batches: Iterable[Batch]) -> None:
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for batch in batches:
            rows = {"users": batch.users, "logins": batch.logins, "user_index": batch.by_value}
            for table, values in rows.items():
                with cursor.copy(COPY[table].encode()) as copy:
                    copy.set_types(TYPES[table])
                    for row in values:
                        copy.write_row(row)
        cursor.execute("VACUUM ANALYZE")
