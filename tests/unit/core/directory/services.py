"""The directory's services over a region of the pools' tests."""

from poolkeep.base.paging import PageTokens
from poolkeep.core.audit import AuditTrail
from poolkeep.core.directory.auth_events import UserEvents
from poolkeep.core.directory.certificates import CertificateService
from poolkeep.core.directory.changes import PoolChanges
from poolkeep.core.directory.links import LinkService
from poolkeep.core.directory.providers import IdentityProviderService
from poolkeep.storage.stores.audit import SqlAuthEvents
from poolkeep.storage.stores.certificates import CertificateStore
from poolkeep.storage.stores.codes import SqlCodes
from poolkeep.storage.stores.identities import IdentityStore
from poolkeep.storage.stores.identity_providers import IdentityProviderStore
from tests.unit.core.pools.region import Region


class Services:
    """What the tests call."""

    def __init__(self, region: Region) -> None:
        audit = AuditTrail(region.audit_rows, region.entropy)
        tokens = PageTokens(b"k" * 32)
        changes = PoolChanges(
            database=region.database,
            pools=region.pool_rows,
            book=region.book,
            audit=audit,
            clock=region.clock,
            page_tokens=tokens,
        )
        self.providers = IdentityProviderService(
            changes=changes,
            providers=IdentityProviderStore(),
            clients=region.client_rows,
            entropy=region.entropy,
        )
        self.certificates = CertificateService(
            changes=changes, certificates=CertificateStore(), entropy=region.entropy
        )
        self.links = LinkService(
            database=region.database,
            identities=IdentityStore(),
            providers=IdentityProviderStore(),
            users=region.users,
            codes=SqlCodes(),
            book=region.book,
            audit=audit,
            clock=region.clock,
        )
        self.events = UserEvents(
            database=region.database,
            history=SqlAuthEvents(),
            users=region.users,
            book=region.book,
            audit=audit,
            clock=region.clock,
            page_tokens=tokens,
        )
