"""Keys of the key service, their material sealed under the installation's key."""

from poolkeep.base.transaction import Transaction
from poolkeep.core.kms.model import KmsKey
from poolkeep.core.pools.keys import RingKeys
from poolkeep.crypto.envelope import Purpose

GET = """
SELECT key_id, account, region, description, created_ms, sealed FROM kms_keys WHERE key_id = ?"""
LIST = """
SELECT key_id, account, region, description, created_ms FROM kms_keys
ORDER BY created_ms, key_id"""
ADD = """
INSERT INTO kms_keys (key_id, account, region, description, created_ms, sealed)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key_id) DO NOTHING"""


class KmsKeyStore:
    """The `kms_keys` table. Implements `core.kms.ports.KmsKeys`."""

    def __init__(self, keys: RingKeys) -> None:
        """Seal with the installation's keys."""
        self._seals = keys

    def add(self, tx: Transaction, key: KmsKey, material: bytes) -> bool:
        """Store a new key; False when the id is taken."""
        sealed = self._seals.seal(Purpose.KMS, material, context=_context(key))
        row = (key.id, key.account, key.region, key.description, key.created_ms, sealed)
        return tx.run(ADD, row) == 1

    def get(self, tx: Transaction, key_id: str) -> tuple[KmsKey, bytes] | None:
        """Return a key and its material."""
        if "\0" in key_id:  # PostgreSQL's text has no NUL, so no key has either
            return None
        row = tx.one(GET, (key_id,))
        if row is None:
            return None
        key = _key(row[:5])
        return key, self._seals.open(Purpose.KMS, row[5], context=_context(key))

    def all(self, tx: Transaction) -> list[KmsKey]:
        """Return every key, the oldest first."""
        return [_key(row) for row in tx.all(LIST)]


def _key(row: tuple[str, str, str, str, int]) -> KmsKey:
    return KmsKey(id=row[0], account=row[1], region=row[2], description=row[3], created_ms=row[4])


def _context(key: KmsKey) -> str:
    return f"kms_keys/{key.account}/{key.id}"
