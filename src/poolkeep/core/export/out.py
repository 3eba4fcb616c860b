"""Write a pool to a file: the manifest, the pool's keys, every row of its tables.

All reads belong to one snapshot, so the file shows the pool at one moment although the server
goes on working. Memory holds one batch of rows at a time, whatever the size of the pool.
"""

from collections.abc import Callable
from typing import Final

from poolkeep.base.refusal import ResourceNotFound
from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.export import records
from poolkeep.core.export.model import FORMAT, End, Manifest, Rows, TableHead
from poolkeep.core.export.ports import PoolKeyRing, PoolRows, Pools, TableForm
from poolkeep.core.export.records import Sink, check_sealed

BATCH_ROWS: Final = 500
BATCH_BYTES: Final = 1024 * 1024
"""A batch of rows is written once it has so many rows or about so many bytes."""

Progress = Callable[[str, int], None]
"""Called with a table and how many of its rows are done."""


class Export:
    """Writes pools to files."""

    def __init__(self, *, rows: PoolRows, keys: PoolKeyRing, pools: Pools) -> None:
        """Read by these stores."""
        self._rows = rows
        self._keys = keys
        self._pools = pools

    def write(
        self,
        tx: Transaction,
        pool_id: str,
        sink: Sink,
        *,
        schema: int,
        software: str,
        now_ms: int,
        progress: Progress = lambda _table, _done: None,
    ) -> dict[str, int]:
        """Write the pool that the snapshot `tx` shows; return how many rows of each table."""
        pool = self._pools.get(tx, pool_id)
        if pool is None:
            raise ResourceNotFound(f"There is no user pool {pool_id}.")
        forms = self._rows.tables()
        manifest = Manifest(
            format=FORMAT,
            software=software,
            schema=schema,
            pool_id=pool_id,
            pool_name=pool.settings.name,
            account=pool.account,
            region=pool.region,
            made_ms=now_ms,
            tables=tuple(TableHead(name=form.name, columns=form.columns) for form in forms),
        )
        records.write(sink, manifest)
        known: set[str] = set()
        for key in self._keys.unwrapped(tx, pool_id):
            known.add(key.key_id)
            records.write(sink, key)
        counts: dict[str, int] = {}
        for form in forms:
            count = self._table(tx, form, pool_id, sink, known=known, progress=progress)
            if count:
                counts[form.name] = count
        records.write(sink, End(counts=counts))
        return counts

    def _table(
        self,
        tx: Transaction,
        form: TableForm,
        pool_id: str,
        sink: Sink,
        *,
        known: set[str],
        progress: Progress,
    ) -> int:
        after: Row | None = None
        done = 0
        while True:
            page = self._rows.page(tx, form.name, pool_id, after=after, limit=BATCH_ROWS)
            if not page:
                return done
            check_sealed(form, form.columns, page, known)
            for batch in _split(page):
                records.write(sink, Rows(table=form.name, rows=batch))
            done += len(page)
            after = page[-1]
            progress(form.name, done)


def _split(page: list[Row]) -> list[list[Row]]:
    """Return the page in batches of about `BATCH_BYTES`, for rows that are long."""
    batches: list[list[Row]] = [[]]
    size = 0
    for row in page:
        length = sum(len(value) for value in row if isinstance(value, str | bytes))
        if batches[-1] and size + length > BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(row)
        size += length
    return batches
