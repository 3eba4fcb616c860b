"""Groups and their members. Rules: `core/users/groups.py`."""

import msgspec

from poolkeep.base.limits import PAGE_ENTRIES_MAX
from poolkeep.core.users.groups import GroupSettings
from poolkeep.http.aws.present.pools import group_type
from poolkeep.http.aws.present.users import user_types
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateGroup")
async def create_group(
    call: Call, request: shapes.CreateGroupRequest
) -> shapes.CreateGroupResponse:
    """Make a group: `GroupService.create`."""
    settings = msgspec.convert(request, GroupSettings, from_attributes=True)
    group = await call.region.groups.create(call.actor, request.user_pool_id, settings)
    return shapes.CreateGroupResponse(group=group_type(group))


@operation("cognito-idp", "GetGroup")
async def get_group(call: Call, request: shapes.GetGroupRequest) -> shapes.GetGroupResponse:
    """Tell about a group: `GroupService.get`."""
    group = await call.region.groups.get(call.actor, request.user_pool_id, request.group_name)
    return shapes.GetGroupResponse(group=group_type(group))


@operation("cognito-idp", "UpdateGroup")
async def update_group(
    call: Call, request: shapes.UpdateGroupRequest
) -> shapes.UpdateGroupResponse:
    """Change a group: `GroupService.update`."""
    settings = msgspec.convert(request, GroupSettings, from_attributes=True)
    group = await call.region.groups.update(call.actor, request.user_pool_id, settings)
    return shapes.UpdateGroupResponse(group=group_type(group))


@operation("cognito-idp", "DeleteGroup")
async def delete_group(call: Call, request: shapes.DeleteGroupRequest) -> None:
    """Remove a group: `GroupService.delete`."""
    await call.region.groups.delete(call.actor, request.user_pool_id, request.group_name)


@operation("cognito-idp", "ListGroups")
async def list_groups(call: Call, request: shapes.ListGroupsRequest) -> shapes.ListGroupsResponse:
    """List a pool's groups: `GroupService.list`."""
    page = await call.region.groups.list(
        call.actor,
        request.user_pool_id,
        limit=request.limit or PAGE_ENTRIES_MAX,
        next_token=request.next_token,
    )
    return shapes.ListGroupsResponse(
        groups=[group_type(group) for group in page.groups], next_token=page.next_token
    )


@operation("cognito-idp", "AdminAddUserToGroup")
async def admin_add_user_to_group(call: Call, request: shapes.AdminAddUserToGroupRequest) -> None:
    """Put a user into a group: `GroupService.add_user`."""
    await call.region.groups.add_user(
        call.actor, request.user_pool_id, request.username, request.group_name
    )


@operation("cognito-idp", "AdminRemoveUserFromGroup")
async def admin_remove_user_from_group(
    call: Call, request: shapes.AdminRemoveUserFromGroupRequest
) -> None:
    """Take a user out of a group: `GroupService.remove_user`."""
    await call.region.groups.remove_user(
        call.actor, request.user_pool_id, request.username, request.group_name
    )


@operation("cognito-idp", "AdminListGroupsForUser")
async def admin_list_groups_for_user(
    call: Call, request: shapes.AdminListGroupsForUserRequest
) -> shapes.AdminListGroupsForUserResponse:
    """List a user's groups: `GroupService.of_user`."""
    page = await call.region.groups.of_user(
        call.actor,
        request.user_pool_id,
        request.username,
        limit=request.limit or PAGE_ENTRIES_MAX,
        next_token=request.next_token,
    )
    return shapes.AdminListGroupsForUserResponse(
        groups=[group_type(group) for group in page.groups], next_token=page.next_token
    )


@operation("cognito-idp", "ListUsersInGroup")
async def list_users_in_group(
    call: Call, request: shapes.ListUsersInGroupRequest
) -> shapes.ListUsersInGroupResponse:
    """List a group's users: `GroupService.members`."""
    page = await call.region.groups.members(
        call.actor,
        request.user_pool_id,
        request.group_name,
        limit=request.limit or PAGE_ENTRIES_MAX,
        next_token=request.next_token,
    )
    return shapes.ListUsersInGroupResponse(users=user_types(page.users), next_token=page.next_token)
