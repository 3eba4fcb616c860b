"""Identity pools as documents, and what is left of deleted ones."""

from typing import Final

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.identities.model import IdentityPool

GET = "SELECT body FROM identity_pools WHERE identity_pool_id = ?"
ADD = "INSERT INTO identity_pools (identity_pool_id, account, version, body) VALUES (?, ?, ?, ?)"
SAVE = "UPDATE identity_pools SET version = ?, body = ? WHERE identity_pool_id = ? AND version = ?"
DELETE = "DELETE FROM identity_pools WHERE identity_pool_id = ?"
COUNT = "SELECT count(*) FROM identity_pools WHERE account = ?"
PAGE = """
SELECT body FROM identity_pools WHERE account = ? AND identity_pool_id > ?
ORDER BY identity_pool_id LIMIT ?"""
BURY = """
INSERT INTO identity_pool_purges (identity_pool_id, deleted_ms) VALUES (?, ?)
ON CONFLICT (identity_pool_id) DO NOTHING"""
OF_ACCOUNT = "SELECT identity_pool_id FROM identity_pools WHERE account = ?"
PURGES = """
SELECT identity_pool_id, deleted_ms FROM identity_pool_purges
ORDER BY deleted_ms, identity_pool_id LIMIT 100"""
PURGE_LOGINS = """
DELETE FROM identity_logins WHERE (identity_pool_id, provider, subject_hash) IN (
  SELECT identity_pool_id, provider, subject_hash FROM identity_logins WHERE identity_pool_id = ?
  ORDER BY provider, subject_hash LIMIT ?)"""
PURGE_IDENTITIES = """
DELETE FROM pool_identities WHERE identity_id IN (
  SELECT identity_id FROM pool_identities WHERE identity_pool_id = ?
  ORDER BY identity_id LIMIT ?)"""
PURGED = "DELETE FROM identity_pool_purges WHERE identity_pool_id = ?"

LATE_MS: Final = 60_000
"""So long after a deletion an identity may still be on its way into the database."""


class IdentityPoolStore:
    """The `identity_pools` table. Implements `core.identities.ports.PoolRows`."""

    def get(self, tx: Transaction, pool_id: str) -> IdentityPool | None:
        """Return a pool."""
        row = tx.one(GET, (pool_id,))
        return None if row is None else msgspec.json.decode(row[0], type=IdentityPool)

    def add(self, tx: Transaction, pool: IdentityPool) -> None:
        """Store a new pool."""
        tx.run(ADD, (pool.id, pool.account, pool.version, _written(pool)))

    def save(self, tx: Transaction, pool: IdentityPool) -> bool:
        """Store the next version of a pool; False when somebody else has changed it."""
        row = (pool.version, _written(pool), pool.id, pool.version - 1)
        return tx.run(SAVE, row) == 1

    def delete(self, tx: Transaction, pool_id: str, now_ms: int) -> None:
        """Remove a pool, and leave its identities to the sweep."""
        tx.run(BURY, (pool_id, now_ms))
        tx.run(DELETE, (pool_id,))

    def delete_all(self, tx: Transaction, account: str, now_ms: int) -> None:
        """Remove every pool of an account."""
        for (pool_id,) in tx.all(OF_ACCOUNT, (account,)):
            self.delete(tx, pool_id, now_ms)

    def count(self, tx: Transaction, account: str) -> int:
        """Return how many pools an account has."""
        row = tx.one(COUNT, (account,))
        return 0 if row is None else int(row[0])

    def page(self, tx: Transaction, account: str, *, after: str, limit: int) -> list[IdentityPool]:
        """Return pools of an account by id, after an id."""
        rows = tx.all(PAGE, (account, after, limit))
        return [msgspec.json.decode(row[0], type=IdentityPool) for row in rows]

    def purges(self, tx: Transaction) -> list[tuple[str, int]]:
        """Return deleted pools of which something may be left, and when they were deleted."""
        return [(row[0], row[1]) for row in tx.all(PURGES)]

    def purge(self, tx: Transaction, pool_id: str, *, limit: int) -> bool:
        """Delete some rows of a deleted pool; False when there were none."""
        logins = tx.run(PURGE_LOGINS, (pool_id, limit))
        return tx.run(PURGE_IDENTITIES, (pool_id, limit)) + logins > 0

    def purged(self, tx: Transaction, pool_id: str) -> None:
        """Forget a deleted pool: nothing of it is left."""
        tx.run(PURGED, (pool_id,))


def _written(pool: IdentityPool) -> str:
    return msgspec.json.encode(pool).decode()
