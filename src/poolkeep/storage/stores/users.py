"""Users, the strings that sign them in, and the values by which they are found.

Implements `core.users.ports.Users`. A user is one row; `logins` and `user_index` are derived from
it and kept in step by difference. Two users with one login are impossible, because the primary
key of `logins` is the only place where a name is taken.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Params, Row, Transaction
from poolkeep.core.users.model import Group, User, UserDocument
from poolkeep.core.users.names import INDEX_KEY_CHARACTERS, IndexRow, Login
from poolkeep.core.users.ports import Page

COLUMNS: Final = (
    "u.pool_id, u.user_id, u.username, u.status, u.enabled, u.created_ms, u.modified_ms, "
    "u.version, u.signed_out_ms, u.document, u.credential"
)
FIND = f"""
SELECT {COLUMNS} FROM logins l JOIN users u ON u.pool_id = l.pool_id AND u.user_id = l.user_id
WHERE l.pool_id = ? AND l.login_key = ?"""
FIND_WITH_LOCK = f"""
SELECT {COLUMNS}, COALESCE(k.locked_until_ms, 0), COALESCE(k.failures, 0)
FROM logins l JOIN users u ON u.pool_id = l.pool_id AND u.user_id = l.user_id
LEFT JOIN lockouts k
  ON k.pool_id = l.pool_id AND k.subject = 'user:' || l.user_id AND k.kind = ?
WHERE l.pool_id = ? AND l.login_key = ?"""
GET = f"SELECT {COLUMNS} FROM users u WHERE u.pool_id = ? AND u.user_id = ?"
GET_FOR_TOKEN = f"""
SELECT {COLUMNS}, r.origin_jti FROM users u
LEFT JOIN revocations r ON r.pool_id = u.pool_id AND r.origin_jti = ?
WHERE u.pool_id = ? AND u.user_id = ?"""
INSERT = """
INSERT INTO users (pool_id, user_id, username, status, enabled, created_ms, modified_ms, version,
  signed_out_ms, document, credential) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
INSERT_NEW = INSERT + " ON CONFLICT (pool_id, user_id) DO NOTHING"
UPDATE = """
UPDATE users SET username = ?, status = ?, enabled = ?, modified_ms = ?, version = version + 1,
  signed_out_ms = CASE WHEN signed_out_ms > ? THEN signed_out_ms ELSE ? END,
  document = ?, credential = ?
WHERE pool_id = ? AND user_id = ? AND version = ?"""
"""A save never takes a sign-out back, whatever it has read."""
REPLACE_CREDENTIAL = """
UPDATE users SET credential = ? WHERE pool_id = ? AND user_id = ? AND credential = ?"""
DERIVED = """
SELECT 0, kind, login_key FROM logins WHERE pool_id = ? AND user_id = ?
UNION ALL
SELECT 1, attribute, value_key FROM user_index WHERE pool_id = ? AND user_id = ?"""
INSERT_LOGINS = "INSERT INTO logins (pool_id, login_key, user_id, kind) VALUES "
ONE_ROW = "(?, ?, ?, ?)"
UNLESS_TAKEN = " ON CONFLICT (pool_id, login_key) DO NOTHING"
TAKEN = "SELECT login_key FROM logins WHERE pool_id = ? AND user_id <> ? AND login_key = ?"
RENAME_LOGIN = "UPDATE logins SET kind = ? WHERE pool_id = ? AND login_key = ? AND user_id = ?"
DELETE_LOGIN = "DELETE FROM logins WHERE pool_id = ? AND login_key = ? AND user_id = ?"
RELEASE_LOGIN = "DELETE FROM logins WHERE pool_id = ? AND login_key = ? RETURNING user_id"
INSERT_INDEX = "INSERT INTO user_index (pool_id, attribute, value_key, user_id) VALUES "
DELETE_INDEX = """
DELETE FROM user_index WHERE pool_id = ? AND attribute = ? AND value_key = ? AND user_id = ?"""
DELETE = "DELETE FROM users WHERE pool_id = ? AND user_id = ?"
DELETE_SESSIONS = "DELETE FROM sessions WHERE pool_id = ? AND user_id = ?"
DELETE_BROWSER_SESSIONS = "DELETE FROM browser_sessions WHERE pool_id = ? AND user_id = ?"
DELETE_REST = (
    "DELETE FROM logins WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM user_index WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM memberships WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM codes WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM auth_events WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM identities WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM software_tokens WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM passkeys WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM passkey_challenges WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM devices WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM device_sign_ins WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM invocations WHERE pool_id = ? AND user_id = ?",
    "DELETE FROM oauth_codes WHERE pool_id = ? AND user_id = ?",
    DELETE_BROWSER_SESSIONS,
    DELETE_SESSIONS,
)
DELETE_COUNTERS = (
    "DELETE FROM attempts WHERE pool_id = ? AND subject = ?",
    "DELETE FROM lockouts WHERE pool_id = ? AND subject = ?",
)
GROUPS_OF = """
SELECT g.pool_id, g.group_name, g.description, g.role_arn, g.precedence, g.created_ms, g.modified_ms
FROM memberships m JOIN user_groups g ON g.pool_id = m.pool_id AND g.group_name = m.group_name
WHERE m.pool_id = ? AND m.user_id = ?
ORDER BY CASE WHEN g.precedence IS NULL THEN 1 ELSE 0 END, g.precedence, g.group_name"""
BY_AGE = f"""
SELECT {COLUMNS} FROM users u WHERE u.pool_id = ? AND (u.created_ms, u.user_id) > (?, ?)
ORDER BY u.created_ms, u.user_id LIMIT ?"""
BY_SUB_PREFIX = f"""
SELECT {COLUMNS} FROM users u WHERE u.pool_id = ? AND u.user_id >= ? AND u.user_id < ?
ORDER BY u.user_id LIMIT ?"""
BY_VALUE = f"""
SELECT {COLUMNS}, i.value_key
FROM user_index i JOIN users u ON u.pool_id = i.pool_id AND u.user_id = i.user_id
WHERE i.pool_id = ? AND i.attribute = ? AND i.value_key = ? AND i.user_id > ?
ORDER BY i.user_id LIMIT ?"""
BY_PREFIX = f"""
SELECT {COLUMNS}, i.value_key
FROM user_index i JOIN users u ON u.pool_id = i.pool_id AND u.user_id = i.user_id
WHERE i.pool_id = ? AND i.attribute = ?
  AND (i.value_key, i.user_id) > (?, ?) AND i.value_key < ?
ORDER BY i.value_key, i.user_id LIMIT ?"""
MEMBERS = f"""
SELECT {COLUMNS}
FROM memberships m JOIN users u ON u.pool_id = m.pool_id AND u.user_id = m.user_id
WHERE m.pool_id = ? AND m.group_name = ? AND m.user_id > ?
ORDER BY m.user_id LIMIT ?"""

