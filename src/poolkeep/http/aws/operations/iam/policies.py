"""Managed policies and their versions."""

from poolkeep.core.iam.managed import version_of
from poolkeep.core.iam.model import Entity, Group, Role, User
from poolkeep.core.iam.reading import Usage, part
from poolkeep.http.aws.operations.iam.asking import asked, change, tags_in
from poolkeep.http.aws.present import iam as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes

UNUSED = Usage(attached=0, boundaries=0)


@operation("iam", "CreatePolicy")
async def create_policy(
    call: Call, request: shapes.CreatePolicyRequest
) -> shapes.CreatePolicyResponse:
    """Make a managed policy."""
    made = await call.installation.iam.managed.create(
        change(call, "CreatePolicy"),
        request.policy_name,
        request.policy_document,
        path=request.path or "/",
        description=request.description,
        tags=tags_in(request.tags),
    )
    return shapes.CreatePolicyResponse(policy=present.policy(made, UNUSED))


@operation("iam", "GetPolicy")
async def get_policy(call: Call, request: shapes.GetPolicyRequest) -> shapes.GetPolicyResponse:
    """Return a managed policy, without its document."""
    reading = call.installation.iam.reading
    found, usage = await reading.policy(call.account, request.policy_arn)
    return shapes.GetPolicyResponse(policy=present.policy(found, usage))


@operation("iam", "ListPolicies")
async def list_policies(
    call: Call, request: shapes.ListPoliciesRequest
) -> shapes.ListPoliciesResponse:
    """Return the managed policies of the account, and those of AWS."""
    attached = "PermissionsPolicy" if request.only_attached else None
    found, marker = await call.installation.iam.reading.policies(
        call.account,
        asked(request),
        scope=request.scope or "All",
        usage=request.policy_usage_filter or attached,
    )
    return shapes.ListPoliciesResponse(
        policies=[present.policy(policy, usage, listed=True) for policy, usage in found],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "DeletePolicy")
async def delete_policy(call: Call, request: shapes.DeletePolicyRequest) -> None:
    """Remove a managed policy."""
    await call.installation.iam.managed.delete(change(call, "DeletePolicy"), request.policy_arn)


@operation("iam", "CreatePolicyVersion")
async def create_policy_version(
    call: Call, request: shapes.CreatePolicyVersionRequest
) -> shapes.CreatePolicyVersionResponse:
    """Add a document to a managed policy."""
    policy, version = await call.installation.iam.managed.add_version(
        change(call, "CreatePolicyVersion"),
        request.policy_arn,
        request.policy_document,
        is_default=bool(request.set_as_default),
    )
    return shapes.CreatePolicyVersionResponse(policy_version=present.version(version, policy))


@operation("iam", "GetPolicyVersion")
async def get_policy_version(
    call: Call, request: shapes.GetPolicyVersionRequest
) -> shapes.GetPolicyVersionResponse:
    """Return a document of a managed policy."""
    found, _ = await call.installation.iam.reading.policy(call.account, request.policy_arn)
    version = version_of(found, request.version_id)
    return shapes.GetPolicyVersionResponse(
        policy_version=present.version(version, found, with_document=True)
    )


@operation("iam", "ListPolicyVersions")
async def list_policy_versions(
    call: Call, request: shapes.ListPolicyVersionsRequest
) -> shapes.ListPolicyVersionsResponse:
    """Return the versions of a managed policy, the newest first."""
    found, _ = await call.installation.iam.reading.policy(call.account, request.policy_arn)
    newest_first = list(enumerate(reversed(found.versions)))
    page, marker = part(newest_first, asked(request), key=lambda one: f"{one[0]:04d}")
    return shapes.ListPolicyVersionsResponse(
        versions=[present.version(version, found) for _, version in page],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "DeletePolicyVersion")
async def delete_policy_version(call: Call, request: shapes.DeletePolicyVersionRequest) -> None:
    """Remove a document that does not count."""
    await call.installation.iam.managed.delete_version(
        change(call, "DeletePolicyVersion"), request.policy_arn, request.version_id
    )


@operation("iam", "SetDefaultPolicyVersion")
async def set_default_policy_version(
    call: Call, request: shapes.SetDefaultPolicyVersionRequest
) -> None:
    """Let another document count."""
    await call.installation.iam.managed.set_default(
        change(call, "SetDefaultPolicyVersion"), request.policy_arn, request.version_id
    )


@operation("iam", "ListEntitiesForPolicy")
async def list_entities_for_policy(
    call: Call, request: shapes.ListEntitiesForPolicyRequest
) -> shapes.ListEntitiesForPolicyResponse:
    """Return who has a managed policy."""
    reading = call.installation.iam.reading
    await reading.policy(call.account, request.policy_arn)
    is_boundary = request.policy_usage_filter == "PermissionsBoundary"
    found: list[Entity] = []
    for of in (Role, User, Group):
        if request.entity_filter in {None, of.__name__}:
            link = "boundary" if is_boundary else "policy"
            found += await reading.having(call.account, request.policy_arn, of, link)
    below = [each for each in found if each.path.startswith(request.path_prefix or "/")]
    page, marker = part(below, asked(request), key=lambda each: f"{each.KIND}/{each.name.lower()}")
    return shapes.ListEntitiesForPolicyResponse(
        policy_groups=[
            shapes.PolicyGroup(group_name=each.name, group_id=each.id)
            for each in page
            if isinstance(each, Group)
        ],
        policy_users=[
            shapes.PolicyUser(user_name=each.name, user_id=each.id)
            for each in page
            if isinstance(each, User)
        ],
        policy_roles=[
            shapes.PolicyRole(role_name=each.name, role_id=each.id)
            for each in page
            if isinstance(each, Role)
        ],
        is_truncated=marker is not None,
        marker=marker,
    )
