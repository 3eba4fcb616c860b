"""Sessions of users, and the settings of tracking. Rules: `core/sessions`."""

from poolkeep.core.sessions.service import Holder
from poolkeep.core.sessions.settings import PoolSessions
from poolkeep.core.tokens import Caller
from poolkeep.http.aws.present.sessions import session_types
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes

LINKED = "LINKED"


@operation("cognito-idp", "ListUserSessions")
async def list_user_sessions(
    call: Call, request: shapes.ListUserSessionsRequest
) -> shapes.ListUserSessionsResponse:
    """List the caller's sessions: `Sessions.own`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    page = await call.region.sessions.own(_holder(caller), next_token=request.next_token)
    return shapes.ListUserSessionsResponse(
        sessions=session_types(page.sessions, current=page.current), next_token=page.next_token
    )


@operation("cognito-idp", "AdminListUserSessions")
async def admin_list_user_sessions(
    call: Call, request: shapes.AdminListUserSessionsRequest
) -> shapes.AdminListUserSessionsResponse:
    """List a user's sessions: `Sessions.of_user`."""
    page = await call.region.sessions.of_user(
        call.actor, request.user_pool_id, request.username, next_token=request.next_token
    )
    return shapes.AdminListUserSessionsResponse(
        sessions=session_types(page.sessions, current=page.current), next_token=page.next_token
    )


@operation("cognito-idp", "RevokeUserSession")
async def revoke_user_session(
    call: Call, request: shapes.RevokeUserSessionRequest
) -> shapes.RevokeUserSessionResponse:
    """End another session of the caller's: `Sessions.revoke_own`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.sessions.revoke_own(
        _holder(caller), request.session_id, linked=request.revoke_associated_sessions == LINKED
    )
    return shapes.RevokeUserSessionResponse()


@operation("cognito-idp", "AdminRevokeUserSession")
async def admin_revoke_user_session(
    call: Call, request: shapes.AdminRevokeUserSessionRequest
) -> shapes.AdminRevokeUserSessionResponse:
    """End a session of a user: `Sessions.revoke`."""
    await call.region.sessions.revoke(
        call.actor,
        request.user_pool_id,
        request.username,
        session_id=request.session_id,
        linked=request.revoke_associated_sessions == LINKED,
    )
    return shapes.AdminRevokeUserSessionResponse()


@operation("cognito-idp", "GetUserPoolSessionConfiguration")
async def get_user_pool_session_configuration(
    call: Call, request: shapes.GetUserPoolSessionConfigurationRequest
) -> shapes.GetUserPoolSessionConfigurationResponse:
    """Tell whether a pool tracks sessions: `SessionSettings.of_pool`."""
    told = await call.region.session_settings.of_pool(call.actor, request.user_pool_id)
    return shapes.GetUserPoolSessionConfigurationResponse(
        user_pool_id=request.user_pool_id,
        user_session_tracking=told.user_session_tracking,
        token_session=shapes.UserPoolTokenSessionConfigType(max_per_user=told.max_per_user),
    )


@operation("cognito-idp", "SetUserPoolSessionConfiguration")
async def set_user_pool_session_configuration(
    call: Call, request: shapes.SetUserPoolSessionConfigurationRequest
) -> shapes.SetUserPoolSessionConfigurationResponse:
    """Begin or end tracking: `SessionSettings.set_pool`."""
    wanted = PoolSessions(
        user_session_tracking=request.user_session_tracking,
        max_per_user=request.token_session.max_per_user,
    )
    told = await call.region.session_settings.set_pool(call.actor, request.user_pool_id, wanted)
    return shapes.SetUserPoolSessionConfigurationResponse(
        user_pool_id=request.user_pool_id,
        user_session_tracking=told.user_session_tracking,
        token_session=shapes.UserPoolTokenSessionConfigType(max_per_user=told.max_per_user),
    )


@operation("cognito-idp", "GetUserPoolClientSessionConfiguration")
async def get_user_pool_client_session_configuration(
    call: Call, request: shapes.GetUserPoolClientSessionConfigurationRequest
) -> shapes.GetUserPoolClientSessionConfigurationResponse:
    """Tell how long a browser's sign-in is good for a client: `SessionSettings.of_client`."""
    minutes = await call.region.session_settings.of_client(
        call.actor, request.user_pool_id, request.client_id
    )
    return shapes.GetUserPoolClientSessionConfigurationResponse(
        user_pool_id=request.user_pool_id,
        client_id=request.client_id,
        sso_session=shapes.ClientSSOSessionConfigType(max_validity_minutes=minutes),
    )


@operation("cognito-idp", "SetUserPoolClientSessionConfiguration")
async def set_user_pool_client_session_configuration(
    call: Call, request: shapes.SetUserPoolClientSessionConfigurationRequest
) -> shapes.SetUserPoolClientSessionConfigurationResponse:
    """Set how long a browser's sign-in is good for a client: `SessionSettings.set_client`."""
    minutes = await call.region.session_settings.set_client(
        call.actor,
        request.user_pool_id,
        request.client_id,
        minutes=request.sso_session.max_validity_minutes,
    )
    return shapes.SetUserPoolClientSessionConfigurationResponse(
        user_pool_id=request.user_pool_id,
        client_id=request.client_id,
        sso_session=shapes.ClientSSOSessionConfigType(max_validity_minutes=minutes),
    )


def _holder(caller: Caller) -> Holder:
    return Holder(pool=caller.pool, user_id=caller.user.id, origin_jti=caller.claims.origin_jti)
