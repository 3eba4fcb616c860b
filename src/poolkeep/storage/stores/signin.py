"""What a sign-in reads and marks. Implements `core.signin.ports.Attempts`."""

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.signin.facts import SignInRow
from poolkeep.storage.stores.tokens import GROUP_COLUMNS, GROUP_END, JOIN_GROUPS, groups_of_rows
from poolkeep.storage.stores.users import COLUMNS, user_of

LOCK_COLUMNS = "COALESCE(k.locked_until_ms, 0), COALESCE(k.failures, 0)"
BY_LOGIN = f"""
SELECT {COLUMNS}, {GROUP_COLUMNS}, {LOCK_COLUMNS} FROM (SELECT 1 AS one) o
LEFT JOIN logins l ON l.pool_id = ? AND l.login_key = ?
LEFT JOIN users u ON u.pool_id = l.pool_id AND u.user_id = l.user_id
LEFT JOIN lockouts k ON k.pool_id = ? AND k.kind = 'password'
  AND k.subject = COALESCE('user:' || l.user_id, ?){JOIN_GROUPS}"""
BY_USER = f"""
SELECT {COLUMNS}, {GROUP_COLUMNS}, {LOCK_COLUMNS} FROM users u
LEFT JOIN lockouts k
  ON k.pool_id = u.pool_id AND k.kind = 'password' AND k.subject = 'user:' || u.user_id{JOIN_GROUPS}
WHERE u.pool_id = ? AND u.user_id = ?"""
SPEND = """
INSERT INTO spent_handles (pool_id, handle, expires_ms) VALUES (?, ?, ?)
ON CONFLICT (pool_id, handle) DO NOTHING"""
SPEND_IF_CLEAN = """
INSERT INTO spent_handles (pool_id, handle, expires_ms) SELECT ?, ?, ?
WHERE NOT EXISTS (
  SELECT 1 FROM lockouts k WHERE k.pool_id = ? AND k.subject = ? AND k.kind = 'password')
ON CONFLICT (pool_id, handle) DO NOTHING"""
KEEP = "INSERT INTO kept_attempts (pool_id, handle, sealed, expires_ms) VALUES (?, ?, ?, ?)"
KEPT = "SELECT sealed FROM kept_attempts WHERE pool_id = ? AND handle = ?"

NOBODY = SignInRow(user=None, groups=(), locked_until_ms=0, failures=0)


class SqlSignIn:
    """Joined reads over users, groups and locks; `spent_handles` and `kept_attempts`."""

    def by_login(self, tx: Transaction, pool_id: str, login_key: str) -> SignInRow:
        """Return what is known about a name: one statement, whether or not anybody has it."""
        rows = tx.all(BY_LOGIN, (pool_id, login_key, pool_id, f"name:{login_key}"))
        first = rows[0]
        return SignInRow(
            user=None if first[0] is None else user_of(first),
            groups=groups_of_rows(rows, pool_id),
            locked_until_ms=first[GROUP_END],
            failures=first[GROUP_END + 1],
        )

    def by_user(self, tx: Transaction, pool_id: str, user_id: str) -> SignInRow:
        """Return what is known about a user by sub."""
        rows = tx.all(BY_USER, (pool_id, user_id))
        if not rows:
            return NOBODY
        first = rows[0]
        return SignInRow(
            user=user_of(first),
            groups=groups_of_rows(rows, pool_id),
            locked_until_ms=first[GROUP_END],
            failures=first[GROUP_END + 1],
        )

    def spend(self, tx: Transaction, pool_id: str, handle: str, expires_ms: int) -> bool:
        """Use a handle up; the row is what makes a second use fail."""
        return tx.run(SPEND, (pool_id, handle, expires_ms)) == 1

    def keep(
        self, tx: Transaction, pool_id: str, handle: str, *, sealed: bytes, expires_ms: int
    ) -> None:
        """Store an attempt that its handle only names."""
        tx.run(KEEP, (pool_id, handle, sealed, expires_ms))

    def kept(self, tx: Transaction, pool_id: str, handle: str) -> bytes | None:
        """Return the sealed attempt that a handle names."""
        row = tx.one(KEPT, (pool_id, handle))
        return bytes(row[0]) if row else None

    async def spend_if_clean(
        self, database: Database, pool_id: str, handle: str, *, expires_ms: int, subject: str
    ) -> bool:
        """Use a handle up if no failure counts against `subject`: one statement, one round trip."""
        row = (pool_id, handle, expires_ms, pool_id, subject)
        return await database.write_one(SPEND_IF_CLEAN, row) == 1
