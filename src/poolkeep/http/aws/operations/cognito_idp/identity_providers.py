"""Identity providers. Rules: `core/directory/providers.py`, `provider_rules.py`."""

from poolkeep.base.limits import PAGE_ENTRIES_MAX
from poolkeep.core.directory.providers import NewProvider, ProviderUpdate
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.present import directory as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateIdentityProvider")
async def create_identity_provider(
    call: Call, request: shapes.CreateIdentityProviderRequest
) -> shapes.CreateIdentityProviderResponse:
    """Make a provider: `IdentityProviderService.create`."""
    new = NewProvider(
        provider_name=request.provider_name,
        provider_type=request.provider_type,
        provider_details=plain(request.provider_details),
        attribute_mapping=plain(request.attribute_mapping),
        idp_identifiers=request.idp_identifiers or (),
        acr_mapping=plain(request.acr_mapping),
    )
    provider = await call.region.directory.identity_providers.create(
        call.actor, request.user_pool_id, new
    )
    return shapes.CreateIdentityProviderResponse(
        identity_provider=present.identity_provider(provider)
    )


@operation("cognito-idp", "DescribeIdentityProvider")
async def describe_identity_provider(
    call: Call, request: shapes.DescribeIdentityProviderRequest
) -> shapes.DescribeIdentityProviderResponse:
    """Tell a provider, secrets included: `IdentityProviderService.describe`."""
    provider = await call.region.directory.identity_providers.describe(
        call.actor, request.user_pool_id, request.provider_name
    )
    return shapes.DescribeIdentityProviderResponse(
        identity_provider=present.identity_provider(provider)
    )


@operation("cognito-idp", "GetIdentityProviderByIdentifier")
async def get_identity_provider_by_identifier(
    call: Call, request: shapes.GetIdentityProviderByIdentifierRequest
) -> shapes.GetIdentityProviderByIdentifierResponse:
    """Tell the provider of an identifier: `IdentityProviderService.by_identifier`."""
    provider = await call.region.directory.identity_providers.by_identifier(
        call.actor, request.user_pool_id, request.idp_identifier
    )
    return shapes.GetIdentityProviderByIdentifierResponse(
        identity_provider=present.identity_provider(provider)
    )


@operation("cognito-idp", "UpdateIdentityProvider")
async def update_identity_provider(
    call: Call, request: shapes.UpdateIdentityProviderRequest
) -> shapes.UpdateIdentityProviderResponse:
    """Replace what is given of a provider: `IdentityProviderService.update`."""
    details, mapping = request.provider_details, request.attribute_mapping
    acr = request.acr_mapping
    change = ProviderUpdate(
        provider_details=None if details is None else plain(details),
        attribute_mapping=None if mapping is None else plain(mapping),
        idp_identifiers=request.idp_identifiers,
        acr_mapping=None if acr is None else plain(acr),
    )
    provider = await call.region.directory.identity_providers.update(
        call.actor, request.user_pool_id, request.provider_name, change
    )
    return shapes.UpdateIdentityProviderResponse(
        identity_provider=present.identity_provider(provider)
    )


@operation("cognito-idp", "DeleteIdentityProvider")
async def delete_identity_provider(
    call: Call, request: shapes.DeleteIdentityProviderRequest
) -> None:
    """Remove a provider: `IdentityProviderService.delete`."""
    await call.region.directory.identity_providers.delete(
        call.actor, request.user_pool_id, request.provider_name
    )


@operation("cognito-idp", "ListIdentityProviders")
async def list_identity_providers(
    call: Call, request: shapes.ListIdentityProvidersRequest
) -> shapes.ListIdentityProvidersResponse:
    """List a pool's providers by name and type: `IdentityProviderService.list`."""
    page = await call.region.directory.identity_providers.list(
        call.actor,
        request.user_pool_id,
        limit=request.max_results or PAGE_ENTRIES_MAX,
        next_token=request.next_token,
    )
    return shapes.ListIdentityProvidersResponse(
        providers=[present.provider_description(row) for row in page.providers],
        next_token=page.next_token,
    )
