"""Styles of managed login pages. Implements `core.directory.ports.Brandings`.

Pictures stand in a column of their own, as MessagePack: they are large, and bytes.
"""

from typing import Final

import msgspec

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.directory.model import Asset, Branding

INSERT: Final = """
INSERT INTO brandings (pool_id, branding_id, client_id, created_ms, version, document, assets)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, client_id) DO NOTHING"""
GET: Final = """
SELECT document, assets, version FROM brandings WHERE pool_id = ? AND branding_id = ?"""
OF_CLIENT: Final = """
SELECT document, assets, version FROM brandings WHERE pool_id = ? AND client_id = ?"""
SAVE: Final = """
UPDATE brandings SET document = ?, assets = ?, version = version + 1
WHERE pool_id = ? AND branding_id = ? AND version = ?"""
DELETE: Final = "DELETE FROM brandings WHERE pool_id = ? AND branding_id = ?"
COUNT: Final = "SELECT COUNT(*) FROM brandings WHERE pool_id = ?"

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Branding).decode
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(tuple[Asset, ...]).decode


class BrandingStore:
    """The `brandings` table."""

    def insert(self, tx: Transaction, branding: Branding) -> bool:
        """Store a new style; False when its client has one."""
        key = (branding.pool_id, branding.id, branding.client_id)
        values = (*key, branding.created_ms, branding.version, *_columns(branding))
        return tx.run(INSERT, values) == 1

    def get(self, tx: Transaction, pool_id: str, branding_id: str) -> Branding | None:
        """Return the style."""
        row = tx.one(GET, (pool_id, branding_id))
        return _branding(row) if row else None

    def of_client(self, tx: Transaction, pool_id: str, client_id: str) -> Branding | None:
        """Return the style of a client."""
        row = tx.one(OF_CLIENT, (pool_id, client_id))
        return _branding(row) if row else None

    def save(self, tx: Transaction, branding: Branding) -> None:
        """Replace the style of this version; ConcurrentModification for another one."""
        key = (branding.pool_id, branding.id, branding.version)
        if tx.run(SAVE, (*_columns(branding), *key)) != 1:
            raise ConcurrentModification

    def delete(self, tx: Transaction, pool_id: str, branding_id: str) -> bool:
        """Remove the style; False when there is none."""
        return tx.run(DELETE, (pool_id, branding_id)) == 1

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many styles the pool has."""
        row = tx.one(COUNT, (pool_id,))
        return int(row[0]) if row else 0


def _columns(branding: Branding) -> tuple[bytes, bytes]:
    bare = msgspec.structs.replace(branding, assets=())
    return _encode(bare), _pack(branding.assets)


def _branding(row: Row) -> Branding:
    return msgspec.structs.replace(_decode(row[0]), assets=_unpack(row[1]), version=row[2])
