"""Rows of any copied table, at the original and at the copy.

Implements `core.replicas.ports.Copies`, from the list of `storage/pool_tables.py`.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.pools.model import UserPool
from poolkeep.core.replicas.model import Change
from poolkeep.storage.pool_tables import BY_NAME, REPLICATED, PoolTable
from poolkeep.storage.stores.pool_rows import PoolRowStore

CHANGES = """
SELECT table_name, unit, changes FROM replica_changes WHERE pool_id = ?
ORDER BY unit, table_name LIMIT ?"""
HAS_CHANGES = "SELECT 1 FROM replica_changes WHERE pool_id = ? LIMIT 1"
SETTLE = """
DELETE FROM replica_changes WHERE pool_id = ? AND table_name = ? AND unit = ? AND changes = ?"""
POOLS_TABLE: Final = "user_pools"

_decode_pool = msgspec.json.Decoder(UserPool).decode


class CopyStore:
    """Every table of `REPLICATED`."""

    def __init__(self) -> None:
        """Page as export does."""
        self._rows = PoolRowStore()

    def tables(self) -> tuple[str, ...]:
        """Return the tables that a first copy goes through, the pool itself left out."""
        return tuple(table.name for table in REPLICATED if table.name != POOLS_TABLE)

    def is_config(self, table: str) -> bool:
        """Tell whether nodes keep the rows of the table in memory."""
        return BY_NAME[table].config

    def page(
        self, tx: Transaction, table: str, pool_id: str, *, after: list[object] | None, limit: int
    ) -> tuple[list[Row], list[object] | None]:
        """Return rows in the order of the key after `after`, and the key of the last of them."""
        form = BY_NAME[table]
        start: Row | None = None
        if after is not None:
            known = dict(zip(form.key, after, strict=True))
            start = tuple(known.get(column) for column in form.columns)
        rows = self._rows.page(tx, table, pool_id, after=start, limit=limit)
        return rows, _key_of(form, rows[-1]) if rows else None

    def put(self, tx: Transaction, table: str, rows: Sequence[Row]) -> None:
        """Store rows as they are, over what is there of the same keys."""
        tx.many(_put(table), rows)

    def changes(self, tx: Transaction, pool_id: str, *, limit: int) -> list[Change]:
        """Return what the other side has not seen, of one unit together."""
        return [Change(*row) for row in tx.all(CHANGES, (pool_id, limit))]

    def has_changes(self, tx: Transaction, pool_id: str) -> bool:
        """Tell whether there is something that the other side has not seen."""
        return tx.one(HAS_CHANGES, (pool_id,)) is not None

    def settle(self, tx: Transaction, pool_id: str, seen: Sequence[Change]) -> None:
        """Forget changes that were brought over, but for those that were made since."""
        tx.many(SETTLE, [(pool_id, one.table, one.unit, one.changes) for one in seen])

    def of_unit(self, tx: Transaction, table: str, pool_id: str, unit: str) -> list[Row]:
        """Return the rows of a unit."""
        return tx.all(_of_unit(table), (pool_id, unit))

    def replace_unit(
        self, tx: Transaction, table: str, pool_id: str, *, unit: str, rows: Sequence[Row]
    ) -> None:
        """Make the rows of a unit these: what is gone goes first, so that nothing is in the way."""
        form = BY_NAME[table]
        keys = {tuple(_key_of(form, row)) for row in rows}
        for row in self.of_unit(tx, table, pool_id, unit):
            key = _key_of(form, row)
            if tuple(key) not in keys:
                tx.run(_delete(table), key)
        for row in rows:
            tx.run(_put(table), row)

    def pool_of(self, row: Row) -> UserPool:
        """Return the pool that a row of `user_pools` holds."""
        return _decode_pool(row[BY_NAME[POOLS_TABLE].columns.index("document")])

    def merge_back(self, tx: Transaction, table: str, rows: Sequence[Row]) -> None:
        """At the original: take new rows of the copy, and what has risen in others."""
        form = BY_NAME[table]
        if form.back == "rows":
            for row in rows:
                tx.run(_add(table), row)
        elif form.back == "rising":
            for row in rows:
                for column in form.rising:
                    value = row[form.columns.index(column)]
                    tx.run(_rise(table, column), (value, *_key_of(form, row), value))


def _key_of(form: PoolTable, row: Row) -> list[object]:
    return [row[form.columns.index(column)] for column in form.key]


@cache
def _of_unit(table: str) -> str:
    form = BY_NAME[table]
    order = ", ".join(form.key)
    columns = ", ".join(form.columns)
    return f"SELECT {columns} FROM {table} WHERE pool_id = ? AND {form.unit} = ? ORDER BY {order}"


@cache
def _put(table: str) -> str:
    form = BY_NAME[table]
    others = [column for column in form.columns if column not in form.key]
    change = ", ".join(f"{column} = {_incoming(form, column)}" for column in others)
    action = f"DO UPDATE SET {change}" if others else "DO NOTHING"
    return f"{_insert(form)} ON CONFLICT ({', '.join(form.key)}) {action}"


@cache
def _add(table: str) -> str:
    form = BY_NAME[table]
    return f"{_insert(form)} ON CONFLICT ({', '.join(form.key)}) DO NOTHING"


@cache
def _delete(table: str) -> str:
    where = " AND ".join(f"{column} = ?" for column in BY_NAME[table].key)
    return f"DELETE FROM {table} WHERE {where}"


@cache
def _rise(table: str, column: str) -> str:
    where = " AND ".join(f"{name} = ?" for name in BY_NAME[table].key)
    return f"UPDATE {table} SET {column} = ? WHERE {where} AND {column} < ?"


def _insert(form: PoolTable) -> str:
    marks = ", ".join("?" for _ in form.columns)
    return f"INSERT INTO {form.name} ({', '.join(form.columns)}) VALUES ({marks})"


def _incoming(form: PoolTable, column: str) -> str:
    if column not in form.rising:
        return f"excluded.{column}"
    ours, theirs = f"{form.name}.{column}", f"excluded.{column}"
    return f"CASE WHEN {theirs} > {ours} THEN {theirs} ELSE {ours} END"