TRIES_MAX: Final = 3
"""A login may be taken when we insert and free when we ask by whom; then we insert again."""
STATEMENTS_MAX: Final = 64
"""Inserts by their number of rows; a user has a dozen rows at most."""
LAST_TEXT: Final = "\U0010ffff" * (INDEX_KEY_CHARACTERS + 1)
"""Orders after every key."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(UserDocument).decode


class SqlUsers:
    """The `users`, `logins` and `user_index` tables."""

    def find(self, tx: Transaction, pool_id: str, login_key: str) -> User | None:
        """Return the user whom the login signs in."""
        if "\0" in login_key:  # PostgreSQL's text has no NUL, so nobody has such a login
            return None
        row = tx.one(FIND, (pool_id, login_key))
        return user_of(row) if row else None

    def find_with_lock(
        self, tx: Transaction, pool_id: str, login_key: str, kind: str = "password"
    ) -> tuple[User, int, int] | None:
        """Return the user, the end of the lock (0: none) and the failures, in one statement."""
        if "\0" in login_key:
            return None
        row = tx.one(FIND_WITH_LOCK, (kind, pool_id, login_key))
        return (user_of(row), row[11], row[12]) if row else None

    def get(self, tx: Transaction, pool_id: str, user_id: str) -> User | None:
        """Return the user with this sub."""
        row = tx.one(GET, (pool_id, user_id))
        return user_of(row) if row else None

    def get_for_token(
        self, tx: Transaction, pool_id: str, user_id: str, origin_jti: str
    ) -> tuple[User, bool] | None:
        """Return the user and whether the token's origin is revoked, in one statement."""
        row = tx.one(GET_FOR_TOKEN, (origin_jti, pool_id, user_id))
        return (user_of(row), row[11] is not None) if row else None

    def insert(
        self, tx: Transaction, user: User, logins: Sequence[Login], index: Sequence[IndexRow]
    ) -> Login | None:
        """Store a new user. Return the login that is taken (and store nothing), or None.

        Raises ConcurrentModification where somebody has the id, as when two requests bring one
        user over: the transaction has to be given up then.
        """
        if taken := _take(tx, user, logins):
            return taken
        added = tx.run(
            INSERT_NEW,
            (
                user.pool_id, user.id, user.username, user.status, int(user.enabled),
                user.created_ms, user.modified_ms, user.version, user.signed_out_ms,
                _encode(user.document), user.credential,
            ),
        )  # fmt: skip
        if added != 1:
            raise ConcurrentModification("The user was made by another request.")
        _insert_index(tx, user, [(row.attribute, row.key) for row in index])
        return None

    def save(
        self, tx: Transaction, user: User, logins: Sequence[Login], index: Sequence[IndexRow]
    ) -> Login | None:
        """Replace the user whose stored version is still `user.version`; it grows by one.

        Return the login that another user owns (and change nothing), or None.
        Raises ConcurrentModification when the stored version is another one.
        """
        key = (user.pool_id, user.id)
        had_logins: dict[str, str] = {}
        had_index: set[tuple[str, str]] = set()
        for table, name, value in tx.all(DERIVED, (*key, *key)):
            if table:
                had_index.add((name, value))
            else:
                had_logins[value] = name
        added = [login for login in logins if login.key not in had_logins]
        if added and (taken := _take(tx, user, added)):
            return taken
        changed = tx.run(
            UPDATE,
            (
                user.username, user.status, int(user.enabled), user.modified_ms,
                user.signed_out_ms, user.signed_out_ms, _encode(user.document), user.credential,
                user.pool_id, user.id, user.version,
            ),
        )  # fmt: skip
        if not changed:
            raise ConcurrentModification("The user was changed by another request.")
        if not user.enabled:  # a disabled user has no sessions, and gets none back
            tx.run(DELETE_SESSIONS, key)
            tx.run(DELETE_BROWSER_SESSIONS, key)
        for login in logins:
            if had_logins.pop(login.key, login.kind) != login.kind:
                tx.run(RENAME_LOGIN, (login.kind, user.pool_id, login.key, user.id))
        for stale in sorted(had_logins):
            tx.run(DELETE_LOGIN, (user.pool_id, stale, user.id))
        wanted = {(row.attribute, row.key) for row in index}
        for attribute, value in sorted(had_index - wanted):
            tx.run(DELETE_INDEX, (user.pool_id, attribute, value, user.id))
        _insert_index(tx, user, sorted(wanted - had_index))
        return None

    def replace_credential(
        self, tx: Transaction, pool_id: str, user_id: str, *, old: bytes, new: bytes
    ) -> bool:
        """Replace the credential that is still `old`; False when it is another one."""
        return tx.run(REPLACE_CREDENTIAL, (new, pool_id, user_id, old)) == 1

    def release_login(self, tx: Transaction, pool_id: str, login_key: str) -> str | None:
        """Take a login from its owner and return the owner's sub; None when nobody owns it."""
        row = tx.one(RELEASE_LOGIN, (pool_id, login_key))
        return str(row[0]) if row else None

    def delete(self, tx: Transaction, pool_id: str, user_id: str) -> bool:
        """Remove the user with everything that is the user's."""
        if not tx.run(DELETE, (pool_id, user_id)):
            return False
        for statement in DELETE_REST:
            tx.run(statement, (pool_id, user_id))
        for statement in DELETE_COUNTERS:
            tx.run(statement, (pool_id, f"user:{user_id}"))
        return True

    def groups_of(self, tx: Transaction, pool_id: str, user_id: str) -> list[Group]:
        """Return the user's groups: ascending precedence, none last, then by name."""
        return [
            Group(
                pool_id=row[0], group_name=row[1], description=row[2], role_arn=row[3],
                precedence=row[4], created_ms=row[5], modified_ms=row[6],
            )
            for row in tx.all(GROUPS_OF, (pool_id, user_id))
        ]  # fmt: skip

    def by_age(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str] | None, limit: int
    ) -> Page:
        """Return users by ascending creation; `after` is a page's `next`."""
        start = after or (-1, "")
        rows = tx.all(BY_AGE, (pool_id, *start, limit + 1))
        return _page(rows, limit, (5, 1))

    def by_value(
        self,
        tx: Transaction,
        pool_id: str,
        *,
        attribute: str,
        value: str,
        prefix: bool,
        after: tuple[str, str] | None,
        limit: int,
    ) -> Page:
        """Return users by ascending value of an indexed attribute.

        `value` is in the form of `names.index_key`, but not cut; where it is longer than a stored
        key, a page may be short. `attribute` is one of those of `names.index_of`, or `sub`.
        """
        if "\0" in value:
            return Page()
        if attribute == "sub":
            return self._by_sub(tx, pool_id, value, prefix=prefix, after=after, limit=limit)
        key = value[:INDEX_KEY_CHARACTERS]
        start_key, start_id = after or (key, "")
        params: Params
        if prefix:
            params = (pool_id, attribute, start_key, start_id, text_after(key), limit + 1)
            rows = tx.all(BY_PREFIX, params)
        else:
            params = (pool_id, attribute, key, start_id, limit + 1)
            rows = tx.all(BY_VALUE, params)
        page = _page(rows, limit, (11, 1))
        if len(value) <= len(key):
            return page
        kept = tuple(user for user in page.users if _has(user, attribute, value, prefix=prefix))
        return Page(users=kept, next=page.next)

    def members_of(
        self, tx: Transaction, pool_id: str, group_name: str, *, after: str, limit: int
    ) -> Page:
        """Return a group's users by ascending sub; `after` is the last sub seen, "" at first."""
        rows = tx.all(MEMBERS, (pool_id, group_name, after, limit + 1))
        return _page(rows, limit, (1, 1))

    def get_many(self, tx: Transaction, pool_id: str, user_ids: Sequence[str]) -> list[User]:
        """Return the users with these subs, in this order; those that are gone are left out."""
        found = (self.get(tx, pool_id, user_id) for user_id in user_ids)
        return [user for user in found if user is not None]

    def _by_sub(
        self,
        tx: Transaction,
        pool_id: str,
        value: str,
        *,
        prefix: bool,
        after: tuple[str, str] | None,
        limit: int,
    ) -> Page:
        if not prefix:
            user = self.get(tx, pool_id, value) if after is None else None
            return Page(users=(user,) if user else ())
        # No sub continues another one, so a blank after the last one seen leads to the next.
        start = f"{after[1]} " if after else value
        rows = tx.all(BY_SUB_PREFIX, (pool_id, start, text_after(value), limit + 1))
        return _page(rows, limit, (1, 1))


