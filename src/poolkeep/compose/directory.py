"""A region's directory, wired."""

import msgspec

from poolkeep.compose.kit import Kit
from poolkeep.core.directory.auth_events import UserEvents
from poolkeep.core.directory.branding import BrandingService
from poolkeep.core.directory.certificates import CertificateService
from poolkeep.core.directory.changes import PoolChanges
from poolkeep.core.directory.domains import DomainService
from poolkeep.core.directory.links import LinkService
from poolkeep.core.directory.looks import Looks
from poolkeep.core.directory.offers import Offers
from poolkeep.core.directory.providers import IdentityProviderService
from poolkeep.core.directory.resource_servers import ResourceServerService
from poolkeep.core.directory.terms import TermsService
from poolkeep.core.directory.threat_settings import ThreatSettings
from poolkeep.core.directory.ui_customization import UICustomizationService
from poolkeep.storage.stores.audit import SqlAuthEvents
from poolkeep.storage.stores.brandings import BrandingStore
from poolkeep.storage.stores.certificates import CertificateStore
from poolkeep.storage.stores.client_references import ClientReferenceStore
from poolkeep.storage.stores.codes import SqlCodes
from poolkeep.storage.stores.domains import DomainStore
from poolkeep.storage.stores.identities import IdentityStore
from poolkeep.storage.stores.identity_providers import IdentityProviderStore
from poolkeep.storage.stores.resource_servers import ResourceServerStore
from poolkeep.storage.stores.terms import TermsStore
from poolkeep.storage.stores.ui_customizations import UICustomizationStore


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """What handlers call, by name."""

    identity_providers: IdentityProviderService
    resource_servers: ResourceServerService
    domains: DomainService
    threat_settings: ThreatSettings
    branding: BrandingService
    ui_customization: UICustomizationService
    terms: TermsService
    events: UserEvents
    certificates: CertificateService
    links: LinkService
    looks: Looks
    offers: Offers


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
        branding=BrandingService(
            changes=changes,
            brandings=BrandingStore(),
            clients=kit.clients,
            entropy=kit.entropy,
        ),
        ui_customization=UICustomizationService(
            changes=changes,
            customizations=UICustomizationStore(),
            clients=kit.clients,
            base_url=kit.settings.base_url,
        ),
        terms=TermsService(
            changes=changes, terms=TermsStore(), clients=kit.clients, entropy=kit.entropy
        ),
        events=UserEvents(
            database=kit.database,
            history=SqlAuthEvents(),
            users=kit.users,
            book=kit.book,
            audit=kit.audit,
            clock=kit.clock,
            page_tokens=kit.page_tokens,
        ),
        certificates=CertificateService(
            changes=changes, certificates=CertificateStore(), entropy=kit.entropy
        ),
        links=LinkService(
            database=kit.database,
            identities=IdentityStore(),
            providers=IdentityProviderStore(),
            users=kit.users,
            codes=SqlCodes(),
            book=kit.book,
            audit=kit.audit,
            clock=kit.clock,
        ),
        offers=Offers(database=kit.database, providers=IdentityProviderStore()),
        looks=Looks(
            database=kit.database,
            brandings=BrandingStore(),
            customizations=UICustomizationStore(),
        ),
        threat_settings=ThreatSettings(
            changes=changes, clients=kit.clients, tiers_enforced=kit.settings.tiers_enforced
        ),
    )
