"""Identities of other providers. Implements `core.directory.links.Identities`."""

import hashlib
from typing import Final

import msgspec

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.directory.model import Identity

INSERT: Final = """
INSERT INTO identities (pool_id, provider_name, attribute_name, value_key, user_id, is_primary,
  created_ms, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, provider_name, attribute_name, value_key) DO NOTHING"""
GET: Final = """
SELECT document FROM identities
WHERE pool_id = ? AND provider_name = ? AND attribute_name = ? AND value_key = ?"""
OF_USER: Final = """
SELECT document FROM identities WHERE pool_id = ? AND user_id = ?
ORDER BY is_primary DESC, created_ms, provider_name, attribute_name, value_key"""
DELETE: Final = """
DELETE FROM identities
WHERE pool_id = ? AND provider_name = ? AND attribute_name = ? AND value_key = ?"""
ATTRIBUTE_NAMES: Final = """
SELECT DISTINCT attribute_name FROM identities WHERE pool_id = ? AND provider_name = ?"""
VALUE_CHARACTERS: Final = 256
"""A longer value ends in its digest: an index row has a size."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Identity).decode


class IdentityStore:
    """The `identities` table."""

    def insert(self, tx: Transaction, identity: Identity) -> bool:
        """Store an identity; False when somebody is it."""
        columns = (identity.user_id, int(identity.is_primary), identity.created_ms)
        return tx.run(INSERT, (*_key(identity), *columns, _encode(identity))) == 1

    def get(
        self, tx: Transaction, pool_id: str, provider: str, *, attribute: str, value: str
    ) -> Identity | None:
        """Return an identity. Case counts, whatever the pool does with the names of its users."""
        row = tx.one(GET, (pool_id, provider, attribute, _value_key(value)))
        return _identity(row) if row else None

    def of_user(self, tx: Transaction, pool_id: str, user_id: str) -> list[Identity]:
        """Return the identities of a user, oldest first, the one that made the user in front."""
        return [_identity(row) for row in tx.all(OF_USER, (pool_id, user_id))]

    def delete(self, tx: Transaction, identity: Identity) -> bool:
        """Remove an identity; False when it is gone."""
        return tx.run(DELETE, _key(identity)) == 1

    def attribute_names(self, tx: Transaction, pool_id: str, provider: str) -> set[str]:
        """Return by which attributes identities of a provider are named."""
        return {row[0] for row in tx.all(ATTRIBUTE_NAMES, (pool_id, provider))}


def _key(identity: Identity) -> tuple[str, str, str, str]:
    return (
        identity.pool_id,
        identity.provider_name,
        identity.attribute_name,
        _value_key(identity.value),
    )


def _value_key(value: str) -> str:
    if len(value) <= VALUE_CHARACTERS:
        return value
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{value[:VALUE_CHARACTERS]}{digest}"


def _identity(row: Row) -> Identity:
    return _decode(row[0])
