"""What the directory needs from a store. Every method runs inside a transaction."""

from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.directory.model import ResourceServer


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
