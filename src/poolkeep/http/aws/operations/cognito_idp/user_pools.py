"""User pools. Rules: `core/pools/service.py`."""

import msgspec

from poolkeep.core.pools.defaults import MfaConfig
from poolkeep.core.pools.model import SchemaAttribute
from poolkeep.core.pools.service import PoolView
from poolkeep.http.aws.present import pools as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateUserPool")
async def create_user_pool(
    call: Call, request: shapes.CreateUserPoolRequest
) -> shapes.CreateUserPoolResponse:
    """Make a pool: `PoolService.create`."""
    pool = await call.region.pools.create(call.actor, present.pool_settings(request))
    return shapes.CreateUserPoolResponse(user_pool=present.user_pool_type(PoolView(pool, 0)))


@operation("cognito-idp", "DescribeUserPool")
async def describe_user_pool(
    call: Call, request: shapes.DescribeUserPoolRequest
) -> shapes.DescribeUserPoolResponse:
    """Tell everything about a pool: `PoolService.describe`."""
    view = await call.region.pools.describe(call.actor, request.user_pool_id)
    return shapes.DescribeUserPoolResponse(user_pool=present.user_pool_type(view))


@operation("cognito-idp", "UpdateUserPool")
async def update_user_pool(
    call: Call, request: shapes.UpdateUserPoolRequest
) -> shapes.UpdateUserPoolResponse:
    """Replace a pool's settings: `PoolService.update`."""
    settings = present.pool_settings(request)
    await call.region.pools.update(call.actor, request.user_pool_id, settings)
    return shapes.UpdateUserPoolResponse()


@operation("cognito-idp", "DeleteUserPool")
async def delete_user_pool(call: Call, request: shapes.DeleteUserPoolRequest) -> None:
    """Delete a pool and all that is in it: `PoolService.delete`."""
    await call.region.pools.delete(call.actor, request.user_pool_id)


@operation("cognito-idp", "ListUserPools")
async def list_user_pools(
    call: Call, request: shapes.ListUserPoolsRequest
) -> shapes.ListUserPoolsResponse:
    """List the account's pools: `PoolService.list`."""
    page = await call.region.pools.list(
        call.actor, limit=request.max_results, next_token=request.next_token
    )
    return shapes.ListUserPoolsResponse(
        user_pools=[present.user_pool_description(pool) for pool in page.pools],
        next_token=page.next_token,
    )


@operation("cognito-idp", "AddCustomAttributes")
async def add_custom_attributes(
    call: Call, request: shapes.AddCustomAttributesRequest
) -> shapes.AddCustomAttributesResponse:
    """Grow a pool's schema: `PoolService.add_custom_attributes`."""
    added = msgspec.convert(
        request.custom_attributes, tuple[SchemaAttribute, ...], from_attributes=True
    )
    await call.region.pools.add_custom_attributes(call.actor, request.user_pool_id, added)
    return shapes.AddCustomAttributesResponse()


@operation("cognito-idp", "GetCSVHeader")
async def get_csv_header(
    call: Call, request: shapes.GetCSVHeaderRequest
) -> shapes.GetCSVHeaderResponse:
    """Tell the columns of an import file: `PoolService.csv_header`."""
    header = await call.region.pools.csv_header(call.actor, request.user_pool_id)
    return shapes.GetCSVHeaderResponse(user_pool_id=request.user_pool_id, csv_header=header)


@operation("cognito-idp", "GetUserPoolMfaConfig")
async def get_user_pool_mfa_config(
    call: Call, request: shapes.GetUserPoolMfaConfigRequest
) -> shapes.GetUserPoolMfaConfigResponse:
    """Tell a pool's second factors: `PoolService.mfa`."""
    config = await call.region.pools.mfa(call.actor, request.user_pool_id)
    return present.mfa_config(config, shapes.GetUserPoolMfaConfigResponse)


@operation("cognito-idp", "SetUserPoolMfaConfig")
async def set_user_pool_mfa_config(
    call: Call, request: shapes.SetUserPoolMfaConfigRequest
) -> shapes.SetUserPoolMfaConfigResponse:
    """Replace a pool's second factors: `PoolService.set_mfa`."""
    change = msgspec.convert(request, MfaConfig, from_attributes=True)
    config = await call.region.pools.set_mfa(call.actor, request.user_pool_id, change)
    return present.mfa_config(config, shapes.SetUserPoolMfaConfigResponse)
