"""Attributes changed and proven by their owner. Rules: `core/users/own_account.py`."""

from poolkeep.http.aws.operations.cognito_idp.admin_users import pairs
from poolkeep.http.aws.present.users import code_delivery
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "UpdateUserAttributes")
async def update_user_attributes(
    call: Call, request: shapes.UpdateUserAttributesRequest
) -> shapes.UpdateUserAttributesResponse:
    """Change the bearer's attributes: `OwnAccount.update_attributes`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    sent = await call.region.own_account.update_attributes(
        caller,
        attributes=pairs(request.user_attributes),
        client_metadata=request.client_metadata,
    )
    return shapes.UpdateUserAttributesResponse(
        code_delivery_details_list=[code_delivery(details) for details in sent]
    )


@operation("cognito-idp", "DeleteUserAttributes")
async def delete_user_attributes(
    call: Call, request: shapes.DeleteUserAttributesRequest
) -> shapes.DeleteUserAttributesResponse:
    """Delete attributes of the bearer: `OwnAccount.delete_attributes`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.own_account.delete_attributes(caller, request.user_attribute_names)
    return shapes.DeleteUserAttributesResponse()


@operation("cognito-idp", "GetUserAttributeVerificationCode")
async def get_user_attribute_verification_code(
    call: Call, request: shapes.GetUserAttributeVerificationCodeRequest
) -> shapes.GetUserAttributeVerificationCodeResponse:
    """Send a code that proves an address: `OwnAccount.send_code`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    details = await call.region.own_account.send_code(
        caller, attribute=request.attribute_name, client_metadata=request.client_metadata
    )
    return shapes.GetUserAttributeVerificationCodeResponse(
        code_delivery_details=code_delivery(details)
    )


@operation("cognito-idp", "VerifyUserAttribute")
async def verify_user_attribute(
    call: Call, request: shapes.VerifyUserAttributeRequest
) -> shapes.VerifyUserAttributeResponse:
    """Prove an address with its code: `OwnAccount.verify_attribute`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.own_account.verify_attribute(
        caller, attribute=request.attribute_name, code=request.code
    )
    return shapes.VerifyUserAttributeResponse()
