"""App clients and their secrets. Rules: `core/pools/clients.py`."""

from poolkeep.base.limits import PAGE_ENTRIES_MAX
from poolkeep.core.pools.clients import NewClient
from poolkeep.http.aws.present import pools as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateUserPoolClient")
async def create_user_pool_client(
    call: Call, request: shapes.CreateUserPoolClientRequest
) -> shapes.CreateUserPoolClientResponse:
    """Make a client: `ClientService.create`."""
    new = NewClient(
        settings=present.client_settings(request),
        generate_secret=bool(request.generate_secret),
        secret=request.client_secret,
    )
    client = await call.region.clients.create(call.actor, request.user_pool_id, new)
    return shapes.CreateUserPoolClientResponse(
        user_pool_client=present.user_pool_client_type(client)
    )


@operation("cognito-idp", "DescribeUserPoolClient")
async def describe_user_pool_client(
    call: Call, request: shapes.DescribeUserPoolClientRequest
) -> shapes.DescribeUserPoolClientResponse:
    """Tell everything about a client: `ClientService.describe`."""
    client = await call.region.clients.describe(call.actor, request.user_pool_id, request.client_id)
    return shapes.DescribeUserPoolClientResponse(
        user_pool_client=present.user_pool_client_type(client)
    )


@operation("cognito-idp", "UpdateUserPoolClient")
async def update_user_pool_client(
    call: Call, request: shapes.UpdateUserPoolClientRequest
) -> shapes.UpdateUserPoolClientResponse:
    """Replace a client's settings: `ClientService.update`."""
    settings = present.client_settings(request)
    client = await call.region.clients.update(
        call.actor, request.user_pool_id, request.client_id, settings
    )
    return shapes.UpdateUserPoolClientResponse(
        user_pool_client=present.user_pool_client_type(client)
    )


@operation("cognito-idp", "DeleteUserPoolClient")
async def delete_user_pool_client(call: Call, request: shapes.DeleteUserPoolClientRequest) -> None:
    """Remove a client: `ClientService.delete`."""
    await call.region.clients.delete(call.actor, request.user_pool_id, request.client_id)


@operation("cognito-idp", "ListUserPoolClients")
async def list_user_pool_clients(
    call: Call, request: shapes.ListUserPoolClientsRequest
) -> shapes.ListUserPoolClientsResponse:
    """List a pool's clients by name and id: `ClientService.list`."""
    page = await call.region.clients.list(
        call.actor,
        request.user_pool_id,
        limit=request.max_results or PAGE_ENTRIES_MAX,
        next_token=request.next_token,
        client_type=request.client_type,
    )
    return shapes.ListUserPoolClientsResponse(
        user_pool_clients=[
            shapes.UserPoolClientDescription(
                client_id=row.client_id,
                user_pool_id=row.pool_id,
                client_name=row.document.settings.client_name,
            )
            for row in page.clients
        ],
        next_token=page.next_token,
    )


@operation("cognito-idp", "AddUserPoolClientSecret")
async def add_user_pool_client_secret(
    call: Call, request: shapes.AddUserPoolClientSecretRequest
) -> shapes.AddUserPoolClientSecretResponse:
    """Give a client a second secret: `ClientService.add_secret`. A given one is not echoed."""
    given = request.client_secret
    secret = await call.region.clients.add_secret(
        call.actor, request.user_pool_id, request.client_id, given
    )
    return shapes.AddUserPoolClientSecretResponse(
        client_secret_descriptor=present.secret_descriptor(secret, with_value=given is None)
    )


@operation("cognito-idp", "ListUserPoolClientSecrets")
async def list_user_pool_client_secrets(
    call: Call, request: shapes.ListUserPoolClientSecretsRequest
) -> shapes.ListUserPoolClientSecretsResponse:
    """List a client's secrets without their values: `ClientService.secrets`."""
    secrets = await call.region.clients.secrets(call.actor, request.user_pool_id, request.client_id)
    return shapes.ListUserPoolClientSecretsResponse(
        client_secrets=[present.secret_descriptor(secret, with_value=False) for secret in secrets]
    )


@operation("cognito-idp", "DeleteUserPoolClientSecret")
async def delete_user_pool_client_secret(
    call: Call, request: shapes.DeleteUserPoolClientSecretRequest
) -> shapes.DeleteUserPoolClientSecretResponse:
    """Retire one of two secrets: `ClientService.delete_secret`."""
    await call.region.clients.delete_secret(
        call.actor, request.user_pool_id, request.client_id, request.client_secret_id
    )
    return shapes.DeleteUserPoolClientSecretResponse()
