"""Identities of identity pools, and their logins."""

import functools
import hashlib
from collections.abc import Sequence

import msgspec

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.identities.model import DISABLED, Described, Identity, IdentityPool, Login

COLUMNS = (
    "i.identity_id, i.identity_pool_id, i.state, i.version, i.created_ms, i.modified_ms, "
    "i.merged_into"
)
GET = f"SELECT {COLUMNS} FROM pool_identities i WHERE i.identity_id = ?"
OWNER = f"""
SELECT {COLUMNS} FROM identity_logins l JOIN pool_identities i ON i.identity_id = l.identity_id
WHERE l.identity_pool_id = ? AND l.provider = ? AND l.subject_hash = ?"""
PLACED = f"""
SELECT {COLUMNS}, p.body FROM pool_identities i
JOIN identity_pools p ON p.identity_pool_id = i.identity_pool_id WHERE i.identity_id = ?"""
CONCERNED = f"""
SELECT {COLUMNS}, l.provider, l.subject FROM pool_identities i
LEFT JOIN identity_logins l ON l.identity_id = i.identity_id
WHERE i.identity_id IN ({{}})"""
NAMED = " SELECT CAST(? AS TEXT)"
OWNERS = """
SELECT identity_id FROM identity_logins
WHERE identity_pool_id = ? AND provider = ? AND subject_hash = ?"""
LOGINS = """
SELECT provider, subject FROM identity_logins WHERE identity_id = ?
ORDER BY provider, subject_hash"""
LOGINS_OF_MANY = """
SELECT identity_id, provider, subject FROM identity_logins WHERE identity_id IN ({})
ORDER BY identity_id, provider, subject_hash"""
ADD = """
INSERT INTO pool_identities
  (identity_id, identity_pool_id, state, version, created_ms, modified_ms, merged_into)
VALUES (?, ?, ?, ?, ?, ?, ?)"""
SAVE = """
UPDATE pool_identities SET state = ?, version = ?, modified_ms = ?, merged_into = ?
WHERE identity_id = ? AND version = ?"""
LINK = """
INSERT INTO identity_logins (identity_pool_id, provider, subject_hash, subject, identity_id)
VALUES (?, ?, ?, ?, ?) ON CONFLICT (identity_pool_id, provider, subject_hash) DO NOTHING"""
MOVE = "UPDATE identity_logins SET identity_id = ? WHERE identity_id = ?"
UNLINK = """
DELETE FROM identity_logins
WHERE identity_pool_id = ? AND provider = ? AND subject_hash = ?"""
DELETE_LOGINS = "DELETE FROM identity_logins WHERE identity_id = ?"
DELETE = "DELETE FROM pool_identities WHERE identity_id = ?"
PAGE = f"""
SELECT {COLUMNS} FROM pool_identities i
WHERE i.identity_pool_id = ? AND i.identity_id > ? AND i.state <> ?
ORDER BY i.identity_id LIMIT ?"""
SUBJECTS = """
SELECT subject_hash, subject FROM identity_logins
WHERE identity_id = ? AND provider = ? AND subject_hash > ? ORDER BY subject_hash LIMIT ?"""


