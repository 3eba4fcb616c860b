"""Certificates of pools. Implements `core.directory.certificates.Certificates`."""

from typing import Final

from poolkeep.base.transaction import Transaction
from poolkeep.core.directory.certificates import PoolCertificate

GET: Final = "SELECT private_key, certificate FROM pool_certificates WHERE pool_id = ?"
INSERT: Final = """
INSERT INTO pool_certificates (pool_id, created_ms, private_key, certificate) VALUES (?, ?, ?, ?)
ON CONFLICT (pool_id) DO NOTHING"""


class CertificateStore:
    """The `pool_certificates` table. Keys go in and out sealed."""

    def get(self, tx: Transaction, pool_id: str) -> PoolCertificate | None:
        """Return the pool's certificate."""
        row = tx.one(GET, (pool_id,))
        return PoolCertificate(row[0], row[1]) if row else None

    def insert(self, tx: Transaction, pool_id: str, made: PoolCertificate, *, now_ms: int) -> bool:
        """Store the pool's certificate; False when it has one."""
        return tx.run(INSERT, (pool_id, now_ms, made.private_key, made.certificate)) == 1
