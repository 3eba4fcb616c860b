"""Roles."""

from poolkeep.core.iam.model import Role
from poolkeep.core.iam.roles import SESSION_S, NewRole, service_linked
from poolkeep.http.aws.operations.iam.asking import asked, change, tags_in
from poolkeep.http.aws.present import iam as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes


@operation("iam", "CreateRole")
async def create_role(call: Call, request: shapes.CreateRoleRequest) -> shapes.CreateRoleResponse:
    """Make a role."""
    made = await call.installation.iam.roles.create(
        change(call, "CreateRole"),
        NewRole(
            name=request.role_name,
            trust=request.assume_role_policy_document,
            path=request.path or "/",
            description=request.description,
            max_session_s=request.max_session_duration or SESSION_S,
            boundary=request.permissions_boundary,
            tags=tags_in(request.tags),
        ),
    )
    return shapes.CreateRoleResponse(role=present.role(made, made.trust_text))


@operation("iam", "GetRole")
async def get_role(call: Call, request: shapes.GetRoleRequest) -> shapes.GetRoleResponse:
    """Return a role."""
    found = await call.installation.iam.reading.entity(Role, call.account, request.role_name)
    return shapes.GetRoleResponse(role=present.role(found, (await _trusts(call, [found]))[0]))


@operation("iam", "ListRoles")
async def list_roles(call: Call, request: shapes.ListRolesRequest) -> shapes.ListRolesResponse:
    """Return the roles of the account."""
    reading = call.installation.iam.reading
    found, marker = await reading.page(Role, call.account, asked(request))
    trusts = await _trusts(call, found)
    return shapes.ListRolesResponse(
        roles=[
            present.role(role, trust, listed=True)
            for role, trust in zip(found, trusts, strict=True)
        ],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "UpdateRole")
async def update_role(call: Call, request: shapes.UpdateRoleRequest) -> shapes.UpdateRoleResponse:
    """Change a role's description, or how long its sessions may last."""
    await call.installation.iam.roles.update(
        change(call, "UpdateRole"),
        request.role_name,
        description=request.description,
        max_session_s=request.max_session_duration,
    )
    return shapes.UpdateRoleResponse()


@operation("iam", "UpdateRoleDescription")
async def update_role_description(
    call: Call, request: shapes.UpdateRoleDescriptionRequest
) -> shapes.UpdateRoleDescriptionResponse:
    """Change a role's description."""
    role = await call.installation.iam.roles.update(
        change(call, "UpdateRoleDescription"), request.role_name, description=request.description
    )
    trust = (await _trusts(call, [role]))[0]
    return shapes.UpdateRoleDescriptionResponse(role=present.role(role, trust))


@operation("iam", "UpdateAssumeRolePolicy")
async def update_assume_role_policy(
    call: Call, request: shapes.UpdateAssumeRolePolicyRequest
) -> None:
    """Say anew whom a role trusts."""
    await call.installation.iam.roles.trust(
        change(call, "UpdateAssumeRolePolicy"), request.role_name, request.policy_document
    )


@operation("iam", "DeleteRole")
async def delete_role(call: Call, request: shapes.DeleteRoleRequest) -> None:
    """Remove a role."""
    await call.installation.iam.roles.delete(change(call, "DeleteRole"), request.role_name)


@operation("iam", "CreateServiceLinkedRole")
async def create_service_linked_role(
    call: Call, request: shapes.CreateServiceLinkedRoleRequest
) -> shapes.CreateServiceLinkedRoleResponse:
    """Make the role of one of Cognito's services."""
    made = await call.installation.iam.roles.create(
        change(call, "CreateServiceLinkedRole"),
        service_linked(
            request.aws_service_name,
            suffix=request.custom_suffix,
            description=request.description,
        ),
    )
    return shapes.CreateServiceLinkedRoleResponse(role=present.role(made, made.trust_text))


@operation("iam", "ListInstanceProfilesForRole")
async def list_instance_profiles_for_role(
    call: Call, request: shapes.ListInstanceProfilesForRoleRequest
) -> shapes.ListInstanceProfilesForRoleResponse:
    """Return nothing: there are no instances here. Tools ask before they remove a role."""
    await call.installation.iam.reading.entity(Role, call.account, request.role_name)
    return shapes.ListInstanceProfilesForRoleResponse(instance_profiles=[], is_truncated=False)


async def _trusts(call: Call, roles: list[Role]) -> list[str]:
    iam = call.installation.iam
    shown: list[str] = await iam.reading.shown_trusts(roles, iam.roles.shown)
    return shown
