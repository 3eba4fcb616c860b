"""Authenticator apps. Rules: `core/factors/software_tokens.py`, `core/signin/setup.py`."""

from poolkeep.core.factors.software_tokens import check_one_proof
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes

SUCCESS = "SUCCESS"


@operation("cognito-idp", "AssociateSoftwareToken")
async def associate_software_token(
    call: Call, request: shapes.AssociateSoftwareTokenRequest
) -> shapes.AssociateSoftwareTokenResponse:
    """Hand a seed out: `SoftwareTokens.associate`, while signing in `MfaSetup.associate`."""
    check_one_proof(request.access_token, request.session)
    if request.session is not None:
        secret, session = await call.region.mfa.mfa_setup.associate(request.session)
        return shapes.AssociateSoftwareTokenResponse(secret_code=secret, session=session)
    caller = await call.region.tokens.authenticate(request.access_token)
    secret = await call.region.mfa.software_tokens.associate(caller)
    return shapes.AssociateSoftwareTokenResponse(secret_code=secret)


@operation("cognito-idp", "VerifySoftwareToken")
async def verify_software_token(
    call: Call, request: shapes.VerifySoftwareTokenRequest
) -> shapes.VerifySoftwareTokenResponse:
    """Put a seed in force: `SoftwareTokens.verify`, while signing in `MfaSetup.verify`."""
    check_one_proof(request.access_token, request.session)
    name = request.friendly_device_name
    if request.session is not None:
        session = await call.region.mfa.mfa_setup.verify(
            request.session, code=request.user_code, friendly_name=name
        )
        return shapes.VerifySoftwareTokenResponse(status=SUCCESS, session=session)
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.mfa.software_tokens.verify(caller, code=request.user_code, friendly_name=name)
    return shapes.VerifySoftwareTokenResponse(status=SUCCESS)


@operation("cognito-idp", "AdminDeleteSoftwareToken")
async def admin_delete_software_token(
    call: Call, request: shapes.AdminDeleteSoftwareTokenRequest
) -> shapes.AdminDeleteSoftwareTokenResponse:
    """Forget a user's lost app: `Factors.forget_software_token`."""
    await call.region.mfa.factors.forget_software_token(
        call.actor, request.user_pool_id, request.username
    )
    return shapes.AdminDeleteSoftwareTokenResponse()
