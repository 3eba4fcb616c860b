"""Pools out of an installation and into one, beside a running server or without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from poolkeep import __version__
from poolkeep.adapters.pool_files import (
    FileUnusable,
    new_file,
    opened_file,
    read_private_key,
    read_recipient,
)
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidParameter, ResourceNotFound
from poolkeep.cli.ports import FileKey
from poolkeep.compose.region import RegionParts
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.export import Export, FileRefused, Found, Place, Restore, check
from poolkeep.core.export.out import Progress
from poolkeep.crypto.sealed_file import (
    FileBroken,
    Locker,
    Passphrase,
    SealedWriter,
    Unlocker,
    WrongKey,
)
from poolkeep.storage.database import open_snapshot
from poolkeep.storage.schema import newest
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.pool_rows import PoolRowStore
from poolkeep.storage.stores.restores import RestoreStore

OPERATOR = "operator"
"""The principal of what is done at the command line, in the audit trail."""


class PoolFiles:
    """Export from, and restore into, one region."""

    def __init__(self, part: RegionParts, *, url: str, clock: Clock, entropy: Entropy) -> None:
        """Use an opened region; `url` opens its database a second time, for a snapshot."""
        self._part = part
        self._url = url
        self._clock = clock
        self._entropy = entropy
        self._audit = AuditTrail(SqlAudit(), entropy)

    async def export(
        self, pool_id: str, path: Path, locker: Locker, progress: Progress
    ) -> dict[str, int]:
        """Write a pool to a file; return how many rows of each table are in it."""
        pool = await self._part.services.book.pool(pool_id)
        if pool is None:
            raise ResourceNotFound(f"There is no user pool {pool_id}.")
        arn, actor = pool.pool.arn, Actor(account=pool.pool.account, principal=OPERATOR)
        now_ms = self._clock.now_ms()
        with new_file(path, self._entropy) as file:
            # Told before the first byte, so that no copy exists of which nobody knows.
            await self._part.database.write(
                lambda tx: self._audit.record(
                    tx, actor, operation="ExportUserPool", resource=arn, now_ms=now_ms
                )
            )
            sink = SealedWriter(file, locker, self._entropy)
            export = Export(
                rows=PoolRowStore(), keys=self._part.key_store, pools=self._part.pool_store
            )
            with open_snapshot(self._url) as tx:
                counts = export.write(
                    tx,
                    pool_id,
                    sink,
                    schema=newest(),
                    software=f"poolkeep {__version__}",
                    now_ms=now_ms,
                    progress=progress,
                )
            sink.finish()
        return counts

    def restore(
        self,
        path: Path,
        unlocker: Unlocker,
        place: Place,
        *,
        take_over: bool,
        progress: Progress,
    ) -> Found:
        """Make the pool of a file here."""
        restore = Restore(
            database=self._part.database,
            rows=PoolRowStore(),
            keys=self._part.key_store,
            pools=self._part.pool_store,
            restores=RestoreStore(),
            audit=self._audit,
            clock=self._clock,
            entropy=self._entropy,
            schema=newest(),
        )
        return restore.load(
            partial(opened_file, path, unlocker),
            place,
            Actor(account=place.account, principal=OPERATOR),
            take_over=take_over,
            progress=progress,
        )


def checked(path: Path, unlocker: Unlocker) -> Found:
    """Read a file from beginning to end and return what is in it."""
    return check(partial(opened_file, path, unlocker), PoolRowStore().tables(), schema=newest())


def locker_of(key: FileKey) -> Locker:
    """Return what locks a file: a passphrase, or somebody's public key."""
    return read_recipient(key) if isinstance(key, Path) else Passphrase(key)


def unlocker_of(key: FileKey) -> Unlocker:
    """Return what opens a file."""
    return read_private_key(key) if isinstance(key, Path) else Passphrase(key)


@contextmanager
def file_advice(path: Path) -> Iterator[None]:
    """Tell what is wrong with a file or its key instead of a traceback."""
    try:
        yield
    except FileUnusable as error:
        raise InvalidParameter(f"{error}.".replace("..", ".")) from error
    except (FileBroken, FileRefused, WrongKey) as error:
        raise InvalidParameter(f"{path}: {error}. Nothing was changed.") from error
