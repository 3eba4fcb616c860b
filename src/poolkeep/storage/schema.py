"""The tables of this release, read from the migrations: their one description.

For what works on any table: exporting a pool, copying it to a replica. Nothing is asked of the
database, so that the answer is the same on both kinds.
"""

import re
from functools import cache
from typing import Final

import msgspec

from poolkeep.storage.migrate import available, statements

_CREATE: Final = re.compile(r"CREATE TABLE (\w+) \((.*)\)", re.DOTALL)
_ADD: Final = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) (\w+).*", re.DOTALL)
_DROP: Final = re.compile(r"DROP TABLE (\w+)")
_KEY: Final = re.compile(r"PRIMARY KEY \(([^)]*)\)")
_KINDS: Final = {"TEXT": str, "BIGINT": int, "SMALLINT": int, "BYTEA": bytes}
_CONSTRAINTS: Final = ("UNIQUE ", "CHECK ", "CONSTRAINT ", "FOREIGN ")
_COMMA: Final = re.compile(r",(?![^(]*\))")
"""A comma that no parentheses hold."""


class Table(msgspec.Struct, frozen=True):
    """A table: its columns in order with what they hold, and its primary key."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[type, ...]
    key: tuple[str, ...]


@cache
def tables() -> dict[str, Table]:
    """Return every table of the newest schema by name."""
    return tables_of([part for _, _, sql in available() for part in statements(sql, "sqlite")])


def newest() -> int:
    """Return the number of the newest migration."""
    return available()[-1][0]


def tables_of(script: list[str]) -> dict[str, Table]:
    """Return the tables that a list of statements leaves behind."""
    found: dict[str, Table] = {}
    for statement in script:
        if made := _CREATE.fullmatch(statement):
            found[made[1]] = _table(made[1], made[2])
        elif added := _ADD.fullmatch(statement):
            old = found[added[1]]
            found[added[1]] = msgspec.structs.replace(
                old,
                columns=(*old.columns, added[2]),
                kinds=(*old.kinds, _KINDS[added[3]]),
            )
        elif dropped := _DROP.fullmatch(statement):
            del found[dropped[1]]
        elif statement.startswith(("ALTER", "CREATE TABLE", "DROP TABLE")):
            raise ValueError(f"this form of a migration is not read: {statement.splitlines()[0]}")
    return found


def _table(name: str, body: str) -> Table:
    columns: list[str] = []
    kinds: list[type] = []
    key: tuple[str, ...] = ()
    for part in (text.strip() for text in _COMMA.split(body)):
        if composed := _KEY.fullmatch(part):
            key = tuple(column.strip() for column in composed[1].split(","))
            continue
        if part.startswith(_CONSTRAINTS):
            continue
        column, kind = part.split()[:2]
        columns.append(column)
        kinds.append(_KINDS[kind])
        if "PRIMARY KEY" in part:
            key = (column,)
    return Table(name, tuple(columns), tuple(kinds), key)
