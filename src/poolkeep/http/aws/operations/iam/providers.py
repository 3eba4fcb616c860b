"""OIDC and SAML providers."""

from poolkeep.core.iam import wording
from poolkeep.core.iam.model import OidcProvider, SamlProvider
from poolkeep.core.iam.refusals import InvalidInput, InvalidRequest
from poolkeep.http.aws.operations.iam.asking import change, tags_in
from poolkeep.http.aws.present import iam as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes


@operation("iam", "CreateOpenIDConnectProvider")
async def create_oidc(
    call: Call, request: shapes.CreateOpenIDConnectProviderRequest
) -> shapes.CreateOpenIDConnectProviderResponse:
    """Take the tokens of an issuer."""
    made = await call.installation.iam.providers.create_oidc(
        change(call, "CreateOpenIDConnectProvider"),
        request.url,
        client_ids=request.client_id_list or (),
        thumbprints=request.thumbprint_list or (),
        tags=tags_in(request.tags),
    )
    return shapes.CreateOpenIDConnectProviderResponse(
        open_id_connect_provider_arn=made.arn, tags=present.tags(made.tags)
    )


@operation("iam", "GetOpenIDConnectProvider")
async def get_oidc(
    call: Call, request: shapes.GetOpenIDConnectProviderRequest
) -> shapes.GetOpenIDConnectProviderResponse:
    """Return an OIDC provider."""
    found = await call.installation.iam.reading.entity(
        OidcProvider, call.account, request.open_id_connect_provider_arn
    )
    return shapes.GetOpenIDConnectProviderResponse(
        url=found.name,
        client_id_list=list(found.client_ids),
        thumbprint_list=list(found.thumbprints),
        create_date=present.seconds(found.created_ms),
        tags=present.tags(found.tags),
    )


@operation("iam", "ListOpenIDConnectProviders")
async def list_oidc(
    call: Call, _request: shapes.ListOpenIDConnectProvidersRequest
) -> shapes.ListOpenIDConnectProvidersResponse:
    """Return the OIDC providers of the account."""
    found = await call.installation.iam.reading.all(OidcProvider, call.account)
    return shapes.ListOpenIDConnectProvidersResponse(
        open_id_connect_provider_list=[
            shapes.OpenIDConnectProviderListEntry(arn=each.arn) for each in found
        ]
    )


@operation("iam", "DeleteOpenIDConnectProvider")
async def delete_oidc(call: Call, request: shapes.DeleteOpenIDConnectProviderRequest) -> None:
    """Take no more tokens of an issuer."""
    await call.installation.iam.providers.delete(
        change(call, "DeleteOpenIDConnectProvider"),
        OidcProvider,
        request.open_id_connect_provider_arn,
    )


@operation("iam", "AddClientIDToOpenIDConnectProvider")
async def add_client_id(
    call: Call, request: shapes.AddClientIDToOpenIDConnectProviderRequest
) -> None:
    """Take one more audience."""
    await call.installation.iam.providers.change_clients(
        change(call, "AddClientIDToOpenIDConnectProvider"),
        request.open_id_connect_provider_arn,
        lambda old: (*old, request.client_id),
    )


@operation("iam", "RemoveClientIDFromOpenIDConnectProvider")
async def remove_client_id(
    call: Call, request: shapes.RemoveClientIDFromOpenIDConnectProviderRequest
) -> None:
    """Take an audience no more; one that was not taken is no error."""
    await call.installation.iam.providers.change_clients(
        change(call, "RemoveClientIDFromOpenIDConnectProvider"),
        request.open_id_connect_provider_arn,
        lambda old: [each for each in old if each != request.client_id],
    )


@operation("iam", "UpdateOpenIDConnectProviderThumbprint")
async def update_thumbprint(
    call: Call, request: shapes.UpdateOpenIDConnectProviderThumbprintRequest
) -> None:
    """Say anew which certificates the issuer may show."""
    await call.installation.iam.providers.set_thumbprints(
        change(call, "UpdateOpenIDConnectProviderThumbprint"),
        request.open_id_connect_provider_arn,
        request.thumbprint_list,
    )


@operation("iam", "CreateSAMLProvider")
async def create_saml(
    call: Call, request: shapes.CreateSAMLProviderRequest
) -> shapes.CreateSAMLProviderResponse:
    """Take the assertions of a provider."""
    _check_unencrypted(request)
    made = await call.installation.iam.providers.create_saml(
        change(call, "CreateSAMLProvider"),
        request.name,
        request.saml_metadata_document,
        tags_in(request.tags),
    )
    return shapes.CreateSAMLProviderResponse(
        saml_provider_arn=made.arn, tags=present.tags(made.tags)
    )


@operation("iam", "UpdateSAMLProvider")
async def update_saml(
    call: Call, request: shapes.UpdateSAMLProviderRequest
) -> shapes.UpdateSAMLProviderResponse:
    """Take another metadata document."""
    _check_unencrypted(request)
    if request.saml_metadata_document is None:
        raise InvalidRequest(wording.METADATA_MISSING)
    changed = await call.installation.iam.providers.update_saml(
        change(call, "UpdateSAMLProvider"),
        request.saml_provider_arn,
        request.saml_metadata_document,
    )
    return shapes.UpdateSAMLProviderResponse(saml_provider_arn=changed.arn)


@operation("iam", "GetSAMLProvider")
async def get_saml(
    call: Call, request: shapes.GetSAMLProviderRequest
) -> shapes.GetSAMLProviderResponse:
    """Return a SAML provider."""
    found = await call.installation.iam.reading.entity(
        SamlProvider, call.account, request.saml_provider_arn
    )
    return shapes.GetSAMLProviderResponse(
        saml_metadata_document=found.metadata,
        create_date=present.seconds(found.created_ms),
        valid_until=_until(found),
        tags=present.tags(found.tags),
    )


@operation("iam", "ListSAMLProviders")
async def list_saml(
    call: Call, _request: shapes.ListSAMLProvidersRequest
) -> shapes.ListSAMLProvidersResponse:
    """Return the SAML providers of the account."""
    found = await call.installation.iam.reading.all(SamlProvider, call.account)
    return shapes.ListSAMLProvidersResponse(
        saml_provider_list=[
            shapes.SAMLProviderListEntry(
                arn=each.arn,
                valid_until=_until(each),
                create_date=present.seconds(each.created_ms),
            )
            for each in found
        ]
    )


@operation("iam", "DeleteSAMLProvider")
async def delete_saml(call: Call, request: shapes.DeleteSAMLProviderRequest) -> None:
    """Take no more assertions of a provider."""
    await call.installation.iam.providers.delete(
        change(call, "DeleteSAMLProvider"), SamlProvider, request.saml_provider_arn
    )


def _until(found: SamlProvider) -> float | None:
    return None if found.valid_until_ms is None else present.seconds(found.valid_until_ms)


def _check_unencrypted(
    request: shapes.CreateSAMLProviderRequest | shapes.UpdateSAMLProviderRequest,
) -> None:
    if request.assertion_encryption_mode is not None or request.add_private_key is not None:
        raise InvalidInput(wording.NO_PRIVATE_KEYS)
