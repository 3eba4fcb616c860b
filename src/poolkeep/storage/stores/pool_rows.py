"""Any table's rows of one pool, as they are. Implements `core.export.ports.PoolRows`.

Statements are made from the table list of `storage/pool_tables.py` and the columns of the
migrations, never from names in a file or a request.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.export.ports import TableForm
from poolkeep.storage.pool_tables import BY_NAME, POOL_TABLES, PoolTable

PARAMETERS_MAX: Final = 900
"""Parameters of one statement; every SQLite takes 999."""


class PoolRowStore:
    """Every table of `POOL_TABLES`."""

    def tables(self) -> tuple[TableForm, ...]:
        """Return every table of a file in the order of a file."""
        return tuple(
            TableForm(
                name=table.name, columns=table.columns, kinds=table.kinds, sealed=table.sealed
            )
            for table in POOL_TABLES
        )

    def page(
        self, tx: Transaction, table: str, pool_id: str, *, after: Row | None, limit: int
    ) -> list[Row]:
        """Return rows in the order of the primary key, after the row `after`."""
        form = BY_NAME[table]
        if after is None:
            return tx.all(_first_page(table), (pool_id, limit))
        last = (after[form.columns.index(column)] for column in _rest_of_key(form))
        return tx.all(_next_page(table), (pool_id, *last, limit))

    def insert(
        self, tx: Transaction, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> int:
        """Store rows; return how many were not there yet. Columns left out get their default."""
        named = tuple(columns)
        at_once = max(1, PARAMETERS_MAX // len(named))
        stored = 0
        whole = len(rows) - len(rows) % at_once
        for start in range(0, whole, at_once):
            values = [value for row in rows[start : start + at_once] for value in row]
            stored += tx.run(_insert(table, named, at_once), values)
        for row in rows[whole:]:
            stored += tx.run(_insert(table, named, 1), row)
        return stored

    def clear(self, tx: Transaction, pool_id: str, *, limit: int) -> int:
        """Delete about `limit` of the pool's rows of each table; return how many went."""
        return sum(tx.run(_clear(table), (pool_id, pool_id, limit)) for table in BY_NAME)


def _rest_of_key(form: PoolTable) -> tuple[str, ...]:
    """Return the key without the pool, which is the same in all rows; never nothing."""
    return tuple(column for column in form.key if column != "pool_id") or ("pool_id",)


@cache
def _first_page(table: str) -> str:
    form = BY_NAME[table]
    order = ", ".join(_rest_of_key(form))
    columns = ", ".join(form.columns)
    return f"SELECT {columns} FROM {table} WHERE pool_id = ? ORDER BY {order} LIMIT ?"


@cache
def _next_page(table: str) -> str:
    form = BY_NAME[table]
    key = _rest_of_key(form)
    order, marks = ", ".join(key), ", ".join("?" for _ in key)
    columns = ", ".join(form.columns)
    return (
        f"SELECT {columns} FROM {table} WHERE pool_id = ? AND ({order}) > ({marks}) "
        f"ORDER BY {order} LIMIT ?"
    )


@cache
def _insert(table: str, columns: tuple[str, ...], rows: int) -> str:
    form = BY_NAME[table]
    if unknown := set(columns) - set(form.columns):
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    one = f"({', '.join('?' for _ in columns)})"
    values = ", ".join([one] * rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values} ON CONFLICT DO NOTHING"


@cache
def _clear(table: str) -> str:
    unit = BY_NAME[table].unit
    return (
        f"DELETE FROM {table} WHERE pool_id = ? AND {unit} IN "
        f"(SELECT {unit} FROM {table} WHERE pool_id = ? LIMIT ?)"
    )
