"""What goes wrong while an installation is opened, told with advice instead of a traceback."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import redacted_url
from poolkeep.storage.database import DatabaseAway
from poolkeep.storage.migrate import SchemaTooNew
from poolkeep.storage.stores.keys import WrongMasterKey

SERVERS = ("postgresql://", "postgres://")


@contextmanager
def advice(url: str) -> Iterator[None]:
    """Turn what opening the database at `url` raises into CannotStart, saying what to do."""
    try:
        yield
    except SchemaTooNew as error:
        raise CannotStart(f"database: {error}") from error
    except WrongMasterKey as error:
        raise CannotStart(f"master_key_file: {error}") from error
    except Exception as error:
        if not isinstance(error, (DatabaseAway, OSError, *_driver_errors())):
            raise
        raise CannotStart(f"database: {redacted_url(url)}: {_told(url, error)}") from error


def _told(url: str, error: Exception) -> str:
    words = str(error).partition("\n")[0].partition(" at character ")[0].rstrip(".")
    if not url.startswith(SERVERS):
        return (
            f"{words}. Is its folder there, and may this user write to it? "
            "An absolute path takes four slashes: sqlite:////path."
        )
    if isinstance(error, DatabaseAway):
        return f"{words}. Is it running, and is the URL right?"
    return f"{words}. Let the role own the database, or run poolkeep migrate with one that does."


def _driver_errors() -> tuple[type[Exception], ...]:
    """Return the base errors of the drivers in use; psycopg is imported only where it is used."""
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.Error, psycopg.Error) if psycopg else (sqlite3.Error,)
