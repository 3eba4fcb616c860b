"""RevokeToken, GlobalSignOut, AdminUserGlobalSignOut."""

from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes

LINKED = "LINKED"


@operation("cognito-idp", "RevokeToken")
async def revoke_token(
    call: Call, request: shapes.RevokeTokenRequest
) -> shapes.RevokeTokenResponse:
    """Take back a refresh token and its access tokens. Rules: core.tokens.Tokens.revoke."""
    await call.region.tokens.revoke(
        request.token or "",
        request.client_id,
        request.client_secret,
        linked=request.revoke_associated_sessions == LINKED,
    )
    return shapes.RevokeTokenResponse()


@operation("cognito-idp", "GlobalSignOut")
async def global_sign_out(
    call: Call, request: shapes.GlobalSignOutRequest
) -> shapes.GlobalSignOutResponse:
    """Take back everything that was issued to the caller. Rules: core.tokens.Tokens."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.tokens.sign_out_everywhere(caller)
    return shapes.GlobalSignOutResponse()


@operation("cognito-idp", "AdminUserGlobalSignOut")
async def admin_user_global_sign_out(
    call: Call, request: shapes.AdminUserGlobalSignOutRequest
) -> shapes.AdminUserGlobalSignOutResponse:
    """Take back everything that was issued to a user. Rules: core.tokens.Tokens.admin_sign_out."""
    await call.region.tokens.admin_sign_out(call.actor, request.user_pool_id, request.username)
    return shapes.AdminUserGlobalSignOutResponse()
