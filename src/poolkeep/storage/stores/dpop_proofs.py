"""Proofs of possession that were used. Implements `core.oauth.dpop.ProofRows`."""

from poolkeep.base.transaction import Transaction

USE = """
INSERT INTO dpop_proofs (pool_id, proof_hash, expires_ms) VALUES (?, ?, ?)
ON CONFLICT (pool_id, proof_hash) DO NOTHING"""


class SqlDpopProofs:
    """The `dpop_proofs` table."""

    def use(self, tx: Transaction, pool_id: str, proof_hash: bytes, *, expires_ms: int) -> bool:
        """Note a proof; False when it was noted before."""
        return tx.run(USE, (pool_id, proof_hash, expires_ms)) == 1
