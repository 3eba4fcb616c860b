"""A region's directory, wired."""

import msgspec

from poolkeep.compose.kit import Kit
from poolkeep.core.directory.changes import PoolChanges
from poolkeep.core.directory.domains import DomainService
from poolkeep.core.directory.providers import IdentityProviderService
from poolkeep.core.directory.resource_servers import ResourceServerService
from poolkeep.core.directory.threat_settings import ThreatSettings
from poolkeep.storage.stores.client_references import ClientReferenceStore
from poolkeep.storage.stores.domains import DomainStore
from poolkeep.storage.stores.identity_providers import IdentityProviderStore
from poolkeep.storage.stores.resource_servers import ResourceServerStore


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """What handlers call, by name."""

    identity_providers: IdentityProviderService
    resource_servers: ResourceServerService
    domains: DomainService
    threat_settings: ThreatSettings


def client_references() -> ClientReferenceStore:
    """Return what clients are checked against."""
    return ClientReferenceStore(IdentityProviderStore(), ResourceServerStore())


def build_directory(kit: Kit) -> Directory:
    """Wire the directory over the kit."""
    changes = PoolChanges(
        database=kit.database,
        pools=kit.pools,
        book=kit.book,
        audit=kit.audit,
        clock=kit.clock,
        page_tokens=kit.page_tokens,
    )
    return Directory(
        identity_providers=IdentityProviderService(
            changes=changes,
            providers=IdentityProviderStore(),
            clients=kit.clients,
            entropy=kit.entropy,
        ),
        resource_servers=ResourceServerService(changes=changes, servers=ResourceServerStore()),
        domains=DomainService(
            changes=changes,
            names=DomainStore(),
            pools=kit.pools,
            base_url=kit.settings.base_url,
            tiers_enforced=kit.settings.tiers_enforced,
        ),
        threat_settings=ThreatSettings(
            changes=changes, clients=kit.clients, tiers_enforced=kit.settings.tiers_enforced
        ),
    )
