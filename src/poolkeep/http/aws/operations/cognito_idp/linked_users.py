"""Links between users and identities of other providers. Rules: `core/directory/links.py`."""

import msgspec

from poolkeep.core.directory.links import Named
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "AdminLinkProviderForUser")
async def admin_link_provider_for_user(
    call: Call, request: shapes.AdminLinkProviderForUserRequest
) -> shapes.AdminLinkProviderForUserResponse:
    """Make an identity one of a user's: `LinkService.link`."""
    await call.region.directory.links.link(
        call.actor,
        request.user_pool_id,
        destination=_named(request.destination_user),
        source=_named(request.source_user),
    )
    return shapes.AdminLinkProviderForUserResponse()


@operation("cognito-idp", "AdminDisableProviderForUser")
async def admin_disable_provider_for_user(
    call: Call, request: shapes.AdminDisableProviderForUserRequest
) -> shapes.AdminDisableProviderForUserResponse:
    """Undo a link, or end a user's own password: `LinkService.disable`."""
    await call.region.directory.links.disable(
        call.actor, request.user_pool_id, _named(request.user)
    )
    return shapes.AdminDisableProviderForUserResponse()


def _named(given: shapes.ProviderUserIdentifierType) -> Named:
    return msgspec.convert(given, Named, from_attributes=True)
