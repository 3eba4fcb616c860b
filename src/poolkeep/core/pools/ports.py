"""What the pool packages need from outside. Store methods run inside a transaction."""

from typing import Any, Protocol

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.directory.model import RiskConfiguration
from poolkeep.core.pools.model import ClientSettings, UserPool


class ClientDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the store keeps of a client beside its columns."""

    settings: ClientSettings
    modified_ms: int
    client_type: str = "REGULAR"
    sso_minutes: int = 60
    risk: RiskConfiguration | None = None


class ClientRow(msgspec.Struct, frozen=True, kw_only=True):
    """A client as stored: its secrets are still sealed, None when it has none."""

    client_id: str
    pool_id: str
    created_ms: int
    version: int
    document: ClientDocument
    secrets_sealed: bytes | None = None


class PoolRows(Protocol):
    """User pools by id."""

    def bump_epoch(self, tx: Transaction) -> None:
        """Say that the configuration changes. Done first, it also lines up writers on all nodes."""
        ...

    def insert(self, tx: Transaction, pool: UserPool) -> bool:
        """Store a new pool; False when the id is taken."""
        ...

    def get(self, tx: Transaction, pool_id: str) -> UserPool | None:
        """Return the pool, of whatever account."""
        ...

    def save(self, tx: Transaction, pool: UserPool) -> None:
        """Replace the pool whose stored version is still `pool.version`; the version grows by one.

        Raises ConcurrentModification when the stored version is another one.
        """
        ...

    def count(self, tx: Transaction, account: str) -> int:
        """Return how many pools the account has."""
        ...

    def page(
        self, tx: Transaction, account: str, *, after: tuple[int, str], limit: int
    ) -> list[UserPool]:
        """Return the account's pools after (created_ms, id), oldest first."""
        ...

    def count_users(self, tx: Transaction, pool_id: str, *, cap: int) -> int:
        """Return how many users the pool has, at most `cap`."""
        ...

    def is_importing(self, tx: Transaction, pool_id: str) -> bool:
        """Tell whether a job is bringing users into the pool."""
        ...

    def delete(self, tx: Transaction, pool_id: str) -> None:
        """Remove the pool, its keys and clients, and note that its other rows are to be purged."""
        ...

    def purges(self, tx: Transaction) -> list[str]:
        """Return deleted pools of which rows are left."""
        ...

    def purge(self, tx: Transaction, pool_id: str, *, limit: int) -> bool:
        """Delete about `limit` left-over rows of each kind; True once nothing is left."""
        ...


class ClientRows(Protocol):
    """App clients by id."""

    def insert(self, tx: Transaction, row: ClientRow) -> bool:
        """Store a new client; False when the id is taken."""
        ...

    def get(self, tx: Transaction, client_id: str) -> ClientRow | None:
        """Return the client, of whatever pool."""
        ...

    def save(self, tx: Transaction, row: ClientRow) -> None:
        """Replace the client whose stored version is still `row.version`; it grows by one.

        Raises ConcurrentModification when the stored version is another one.
        """
        ...

    def delete(self, tx: Transaction, pool_id: str, client_id: str) -> bool:
        """Remove the client; False when the pool has none of this id."""
        ...

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many clients the pool has."""
        ...

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[ClientRow]:
        """Return the pool's clients after (created_ms, id), oldest first."""
        ...


class ProviderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a client's settings depend on of an identity provider."""

    provider_type: str
    idp_initiated: bool = False


class ClientReferences(Protocol):
    """What a client's settings may name."""

    def scopes(self, tx: Transaction, pool_id: str) -> frozenset[str]:
        """Return the scopes of the pool's resource servers."""
        ...

    def providers(self, tx: Transaction, pool_id: str) -> dict[str, ProviderFacts]:
        """Return the pool's identity providers by name."""
        ...


class PoolKeyMaker(Protocol):
    """Makes a new pool's keys: slowly outside of a transaction, then stores them inside."""

    async def make(self, pool_id: str, now_ms: int) -> Any:  # noqa: ANN401  opaque to us
        """Return the bundle of keys of a pool to be."""
        ...

    def store(self, tx: Transaction, bundle: Any) -> None:  # noqa: ANN401  as above
        """Store the bundle beside the new pool."""
        ...