def text_after(prefix: str) -> str:
    """Return the least text that orders after every text with this prefix, by code point."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            following = 0xE000 if last == 0xD7FF else last + 1  # surrogates are no characters
            return prefix[:-1] + chr(following)
        prefix = prefix[:-1]
    return LAST_TEXT


def user_of(row: Row) -> User:
    """Return the user whose `COLUMNS` a row begins with."""
    return User(
        pool_id=row[0], id=row[1], username=row[2], status=row[3], enabled=row[4] != 0,
        created_ms=row[5], modified_ms=row[6], version=row[7], signed_out_ms=row[8],
        document=_decode(row[9]), credential=row[10],
    )  # fmt: skip


def _page(rows: list[Row], limit: int, position: tuple[int, int]) -> Page:
    """Cut the row that only tells that there is more."""
    users = tuple(user_of(row) for row in rows[:limit])
    if len(rows) <= limit or not limit:
        return Page(users=users)
    last = rows[limit - 1]
    return Page(users=users, next=(last[position[0]], last[position[1]]))


def _has(user: User, attribute: str, value: str, *, prefix: bool) -> bool:
    held = user.username if attribute == "username" else user.attributes.get(attribute, "")
    held = held if attribute in {"username", "status"} else held.lower()
    return held.startswith(value) if prefix else held == value


def _insert_index(tx: Transaction, user: User, rows: Sequence[tuple[str, str]]) -> None:
    """Insert attributes and their keys, all in one statement."""
    if not rows:
        return
    params: list[str] = []
    for attribute, key in rows:
        params += (user.pool_id, attribute, key, user.id)
    tx.run(_with_rows(INSERT_INDEX, len(rows)), params)


@lru_cache(STATEMENTS_MAX)
def _with_rows(insert: str, count: int) -> str:
    return insert + ", ".join([ONE_ROW] * count)


def _take(tx: Transaction, user: User, logins: Sequence[Login]) -> Login | None:
    """Insert logins that the user does not have yet: all of them, or none and the first taken."""
    # Everybody inserts in the same order, so that two who want the same names do not deadlock.
    ordered = sorted(logins, key=lambda login: login.key)
    params: list[str] = []
    for login in ordered:
        params += (user.pool_id, login.key, user.id, login.kind)
    sql = _with_rows(INSERT_LOGINS, len(ordered)) + UNLESS_TAKEN
    for _ in range(TRIES_MAX):
        if tx.run(sql, params) == len(ordered):
            return None
        taken = None
        for login in logins:
            if tx.one(TAKEN, (user.pool_id, user.id, login.key)):
                taken = login
                break
        for login in ordered:
            tx.run(DELETE_LOGIN, (user.pool_id, login.key, user.id))
        if taken is not None:
            return taken
    raise ConcurrentModification("The user was changed by another request.")
