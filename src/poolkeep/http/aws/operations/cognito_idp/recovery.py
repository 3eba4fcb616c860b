"""ForgotPassword, ConfirmForgotPassword, AdminResetUserPassword."""

from poolkeep.core.recovery import ConfirmForgotPassword, ForgotPassword
from poolkeep.http.aws.operations.cognito_idp.sign_up import details, public
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "ForgotPassword")
async def forgot_password(
    call: Call, request: shapes.ForgotPasswordRequest
) -> shapes.ForgotPasswordResponse:
    """Send a reset code."""
    delivery = await call.region.recovery.forgot_password(ForgotPassword(**public(call, request)))
    return shapes.ForgotPasswordResponse(code_delivery_details=details(delivery))


@operation("cognito-idp", "ConfirmForgotPassword")
async def confirm_forgot_password(
    call: Call, request: shapes.ConfirmForgotPasswordRequest
) -> shapes.ConfirmForgotPasswordResponse:
    """Set a new password by code."""
    await call.region.recovery.confirm_forgot_password(
        ConfirmForgotPassword(
            **public(call, request),
            confirmation_code=request.confirmation_code,
            password=request.password,
        )
    )
    return shapes.ConfirmForgotPasswordResponse()


@operation("cognito-idp", "AdminResetUserPassword")
async def admin_reset_user_password(
    call: Call, request: shapes.AdminResetUserPasswordRequest
) -> shapes.AdminResetUserPasswordResponse:
    """Make a password unusable and send a reset code."""
    await call.region.recovery.admin_reset(
        call.actor,
        request.user_pool_id,
        request.username,
        client_metadata=request.client_metadata,
    )
    return shapes.AdminResetUserPasswordResponse()
