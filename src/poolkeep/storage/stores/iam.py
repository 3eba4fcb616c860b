"""IAM's entities, each one document, and what refers to what."""

from typing import TypeVar

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.iam.model import Entity, EntityKind, LinkKind

CHANGE = "UPDATE iam_changes SET number = number + 1 WHERE id = 1"
CHANGES = "SELECT number FROM iam_changes WHERE id = 1"
GET = "SELECT body FROM iam_entities WHERE account = ? AND kind = ? AND name_key = ?"
BY_ID = "SELECT body FROM iam_entities WHERE entity_id = ? AND kind = ?"
ADD = """
INSERT INTO iam_entities (account, kind, name_key, entity_id, path, body)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account, kind, name_key) DO NOTHING"""
SAVE = "UPDATE iam_entities SET name_key = ?, path = ?, body = ? WHERE entity_id = ?"
DELETE = "DELETE FROM iam_entities WHERE entity_id = ?"
PAGE = """
SELECT body FROM iam_entities
WHERE account = ? AND kind = ? AND name_key > ? AND substr(path, 1, ?) = ?
ORDER BY name_key LIMIT ?"""
COUNT = "SELECT count(*) FROM iam_entities WHERE account = ? AND kind = ?"
LINK = "INSERT INTO iam_links (entity_id, kind, target) VALUES (?, ?, ?)"
UNLINK = "DELETE FROM iam_links WHERE entity_id = ?"
REFERRING = """
SELECT e.body FROM iam_links l JOIN iam_entities e ON e.entity_id = l.entity_id
WHERE l.target = ? AND l.kind = ? AND e.kind = ? ORDER BY e.name_key"""
REFERENCES = "SELECT count(*) FROM iam_links WHERE target = ? AND kind = ?"

EXACT = frozenset({"oidc-provider", "saml-provider"})
"""The kinds in whose names case counts."""

E = TypeVar("E", bound=Entity)


class IamEntityStore:
    """The `iam_entities` and `iam_links` tables. Implements `core.iam.ports.Entities`."""

    def change(self, tx: Transaction) -> None:
        """Count a change. Comes first in a write, so that writes follow one another."""
        tx.run(CHANGE)

    def changes(self, tx: Transaction) -> int:
        """Return how many changes there were."""
        row = tx.one(CHANGES)
        return 0 if row is None else int(row[0])

    def get(self, tx: Transaction, of: type[E], account: str, name: str) -> E | None:
        """Return an entity by name."""
        if "\0" in name:  # PostgreSQL's text has no NUL, so no name has either
            return None
        return _read(of, tx.one(GET, (account, of.KIND, name_key(of.KIND, name))))

    def by_id(self, tx: Transaction, of: type[E], entity_id: str) -> E | None:
        """Return an entity by its unique id."""
        return _read(of, tx.one(BY_ID, (entity_id, of.KIND)))

    def add(self, tx: Transaction, entity: Entity) -> bool:
        """Store a new entity; False when the name is taken."""
        row = (
            entity.account, entity.KIND, name_key(entity.KIND, entity.name), entity.id,
            entity.path, _written(entity),
        )  # fmt: skip
        if tx.run(ADD, row) == 0:
            return False
        self._link(tx, entity)
        return True

    def save(self, tx: Transaction, entity: Entity) -> None:
        """Store what an entity is now, perhaps under a new name."""
        key = name_key(entity.KIND, entity.name)
        tx.run(SAVE, (key, entity.path, _written(entity), entity.id))
        tx.run(UNLINK, (entity.id,))
        self._link(tx, entity)

    def delete(self, tx: Transaction, entity: Entity) -> None:
        """Remove an entity."""
        tx.run(UNLINK, (entity.id,))
        tx.run(DELETE, (entity.id,))

    def page(
        self,
        tx: Transaction,
        of: type[E],
        account: str,
        *,
        after: str,
        limit: int,
        prefix: str = "/",
    ) -> list[E]:
        """Return entities below a path, by name, after a name."""
        if "\0" in after or "\0" in prefix:
            return []
        key = name_key(of.KIND, after)
        rows = tx.all(PAGE, (account, of.KIND, key, len(prefix), prefix, limit))
        return [msgspec.json.decode(row[0], type=of) for row in rows]

    def count(self, tx: Transaction, kind: EntityKind, account: str) -> int:
        """Return how many an account has."""
        row = tx.one(COUNT, (account, kind))
        return 0 if row is None else int(row[0])

    def referring(self, tx: Transaction, of: type[E], link: LinkKind, target: str) -> list[E]:
        """Return the entities of a kind that refer to something, by name."""
        rows = tx.all(REFERRING, (target, link, of.KIND))
        return [msgspec.json.decode(row[0], type=of) for row in rows]

    def references(self, tx: Transaction, link: LinkKind, target: str) -> int:
        """Return how many entities refer to something."""
        row = tx.one(REFERENCES, (target, link))
        return 0 if row is None else int(row[0])

    def _link(self, tx: Transaction, entity: Entity) -> None:
        tx.many(LINK, [(entity.id, kind, target) for kind, target in sorted(entity.links())])


def name_key(kind: EntityKind, name: str) -> str:
    """Return a name as it is unique."""
    return name if kind in EXACT else name.lower()


def _read(of: type[E], row: tuple[str, ...] | None) -> E | None:
    return None if row is None else msgspec.json.decode(row[0], type=of)


def _written(entity: Entity) -> str:
    return msgspec.json.encode(entity).decode()
