"""What the key service needs from its store."""

from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.kms.model import KmsKey


class KmsKeys(Protocol):
    """Keys, their material sealed."""

    def add(self, tx: Transaction, key: KmsKey, material: bytes) -> bool:
        """Store a new key; False when the id is taken."""
        ...

    def get(self, tx: Transaction, key_id: str) -> tuple[KmsKey, bytes] | None:
        """Return a key and its material."""
        ...

    def all(self, tx: Transaction) -> list[KmsKey]:
        """Return every key, the oldest first."""
        ...
