"""App clients. Implements `core.pools.ports.ClientRows`. Secrets go in and out sealed."""

import msgspec

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.pools.ports import ClientDocument, ClientRow

COLUMNS = "client_id, pool_id, created_ms, version, document, secrets"
INSERT = f"""
INSERT INTO app_clients ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (client_id) DO NOTHING"""
GET = f"SELECT {COLUMNS} FROM app_clients WHERE client_id = ?"
SAVE = """
UPDATE app_clients SET document = ?, secrets = ?, version = version + 1
WHERE client_id = ? AND pool_id = ? AND version = ?"""
DELETE = "DELETE FROM app_clients WHERE client_id = ? AND pool_id = ?"
DELETE_REST = (
    "DELETE FROM brandings WHERE pool_id = ? AND client_id = ?",
    "DELETE FROM ui_customizations WHERE pool_id = ? AND client_id = ?",
    "DELETE FROM terms WHERE pool_id = ? AND client_id = ?",
)
COUNT = "SELECT COUNT(*) FROM app_clients WHERE pool_id = ?"
PAGE = f"""
SELECT {COLUMNS} FROM app_clients WHERE pool_id = ? AND (created_ms, client_id) > (?, ?)
ORDER BY created_ms, client_id LIMIT ?"""

_decoder = msgspec.json.Decoder(ClientDocument)
_encoder = msgspec.json.Encoder()


class ClientStore:
    """The `app_clients` table."""

    def insert(self, tx: Transaction, row: ClientRow) -> bool:
        """Store a new client; False when the id is taken."""
        document = _encoder.encode(row.document)
        columns = (row.client_id, row.pool_id, row.created_ms, row.version)
        return tx.run(INSERT, (*columns, document, row.secrets_sealed)) == 1

    def get(self, tx: Transaction, client_id: str) -> ClientRow | None:
        """Return the client, of whatever pool."""
        row = tx.one(GET, (client_id,))
        return _client(row) if row else None

    def save(self, tx: Transaction, row: ClientRow) -> None:
        """Replace the client whose stored version is still `row.version`; it grows by one."""
        document = _encoder.encode(row.document)
        values = (document, row.secrets_sealed, row.client_id, row.pool_id, row.version)
        if tx.run(SAVE, values) != 1:
            raise ConcurrentModification

    def delete(self, tx: Transaction, pool_id: str, client_id: str) -> bool:
        """Remove the client with what is shown in its name; False when the pool has none."""
        if tx.run(DELETE, (client_id, pool_id)) != 1:
            return False
        for statement in DELETE_REST:
            tx.run(statement, (pool_id, client_id))
        return True

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many clients the pool has."""
        row = tx.one(COUNT, (pool_id,))
        return int(row[0]) if row else 0

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[ClientRow]:
        """Return the pool's clients after (created_ms, id), oldest first."""
        return [_client(row) for row in tx.all(PAGE, (pool_id, *after, limit))]


def _client(row: Row) -> ClientRow:
    return ClientRow(
        client_id=row[0],
        pool_id=row[1],
        created_ms=row[2],
        version=row[3],
        document=_decoder.decode(row[4]),
        secrets_sealed=row[5],
    )
