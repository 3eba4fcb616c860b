"""Revocations, rotations, and the owner of a token. Implements `core.tokens.ports.TokenRows`."""

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.tokens.model import RefreshFacts
from poolkeep.core.users.model import Group, User
from poolkeep.storage.stores.users import COLUMNS, user_of

GROUP_COLUMNS = "g.group_name, g.precedence, g.role_arn"
JOIN_GROUPS = """
LEFT JOIN memberships m ON m.pool_id = u.pool_id AND m.user_id = u.user_id
LEFT JOIN user_groups g ON g.pool_id = m.pool_id AND g.group_name = m.group_name"""
OWNER = f"""
SELECT {COLUMNS}, r.origin_jti FROM users u
LEFT JOIN revocations r ON r.pool_id = u.pool_id AND r.origin_jti = ?
WHERE u.pool_id = ? AND u.user_id = ?"""
REFRESH_FACTS = f"""
SELECT {COLUMNS}, {GROUP_COLUMNS}, r.origin_jti, t.grace_ends_ms FROM users u
LEFT JOIN revocations r ON r.pool_id = u.pool_id AND r.origin_jti = ?
LEFT JOIN rotations t ON t.pool_id = u.pool_id AND t.token_id = ?{JOIN_GROUPS}
WHERE u.pool_id = ? AND u.user_id = ?"""
REVOKE = """
INSERT INTO revocations (pool_id, origin_jti, expires_ms) VALUES (?, ?, ?)
ON CONFLICT (pool_id, origin_jti) DO NOTHING"""
IS_REVOKED = "SELECT 1 FROM revocations WHERE pool_id = ? AND origin_jti = ?"
ROTATE = """
INSERT INTO rotations (pool_id, token_id, grace_ends_ms, expires_ms) VALUES (?, ?, ?, ?)
ON CONFLICT (pool_id, token_id) DO NOTHING"""
SIGN_OUT = """
UPDATE users SET signed_out_ms = ?, version = version + 1
WHERE pool_id = ? AND user_id = ? AND signed_out_ms < ?"""

USER_COLUMNS = COLUMNS.count(",") + 1
GROUP_END = USER_COLUMNS + 3


def groups_of_rows(rows: list[Row], pool_id: str) -> tuple[Group, ...]:
    """Return the groups in joined rows: ascending precedence, none last, then by name."""
    found = [
        Group(
            pool_id=pool_id, group_name=row[USER_COLUMNS], precedence=row[USER_COLUMNS + 1],
            role_arn=row[USER_COLUMNS + 2], created_ms=0, modified_ms=0,
        )
        for row in rows if row[USER_COLUMNS] is not None
    ]  # fmt: skip
    found.sort(
        key=lambda group: (group.precedence is None, group.precedence or 0, group.group_name)
    )
    return tuple(found)


class SqlTokens:
    """The `revocations` and `rotations` tables."""

    def owner(
        self, tx: Transaction, pool_id: str, user_id: str, origin_jti: str
    ) -> tuple[User, bool] | None:
        """Return the user and whether the sign-in was revoked."""
        row = tx.one(OWNER, (origin_jti, pool_id, user_id))
        return None if row is None else (user_of(row), row[USER_COLUMNS] is not None)

    def refresh_facts(
        self, tx: Transaction, pool_id: str, user_id: str, *, origin_jti: str, token_id: str
    ) -> RefreshFacts | None:
        """Return what decides about a refresh."""
        rows = tx.all(REFRESH_FACTS, (origin_jti, token_id, pool_id, user_id))
        if not rows:
            return None
        first = rows[0]
        return RefreshFacts(
            user=user_of(first),
            groups=groups_of_rows(rows, pool_id),
            revoked=first[GROUP_END] is not None,
            grace_ends_ms=first[GROUP_END + 1],
        )

    def revoke(self, tx: Transaction, pool_id: str, origin_jti: str, expires_ms: int) -> None:
        """Remember a revoked sign-in."""
        tx.run(REVOKE, (pool_id, origin_jti, expires_ms))

    def is_revoked(self, tx: Transaction, pool_id: str, origin_jti: str) -> bool:
        """Tell whether a sign-in was taken back."""
        return tx.one(IS_REVOKED, (pool_id, origin_jti)) is not None

    def rotate(
        self, tx: Transaction, pool_id: str, token_id: str, *, grace_ends_ms: int, expires_ms: int
    ) -> bool:
        """Mark a refresh token as replaced."""
        return tx.run(ROTATE, (pool_id, token_id, grace_ends_ms, expires_ms)) == 1

    def sign_out(self, tx: Transaction, pool_id: str, user_id: str, at_ms: int) -> bool:
        """Refuse whatever was issued up to `at_ms`."""
        return tx.run(SIGN_OUT, (at_ms, pool_id, user_id, at_ms)) == 1
