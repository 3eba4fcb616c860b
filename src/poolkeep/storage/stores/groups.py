"""Groups and who is in them. Implements `core.users.groups.GroupRows`."""

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.users.model import Group

COLUMNS = "pool_id, group_name, description, role_arn, precedence, created_ms, modified_ms"
INSERT = f"""
INSERT INTO user_groups ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, group_name) DO NOTHING"""
GET = f"SELECT {COLUMNS} FROM user_groups WHERE pool_id = ? AND group_name = ?"
UPDATE = """
UPDATE user_groups SET description = COALESCE(?, description), role_arn = COALESCE(?, role_arn),
  precedence = COALESCE(CAST(? AS BIGINT), precedence), modified_ms = ?
WHERE pool_id = ? AND group_name = ?"""
DELETE = "DELETE FROM user_groups WHERE pool_id = ? AND group_name = ?"
DELETE_MEMBERSHIPS = "DELETE FROM memberships WHERE pool_id = ? AND group_name = ?"
COUNT = "SELECT COUNT(*) FROM user_groups WHERE pool_id = ?"
PAGE = f"""
SELECT {COLUMNS} FROM user_groups WHERE pool_id = ? AND (created_ms, group_name) > (?, ?)
ORDER BY created_ms, group_name LIMIT ?"""
# The EXISTS keeps a member out of a group that is being deleted, where the databases can see it.
ADD_MEMBER = """
INSERT INTO memberships (pool_id, user_id, group_name, created_ms)
SELECT pool_id, ?, group_name, ? FROM user_groups WHERE pool_id = ? AND group_name = ?
ON CONFLICT (pool_id, user_id, group_name) DO NOTHING"""
REMOVE_MEMBER = "DELETE FROM memberships WHERE pool_id = ? AND user_id = ? AND group_name = ?"
IS_MEMBER = "SELECT 1 FROM memberships WHERE pool_id = ? AND user_id = ? AND group_name = ?"
COUNT_OF_USER = "SELECT COUNT(*) FROM memberships WHERE pool_id = ? AND user_id = ?"


class GroupStore:
    """The `user_groups` and `memberships` tables."""

    def insert(self, tx: Transaction, group: Group) -> bool:
        """Store a new group; False when the pool has one of this name."""
        values = (
            group.pool_id,
            group.group_name,
            group.description,
            group.role_arn,
            group.precedence,
            group.created_ms,
            group.modified_ms,
        )
        return tx.run(INSERT, values) == 1

    def get(self, tx: Transaction, pool_id: str, group_name: str) -> Group | None:
        """Return the group."""
        row = tx.one(GET, (pool_id, group_name))
        return _group(row) if row else None

    def update(self, tx: Transaction, group: Group) -> bool:
        """Set what is not None and the time of change; False when there is no such group."""
        changes = (group.description, group.role_arn, group.precedence, group.modified_ms)
        return tx.run(UPDATE, (*changes, group.pool_id, group.group_name)) == 1

    def delete(self, tx: Transaction, pool_id: str, group_name: str) -> bool:
        """Remove the group and its memberships; False when there is no such group."""
        tx.run(DELETE_MEMBERSHIPS, (pool_id, group_name))
        return tx.run(DELETE, (pool_id, group_name)) == 1

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many groups the pool has."""
        row = tx.one(COUNT, (pool_id,))
        return int(row[0]) if row else 0

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[Group]:
        """Return the pool's groups after (created_ms, name), oldest first."""
        return [_group(row) for row in tx.all(PAGE, (pool_id, *after, limit))]

    def add_member(
        self, tx: Transaction, pool_id: str, user_id: str, *, group_name: str, now_ms: int
    ) -> bool:
        """Put the user into the group; False when there already, or when there is no such group."""
        return tx.run(ADD_MEMBER, (user_id, now_ms, pool_id, group_name)) == 1

    def remove_member(
        self, tx: Transaction, pool_id: str, user_id: str, *, group_name: str
    ) -> bool:
        """Take the user out of the group; False when not in it."""
        return tx.run(REMOVE_MEMBER, (pool_id, user_id, group_name)) == 1

    def is_member(self, tx: Transaction, pool_id: str, user_id: str, *, group_name: str) -> bool:
        """Tell whether the user is in the group."""
        return tx.one(IS_MEMBER, (pool_id, user_id, group_name)) is not None

    def count_of_user(self, tx: Transaction, pool_id: str, user_id: str) -> int:
        """Return in how many groups the user is."""
        row = tx.one(COUNT_OF_USER, (pool_id, user_id))
        return int(row[0]) if row else 0


def _group(row: Row) -> Group:
    return Group(
        pool_id=row[0],
        group_name=row[1],
        description=row[2],
        role_arn=row[3],
        precedence=row[4],
        created_ms=row[5],
        modified_ms=row[6],
    )
