"""Tracked sessions. Implements `core.sessions.ports.SessionRows`."""

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.sessions.model import Session

COLUMNS = (
    "s.session_id, s.pool_id, s.user_id, s.client_id, s.origin_jti, s.origin_session_id, "
    "s.created_ms, s.authenticated_ms, s.last_active_ms, s.expires_ms, s.ip_address, s.device_type"
)
# Changes nothing; the row's lock lines up writers of one user's sessions on PostgreSQL.
HOLD_USER = """
UPDATE users SET signed_out_ms = signed_out_ms
WHERE pool_id = ? AND user_id = ? AND enabled <> 0 AND signed_out_ms < ?"""
INSERT = """
INSERT INTO sessions (session_id, pool_id, user_id, client_id, origin_jti, origin_session_id,
  created_ms, authenticated_ms, last_active_ms, expires_ms, ip_address, device_type)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, session_id) DO NOTHING"""
TOUCH = """
UPDATE sessions SET last_active_ms = ?, ip_address = ?, device_type = ?
WHERE pool_id = ? AND session_id = ?"""
AUTHENTICATE = """
UPDATE sessions SET authenticated_ms = ?, expires_ms = ? WHERE pool_id = ? AND session_id = ?"""
GET = f"SELECT {COLUMNS} FROM sessions s WHERE s.pool_id = ? AND s.session_id = ?"
OF_USER = f"""
SELECT {COLUMNS} FROM sessions s
JOIN users u ON u.pool_id = s.pool_id AND u.user_id = s.user_id
LEFT JOIN revocations r ON r.pool_id = s.pool_id AND r.origin_jti = s.origin_jti
WHERE s.pool_id = ? AND s.user_id = ? AND s.expires_ms > ? AND r.origin_jti IS NULL
  AND (s.origin_jti IS NULL OR s.created_ms > u.signed_out_ms)
ORDER BY s.last_active_ms DESC, s.session_id"""
DELETE = "DELETE FROM sessions WHERE pool_id = ? AND session_id = ?"
DELETE_TOKEN_SESSIONS = """
DELETE FROM sessions WHERE pool_id = ? AND user_id = ? AND origin_jti IS NOT NULL"""
DELETE_SOME = """
DELETE FROM sessions WHERE pool_id = ? AND session_id IN (
  SELECT session_id FROM sessions WHERE pool_id = ? LIMIT ?)"""


class SqlSessions:
    """The `sessions` table."""

    def hold_user(self, tx: Transaction, pool_id: str, user_id: str, *, issued_ms: int) -> bool:
        """Lock the user's row; False when the user cannot have a session of `issued_ms`."""
        return tx.run(HOLD_USER, (pool_id, user_id, issued_ms)) == 1

    def insert(self, tx: Transaction, session: Session) -> bool:
        """Store a new session; False when there is one of this id."""
        values = (
            session.id, session.pool_id, session.user_id, session.client_id, session.origin_jti,
            session.origin_session_id, session.created_ms, session.authenticated_ms,
            session.last_active_ms, session.expires_ms, session.ip_address, session.device_type,
        )  # fmt: skip
        return tx.run(INSERT, values) == 1

    def touch(
        self,
        tx: Transaction,
        pool_id: str,
        session_id: str,
        *,
        at_ms: int,
        ip_address: str,
        device_type: str,
    ) -> bool:
        """Note the last activity; False when there is no such session."""
        return tx.run(TOUCH, (at_ms, ip_address, device_type, pool_id, session_id)) == 1

    def authenticate(
        self, tx: Transaction, pool_id: str, session_id: str, *, at_ms: int, expires_ms: int
    ) -> bool:
        """Note a fresh authentication; False when there is no such session."""
        return tx.run(AUTHENTICATE, (at_ms, expires_ms, pool_id, session_id)) == 1

    def get(self, tx: Transaction, pool_id: str, session_id: str) -> Session | None:
        """Return the session, live or not."""
        row = tx.one(GET, (pool_id, session_id))
        return _session(row) if row else None

    def of_user(self, tx: Transaction, pool_id: str, user_id: str, *, now_ms: int) -> list[Session]:
        """Return the user's live sessions, the last active first."""
        return [_session(row) for row in tx.all(OF_USER, (pool_id, user_id, now_ms))]

    def delete(self, tx: Transaction, pool_id: str, session_id: str) -> bool:
        """Remove the session; False when there is none."""
        return tx.run(DELETE, (pool_id, session_id)) == 1

    def delete_token_sessions(self, tx: Transaction, pool_id: str, user_id: str) -> None:
        """Remove the user's token sessions."""
        tx.run(DELETE_TOKEN_SESSIONS, (pool_id, user_id))

    def delete_some(self, tx: Transaction, pool_id: str, *, limit: int) -> int:
        """Remove at most `limit` sessions of the pool and return how many."""
        return tx.run(DELETE_SOME, (pool_id, pool_id, limit))


def _session(row: Row) -> Session:
    return Session(
        id=row[0], pool_id=row[1], user_id=row[2], client_id=row[3], origin_jti=row[4],
        origin_session_id=row[5], created_ms=row[6], authenticated_ms=row[7],
        last_active_ms=row[8], expires_ms=row[9], ip_address=row[10], device_type=row[11],
    )  # fmt: skip
