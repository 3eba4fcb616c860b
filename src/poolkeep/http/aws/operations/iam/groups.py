"""Groups and who is in them."""

from poolkeep.core.iam.model import Group
from poolkeep.core.iam.reading import part
from poolkeep.http.aws.operations.iam.asking import asked, change
from poolkeep.http.aws.present import iam as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes


@operation("iam", "CreateGroup")
async def create_group(
    call: Call, request: shapes.CreateGroupRequest
) -> shapes.CreateGroupResponse:
    """Make a group."""
    made = await call.installation.iam.people.create_group(
        change(call, "CreateGroup"), request.group_name, request.path or "/"
    )
    return shapes.CreateGroupResponse(group=present.group(made))


@operation("iam", "GetGroup")
async def get_group(call: Call, request: shapes.GetGroupRequest) -> shapes.GetGroupResponse:
    """Return a group and who is in it."""
    people = call.installation.iam.people
    group, users = await people.group_with_users(call.account, request.group_name)
    page, marker = part(users, asked(request), key=lambda user: user.name.lower())
    return shapes.GetGroupResponse(
        group=present.group(group),
        users=[present.user(user, listed=True) for user in page],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "ListGroups")
async def list_groups(call: Call, request: shapes.ListGroupsRequest) -> shapes.ListGroupsResponse:
    """Return the groups of the account."""
    reading = call.installation.iam.reading
    found, marker = await reading.page(Group, call.account, asked(request))
    return shapes.ListGroupsResponse(
        groups=[present.group(each) for each in found],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "UpdateGroup")
async def update_group(call: Call, request: shapes.UpdateGroupRequest) -> None:
    """Give a group another name or path."""
    await call.installation.iam.people.update_group(
        change(call, "UpdateGroup"),
        request.group_name,
        new_name=request.new_group_name,
        new_path=request.new_path,
    )


@operation("iam", "DeleteGroup")
async def delete_group(call: Call, request: shapes.DeleteGroupRequest) -> None:
    """Remove a group."""
    await call.installation.iam.people.delete_group(change(call, "DeleteGroup"), request.group_name)


@operation("iam", "AddUserToGroup")
async def add_user_to_group(call: Call, request: shapes.AddUserToGroupRequest) -> None:
    """Put a user into a group."""
    await call.installation.iam.people.join(
        change(call, "AddUserToGroup"), request.group_name, request.user_name
    )


@operation("iam", "RemoveUserFromGroup")
async def remove_user_from_group(call: Call, request: shapes.RemoveUserFromGroupRequest) -> None:
    """Take a user out of a group."""
    await call.installation.iam.people.leave(
        change(call, "RemoveUserFromGroup"), request.group_name, request.user_name
    )
