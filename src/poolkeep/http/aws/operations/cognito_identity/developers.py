"""Identities by the users of back ends, who sign for them."""

from poolkeep.core.identities.developers import LIFE_S, Wanted
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.present.identities import services
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_identity import shapes

SERVICE = "cognito-identity"


@operation(SERVICE, "GetOpenIdTokenForDeveloperIdentity")
async def get_open_id_token_for_developer_identity(
    call: Call, request: shapes.GetOpenIdTokenForDeveloperIdentityInput
) -> shapes.GetOpenIdTokenForDeveloperIdentityResponse:
    """Return the identity of a back end's user, and a token for it."""
    wanted = Wanted(
        pool_id=request.identity_pool_id,
        logins=plain(request.logins),
        identity_id=request.identity_id,
        tags=plain(request.principal_tags),
        life_s=request.token_duration or LIFE_S,
    )
    identity_id, token = await services(call).developers.token(call.actor, wanted)
    return shapes.GetOpenIdTokenForDeveloperIdentityResponse(identity_id=identity_id, token=token)


@operation(SERVICE, "LookupDeveloperIdentity")
async def lookup_developer_identity(
    call: Call, request: shapes.LookupDeveloperIdentityInput
) -> shapes.LookupDeveloperIdentityResponse:
    """Return the users of an identity, or the identity of a user."""
    found = await services(call).developers.lookup(
        call.account,
        request.identity_pool_id,
        identity_id=request.identity_id,
        user=request.developer_user_identifier,
        limit=request.max_results,
        token=request.next_token,
    )
    return shapes.LookupDeveloperIdentityResponse(
        identity_id=found.identity_id,
        developer_user_identifier_list=found.users,
        next_token=found.next_token,
    )


@operation(SERVICE, "MergeDeveloperIdentities")
async def merge_developer_identities(
    call: Call, request: shapes.MergeDeveloperIdentitiesInput
) -> shapes.MergeDeveloperIdentitiesResponse:
    """Make two users of a back end one identity."""
    identity_id = await services(call).developers.merge(
        call.actor,
        request.identity_pool_id,
        request.developer_provider_name,
        source=request.source_user_identifier,
        destination=request.destination_user_identifier,
    )
    return shapes.MergeDeveloperIdentitiesResponse(identity_id=identity_id)


@operation(SERVICE, "UnlinkDeveloperIdentity")
async def unlink_developer_identity(
    call: Call, request: shapes.UnlinkDeveloperIdentityInput
) -> None:
    """Take a back end's user from an identity."""
    await services(call).developers.unlink(
        call.actor,
        request.identity_pool_id,
        request.identity_id,
        provider=request.developer_provider_name,
        user=request.developer_user_identifier,
    )
