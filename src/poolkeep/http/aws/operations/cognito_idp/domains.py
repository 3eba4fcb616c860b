"""Domains of user pools. Rules: `core/directory/domains.py`."""

import msgspec

from poolkeep.core.directory.domains import DomainSettings
from poolkeep.http.aws.present import directory as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateUserPoolDomain")
async def create_user_pool_domain(
    call: Call, request: shapes.CreateUserPoolDomainRequest
) -> shapes.CreateUserPoolDomainResponse:
    """Give a pool a domain: `DomainService.create`."""
    view = await call.region.directory.domains.create(
        call.actor, request.user_pool_id, request.domain, _settings(request)
    )
    return present.domain_change(view, shapes.CreateUserPoolDomainResponse)


@operation("cognito-idp", "DescribeUserPoolDomain")
async def describe_user_pool_domain(
    call: Call, request: shapes.DescribeUserPoolDomainRequest
) -> shapes.DescribeUserPoolDomainResponse:
    """Tell a domain, nothing of an unknown one: `DomainService.describe`."""
    view = await call.region.directory.domains.describe(call.actor, request.domain)
    told = shapes.DomainDescriptionType() if view is None else present.domain_description(view)
    return shapes.DescribeUserPoolDomainResponse(domain_description=told)


@operation("cognito-idp", "UpdateUserPoolDomain")
async def update_user_pool_domain(
    call: Call, request: shapes.UpdateUserPoolDomainRequest
) -> shapes.UpdateUserPoolDomainResponse:
    """Change a domain: `DomainService.update`."""
    view = await call.region.directory.domains.update(
        call.actor, request.user_pool_id, request.domain, _settings(request)
    )
    return present.domain_change(view, shapes.UpdateUserPoolDomainResponse)


@operation("cognito-idp", "DeleteUserPoolDomain")
async def delete_user_pool_domain(
    call: Call, request: shapes.DeleteUserPoolDomainRequest
) -> shapes.DeleteUserPoolDomainResponse:
    """Take a domain from a pool: `DomainService.delete`."""
    await call.region.directory.domains.delete(call.actor, request.user_pool_id, request.domain)
    return shapes.DeleteUserPoolDomainResponse()


def _settings(
    request: shapes.CreateUserPoolDomainRequest | shapes.UpdateUserPoolDomainRequest,
) -> DomainSettings:
    return msgspec.convert(request, DomainSettings, from_attributes=True)
