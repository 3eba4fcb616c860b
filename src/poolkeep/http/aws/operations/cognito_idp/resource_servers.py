"""Resource servers. Rules: `core/directory/resource_servers.py`."""

from collections.abc import Sequence
from typing import Final

import msgspec

from poolkeep.core.directory.model import Scope
from poolkeep.http.aws.present import directory as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes

PAGE_ENTRIES: Final = 50


@operation("cognito-idp", "CreateResourceServer")
async def create_resource_server(
    call: Call, request: shapes.CreateResourceServerRequest
) -> shapes.CreateResourceServerResponse:
    """Make a resource server: `ResourceServerService.create`."""
    server = await call.region.directory.resource_servers.create(
        call.actor,
        request.user_pool_id,
        request.identifier,
        name=request.name,
        scopes=_scopes(request.scopes),
    )
    return shapes.CreateResourceServerResponse(resource_server=present.resource_server(server))


@operation("cognito-idp", "DescribeResourceServer")
async def describe_resource_server(
    call: Call, request: shapes.DescribeResourceServerRequest
) -> shapes.DescribeResourceServerResponse:
    """Tell a resource server: `ResourceServerService.describe`."""
    server = await call.region.directory.resource_servers.describe(
        call.actor, request.user_pool_id, request.identifier
    )
    return shapes.DescribeResourceServerResponse(resource_server=present.resource_server(server))


@operation("cognito-idp", "UpdateResourceServer")
async def update_resource_server(
    call: Call, request: shapes.UpdateResourceServerRequest
) -> shapes.UpdateResourceServerResponse:
    """Replace name and scopes: `ResourceServerService.update`."""
    server = await call.region.directory.resource_servers.update(
        call.actor,
        request.user_pool_id,
        request.identifier,
        name=request.name,
        scopes=_scopes(request.scopes),
    )
    return shapes.UpdateResourceServerResponse(resource_server=present.resource_server(server))


@operation("cognito-idp", "DeleteResourceServer")
async def delete_resource_server(call: Call, request: shapes.DeleteResourceServerRequest) -> None:
    """Remove a resource server: `ResourceServerService.delete`."""
    await call.region.directory.resource_servers.delete(
        call.actor, request.user_pool_id, request.identifier
    )


@operation("cognito-idp", "ListResourceServers")
async def list_resource_servers(
    call: Call, request: shapes.ListResourceServersRequest
) -> shapes.ListResourceServersResponse:
    """List a pool's resource servers: `ResourceServerService.list`."""
    page = await call.region.directory.resource_servers.list(
        call.actor,
        request.user_pool_id,
        limit=request.max_results or PAGE_ENTRIES,
        next_token=request.next_token,
    )
    return shapes.ListResourceServersResponse(
        resource_servers=[present.resource_server(server) for server in page.servers],
        next_token=page.next_token,
    )


def _scopes(given: Sequence[shapes.ResourceServerScopeType] | None) -> tuple[Scope, ...]:
    return msgspec.convert(given or (), tuple[Scope, ...], from_attributes=True)
