"""The directory as Cognito answers it."""

from typing import Final

import msgspec

from poolkeep.core.directory.model import IdentityProvider, ResourceServer
from poolkeep.core.directory.ports import ProviderRow
from poolkeep.core.directory.provider_rules import described_details, described_mapping
from poolkeep.wire.cognito_idp import shapes

MS_PER_S: Final = 1_000


def resource_server(server: ResourceServer) -> shapes.ResourceServerType:
    """Return a resource server."""
    return shapes.ResourceServerType(
        user_pool_id=server.pool_id,
        identifier=server.identifier,
        name=server.name,
        scopes=msgspec.convert(
            server.scopes, list[shapes.ResourceServerScopeType], from_attributes=True
        ),
    )


def identity_provider(provider: IdentityProvider) -> shapes.IdentityProviderType:
    """Return a provider with its details, secrets included."""
    return shapes.IdentityProviderType(
        user_pool_id=provider.pool_id,
        provider_name=provider.provider_name,
        provider_type=provider.provider_type,
        provider_details=described_details(provider),
        attribute_mapping=described_mapping(provider),
        idp_identifiers=provider.idp_identifiers or None,
        acr_mapping=provider.acr_mapping,
        last_modified_date=provider.modified_ms / MS_PER_S,
        creation_date=provider.created_ms / MS_PER_S,
    )


def provider_description(row: ProviderRow) -> shapes.ProviderDescription:
    """Return a provider as listed."""
    return shapes.ProviderDescription(
        provider_name=row.provider_name,
        provider_type=row.document.provider_type,
        last_modified_date=row.document.modified_ms / MS_PER_S,
        creation_date=row.created_ms / MS_PER_S,
    )
