"""The certificate by which identity providers know a pool. Source: docs/behaviours/certificates.md.

Made when it is first asked for, and kept: providers have it in their settings, so neither key nor
certificate ever changes by itself.
"""

import asyncio
from typing import NamedTuple, Protocol

from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import Actor
from poolkeep.core.directory.changes import PoolChanges
from poolkeep.core.pools.model import UserPool
from poolkeep.crypto.certificates import new_key, self_signed
from poolkeep.crypto.envelope import Purpose


class PoolCertificate(NamedTuple):
    """A key (PKCS #8, sealed) and its certificate (DER)."""

    private_key: bytes
    certificate: bytes


class Certificates(Protocol):
    """Certificates by pool."""

    def get(self, tx: Transaction, pool_id: str) -> PoolCertificate | None:
        """Return the pool's certificate."""
        ...

    def insert(self, tx: Transaction, pool_id: str, made: PoolCertificate, *, now_ms: int) -> bool:
        """Store the pool's certificate; False when it has one."""
        ...


class CertificateService:
    """Certificates of one region's pools."""

    def __init__(
        self, *, changes: PoolChanges, certificates: Certificates, entropy: Entropy
    ) -> None:
        """Keep them in `certificates`."""
        self._changes = changes
        self._certificates = certificates
        self._entropy = entropy

    async def signing_certificate(self, actor: Actor, pool_id: str) -> bytes:
        """Return the pool's certificate (DER); of callers who ask first, all get the same."""
        pool = await self._changes.pool(actor, pool_id)
        found = await self._changes.read(lambda tx: self._certificates.get(tx, pool_id))
        if found is not None:
            return found.certificate
        now_ms = self._changes.now_ms()

        def make() -> PoolCertificate:
            key = new_key()
            certificate = self_signed(key, name=pool_id, now_ms=now_ms, entropy=self._entropy)
            sealed = pool.keys.seal(
                Purpose.CERTIFICATE, key, context=f"pool_certificates/{pool_id}"
            )
            return PoolCertificate(sealed, certificate)

        made = await asyncio.to_thread(make)

        def work(tx: Transaction, _pool: UserPool) -> PoolCertificate:
            if self._certificates.insert(tx, pool_id, made, now_ms=now_ms):
                return made
            return self._certificates.get(tx, pool_id) or made

        kept = await self._changes.write(actor, pool, "GetSigningCertificate", work=work)
        return kept.certificate
