"""What users do to the own account with an access token. Rules: `core/users/own_account.py`."""

from poolkeep.core.factors.preferences import preferences_of
from poolkeep.core.pools.rules import readable
from poolkeep.http.aws.present.users import attributes_list, mfa_list, mfa_options
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "GetUser")
async def get_user(call: Call, request: shapes.GetUserRequest) -> shapes.GetUserResponse:
    """Tell the bearer what the client may read: `Tokens.authenticate`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    # A client without a list reads everything; asking the rules would only cost time.
    listed = caller.client.settings.read_attributes
    allowed = None if listed is None else readable(caller.pool, caller.client)
    return shapes.GetUserResponse(
        username=caller.user.username,
        user_attributes=attributes_list(caller.user, allowed),
        mfa_options=mfa_options(caller.user),
        preferred_mfa_setting=preferences_of(caller.user).preferred,
        user_mfa_setting_list=mfa_list(caller.user),
    )


@operation("cognito-idp", "ChangePassword")
async def change_password(
    call: Call, request: shapes.ChangePasswordRequest
) -> shapes.ChangePasswordResponse:
    """Replace the bearer's password: `OwnAccount.change_password`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.own_account.change_password(
        caller,
        previous=request.previous_password,
        proposed=request.proposed_password,
        source_ip=call.source_ip,
        user_agent=call.user_agent,
    )
    return shapes.ChangePasswordResponse()


@operation("cognito-idp", "DeleteUser")
async def delete_user(call: Call, request: shapes.DeleteUserRequest) -> None:
    """Remove the bearer's account: `OwnAccount.delete`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.own_account.delete(caller)
