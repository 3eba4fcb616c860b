"""Users by the hundred: the rows that `SqlUsers.insert` writes, in few statements.

Implements `core.imports.ports.UserBatches`. Names are looked up first, so that what is taken costs
one statement for many rows; the primary key of `logins` still has the last word, because on
PostgreSQL somebody may take a name in between.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.imports.model import Candidate
from poolkeep.core.users.names import Login
from poolkeep.storage.stores.many_rows import many_rows

DROP: Final = "DELETE FROM logins WHERE pool_id = ? AND login_key = ? AND user_id = ?"

_encode = msgspec.json.Encoder().encode


class SqlUserBatches:
    """The `users`, `logins` and `user_index` tables, many users at a time."""

    def __init__(self, kind: str) -> None:
        """Insert as the kind of database is quickest."""
        self._rows = many_rows(kind)

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
        self._rows.users(tx, [_columns(row) for row in chosen])
        # In the order of the index, whose pages are then each touched once a batch.
        entries = sorted(
            (pool_id, entry.attribute, entry.key, row.user.id)
            for row in chosen
            for entry in row.index_rows
        )
        self._rows.index(tx, entries)
        return taken

    def _choose(
        self, tx: Transaction, pool_id: str, candidates: Sequence[Candidate]
    ) -> list[Login | None]:
        """Return for each candidate the login that somebody has, or an earlier candidate wants."""
        keys = [login.key for row in candidates for login in row.logins if login.kind != "sub"]
        owned = self._rows.owners(tx, pool_id, keys).keys()
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

    def _insert_logins(
        self, tx: Transaction, pool_id: str, chosen: Sequence[Candidate]
    ) -> dict[int, Login]:
        """Insert the logins of all, or drop those of users who lost one; return what they lost."""
        # Everybody inserts in the same order, so that two who want the same names do not deadlock.
        rows = sorted(
            (pool_id, login.key, row.user.id, login.kind) for row in chosen for login in row.logins
        )
        if self._rows.logins(tx, rows) == len(rows):
            return {}
        owners = self._rows.owners(tx, pool_id, [row[1] for row in rows])
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
        user.pool_id, user.id, user.username, str(user.status), int(user.enabled),
        user.created_ms, user.modified_ms, user.version, user.signed_out_ms,
        _encode(user.document), user.credential,
    )  # fmt: skip
