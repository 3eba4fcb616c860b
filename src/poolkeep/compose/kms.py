"""A region's key service, wired."""

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Database
from poolkeep.core.audit import AuditTrail
from poolkeep.core.kms import Kms
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.storage.stores.kms import KmsKeyStore


def build_kms(
    region: str,
    database: Database,
    book: PoolBook,
    *,
    installation_keys: RingKeys,
    audit: AuditTrail,
    clock: Clock,
    entropy: Entropy,
) -> Kms:
    """Return the keys of a region."""
    return Kms(
        database=database,
        keys=KmsKeyStore(installation_keys),
        book=book,
        audit=audit,
        clock=clock,
        entropy=entropy,
        region=region,
    )
