"""Identity pools, their roles, their tags."""

from poolkeep.core.iam.authority import Asker
from poolkeep.core.identities.model import TagMap
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.present.identities import (
    mapping_shape,
    mappings_of,
    pool_shape,
    services,
    settings_of,
)
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_identity import shapes

SERVICE = "cognito-identity"
PRINCIPAL = "cognito-identity.amazonaws.com"


@operation(SERVICE, "CreateIdentityPool")
async def create_identity_pool(
    call: Call, request: shapes.CreateIdentityPoolInput
) -> shapes.IdentityPool:
    """Make a pool."""
    pool = await services(call).pools.create(call.actor, settings_of(request))
    return pool_shape(pool)


@operation(SERVICE, "UpdateIdentityPool")
async def update_identity_pool(call: Call, request: shapes.IdentityPool) -> shapes.IdentityPool:
    """Replace the settings of a pool."""
    pool = await services(call).pools.update(
        call.actor, request.identity_pool_id, settings_of(request)
    )
    return pool_shape(pool)


@operation(SERVICE, "DescribeIdentityPool")
async def describe_identity_pool(
    call: Call, request: shapes.DescribeIdentityPoolInput
) -> shapes.IdentityPool:
    """Return a pool."""
    return pool_shape(await services(call).pools.describe(call.account, request.identity_pool_id))


@operation(SERVICE, "DeleteIdentityPool")
async def delete_identity_pool(call: Call, request: shapes.DeleteIdentityPoolInput) -> None:
    """Remove a pool with everything in it."""
    await services(call).pools.delete(call.actor, request.identity_pool_id)


@operation(SERVICE, "ListIdentityPools")
async def list_identity_pools(
    call: Call, request: shapes.ListIdentityPoolsInput
) -> shapes.ListIdentityPoolsResponse:
    """Return the account's pools, a page at a time."""
    page, token = await services(call).pools.page(
        call.account, request.max_results, request.next_token
    )
    listed = [
        shapes.IdentityPoolShortDescription(
            identity_pool_id=pool.id, identity_pool_name=pool.settings.name
        )
        for pool in page
    ]
    return shapes.ListIdentityPoolsResponse(identity_pools=listed, next_token=token)


@operation(SERVICE, "SetIdentityPoolRoles")
async def set_identity_pool_roles(call: Call, request: shapes.SetIdentityPoolRolesInput) -> None:
    """Replace roles and role mappings."""
    is_elsewhere = services(call).pools.is_elsewhere(request.identity_pool_id)

    async def may_pass(arn: str) -> bool:
        iam, identity = call.installation.iam, call.identity
        asker = Asker(
            account=call.account,
            principal=call.principal,
            now_ms=call.now_ms,
            session=getattr(identity, "session", None),
            source_ip=call.source_ip,
            user_agent=call.user_agent,
            region=call.region_name,
        )
        if not is_elsewhere and await iam.book.role_by_arn(arn) is None:
            return False
        return bool(await iam.authority.may_pass_role(asker, arn, PRINCIPAL))

    await services(call).pools.set_roles(
        call.actor,
        request.identity_pool_id,
        plain(request.roles),
        mappings=mappings_of(request.role_mappings),
        may_pass=may_pass,
    )


@operation(SERVICE, "GetIdentityPoolRoles")
async def get_identity_pool_roles(
    call: Call, request: shapes.GetIdentityPoolRolesInput
) -> shapes.GetIdentityPoolRolesResponse:
    """Return roles and role mappings."""
    pool = await services(call).pools.describe(call.account, request.identity_pool_id)
    mappings = {key: mapping_shape(each) for key, each in pool.role_mappings.items()}
    return shapes.GetIdentityPoolRolesResponse(
        identity_pool_id=pool.id, roles=pool.roles, role_mappings=mappings or None
    )


@operation(SERVICE, "SetPrincipalTagAttributeMap")
async def set_principal_tag_attribute_map(
    call: Call, request: shapes.SetPrincipalTagAttributeMapInput
) -> shapes.SetPrincipalTagAttributeMapResponse:
    """Say which claims become tags of the session."""
    tag_map = TagMap(use_defaults=bool(request.use_defaults), tags=plain(request.principal_tags))
    told = await services(call).pools.set_tag_map(
        call.actor, request.identity_pool_id, request.identity_provider_name, tag_map
    )
    return shapes.SetPrincipalTagAttributeMapResponse(
        identity_pool_id=request.identity_pool_id,
        identity_provider_name=request.identity_provider_name,
        use_defaults=tag_map.use_defaults,
        principal_tags=told,
    )


@operation(SERVICE, "GetPrincipalTagAttributeMap")
async def get_principal_tag_attribute_map(
    call: Call, request: shapes.GetPrincipalTagAttributeMapInput
) -> shapes.GetPrincipalTagAttributeMapResponse:
    """Return which claims become tags of the session."""
    tag_map, told = await services(call).pools.tag_map(
        call.account, request.identity_pool_id, request.identity_provider_name
    )
    return shapes.GetPrincipalTagAttributeMapResponse(
        identity_pool_id=request.identity_pool_id,
        identity_provider_name=request.identity_provider_name,
        use_defaults=tag_map.use_defaults,
        principal_tags=told,
    )


@operation(SERVICE, "TagResource")
async def tag_resource(call: Call, request: shapes.TagResourceInput) -> shapes.TagResourceResponse:
    """Add tags to a pool."""
    await services(call).pools.tag(call.actor, request.resource_arn, plain(request.tags))
    return shapes.TagResourceResponse()


@operation(SERVICE, "UntagResource")
async def untag_resource(
    call: Call, request: shapes.UntagResourceInput
) -> shapes.UntagResourceResponse:
    """Take tags from a pool."""
    await services(call).pools.untag(call.actor, request.resource_arn, request.tag_keys)
    return shapes.UntagResourceResponse()


@operation(SERVICE, "ListTagsForResource")
async def list_tags_for_resource(
    call: Call, request: shapes.ListTagsForResourceInput
) -> shapes.ListTagsForResourceResponse:
    """Return the tags of a pool."""
    tags = await services(call).pools.tags(call.account, request.resource_arn)
    return shapes.ListTagsForResourceResponse(tags=tags)
