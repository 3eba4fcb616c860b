"""Outstanding codes. Implements `core.messages.ports.Codes`.

A code is spent by one conditional delete, so that of any number of racers exactly one gets it.
"""

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.messages.codes import CodeRow

PUT = """
INSERT INTO codes (pool_id, user_id, purpose, digest, attribute, value_key, client_id,
  created_ms, expires_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, user_id, purpose) DO UPDATE SET
  digest = excluded.digest, attribute = excluded.attribute, value_key = excluded.value_key,
  client_id = excluded.client_id, created_ms = excluded.created_ms,
  expires_ms = excluded.expires_ms"""
PEEK = """
SELECT pool_id, user_id, purpose, digest, attribute, value_key, client_id, created_ms, expires_ms
FROM codes WHERE pool_id = ? AND user_id = ? AND purpose = ?"""
CONSUME = """
DELETE FROM codes
WHERE pool_id = ? AND user_id = ? AND purpose = ? AND digest = ? AND expires_ms > ?
RETURNING pool_id, user_id, purpose, digest, attribute, value_key, client_id, created_ms,
  expires_ms"""
DROP = "DELETE FROM codes WHERE pool_id = ? AND user_id = ? AND purpose = ?"


class SqlCodes:
    """The `codes` table."""

    def put(self, tx: Transaction, row: CodeRow) -> None:
        """Store a code in place of the last one of its purpose."""
        tx.run(
            PUT,
            (
                row.pool_id,
                row.user_id,
                row.purpose,
                row.digest,
                row.attribute,
                row.value_key,
                row.client_id,
                row.created_ms,
                row.expires_ms,
            ),
        )

    def peek(self, tx: Transaction, pool_id: str, user_id: str, *, purpose: str) -> CodeRow | None:
        """Return the outstanding code, expired or not, without spending it."""
        return _code_row(tx.one(PEEK, (pool_id, user_id, purpose)))

    def consume(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        purpose: str,
        digest: bytes,
        now_ms: int,
    ) -> CodeRow | None:
        """Spend the code: delete and return it. None if it is another, gone or expired."""
        return _code_row(tx.one(CONSUME, (pool_id, user_id, purpose, digest, now_ms)))

    def drop(self, tx: Transaction, pool_id: str, user_id: str, *, purpose: str) -> None:
        """Forget the code of a purpose, because what it was for has changed."""
        tx.run(DROP, (pool_id, user_id, purpose))


def _code_row(row: Row | None) -> CodeRow | None:
    if row is None:
        return None
    return CodeRow(
        pool_id=row[0],
        user_id=row[1],
        purpose=row[2],
        digest=row[3],
        attribute=row[4],
        value_key=row[5],
        client_id=row[6],
        created_ms=row[7],
        expires_ms=row[8],
    )
