"""Authenticator apps. Implements `core.factors.ports.TokenRows`.

A time step is used by one conditional update, so that of any number of racers, on any number of
nodes, one gets it.
"""

from poolkeep.base.transaction import Transaction
from poolkeep.core.factors.model import TokenRow

GET = """
SELECT seed, pending, used_step, friendly_name, version FROM software_tokens
WHERE pool_id = ? AND user_id = ?"""
PUT_PENDING = """
INSERT INTO software_tokens (pool_id, user_id, pending, version) VALUES (?, ?, ?, 0)
ON CONFLICT (pool_id, user_id) DO UPDATE SET pending = excluded.pending"""
VERIFY = """
UPDATE software_tokens SET seed = ?, pending = NULL, used_step = ?, friendly_name = ?,
  version = version + 1
WHERE pool_id = ? AND user_id = ? AND pending = ?"""
PUT_VERIFIED = """
INSERT INTO software_tokens (pool_id, user_id, seed, used_step, friendly_name, version)
VALUES (?, ?, ?, ?, ?, 1)
ON CONFLICT (pool_id, user_id) DO UPDATE SET
  seed = excluded.seed, pending = NULL, used_step = excluded.used_step,
  friendly_name = excluded.friendly_name, version = software_tokens.version + 1"""
USE_STEP = """
UPDATE software_tokens SET used_step = ?
WHERE pool_id = ? AND user_id = ? AND version = ? AND seed IS NOT NULL
  AND (used_step IS NULL OR used_step < ?)"""
DELETE = "DELETE FROM software_tokens WHERE pool_id = ? AND user_id = ?"


class SqlSoftwareTokens:
    """The `software_tokens` table."""

    def get(self, tx: Transaction, pool_id: str, user_id: str) -> TokenRow | None:
        """Return the user's row."""
        row = tx.one(GET, (pool_id, user_id))
        if row is None:
            return None
        return TokenRow(
            seed=row[0], pending=row[1], used_step=row[2], friendly_name=row[3], version=row[4]
        )

    def put_pending(self, tx: Transaction, pool_id: str, user_id: str, sealed: bytes) -> None:
        """Keep a seed that waits for its first code, in place of the last such seed."""
        tx.run(PUT_PENDING, (pool_id, user_id, sealed))

    def verify(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        pending: bytes,
        sealed: bytes,
        step: int,
        friendly_name: str | None,
    ) -> bool:
        """Put `sealed` in force if `pending` still waits; False when another request was faster."""
        row = (sealed, step, friendly_name, pool_id, user_id, pending)
        return tx.run(VERIFY, row) == 1

    def put_verified(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        sealed: bytes,
        step: int,
        friendly_name: str | None,
    ) -> None:
        """Put a seed in force that never waited here."""
        tx.run(PUT_VERIFIED, (pool_id, user_id, sealed, step, friendly_name))

    def use_step(
        self, tx: Transaction, pool_id: str, user_id: str, *, version: int, step: int
    ) -> bool:
        """Use a time step of this very seed up; False when it, or a later one, was used before."""
        return tx.run(USE_STEP, (step, pool_id, user_id, version, step)) == 1

    def delete(self, tx: Transaction, pool_id: str, user_id: str) -> None:
        """Forget the user's app, verified or not."""
        tx.run(DELETE, (pool_id, user_id))
