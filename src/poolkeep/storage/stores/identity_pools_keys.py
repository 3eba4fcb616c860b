"""What signs OpenID tokens of identities, sealed under the installation's key."""

from typing import Final

from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.keys import RingKeys
from poolkeep.crypto.envelope import Purpose
from poolkeep.crypto.identity_tokens import IdentityKey

ALL: Final = """
SELECT kid, private_key, certificate FROM identity_signing_keys ORDER BY number DESC"""
ADD: Final = """
INSERT INTO identity_signing_keys (number, kid, private_key, certificate, created_ms)
VALUES (?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING"""


class IdentityKeyStore:
    """The `identity_signing_keys` table."""

    def __init__(self, keys: RingKeys) -> None:
        """Seal with the installation's keys."""
        self._seals = keys

    def all(self, tx: Transaction) -> list[IdentityKey]:
        """Return every key, the newest first."""
        return [
            IdentityKey(
                kid,
                self._seals.open(Purpose.SIGNING, sealed, context=_context(kid)),
                bytes(certificate),
            )
            for kid, sealed, certificate in tx.all(ALL)
        ]

    def add(
        self, tx: Transaction, number: int, kid: str, *, private: bytes, certificate: bytes,
        now_ms: int,
    ) -> bool:  # fmt: skip
        """Store a key; False when there is one of that number."""
        sealed = self._seals.seal(Purpose.SIGNING, private, context=_context(kid))
        return tx.run(ADD, (number, kid, sealed, certificate, now_ms)) == 1


def _context(kid: str) -> str:
    return f"identity_signing_keys/{kid}"
