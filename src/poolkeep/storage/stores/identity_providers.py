"""Identity providers. Implements `core.directory.ports.ProviderRows`. Details come sealed."""

from typing import Final

import msgspec

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.directory.ports import ProviderDocument, ProviderRow

COLUMNS: Final = "p.pool_id, p.provider_name, p.created_ms, p.version, p.document, p.secrets"
INSERT: Final = """
INSERT INTO identity_providers (pool_id, provider_name, created_ms, version, document, secrets)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, provider_name) DO NOTHING"""
GET: Final = f"""
SELECT {COLUMNS} FROM identity_providers p WHERE p.pool_id = ? AND p.provider_name = ?"""
FIND: Final = f"""
SELECT {COLUMNS} FROM provider_identifiers i JOIN identity_providers p
  ON p.pool_id = i.pool_id AND p.provider_name = i.provider_name
WHERE i.pool_id = ? AND i.identifier_key = ?"""
SAVE: Final = """
UPDATE identity_providers SET document = ?, secrets = ?, version = version + 1
WHERE pool_id = ? AND provider_name = ? AND version = ?"""
DELETE: Final = "DELETE FROM identity_providers WHERE pool_id = ? AND provider_name = ?"
COUNT: Final = "SELECT COUNT(*) FROM identity_providers WHERE pool_id = ?"
PAGE: Final = f"""
SELECT {COLUMNS} FROM identity_providers p
WHERE p.pool_id = ? AND (p.created_ms, p.provider_name) > (?, ?)
ORDER BY p.created_ms, p.provider_name LIMIT ?"""
KINDS: Final = "SELECT provider_name, document FROM identity_providers WHERE pool_id = ?"
FORGET_IDENTIFIERS: Final = """
DELETE FROM provider_identifiers WHERE pool_id = ? AND provider_name = ?"""
ADD_IDENTIFIER: Final = """
INSERT INTO provider_identifiers (pool_id, identifier_key, provider_name) VALUES (?, ?, ?)
ON CONFLICT (pool_id, identifier_key) DO NOTHING"""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(ProviderDocument).decode


class IdentityProviderStore:
    """The `identity_providers` and `provider_identifiers` tables."""

    def insert(self, tx: Transaction, row: ProviderRow) -> bool:
        """Store a new provider; False when the pool has one of this name."""
        values = (row.pool_id, row.provider_name, row.created_ms, row.version)
        return tx.run(INSERT, (*values, _encode(row.document), row.secrets_sealed)) == 1

    def get(self, tx: Transaction, pool_id: str, provider_name: str) -> ProviderRow | None:
        """Return the provider."""
        row = tx.one(GET, (pool_id, provider_name))
        return _provider(row) if row else None

    def find(self, tx: Transaction, pool_id: str, identifier_key: str) -> ProviderRow | None:
        """Return the provider that has the identifier."""
        row = tx.one(FIND, (pool_id, identifier_key))
        return _provider(row) if row else None

    def save(self, tx: Transaction, row: ProviderRow) -> None:
        """Replace the provider of this version; ConcurrentModification for another one."""
        key = (row.pool_id, row.provider_name, row.version)
        if tx.run(SAVE, (_encode(row.document), row.secrets_sealed, *key)) != 1:
            raise ConcurrentModification

    def identify(
        self, tx: Transaction, pool_id: str, provider_name: str, keys: tuple[str, ...]
    ) -> str | None:
        """Replace the provider's identifiers; return one that another provider has, or None."""
        tx.run(FORGET_IDENTIFIERS, (pool_id, provider_name))
        for key in keys:
            if tx.run(ADD_IDENTIFIER, (pool_id, key, provider_name)) != 1:
                return key
        return None

    def delete(self, tx: Transaction, pool_id: str, provider_name: str) -> bool:
        """Remove the provider and its identifiers; False when there is none."""
        tx.run(FORGET_IDENTIFIERS, (pool_id, provider_name))
        return tx.run(DELETE, (pool_id, provider_name)) == 1

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many providers the pool has."""
        row = tx.one(COUNT, (pool_id,))
        return int(row[0]) if row else 0

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[ProviderRow]:
        """Return the pool's providers after (created_ms, name), oldest first."""
        return [_provider(row) for row in tx.all(PAGE, (pool_id, *after, limit))]

    def documents(self, tx: Transaction, pool_id: str) -> dict[str, ProviderDocument]:
        """Return what is kept in clear of each of the pool's providers, by name."""
        return {name: _decode(document) for name, document in tx.all(KINDS, (pool_id,))}


def _provider(row: Row) -> ProviderRow:
    return ProviderRow(
        pool_id=row[0],
        provider_name=row[1],
        created_ms=row[2],
        version=row[3],
        document=_decode(row[4]),
        secrets_sealed=row[5],
    )
