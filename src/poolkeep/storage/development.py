"""What development mode may do to a database: move the clock, empty an account."""

import contextlib

from poolkeep.base.clock import Clock, OffsetClock
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.storage.database import DatabaseAway
from poolkeep.storage.stores.identity_pools import IdentityPoolStore
from poolkeep.storage.stores.pools import PoolStore

OFFSET = "SELECT value FROM meta WHERE name = 'clock_offset_ms'"
SET_OFFSET = """
INSERT INTO meta (name, value) VALUES ('clock_offset_ms', ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value"""
POOLS_OF_ACCOUNT = "SELECT pool_id FROM user_pools WHERE account = ?"
EMPTY_INBOX = "DELETE FROM inbox WHERE account = ?"
EMPTY_AUDIT = "DELETE FROM audit WHERE account = ?"
EMPTY_KEYS = "DELETE FROM access_keys WHERE account = ? AND principal <> 'root'"
EMPTY_KMS = "DELETE FROM kms_keys WHERE account = ?"
EMPTY_IAM_LINKS = """
DELETE FROM iam_links
WHERE entity_id IN (SELECT entity_id FROM iam_entities WHERE account = ?)"""
EMPTY_IAM = "DELETE FROM iam_entities WHERE account = ?"
CHANGE_IAM = "UPDATE iam_changes SET number = number + 1 WHERE id = 1"
EMPTY = (EMPTY_INBOX, EMPTY_AUDIT, EMPTY_KEYS, EMPTY_KMS, EMPTY_IAM_LINKS, EMPTY_IAM)
PURGE_ROWS = 5_000


class MovableClock:
    """A clock whose offset stands in the database, so that all processes agree."""

    def __init__(self, database: Database, clock: OffsetClock, machine: Clock) -> None:
        """Move `clock`, which every service of this process reads."""
        self._database = database
        self._clock = clock
        self._machine = machine

    async def follow(self) -> None:
        """Take over what another process may have set."""
        # Without a database the time stands as it was; what needs it will say that it is away.
        with contextlib.suppress(DatabaseAway):
            self._clock.offset_ms = await self._database.read(_offset)

    async def advance(self, ms: int) -> int:
        """Move by `ms`; return the new now in ms."""

        def save(tx: Transaction) -> int:
            offset = _offset(tx) + ms
            tx.run(SET_OFFSET, (str(offset),))
            return offset

        self._clock.offset_ms = await self._database.write(save)
        return self._clock.now_ms()

    async def set_offset(self, ms: int) -> int:
        """Differ from the machine's time by `ms`; return the new now in ms."""
        await self._database.write_one(SET_OFFSET, (str(ms),))
        self._clock.offset_ms = ms
        return self._clock.now_ms()

    async def set_now(self, now_ms: int) -> int:
        """Show `now_ms` and go on from there."""
        return await self.set_offset(now_ms - self._machine.now_ms())


class AccountEmptier:
    """Deletes whatever an account owns, protected pools included."""

    def __init__(self, database: Database, pools: PoolStore, book: PoolBook) -> None:
        """Delete from `database`."""
        self._database = database
        self._pools = pools
        self._book = book
        self._identity_pools = IdentityPoolStore()

    async def empty(self, account: str) -> None:
        """Delete pools with all they hold, messages, audit entries, IAM, and keys but root's.

        Identities of identity pools are left to the sweep.
        """

        def delete(tx: Transaction) -> list[str]:
            self._pools.bump_epoch(tx)
            pool_ids = [row[0] for row in tx.all(POOLS_OF_ACCOUNT, (account,))]
            for pool_id in pool_ids:
                self._pools.delete(tx, pool_id)
            tx.run(CHANGE_IAM)
            self._identity_pools.delete_all(tx, account, 0)
            for statement in EMPTY:
                tx.run(statement, (account,))
            return pool_ids

        pool_ids = await self._database.write(delete)
        self._book.changed()
        for pool_id in pool_ids:
            while not await self._purge(pool_id):
                pass

    async def _purge(self, pool_id: str) -> bool:
        return await self._database.write(
            lambda tx: self._pools.purge(tx, pool_id, limit=PURGE_ROWS)
        )


def _offset(tx: Transaction) -> int:
    row = tx.one(OFFSET)
    return int(row[0]) if row else 0
