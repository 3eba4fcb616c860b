"""Open a region's database by its URL.

What a transaction is stands in `base/transaction.py`; `sqlite.py` and `postgresql.py` hold the
only differences between the two.
"""

from contextlib import AbstractContextManager

from poolkeep.base.refusal import Unavailable
from poolkeep.base.transaction import Database, Transaction

SERVERS = ("postgresql://", "postgres://")


class DatabaseAway(Unavailable):
    """The database did not answer in time; the outcome of a write in flight is unknown."""


def open_database(url: str, *, durable: bool = True) -> Database:
    """Open `sqlite:///path`, a bare path, or `postgresql://…`.

    `durable=False` trades the last commits before a power cut for speed on SQLite
    (`synchronous=NORMAL`); a killed process loses nothing either way.
    """
    if url.startswith(SERVERS):
        from poolkeep.storage.postgresql import PostgresDatabase  # noqa: PLC0415  130 ms to import

        return PostgresDatabase(url)
    from poolkeep.storage.sqlite import SqliteDatabase  # noqa: PLC0415  only what is used

    return SqliteDatabase(url.removeprefix("sqlite:///"), durable=durable)


def open_snapshot(url: str) -> AbstractContextManager[Transaction]:
    """Open a view of the database at one moment, for reading much of it at leisure."""
    if url.startswith(SERVERS):
        from poolkeep.storage import postgresql  # noqa: PLC0415  130 ms to import

        return postgresql.snapshot(url)
    from poolkeep.storage import sqlite  # noqa: PLC0415  only what is used

    return sqlite.snapshot(url.removeprefix("sqlite:///"))
