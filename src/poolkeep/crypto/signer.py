"""Who makes signatures. Today this process; later perhaps a batch of eight at once, or a KMS.

Signing may wait (for a full batch, for a network), so the one method is a coroutine, and
callers never sign inside a transaction.
"""

from typing import Protocol

from poolkeep.crypto.jose import SigningKey


class Signer(Protocol):
    """Turns claims into tokens."""

    async def sign(self, key: SigningKey, claims_json: bytes) -> str:
        """Return the RS256 token over `claims_json`."""
        ...


class LocalSigner:
    """Signs at once, on the caller's thread: shorter than handing it to another."""

    async def sign(self, key: SigningKey, claims_json: bytes) -> str:
        """Return the RS256 token over `claims_json`."""
        return key.sign_input(claims_json)
