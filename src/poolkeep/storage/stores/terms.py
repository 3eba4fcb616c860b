"""Terms documents. Implements `core.directory.ports.TermsRows`."""

from typing import Final

import msgspec

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Transaction
from poolkeep.core.directory.model import Terms

INSERT: Final = """
INSERT INTO terms (pool_id, terms_id, client_id, terms_name, created_ms, version, document)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, client_id, terms_name) DO NOTHING"""
GET: Final = "SELECT document, version FROM terms WHERE pool_id = ? AND terms_id = ?"
NAMED: Final = """
SELECT document, version FROM terms WHERE pool_id = ? AND client_id = ? AND terms_name = ?"""
SAVE: Final = """
UPDATE terms SET terms_name = ?, document = ?, version = version + 1
WHERE pool_id = ? AND terms_id = ? AND version = ?"""
DELETE: Final = "DELETE FROM terms WHERE pool_id = ? AND terms_id = ?"
COUNT: Final = "SELECT COUNT(*) FROM terms WHERE pool_id = ?"
PAGE: Final = """
SELECT document, version FROM terms WHERE pool_id = ? AND (created_ms, terms_id) > (?, ?)
ORDER BY created_ms, terms_id LIMIT ?"""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Terms).decode


class TermsStore:
    """The `terms` table."""

    def insert(self, tx: Transaction, terms: Terms) -> bool:
        """Store new terms; False when the client has some of this name."""
        key = (terms.pool_id, terms.id, terms.client_id, terms.terms_name)
        return tx.run(INSERT, (*key, terms.created_ms, terms.version, _encode(terms))) == 1

    def get(self, tx: Transaction, pool_id: str, terms_id: str) -> Terms | None:
        """Return the terms."""
        row = tx.one(GET, (pool_id, terms_id))
        return _terms(row[0], row[1]) if row else None

    def named(self, tx: Transaction, pool_id: str, client_id: str, *, name: str) -> Terms | None:
        """Return the client's terms of a name."""
        row = tx.one(NAMED, (pool_id, client_id, name))
        return _terms(row[0], row[1]) if row else None

    def save(self, tx: Transaction, terms: Terms) -> None:
        """Replace the terms of this version; ConcurrentModification for another one."""
        key = (terms.pool_id, terms.id, terms.version)
        if tx.run(SAVE, (terms.terms_name, _encode(terms), *key)) != 1:
            raise ConcurrentModification

    def delete(self, tx: Transaction, pool_id: str, terms_id: str) -> bool:
        """Remove the terms; False when there are none."""
        return tx.run(DELETE, (pool_id, terms_id)) == 1

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many terms the pool has."""
        row = tx.one(COUNT, (pool_id,))
        return int(row[0]) if row else 0

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[Terms]:
        """Return the pool's terms after (created_ms, id), oldest first."""
        return [_terms(row[0], row[1]) for row in tx.all(PAGE, (pool_id, *after, limit))]


def _terms(document: bytes, version: int) -> Terms:
    return msgspec.structs.replace(_decode(document), version=version)
