"""Sign-ins under way on the pages. Implements `core.oauth.ports.FlowRows`."""

from poolkeep.base.transaction import Transaction

PUT = """
INSERT INTO hosted_flows (pool_id, flow_hash, sealed, expires_ms) VALUES (?, ?, ?, ?)
ON CONFLICT (pool_id, flow_hash)
DO UPDATE SET sealed = excluded.sealed, expires_ms = excluded.expires_ms"""
GET = "SELECT sealed FROM hosted_flows WHERE pool_id = ? AND flow_hash = ? AND expires_ms > ?"
DELETE = "DELETE FROM hosted_flows WHERE pool_id = ? AND flow_hash = ?"


class SqlHostedFlows:
    """The `hosted_flows` table."""

    def put(
        self, tx: Transaction, pool_id: str, key: bytes, *, sealed: bytes, expires_ms: int
    ) -> None:
        """Store where the sign-in stands, in place of where it stood."""
        tx.run(PUT, (pool_id, key, sealed, expires_ms))

    def get(self, tx: Transaction, pool_id: str, key: bytes, *, now_ms: int) -> bytes | None:
        """Return where the sign-in stands, unless that is too long ago."""
        row = tx.one(GET, (pool_id, key, now_ms))
        return None if row is None else bytes(row[0])

    def delete(self, tx: Transaction, pool_id: str, key: bytes) -> None:
        """Forget the sign-in."""
        tx.run(DELETE, (pool_id, key))
