"""Users by the hundred: the rows that `SqlUsers.insert` writes, in few statements.

Implements `core.imports.ports.UserBatches`. Names are looked up first, so that what is taken costs
one statement for many rows; the primary key of `logins` still has the last word, because on
PostgreSQL somebody may take a name in between.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.imports.model import Candidate
from poolkeep.core.users.names import Login
from poolkeep.storage.stores.users import (
    INSERT,
    INSERT_INDEX,
    INSERT_LOGINS,
    ONE_ROW,
    UNLESS_TAKEN,
)

ROWS: Final = 250
"""Rows of one statement. Longer ones are no quicker, and each length is a statement of its own."""
FIND: Final = "SELECT login_key, user_id FROM logins WHERE pool_id = ? AND login_key IN "
DROP: Final = "DELETE FROM logins WHERE pool_id = ? AND login_key = ? AND user_id = ?"

_encode = msgspec.json.Encoder().encode


class SqlUserBatches:
    """The `users`, `logins` and `user_index` tables, many users at a time."""

    def insert(
        self, tx: Transaction, pool_id: str, candidates: Sequence[Candidate]
    ) -> list[Login | None]:
        """Store new users; return for each the login that is taken (it is not stored), or None.

        Of two candidates that want the same login the first gets it.
        """
        taken = self._choose(tx, pool_id, candidates)
        chosen = [row for row, login in zip(candidates, taken, strict=True) if login is None]
        lost = self._insert_logins(tx, pool_id, chosen)
        if lost:
            chosen = [row for row in chosen if row.line not in lost]
            taken = [
                lost.get(row.line) if login is None else login
                for row, login in zip(candidates, taken, strict=True)
            ]
        for some in _slices(chosen):
            columns: list[Any] = []
            for row in some:
                columns += _columns(row)
            tx.run(_insert_users(len(some)), columns)
        # In the order of the index, whose pages are then each touched once a batch.
        entries = sorted(
            (entry.attribute, entry.key, row.user.id) for row in chosen for entry in row.index_rows
        )
        for some in _slices(entries):
            values: list[str] = []
            for attribute, key, user_id in some:
                values += (pool_id, attribute, key, user_id)
            tx.run(_insert_index(len(some)), values)
        return taken

    def _choose(
        self, tx: Transaction, pool_id: str, candidates: Sequence[Candidate]
    ) -> list[Login | None]:
        """Return for each candidate the login that somebody has, or an earlier candidate wants."""
        keys = [login.key for row in candidates for login in row.logins if login.kind != "sub"]
        owned = self._owners(tx, pool_id, keys).keys()
        wanted: set[str] = set()
        taken: list[Login | None] = []
        for row in candidates:
            conflict = None
            for login in row.logins:
                if login.key in owned or login.key in wanted:
                    conflict = login
                    break
            taken.append(conflict)
            if conflict is None:
                wanted.update([login.key for login in row.logins])
        return taken

    def _owners(self, tx: Transaction, pool_id: str, keys: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in _slices(keys):
            found.update(tx.all(_find(len(some)), (pool_id, *some)))
        return found

    def _insert_logins(
        self, tx: Transaction, pool_id: str, chosen: Sequence[Candidate]
    ) -> dict[int, Login]:
        """Insert the logins of all, or drop those of users who lost one; return what they lost."""
        # Everybody inserts in the same order, so that two who want the same names do not deadlock.
        rows = sorted(
            (login.key, row.user.id, login.kind) for row in chosen for login in row.logins
        )
        stored = 0
        for some in _slices(rows):
            params: list[str] = []
            for key, user_id, kind in some:
                params += (pool_id, key, user_id, kind)
            stored += tx.run(_insert_logins(len(some)), params)
        if stored == len(rows):
            return {}
        owners = self._owners(tx, pool_id, [key for key, _, _ in rows])
        lost: dict[int, Login] = {}
        for row in chosen:
            others = [login for login in row.logins if owners.get(login.key) != row.user.id]
            if others:
                lost[row.line] = others[0]
                tx.many(DROP, [(pool_id, login.key, row.user.id) for login in row.logins])
        return lost


def _columns(row: Candidate) -> tuple[Any, ...]:
    user = row.user
    return (
        user.pool_id, user.id, user.username, user.status, int(user.enabled), user.created_ms,
        user.modified_ms, user.version, user.signed_out_ms, _encode(user.document),
        user.credential,
    )  # fmt: skip


def _slices(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), ROWS):
        yield rows[start : start + ROWS]


@lru_cache(ROWS)
def _find(count: int) -> str:
    return f"{FIND}({', '.join(['?'] * count)})"


@lru_cache(ROWS)
def _insert_users(count: int) -> str:
    head, _, one_row = INSERT.partition("VALUES ")
    return f"{head}VALUES {', '.join([one_row] * count)}"


@lru_cache(ROWS)
def _insert_index(count: int) -> str:
    return f"{INSERT_INDEX}{', '.join([ONE_ROW] * count)}"


@lru_cache(ROWS)
def _insert_logins(count: int) -> str:
    return f"{INSERT_LOGINS}{', '.join([ONE_ROW] * count)}{UNLESS_TAKEN}"
