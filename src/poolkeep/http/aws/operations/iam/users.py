"""Users and their access keys."""

from poolkeep.core.iam.model import User
from poolkeep.core.iam.reading import part
from poolkeep.http.aws.operations.iam.asking import asked, change, tags_in, user_name
from poolkeep.http.aws.present import iam as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes

ACTIVE, INACTIVE = "Active", "Inactive"
NEVER = "N/A"


@operation("iam", "CreateUser")
async def create_user(call: Call, request: shapes.CreateUserRequest) -> shapes.CreateUserResponse:
    """Make a user."""
    made = await call.installation.iam.people.create_user(
        change(call, "CreateUser"),
        request.user_name,
        path=request.path or "/",
        boundary=request.permissions_boundary,
        tags=tags_in(request.tags),
    )
    return shapes.CreateUserResponse(user=present.user(made))


@operation("iam", "GetUser")
async def get_user(call: Call, request: shapes.GetUserRequest) -> shapes.GetUserResponse:
    """Return a user; the caller, when none is named."""
    name = user_name(call, request.user_name)
    found = await call.installation.iam.reading.entity(User, call.account, name)
    return shapes.GetUserResponse(user=present.user(found))


@operation("iam", "ListUsers")
async def list_users(call: Call, request: shapes.ListUsersRequest) -> shapes.ListUsersResponse:
    """Return the users of the account."""
    reading = call.installation.iam.reading
    found, marker = await reading.page(User, call.account, asked(request))
    return shapes.ListUsersResponse(
        users=[present.user(each, listed=True) for each in found],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "UpdateUser")
async def update_user(call: Call, request: shapes.UpdateUserRequest) -> None:
    """Give a user another name or path."""
    await call.installation.iam.people.update_user(
        change(call, "UpdateUser"),
        request.user_name,
        new_name=request.new_user_name,
        new_path=request.new_path,
    )


@operation("iam", "DeleteUser")
async def delete_user(call: Call, request: shapes.DeleteUserRequest) -> None:
    """Remove a user."""
    await call.installation.iam.people.delete_user(change(call, "DeleteUser"), request.user_name)


@operation("iam", "ListGroupsForUser")
async def list_groups_for_user(
    call: Call, request: shapes.ListGroupsForUserRequest
) -> shapes.ListGroupsForUserResponse:
    """Return the groups that a user is in."""
    found = await call.installation.iam.people.groups_of(call.account, request.user_name)
    page, marker = part(found, asked(request), key=lambda group: group.name.lower())
    return shapes.ListGroupsForUserResponse(
        groups=[present.group(each) for each in page],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "CreateAccessKey")
async def create_access_key(
    call: Call, request: shapes.CreateAccessKeyRequest
) -> shapes.CreateAccessKeyResponse:
    """Make a key pair, and show its secret this once."""
    name = user_name(call, request.user_name)
    made = await call.installation.iam.people.create_key(change(call, "CreateAccessKey"), name)
    return shapes.CreateAccessKeyResponse(
        access_key=shapes.AccessKey(
            user_name=made.user.name,
            access_key_id=made.id,
            status=ACTIVE,
            secret_access_key=made.secret.reveal(),
            create_date=present.seconds(made.created_ms),
        )
    )


@operation("iam", "ListAccessKeys")
async def list_access_keys(
    call: Call, request: shapes.ListAccessKeysRequest
) -> shapes.ListAccessKeysResponse:
    """Return a user's keys, without their secrets."""
    name = user_name(call, request.user_name)
    user, keys = await call.installation.iam.people.keys(call.account, name)
    page, marker = part(keys, asked(request), key=lambda key: str(key.id))
    return shapes.ListAccessKeysResponse(
        access_key_metadata=[
            shapes.AccessKeyMetadata(
                user_name=user.name,
                access_key_id=key.id,
                status=ACTIVE if key.active else INACTIVE,
                create_date=present.seconds(key.created_ms),
            )
            for key in page
        ],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "UpdateAccessKey")
async def update_access_key(call: Call, request: shapes.UpdateAccessKeyRequest) -> None:
    """Turn a key on or off."""
    await call.installation.iam.people.update_key(
        change(call, "UpdateAccessKey"),
        user_name(call, request.user_name),
        request.access_key_id,
        active=request.status == ACTIVE,
    )


@operation("iam", "DeleteAccessKey")
async def delete_access_key(call: Call, request: shapes.DeleteAccessKeyRequest) -> None:
    """Remove a key."""
    await call.installation.iam.people.delete_key(
        change(call, "DeleteAccessKey"),
        user_name(call, request.user_name),
        request.access_key_id,
    )


@operation("iam", "GetAccessKeyLastUsed")
async def get_access_key_last_used(
    call: Call, request: shapes.GetAccessKeyLastUsedRequest
) -> shapes.GetAccessKeyLastUsedResponse:
    """Return when a key was last used, to a quarter of an hour."""
    people = call.installation.iam.people
    name, use = await people.last_use(call.account, request.access_key_id)
    return shapes.GetAccessKeyLastUsedResponse(
        user_name=name,
        access_key_last_used=shapes.AccessKeyLastUsed(
            last_used_date=None if use is None else present.seconds(use.used_ms),
            service_name=NEVER if use is None else use.service,
            region=NEVER if use is None else use.region,
        ),
    )
