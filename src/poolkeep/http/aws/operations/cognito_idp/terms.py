"""Terms documents. Rules: `core/directory/terms.py`."""

from poolkeep.base.limits import PAGE_ENTRIES_MAX
from poolkeep.core.directory.terms import TermsSettings
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.present import branding as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateTerms")
async def create_terms(
    call: Call, request: shapes.CreateTermsRequest
) -> shapes.CreateTermsResponse:
    """Make terms of a client: `TermsService.create`."""
    found = await call.region.directory.terms.create(
        call.actor, request.user_pool_id, request.client_id, _settings(request)
    )
    return shapes.CreateTermsResponse(terms=present.terms(found))


@operation("cognito-idp", "DescribeTerms")
async def describe_terms(
    call: Call, request: shapes.DescribeTermsRequest
) -> shapes.DescribeTermsResponse:
    """Tell terms: `TermsService.describe`."""
    found = await call.region.directory.terms.describe(
        call.actor, request.user_pool_id, request.terms_id
    )
    return shapes.DescribeTermsResponse(terms=present.terms(found))


@operation("cognito-idp", "DescribeTermsByClient")
async def describe_terms_by_client(
    call: Call, request: shapes.DescribeTermsByClientRequest
) -> shapes.DescribeTermsByClientResponse:
    """Tell a client's terms of a name: `TermsService.of_client`."""
    found = await call.region.directory.terms.of_client(
        call.actor, request.user_pool_id, request.client_id, name=request.terms_name
    )
    return shapes.DescribeTermsByClientResponse(terms=present.terms(found))


@operation("cognito-idp", "UpdateTerms")
async def update_terms(
    call: Call, request: shapes.UpdateTermsRequest
) -> shapes.UpdateTermsResponse:
    """Change parts of terms: `TermsService.update`."""
    found = await call.region.directory.terms.update(
        call.actor, request.user_pool_id, request.terms_id, _settings(request)
    )
    return shapes.UpdateTermsResponse(terms=present.terms(found))


@operation("cognito-idp", "DeleteTerms")
async def delete_terms(call: Call, request: shapes.DeleteTermsRequest) -> None:
    """Remove terms: `TermsService.delete`."""
    await call.region.directory.terms.delete(call.actor, request.user_pool_id, request.terms_id)


@operation("cognito-idp", "ListTerms")
async def list_terms(call: Call, request: shapes.ListTermsRequest) -> shapes.ListTermsResponse:
    """List a pool's terms: `TermsService.list`."""
    page = await call.region.directory.terms.list(
        call.actor,
        request.user_pool_id,
        limit=request.max_results or PAGE_ENTRIES_MAX,
        next_token=request.next_token,
    )
    return shapes.ListTermsResponse(
        terms=[present.terms_description(found) for found in page.terms],
        next_token=page.next_token,
    )


def _settings(request: shapes.CreateTermsRequest | shapes.UpdateTermsRequest) -> TermsSettings:
    return TermsSettings(
        terms_name=request.terms_name,
        terms_source=request.terms_source,
        enforcement=request.enforcement,
        links=None if request.links is None else plain(request.links),
    )
