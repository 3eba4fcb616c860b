"""Check a pool file and load it.

    check from end to end ─▶ claim ─▶ rows in batches ─▶ pool, keys, epoch in one write

Nothing is written before the whole file was read and found right. The rows come in writes of
their own, so that a server beside it keeps working; nobody sees them, because the pool itself and
its keys come with the last write. A killed restore leaves rows without a pool: the same restore,
run again, removes them and begins anew, and a server's sweep removes them after an hour.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Final, TypeVar

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import InvalidParameter, Unavailable
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.export.model import Found, Manifest, Place, Rows
from poolkeep.core.export.out import Progress
from poolkeep.core.export.ports import PoolKeyRing, PoolRows, Pools, Restores, TableForm
from poolkeep.core.export.records import Checked, FileRefused, Source
from poolkeep.core.pools.model import UserPool

T = TypeVar("T")

WRITE_ROWS: Final = 4_000
"""Rows of one write: about 50 ms, for which other writers on SQLite wait."""
CLEAR_ROWS: Final = 2_000
POOLS_TABLE: Final = "user_pools"

Opener = Callable[[], AbstractContextManager[Source]]
"""Opens the file from its beginning; a restore reads it twice."""

_pool_of = msgspec.json.Decoder(UserPool).decode
_document_of = msgspec.json.Encoder().encode


def check(open_file: Opener, forms: tuple[TableForm, ...], *, schema: int) -> Found:
    """Read a file from beginning to end and return what is in it; nothing is written."""
    with open_file() as source:
        checked = Checked(source, forms, schema=schema)
        for batch in checked.rows():
            if batch.table == POOLS_TABLE:
                _moved_pool(checked, batch, Place(account="", region=""))
        return Found(manifest=checked.manifest, counts=dict(checked.counts))


class Restore:
    """Loads pools from files into one region."""

    def __init__(
        self,
        *,
        database: Database,
        rows: PoolRows,
        keys: PoolKeyRing,
        pools: Pools,
        restores: Restores,
        audit: AuditTrail,
        clock: Clock,
        entropy: Entropy,
        schema: int,
    ) -> None:
        """Load into `database`; `schema` is the newest that this release knows."""
        self._database = database
        self._rows = rows
        self._keys = keys
        self._pools = pools
        self._restores = restores
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._schema = schema

    def load(
        self,
        open_file: Opener,
        place: Place,
        actor: Actor,
        *,
        take_over: bool = False,
        progress: Progress = lambda _table, _done: None,
    ) -> Found:
        """Check the file, then make its pool here. Refuses a pool or a client that exists.

        `take_over` does not wait for a restore that was killed to be an hour old.
        """
        found = check(open_file, self._rows.tables(), schema=self._schema)
        pool_id, token = found.manifest.pool_id, uuid4(self._entropy)
        self._claim(pool_id, token, take_over=take_over)
        self._clear(pool_id, token)
        try:
            self._load(open_file, found, place, token=token, actor=actor, progress=progress)
        except BaseException:
            self._give_up(pool_id, token)
            raise
        return found

    def _claim(self, pool_id: str, token: str, *, take_over: bool) -> None:
        now_ms = self._clock.now_ms()

        def begin(tx: Transaction) -> str:
            return self._restores.begin(tx, pool_id, token, now_ms=now_ms, take_over=take_over)

        answer = self._write(begin)
        while answer == "deleting":  # a pool of this id was deleted here; finish that first
            self._write(lambda tx: self._pools.purge(tx, pool_id, limit=CLEAR_ROWS))
            answer = self._write(begin)
        if answer == "exists":
            raise InvalidParameter(
                f"The user pool {pool_id} exists here. "
                "Restore it into another installation or region, or delete this one first."
            )
        if answer == "running":
            raise InvalidParameter(
                f"Another restore of {pool_id} is under way, or was killed less than an hour ago. "
                "If no other runs, use --take-over."
            )

    def _clear(self, pool_id: str, token: str) -> None:
        def clear(tx: Transaction) -> int:
            return self._rows.clear(tx, pool_id, limit=CLEAR_ROWS)

        while self._step(pool_id, token, clear):
            pass

    def _give_up(self, pool_id: str, token: str) -> None:
        """Remove what was loaded; what a kill prevents here, the next restore does."""
        self._clear(pool_id, token)
        self._write(lambda tx: self._restores.end(tx, pool_id, token))

    def _load(
        self,
        open_file: Opener,
        found: Found,
        place: Place,
        *,
        token: str,
        actor: Actor,
        progress: Progress,
    ) -> None:
        pool_id = found.manifest.pool_id
        done: dict[str, int] = {}
        with open_file() as source:
            checked = Checked(source, self._rows.tables(), schema=self._schema)
            if checked.manifest != found.manifest:
                raise FileRefused("the file was changed while it was read")
            last: Rows | None = None
            for group in _grouped(checked.rows()):
                rest = [batch for batch in group if batch.table != POOLS_TABLE]
                last = next((batch for batch in group if batch.table == POOLS_TABLE), last)
                self._step(pool_id, token, partial(self._store, checked, rest, place))
                for batch in rest:
                    done[batch.table] = done.get(batch.table, 0) + len(batch.rows)
                    progress(batch.table, done[batch.table])
            assert last is not None  # noqa: S101  `Checked` has insisted on it
            pools = _moved_pool(checked, last, place)
            self._step(pool_id, token, partial(self._finish, checked, pools, token, actor))

    def _store(self, checked: Checked, batches: list[Rows], place: Place, tx: Transaction) -> None:
        for batch in batches:
            columns = checked.columns(batch.table)
            rows = batch.rows
            if "account" in columns:
                at = columns.index("account")
                rows = [(*row[:at], place.account, *row[at + 1 :]) for row in rows]
            self._insert(tx, batch.table, columns, rows)

    def _insert(
        self, tx: Transaction, table: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]
    ) -> None:
        if self._rows.insert(tx, table, columns, rows) != len(rows):
            raise InvalidParameter(
                f"This installation has something of the same name already (table {table}): "
                "an app client or a domain of another pool, perhaps. Nothing was restored."
            )

    def _finish(
        self, checked: Checked, pools: Rows, token: str, actor: Actor, tx: Transaction
    ) -> None:
        """Make the pool appear, whole."""
        manifest = checked.manifest
        self._pools.bump_epoch(tx)
        self._keys.wrap_and_store(tx, manifest.pool_id, checked.keys)
        self._insert(tx, POOLS_TABLE, checked.columns(POOLS_TABLE), pools.rows)
        self._audit.record(
            tx,
            actor,
            operation="RestoreUserPool",
            resource=manifest.pool_id,
            now_ms=self._clock.now_ms(),
            detail=_origin(manifest),
        )
        self._restores.end(tx, manifest.pool_id, token)

    def _step(self, pool_id: str, token: str, work: Callable[[Transaction], int | None]) -> int:
        """Do `work` in a write of its own, unless another restore has taken over."""
        now_ms = self._clock.now_ms()

        def fenced(tx: Transaction) -> int:
            if not self._restores.moved(tx, pool_id, token, now_ms=now_ms):
                raise Unavailable(f"Another restore of {pool_id} has taken over.")
            return work(tx) or 0

        return self._write(fenced)

    def _write(self, work: Callable[[Transaction], T]) -> T:
        return self._database.write_now(work)


def _moved_pool(checked: Checked, batch: Rows, place: Place) -> Rows:
    """Return the pool as it is in its new place: another account and region, no replica."""
    columns = checked.columns(POOLS_TABLE)
    moved: list[tuple[object, ...]] = []
    for row in batch.rows:
        values = dict(zip(columns, row, strict=True))
        try:
            pool = _pool_of(values["document"])
        except (KeyError, msgspec.MsgspecError) as error:
            raise FileRefused(f"the pool's settings cannot be read: {error}") from error
        if pool.id != checked.manifest.pool_id:
            raise FileRefused("the file holds the settings of another pool")
        values["account"] = place.account
        values["document"] = _document_of(settled(pool, place))
        moved.append(tuple(values.values()))
    return Rows(table=POOLS_TABLE, rows=moved)


def settled(pool: UserPool, place: Place) -> UserPool:
    """Return the pool with its new account and region, standing alone."""
    return msgspec.structs.replace(
        pool,
        account=place.account,
        region=place.region,
        primary_region=None,
        replica_status=None,
        replica_regions=(),
    )


def _grouped(batches: Iterator[Rows]) -> Iterator[list[Rows]]:
    """Yield batches together until they make a write's worth of rows."""
    group: list[Rows] = []
    size = 0
    for batch in batches:
        group.append(batch)
        size += len(batch.rows)
        if size >= WRITE_ROWS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _origin(manifest: Manifest) -> dict[str, str]:
    return {
        "account": manifest.account,
        "region": manifest.region,
        "made_ms": str(manifest.made_ms),
        "software": manifest.software,
    }
