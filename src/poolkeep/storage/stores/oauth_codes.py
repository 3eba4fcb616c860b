"""Authorization codes. Implements `core.oauth.ports.CodeRows`."""

from poolkeep.base.transaction import Transaction
from poolkeep.core.oauth.ports import CodeRow

INSERT = """
INSERT INTO oauth_codes (pool_id, code_hash, client_id, user_id, sealed, expires_ms)
VALUES (?, ?, ?, ?, ?, ?)"""
GET = """
SELECT client_id, user_id, sealed, expires_ms, origin_jti, used_ms FROM oauth_codes
WHERE pool_id = ? AND code_hash = ?"""
SPEND = """
UPDATE oauth_codes SET origin_jti = ?, used_ms = ?
WHERE pool_id = ? AND code_hash = ? AND used_ms IS NULL"""


class SqlOAuthCodes:
    """The `oauth_codes` table."""

    def insert(self, tx: Transaction, row: CodeRow) -> None:
        """Store a new code."""
        values = (row.pool_id, row.key, row.client_id, row.user_id, row.sealed, row.expires_ms)
        tx.run(INSERT, values)

    def get(self, tx: Transaction, pool_id: str, key: bytes) -> CodeRow | None:
        """Return the code, used or not, expired or not."""
        row = tx.one(GET, (pool_id, key))
        if row is None:
            return None
        return CodeRow(
            pool_id=pool_id,
            key=key,
            client_id=row[0],
            user_id=row[1],
            sealed=bytes(row[2]),
            expires_ms=row[3],
            origin_jti=row[4],
            used_ms=row[5],
        )

    def spend(
        self, tx: Transaction, pool_id: str, key: bytes, *, origin_jti: str, now_ms: int
    ) -> bool:
        """Use the code up; the condition lets one of several requests through."""
        return tx.run(SPEND, (origin_jti, now_ms, pool_id, key)) == 1
