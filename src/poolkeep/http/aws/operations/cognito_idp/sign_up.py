"""SignUp, ConfirmSignUp, ResendConfirmationCode, AdminConfirmSignUp."""

from collections.abc import Mapping, Sequence
from typing import Any

from poolkeep.core.signup import ConfirmSignUp, ResendCode, SignUp
from poolkeep.core.users.attributes import as_mapping
from poolkeep.core.users.model import CodeDelivery
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "SignUp")
async def sign_up(call: Call, request: shapes.SignUpRequest) -> shapes.SignUpResponse:
    """Make a user."""
    signed_up = await call.region.sign_up.sign_up(
        SignUp(
            **public(call, request),
            password=request.password,
            user_attributes=pairs(request.user_attributes),
            validation_data=pairs(request.validation_data) or None,
        )
    )
    return shapes.SignUpResponse(
        user_confirmed=signed_up.user_confirmed,
        user_sub=signed_up.user_sub,
        code_delivery_details=details(signed_up.code_delivery_details),
        session=signed_up.session,
    )


@operation("cognito-idp", "ConfirmSignUp")
async def confirm_sign_up(
    call: Call, request: shapes.ConfirmSignUpRequest
) -> shapes.ConfirmSignUpResponse:
    """Confirm a user by code."""
    session = await call.region.sign_up.confirm(
        ConfirmSignUp(
            **public(call, request),
            confirmation_code=request.confirmation_code,
            force_alias_creation=request.force_alias_creation is True,
            session=request.session,
        )
    )
    return shapes.ConfirmSignUpResponse(session=session)


@operation("cognito-idp", "ResendConfirmationCode")
async def resend_confirmation_code(
    call: Call, request: shapes.ResendConfirmationCodeRequest
) -> shapes.ResendConfirmationCodeResponse:
    """Send another code."""
    delivery = await call.region.sign_up.resend(ResendCode(**public(call, request)))
    return shapes.ResendConfirmationCodeResponse(code_delivery_details=details(delivery))


@operation("cognito-idp", "AdminConfirmSignUp")
async def admin_confirm_sign_up(
    call: Call, request: shapes.AdminConfirmSignUpRequest
) -> shapes.AdminConfirmSignUpResponse:
    """Confirm a user without a code."""
    await call.region.sign_up.admin_confirm(
        call.actor,
        request.user_pool_id,
        request.username,
        client_metadata=request.client_metadata,
    )
    return shapes.AdminConfirmSignUpResponse()


def public(call: Call, request: Any) -> dict[str, Any]:  # noqa: ANN401  five shapes alike
    """Return what every unsigned request of a client carries."""
    context: shapes.UserContextDataType | None = request.user_context_data
    metadata: Mapping[str, str] | None = request.client_metadata
    return {
        "client_id": request.client_id,
        "username": request.username,
        "secret_hash": request.secret_hash,
        "client_metadata": metadata,
        "ip_address": context.ip_address if context else None,
        "source_ip": call.source_ip,
        "user_agent": call.user_agent,
    }


def pairs(given: Sequence[shapes.AttributeType] | None) -> dict[str, str]:
    """Return a list of names and values as a mapping."""
    return as_mapping((entry.name, entry.value) for entry in given or ())


def details(delivery: CodeDelivery | None) -> shapes.CodeDeliveryDetailsType | None:
    """Return where a code went, as callers see it."""
    if delivery is None:
        return None
    return shapes.CodeDeliveryDetailsType(
        destination=delivery.destination,
        delivery_medium=delivery.delivery_medium,
        attribute_name=delivery.attribute_name,
    )
