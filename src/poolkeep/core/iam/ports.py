"""What IAM needs from its stores."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from poolkeep.base.secret import Secret
from poolkeep.base.transaction import Transaction
from poolkeep.core.iam.model import Entity, EntityKind, LinkKind

E = TypeVar("E", bound=Entity)


class Entities(Protocol):
    """The entities of all accounts. Names are compared as their kind compares them."""

    def change(self, tx: Transaction) -> None:
        """Count a change. Comes first in a write, so that writes follow one another."""
        ...

    def changes(self, tx: Transaction) -> int:
        """Return how many changes there were."""
        ...

    def get(self, tx: Transaction, of: type[E], account: str, name: str) -> E | None:
        """Return an entity by name."""
        ...

    def by_id(self, tx: Transaction, of: type[E], entity_id: str) -> E | None:
        """Return an entity by its unique id."""
        ...

    def add(self, tx: Transaction, entity: Entity) -> bool:
        """Store a new entity; False when the name is taken."""
        ...

    def save(self, tx: Transaction, entity: Entity) -> None:
        """Store what an entity is now, perhaps under a new name."""
        ...

    def delete(self, tx: Transaction, entity: Entity) -> None:
        """Remove an entity."""
        ...

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
        ...

    def count(self, tx: Transaction, kind: EntityKind, account: str) -> int:
        """Return how many an account has."""
        ...

    def referring(self, tx: Transaction, of: type[E], link: LinkKind, target: str) -> list[E]:
        """Return the entities of a kind that refer to something, by name."""
        ...

    def references(self, tx: Transaction, link: LinkKind, target: str) -> int:
        """Return how many entities refer to something."""
        ...


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An access key as listed."""

    id: str
    active: bool
    created_ms: int


class KeyUse(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a key was last used."""

    used_ms: int
    service: str
    region: str


class UserKeys(Protocol):
    """Access keys of users. A user is named as `User.principal` does."""

    def create(
        self, tx: Transaction, account: str, principal: str, *, now_ms: int
    ) -> tuple[str, Secret[str]]:
        """Make a key pair."""
        ...

    def of(self, tx: Transaction, account: str, principal: str) -> Sequence[KeyRow]:
        """Return a user's keys, the oldest first."""
        ...

    def owner(self, tx: Transaction, key_id: str) -> tuple[str, str] | None:
        """Return the account and the principal of a key."""
        ...

    def set_active(self, tx: Transaction, key_id: str, *, active: bool) -> None:
        """Turn a key on or off."""
        ...

    def delete(self, tx: Transaction, key_id: str) -> None:
        """Remove a key."""
        ...

    def rename(self, tx: Transaction, account: str, principal: str, *, new: str) -> None:
        """Give a user's keys to the name that the user has now."""
        ...

    def used(self, tx: Transaction, key_id: str) -> KeyUse | None:
        """Return a key's last use."""
        ...

    def note_use(self, tx: Transaction, key_id: str, use: KeyUse) -> None:
        """Keep a key's last use."""
        ...
