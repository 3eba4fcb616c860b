"""Browsers that are signed in. Implements `core.oauth.ports.BrowserSessionRows`."""

from poolkeep.base.transaction import Transaction
from poolkeep.core.oauth.ports import SessionRow
from poolkeep.core.users.model import User
from poolkeep.storage.stores.users import COLUMNS, user_of

INSERT = """
INSERT INTO browser_sessions
  (pool_id, session_hash, user_id, client_id, provider, sealed, authenticated_ms, expires_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
GET = f"""
SELECT {COLUMNS}, b.client_id, b.provider, b.sealed, b.authenticated_ms, b.expires_ms
FROM browser_sessions b JOIN users u ON u.pool_id = b.pool_id AND u.user_id = b.user_id
WHERE b.pool_id = ? AND b.session_hash = ?"""
DELETE = "DELETE FROM browser_sessions WHERE pool_id = ? AND session_hash = ?"

USER_END = COLUMNS.count(",") + 1


class SqlBrowserSessions:
    """The `browser_sessions` table."""

    def insert(self, tx: Transaction, row: SessionRow) -> None:
        """Store a new session."""
        values = (
            row.pool_id, row.key, row.user_id, row.client_id, row.provider, row.sealed,
            row.authenticated_ms, row.expires_ms,
        )  # fmt: skip
        tx.run(INSERT, values)

    def get(self, tx: Transaction, pool_id: str, key: bytes) -> tuple[SessionRow, User] | None:
        """Return the session and its user, in one statement."""
        row = tx.one(GET, (pool_id, key))
        if row is None:
            return None
        user = user_of(row)
        client_id, provider, sealed, authenticated_ms, expires_ms = row[USER_END:]
        session = SessionRow(
            pool_id=pool_id,
            key=key,
            user_id=user.id,
            client_id=client_id,
            provider=provider,
            sealed=bytes(sealed),
            authenticated_ms=authenticated_ms,
            expires_ms=expires_ms,
        )
        return session, user

    def delete(self, tx: Transaction, pool_id: str, key: bytes) -> bool:
        """Remove the session; False when there is none."""
        return tx.run(DELETE, (pool_id, key)) == 1
