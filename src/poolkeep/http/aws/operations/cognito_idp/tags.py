"""Tags of user pools. Rules: `core/pools/service.py`."""

from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "TagResource")
async def tag_resource(
    call: Call, request: shapes.TagResourceRequest
) -> shapes.TagResourceResponse:
    """Add tags: `PoolService.tag`."""
    await call.region.pools.tag(call.actor, request.resource_arn, dict(request.tags))
    return shapes.TagResourceResponse()


@operation("cognito-idp", "UntagResource")
async def untag_resource(
    call: Call, request: shapes.UntagResourceRequest
) -> shapes.UntagResourceResponse:
    """Remove tags: `PoolService.untag`."""
    await call.region.pools.untag(call.actor, request.resource_arn, request.tag_keys)
    return shapes.UntagResourceResponse()


@operation("cognito-idp", "ListTagsForResource")
async def list_tags_for_resource(
    call: Call, request: shapes.ListTagsForResourceRequest
) -> shapes.ListTagsForResourceResponse:
    """List tags: `PoolService.tags`."""
    tags = await call.region.pools.tags(call.actor, request.resource_arn)
    return shapes.ListTagsForResourceResponse(tags=tags)
