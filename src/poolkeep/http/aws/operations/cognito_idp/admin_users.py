"""Users as administrators see them. Rules: `core/users/service.py` and `creation.py`."""

from collections.abc import Iterable

from poolkeep.core.factors.preferences import preferences_of
from poolkeep.core.users.attributes import as_mapping
from poolkeep.core.users.creation import CreateUser
from poolkeep.core.users.service import ListUsers
from poolkeep.http.aws.present.users import (
    MS_PER_S,
    attributes_list,
    mfa_list,
    mfa_options,
    user_type,
    user_types,
)
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "AdminCreateUser")
async def admin_create_user(
    call: Call, request: shapes.AdminCreateUserRequest
) -> shapes.AdminCreateUserResponse:
    """Create and invite a user: `UserCreation.create`."""
    command = CreateUser(
        pool_id=request.user_pool_id,
        username=request.username,
        attributes=pairs(request.user_attributes),
        validation_data=pairs(request.validation_data) if request.validation_data else None,
        temporary_password=request.temporary_password,
        force_alias_creation=bool(request.force_alias_creation),
        message_action=request.message_action,
        desired_delivery_mediums=request.desired_delivery_mediums,
        client_metadata=request.client_metadata,
    )
    user = await call.region.user_creation.create(call.actor, command)
    return shapes.AdminCreateUserResponse(user=user_type(user))


@operation("cognito-idp", "AdminGetUser")
async def admin_get_user(
    call: Call, request: shapes.AdminGetUserRequest
) -> shapes.AdminGetUserResponse:
    """Tell everything about a user: `UserAdmin.get`."""
    user = await call.region.users.get(call.actor, request.user_pool_id, request.username)
    return shapes.AdminGetUserResponse(
        username=user.username,
        user_attributes=attributes_list(user),
        user_create_date=user.created_ms / MS_PER_S,
        user_last_modified_date=user.modified_ms / MS_PER_S,
        enabled=user.enabled,
        user_status=user.status,
        mfa_options=mfa_options(user),
        preferred_mfa_setting=preferences_of(user).preferred,
        user_mfa_setting_list=mfa_list(user),
    )


@operation("cognito-idp", "AdminDeleteUser")
async def admin_delete_user(call: Call, request: shapes.AdminDeleteUserRequest) -> None:
    """Remove a user: `UserAdmin.delete`."""
    await call.region.users.delete(call.actor, request.user_pool_id, request.username)


@operation("cognito-idp", "AdminEnableUser")
async def admin_enable_user(
    call: Call, request: shapes.AdminEnableUserRequest
) -> shapes.AdminEnableUserResponse:
    """Let a user sign in again: `UserAdmin.enable`."""
    await call.region.users.enable(call.actor, request.user_pool_id, request.username)
    return shapes.AdminEnableUserResponse()


@operation("cognito-idp", "AdminDisableUser")
async def admin_disable_user(
    call: Call, request: shapes.AdminDisableUserRequest
) -> shapes.AdminDisableUserResponse:
    """Shut a user out and revoke the tokens: `UserAdmin.disable`."""
    await call.region.users.disable(call.actor, request.user_pool_id, request.username)
    return shapes.AdminDisableUserResponse()


@operation("cognito-idp", "AdminSetUserPassword")
async def admin_set_user_password(
    call: Call, request: shapes.AdminSetUserPasswordRequest
) -> shapes.AdminSetUserPasswordResponse:
    """Give a user a password: `UserAdmin.set_password`."""
    await call.region.users.set_password(
        call.actor,
        request.user_pool_id,
        request.username,
        password=request.password,
        permanent=bool(request.permanent),
    )
    return shapes.AdminSetUserPasswordResponse()


@operation("cognito-idp", "AdminUpdateUserAttributes")
async def admin_update_user_attributes(
    call: Call, request: shapes.AdminUpdateUserAttributesRequest
) -> shapes.AdminUpdateUserAttributesResponse:
    """Change a user's attributes: `UserAdmin.update_attributes`."""
    await call.region.users.update_attributes(
        call.actor,
        request.user_pool_id,
        request.username,
        attributes=pairs(request.user_attributes),
        client_metadata=request.client_metadata,
    )
    return shapes.AdminUpdateUserAttributesResponse()


@operation("cognito-idp", "AdminDeleteUserAttributes")
async def admin_delete_user_attributes(
    call: Call, request: shapes.AdminDeleteUserAttributesRequest
) -> shapes.AdminDeleteUserAttributesResponse:
    """Delete attributes of a user: `UserAdmin.delete_attributes`."""
    await call.region.users.delete_attributes(
        call.actor, request.user_pool_id, request.username, request.user_attribute_names
    )
    return shapes.AdminDeleteUserAttributesResponse()


@operation("cognito-idp", "ListUsers")
async def list_users(call: Call, request: shapes.ListUsersRequest) -> shapes.ListUsersResponse:
    """List the users of a pool: `UserAdmin.list`."""
    query = ListUsers(
        pool_id=request.user_pool_id,
        filter=request.filter,
        attributes_to_get=request.attributes_to_get,
        limit=request.limit,
        pagination_token=request.pagination_token,
    )
    found = await call.region.users.list(call.actor, query)
    return shapes.ListUsersResponse(
        users=user_types(found.users, found.attributes),
        pagination_token=found.pagination_token,
    )


def pairs(attributes: Iterable[shapes.AttributeType] | None) -> dict[str, str]:
    """Return the caller's attributes as a mapping."""
    return as_mapping((attribute.name, attribute.value) for attribute in attributes or ())
