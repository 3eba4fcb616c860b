"""Authorization requests that clients pushed. Implements `core.oauth.pushed.PushedRows`."""

from poolkeep.base.transaction import Transaction

INSERT = """
INSERT INTO pushed_requests (pool_id, request_hash, client_id, sealed, expires_ms)
VALUES (?, ?, ?, ?, ?)"""
GET = """
SELECT sealed FROM pushed_requests
WHERE pool_id = ? AND request_hash = ? AND client_id = ? AND expires_ms > ?"""
DELETE = "DELETE FROM pushed_requests WHERE pool_id = ? AND request_hash = ?"


class SqlPushedRequests:
    """The `pushed_requests` table."""

    def insert(
        self,
        tx: Transaction,
        pool_id: str,
        request_hash: bytes,
        *,
        client_id: str,
        sealed: bytes,
        expires_ms: int,
    ) -> None:
        """Keep a request."""
        tx.run(INSERT, (pool_id, request_hash, client_id, sealed, expires_ms))

    def get(
        self, tx: Transaction, pool_id: str, request_hash: bytes, *, client_id: str, now_ms: int
    ) -> bytes | None:
        """Return what this client pushed, while it lives."""
        row = tx.one(GET, (pool_id, request_hash, client_id, now_ms))
        return None if row is None else row[0]

    def delete(self, tx: Transaction, pool_id: str, request_hash: bytes) -> bool:
        """Forget a request; False when it is gone already."""
        return tx.run(DELETE, (pool_id, request_hash)) == 1
