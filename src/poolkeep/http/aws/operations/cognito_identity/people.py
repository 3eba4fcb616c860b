"""Identities: who somebody is, and what is known of them."""

from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.present.identities import identity_shape, services
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_identity import shapes

SERVICE = "cognito-identity"
ACCESS_DENIED = "AccessDenied"


@operation(SERVICE, "GetId")
async def get_id(call: Call, request: shapes.GetIdInput) -> shapes.GetIdResponse:
    """Return the identity of some logins, or a new guest."""
    found = await services(call).people.get_id(request.identity_pool_id, plain(request.logins))
    return shapes.GetIdResponse(identity_id=found)


@operation(SERVICE, "ListIdentities")
async def list_identities(
    call: Call, request: shapes.ListIdentitiesInput
) -> shapes.ListIdentitiesResponse:
    """Return a pool's identities, a page at a time."""
    page, token = await services(call).people.page(
        call.account,
        request.identity_pool_id,
        request.max_results,
        token=request.next_token,
        hide_disabled=bool(request.hide_disabled),
    )
    return shapes.ListIdentitiesResponse(
        identity_pool_id=request.identity_pool_id,
        identities=[identity_shape(each) for each in page],
        next_token=token,
    )


@operation(SERVICE, "DescribeIdentity")
async def describe_identity(
    call: Call, request: shapes.DescribeIdentityInput
) -> shapes.IdentityDescription:
    """Return an identity."""
    return identity_shape(await services(call).people.describe(call.account, request.identity_id))


@operation(SERVICE, "DeleteIdentities")
async def delete_identities(
    call: Call, request: shapes.DeleteIdentitiesInput
) -> shapes.DeleteIdentitiesResponse:
    """Remove identities; their logins are new ones from then on."""
    denied = await services(call).people.delete(call.actor, request.identity_ids_to_delete)
    return shapes.DeleteIdentitiesResponse(
        unprocessed_identity_ids=[
            shapes.UnprocessedIdentityId(identity_id=each, error_code=ACCESS_DENIED)
            for each in denied
        ]
    )


@operation(SERVICE, "UnlinkIdentity")
async def unlink_identity(call: Call, request: shapes.UnlinkIdentityInput) -> None:
    """Take logins from an identity."""
    await services(call).people.unlink(
        request.identity_id, plain(request.logins), request.logins_to_remove
    )
