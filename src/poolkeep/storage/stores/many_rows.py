"""Statements that insert many users' rows at once, in the form that each database is quickest with.

SQLite takes rows as `VALUES (…), (…)`, some hundred a statement, for whose length of run it lets
go of the interpreter. PostgreSQL takes them as one value, JSON where all are texts, else an array
for each column: a short statement that stays prepared, where a long one would be parsed and planned
anew at 20 times the cost.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.storage.stores.users import (
    INSERT,
    INSERT_INDEX,
    INSERT_LOGINS,
    ONE_ROW,
    UNLESS_TAKEN,
)

ROWS: Final = 250
"""Rows of one statement. Longer ones are no quicker, and each length is a statement of its own."""
FIND: Final = "SELECT login_key, user_id FROM logins WHERE pool_id = ? AND login_key IN "

USER_TYPES: Final = (
    *("TEXT",) * 4, "SMALLINT", *("BIGINT",) * 4, "BYTEA", "BYTEA",
)  # fmt: skip
FIND_BY_ARRAY: Final = """
SELECT login_key, user_id FROM logins WHERE pool_id = ? AND login_key = ANY(CAST(? AS TEXT[]))"""
_FOUR_TEXTS: Final = """
SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3 FROM json_array_elements(CAST(? AS JSON)) AS e"""
LOGINS_BY_JSON: Final = f"{INSERT_LOGINS.partition('VALUES')[0]}{_FOUR_TEXTS}{UNLESS_TAKEN}"
INDEX_BY_JSON: Final = f"{INSERT_INDEX.partition('VALUES')[0]}{_FOUR_TEXTS}"
_ARRAYS: Final = ", ".join(f"CAST(? AS {kind}[])" for kind in USER_TYPES)
USERS_BY_ARRAY: Final = f"{INSERT.partition('VALUES')[0]}SELECT * FROM unnest({_ARRAYS})"

_encode: Final = msgspec.json.Encoder().encode

Rows = Sequence[tuple[Any, ...]]


class ManyRows(Protocol):
    """Inserts rows whose columns stand in the order of the single statements."""

    def owners(self, tx: Transaction, pool_id: str, keys: Sequence[str]) -> dict[str, str]:
        """Return who has these logins, by login."""
        ...

    def logins(self, tx: Transaction, rows: Rows) -> int:
        """Insert logins that nobody has; return how many."""
        ...

    def users(self, tx: Transaction, rows: Rows) -> None:
        """Insert users."""
        ...

    def index(self, tx: Transaction, rows: Rows) -> None:
        """Insert index rows."""
        ...


class RowsByValues:
    """SQLite's way."""

    def owners(self, tx: Transaction, pool_id: str, keys: Sequence[str]) -> dict[str, str]:
        """Return who has these logins, by login."""
        found: dict[str, str] = {}
        for some in _slices(keys, ROWS):
            marks = ", ".join(["?"] * len(some))
            found.update(tx.all(f"{FIND}({marks})", (pool_id, *some)))
        return found

    def logins(self, tx: Transaction, rows: Rows) -> int:
        """Insert logins that nobody has; return how many."""
        return self._insert(tx, INSERT_LOGINS + ONE_ROW, rows, UNLESS_TAKEN)

    def users(self, tx: Transaction, rows: Rows) -> None:
        """Insert users."""
        self._insert(tx, INSERT, rows)

    def index(self, tx: Transaction, rows: Rows) -> None:
        """Insert index rows."""
        self._insert(tx, INSERT_INDEX + ONE_ROW, rows)

    def _insert(self, tx: Transaction, one: str, rows: Rows, end: str = "") -> int:
        changed = 0
        for some in _slices(rows, ROWS):
            params = [value for row in some for value in row]
            changed += tx.run(_with_rows(one, len(some), end), params)
        return changed


class RowsAsOne:
    """PostgreSQL's way."""

    def owners(self, tx: Transaction, pool_id: str, keys: Sequence[str]) -> dict[str, str]:
        """Return who has these logins, by login."""
        return dict(tx.all(FIND_BY_ARRAY, (pool_id, list(keys))))

    def logins(self, tx: Transaction, rows: Rows) -> int:
        """Insert logins that nobody has; return how many."""
        return tx.run(LOGINS_BY_JSON, (_encode(rows).decode(),))

    def users(self, tx: Transaction, rows: Rows) -> None:
        """Insert users."""
        if rows:
            tx.run(USERS_BY_ARRAY, [list(column) for column in zip(*rows, strict=True)])

    def index(self, tx: Transaction, rows: Rows) -> None:
        """Insert index rows."""
        tx.run(INDEX_BY_JSON, (_encode(rows).decode(),))


def many_rows(kind: str) -> ManyRows:
    """Return the way of a kind of database."""
    return RowsAsOne() if kind == "postgresql" else RowsByValues()


def _slices(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


@lru_cache(4 * ROWS)
def _with_rows(one: str, count: int, end: str) -> str:
    head, _, row = one.partition("VALUES ")
    return f"{head}VALUES {', '.join([row] * count)}{end}"
