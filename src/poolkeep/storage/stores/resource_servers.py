"""Resource servers. Implements `core.directory.ports.ResourceServers`."""

from typing import Final

import msgspec

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Transaction
from poolkeep.core.directory.model import ResourceServer

INSERT: Final = """
INSERT INTO resource_servers (pool_id, identifier, created_ms, version, document)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (pool_id, identifier) DO NOTHING"""
GET: Final = """
SELECT document, version FROM resource_servers WHERE pool_id = ? AND identifier = ?"""
SAVE: Final = """
UPDATE resource_servers SET document = ?, version = version + 1
WHERE pool_id = ? AND identifier = ? AND version = ?"""
DELETE: Final = "DELETE FROM resource_servers WHERE pool_id = ? AND identifier = ?"
COUNT: Final = "SELECT COUNT(*) FROM resource_servers WHERE pool_id = ?"
PAGE: Final = """
SELECT document, version FROM resource_servers
WHERE pool_id = ? AND (created_ms, identifier) > (?, ?) ORDER BY created_ms, identifier LIMIT ?"""
ALL: Final = "SELECT document, version FROM resource_servers WHERE pool_id = ?"

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(ResourceServer).decode


class ResourceServerStore:
    """The `resource_servers` table."""

    def insert(self, tx: Transaction, server: ResourceServer) -> bool:
        """Store a new server; False when the pool has one of this identifier."""
        values = (server.pool_id, server.identifier, server.created_ms, server.version)
        return tx.run(INSERT, (*values, _encode(server))) == 1

    def get(self, tx: Transaction, pool_id: str, identifier: str) -> ResourceServer | None:
        """Return the server."""
        row = tx.one(GET, (pool_id, identifier))
        return _server(row[0], row[1]) if row else None

    def save(self, tx: Transaction, server: ResourceServer) -> None:
        """Replace the server of this version; ConcurrentModification for another one."""
        key = (server.pool_id, server.identifier, server.version)
        if tx.run(SAVE, (_encode(server), *key)) != 1:
            raise ConcurrentModification

    def delete(self, tx: Transaction, pool_id: str, identifier: str) -> bool:
        """Remove the server; False when there is none."""
        return tx.run(DELETE, (pool_id, identifier)) == 1

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many servers the pool has."""
        row = tx.one(COUNT, (pool_id,))
        return int(row[0]) if row else 0

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[ResourceServer]:
        """Return the pool's servers after (created_ms, identifier), oldest first."""
        return [_server(row[0], row[1]) for row in tx.all(PAGE, (pool_id, *after, limit))]

    def scopes_of(self, tx: Transaction, pool_id: str) -> dict[str, frozenset[str]]:
        """Return the scopes of each server, as tokens name them, by the server's identifier."""
        servers = [_server(row[0], row[1]) for row in tx.all(ALL, (pool_id,))]
        return {server.identifier: server.scope_names() for server in servers}


def _server(document: bytes, version: int) -> ResourceServer:
    return msgspec.structs.replace(_decode(document), version=version)