class PoolIdentityStore:
    """`pool_identities` and `identity_logins`. Implements `core.identities.ports.IdentityRows`."""

    def get(self, tx: Transaction, identity_id: str) -> Identity | None:
        """Return an identity."""
        row = tx.one(GET, (identity_id,))
        return None if row is None else _identity(row)

    def placed(self, tx: Transaction, identity_id: str) -> tuple[IdentityPool, Identity] | None:
        """Return an identity and its pool, None where either is not there."""
        row = tx.one(PLACED, (identity_id,))
        if row is None:
            return None
        return msgspec.json.decode(row[7], type=IdentityPool), _identity(row)

    def concerned(
        self, tx: Transaction, pool_id: str, identity_id: str | None, logins: Sequence[Login]
    ) -> list[Described]:
        """Return a named identity, of whatever pool, and those of the pool that have the logins.

        One statement: identities and logins are of one moment.
        """
        values = [] if identity_id is None else [identity_id]
        text = _concerned(len(values), len(logins))
        for login in logins:
            values += (pool_id, login.provider, subject_hash(login.subject))
        if not values:
            return []
        held: dict[str, tuple[Identity, list[Login]]] = {}
        for row in tx.all(text, values):
            _, found = held.setdefault(row[0], (_identity(row), []))
            if row[7] is not None:
                found.append(Login(row[7], row[8]))
        return [Described(identity=each, logins=tuple(has)) for each, has in held.values()]

    def described(self, tx: Transaction, identity_id: str) -> Described | None:
        """Return an identity with its logins."""
        identity = self.get(tx, identity_id)
        if identity is None:
            return None
        return Described(identity=identity, logins=self.logins(tx, identity_id))

    def logins(self, tx: Transaction, identity_id: str) -> tuple[Login, ...]:
        """Return the logins of an identity."""
        return tuple(Login(*row) for row in tx.all(LOGINS, (identity_id,)))

    def owner(self, tx: Transaction, pool_id: str, login: Login) -> Identity | None:
        """Return the identity that has a login."""
        row = tx.one(OWNER, (pool_id, login.provider, subject_hash(login.subject)))
        return None if row is None else _identity(row)

    def add(self, tx: Transaction, identity: Identity) -> None:
        """Store a new identity."""
        row = (
            identity.id, identity.pool_id, identity.state, identity.version, identity.created_ms,
            identity.modified_ms, identity.merged_into,
        )  # fmt: skip
        tx.run(ADD, row)

    def save(self, tx: Transaction, identity: Identity) -> bool:
        """Store the next version of an identity; False when somebody else has changed it."""
        row = (
            identity.state, identity.version, identity.modified_ms, identity.merged_into,
            identity.id, identity.version - 1,
        )  # fmt: skip
        return tx.run(SAVE, row) == 1

    def link(self, tx: Transaction, identity: Identity, login: Login) -> bool:
        """Give an identity a login; False when one has it already."""
        hashed = subject_hash(login.subject)
        row = (identity.pool_id, login.provider, hashed, login.subject, identity.id)
        return tx.run(LINK, row) == 1

    def move(self, tx: Transaction, source: str, target: str) -> None:
        """Give all logins of one identity to another."""
        tx.run(MOVE, (target, source))

    def unlink(self, tx: Transaction, pool_id: str, login: Login) -> None:
        """Take a login from whoever has it."""
        tx.run(UNLINK, (pool_id, login.provider, subject_hash(login.subject)))

    def delete(self, tx: Transaction, identity_id: str) -> None:
        """Remove an identity with its logins.

        The identity first: who links a login meanwhile then finds no identity to move on.
        """
        tx.run(DELETE, (identity_id,))
        tx.run(DELETE_LOGINS, (identity_id,))

    def page(
        self, tx: Transaction, pool_id: str, *, after: str, limit: int, hide_disabled: bool
    ) -> list[Described]:
        """Return identities by id, after an id."""
        hidden = DISABLED if hide_disabled else ""
        found = [_identity(row) for row in tx.all(PAGE, (pool_id, after, hidden, limit))]
        if not found:
            return []
        marks = ",".join("?" * len(found))
        logins: dict[str, list[Login]] = {}
        for identity_id, *login in tx.all(
            LOGINS_OF_MANY.format(marks), [each.id for each in found]
        ):
            logins.setdefault(identity_id, []).append(Login(*login))
        return [Described(identity=each, logins=tuple(logins.get(each.id, ()))) for each in found]

    def subjects(
        self, tx: Transaction, identity_id: str, provider: str, *, after: str, limit: int
    ) -> list[tuple[str, str]]:
        """Return positions and subjects of an identity's logins at one provider."""
        rows = tx.all(SUBJECTS, (identity_id, provider, after, limit))
        return [(row[0], row[1]) for row in rows]


@functools.cache
def _concerned(named: int, logins: int) -> str:
    """Return the statement for so many names and logins; there are some twenty."""
    return CONCERNED.format("\nUNION ALL".join([NAMED] * named + [OWNERS] * logins))


def subject_hash(subject: str) -> str:
    """Return what stands for a subject in indexes, which bound the length of a key."""
    return hashlib.sha256(subject.encode()).hexdigest()


def _identity(row: Row) -> Identity:
    return Identity(
        id=row[0],
        pool_id=row[1],
        state=row[2],
        version=row[3],
        created_ms=row[4],
        modified_ms=row[5],
        merged_into=row[6],
    )
