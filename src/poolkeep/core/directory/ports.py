"""What the directory needs from a store. Every method runs inside a transaction."""

from typing import Protocol

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.directory.model import (
    Branding,
    DomainKind,
    ResourceServer,
    Terms,
    UICustomization,
)


class ResourceServers(Protocol):
    """Resource servers by pool and identifier."""

    def insert(self, tx: Transaction, server: ResourceServer) -> bool:
        """Store a new server; False when the pool has one of this identifier."""
        ...

    def get(self, tx: Transaction, pool_id: str, identifier: str) -> ResourceServer | None:
        """Return the server."""
        ...

    def save(self, tx: Transaction, server: ResourceServer) -> None:
        """Replace the server of this version; raises ConcurrentModification for another one."""
        ...

    def delete(self, tx: Transaction, pool_id: str, identifier: str) -> bool:
        """Remove the server; False when there is none."""
        ...

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many servers the pool has."""
        ...

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[ResourceServer]:
        """Return the pool's servers after (created_ms, identifier), oldest first."""
        ...


class ProviderDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the store keeps of a provider in clear."""

    provider_type: str
    modified_ms: int
    attribute_mapping: dict[str, str] | None = None
    idp_identifiers: tuple[str, ...] = ()
    acr_mapping: dict[str, str] | None = None
    encryption_certificate: bytes | None = None
    idp_initiated: bool = False


class ProviderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as stored: its details are sealed."""

    pool_id: str
    provider_name: str
    created_ms: int
    version: int
    document: ProviderDocument
    secrets_sealed: bytes


class ProviderRows(Protocol):
    """Identity providers by pool and name, and by their identifiers."""

    def insert(self, tx: Transaction, row: ProviderRow) -> bool:
        """Store a new provider; False when the pool has one of this name."""
        ...

    def get(self, tx: Transaction, pool_id: str, provider_name: str) -> ProviderRow | None:
        """Return the provider."""
        ...

    def find(self, tx: Transaction, pool_id: str, identifier_key: str) -> ProviderRow | None:
        """Return the provider that has the identifier."""
        ...

    def save(self, tx: Transaction, row: ProviderRow) -> None:
        """Replace the provider of this version; raises ConcurrentModification for another one."""
        ...

    def identify(
        self, tx: Transaction, pool_id: str, provider_name: str, keys: tuple[str, ...]
    ) -> str | None:
        """Replace the provider's identifiers; return one that another provider has, or None."""
        ...

    def delete(self, tx: Transaction, pool_id: str, provider_name: str) -> bool:
        """Remove the provider and its identifiers; False when there is none."""
        ...

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many providers the pool has."""
        ...

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[ProviderRow]:
        """Return the pool's providers after (created_ms, name), oldest first."""
        ...


class DomainNames(Protocol):
    """Which pool a name belongs to; the rest of a domain stands in its pool."""

    def claim(
        self, tx: Transaction, name: str, *, pool_id: str, account: str, kind: DomainKind
    ) -> bool:
        """Take a name for a pool; False when it is taken."""
        ...

    def owner(self, tx: Transaction, name: str) -> str | None:
        """Return the id of the pool that has the name."""
        ...

    def release(self, tx: Transaction, name: str, pool_id: str) -> bool:
        """Free a name; False when the pool does not have it."""
        ...

    def count(self, tx: Transaction, account: str, kind: DomainKind) -> int:
        """Return how many names of a kind the account has."""
        ...


class Brandings(Protocol):
    """Styles by pool and id; a client has one at most."""

    def insert(self, tx: Transaction, branding: Branding) -> bool:
        """Store a new style; False when its client has one."""
        ...

    def get(self, tx: Transaction, pool_id: str, branding_id: str) -> Branding | None:
        """Return the style."""
        ...

    def of_client(self, tx: Transaction, pool_id: str, client_id: str) -> Branding | None:
        """Return the style of a client."""
        ...

    def save(self, tx: Transaction, branding: Branding) -> None:
        """Replace the style of this version; raises ConcurrentModification for another one."""
        ...

    def delete(self, tx: Transaction, pool_id: str, branding_id: str) -> bool:
        """Remove the style; False when there is none."""
        ...

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many styles the pool has."""
        ...


class UICustomizations(Protocol):
    """Style sheets and logos by pool and client."""

    def put(self, tx: Transaction, customization: UICustomization) -> None:
        """Store, in place of what there is."""
        ...

    def get(self, tx: Transaction, pool_id: str, client_id: str) -> UICustomization | None:
        """Return what is kept for exactly this client."""
        ...

    def delete(self, tx: Transaction, pool_id: str, client_id: str) -> None:
        """Remove what is kept for this client."""
        ...


class TermsRows(Protocol):
    """Terms by pool and id; a client has one of each name at most."""

    def insert(self, tx: Transaction, terms: Terms) -> bool:
        """Store new terms; False when the client has some of this name."""
        ...

    def get(self, tx: Transaction, pool_id: str, terms_id: str) -> Terms | None:
        """Return the terms."""
        ...

    def named(self, tx: Transaction, pool_id: str, client_id: str, *, name: str) -> Terms | None:
        """Return the client's terms of a name."""
        ...

    def save(self, tx: Transaction, terms: Terms) -> None:
        """Replace the terms of this version; raises ConcurrentModification for another one."""
        ...

    def delete(self, tx: Transaction, pool_id: str, terms_id: str) -> bool:
        """Remove the terms; False when there are none."""
        ...

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many terms the pool has."""
        ...

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[Terms]:
        """Return the pool's terms after (created_ms, id), oldest first."""
        ...
