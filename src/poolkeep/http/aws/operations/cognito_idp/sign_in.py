"""InitiateAuth, RespondToAuthChallenge, their Admin siblings, GetTokensFromRefreshToken."""

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.signin import Asked, Origin, Respond, SignedIn, Start
from poolkeep.core.tokens.service import Refresh
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes

BEARER = "Bearer"


@operation("cognito-idp", "InitiateAuth")
async def initiate_auth(
    call: Call, request: shapes.InitiateAuthRequest
) -> shapes.InitiateAuthResponse:
    """Begin a sign-in. Rules: core.signin.SignIn.start."""
    outcome = await call.region.sign_in.start(
        Start(
            flow=request.auth_flow,
            client_id=request.client_id,
            parameters=plain(request.auth_parameters),
            session=request.session,
            client_metadata=plain(request.client_metadata),
            origin=_origin(call),
        )
    )
    if isinstance(outcome, SignedIn):
        return shapes.InitiateAuthResponse(
            challenge_parameters={}, authentication_result=_result(outcome)
        )
    return shapes.InitiateAuthResponse(
        challenge_name=outcome.challenge,
        session=outcome.session,
        challenge_parameters=outcome.parameters,
        available_challenges=outcome.available,
    )


@operation("cognito-idp", "AdminInitiateAuth")
async def admin_initiate_auth(
    call: Call, request: shapes.AdminInitiateAuthRequest
) -> shapes.AdminInitiateAuthResponse:
    """Begin a sign-in as an administrator. Rules: core.signin.SignIn.start."""
    outcome = await call.region.sign_in.start(
        Start(
            flow=request.auth_flow,
            client_id=request.client_id,
            parameters=plain(request.auth_parameters),
            session=request.session,
            client_metadata=plain(request.client_metadata),
            origin=_origin(call, request.context_data),
            pool_id=request.user_pool_id,
            account=call.account,
        )
    )
    if isinstance(outcome, SignedIn):
        return shapes.AdminInitiateAuthResponse(
            challenge_parameters={}, authentication_result=_result(outcome)
        )
    return shapes.AdminInitiateAuthResponse(
        challenge_name=outcome.challenge,
        session=outcome.session,
        challenge_parameters=outcome.parameters,
        available_challenges=outcome.available,
    )


@operation("cognito-idp", "RespondToAuthChallenge")
async def respond_to_auth_challenge(
    call: Call, request: shapes.RespondToAuthChallengeRequest
) -> shapes.RespondToAuthChallengeResponse:
    """Carry a sign-in one step further. Rules: core.signin.SignIn.respond."""
    outcome: Asked | SignedIn = await call.region.sign_in.respond(
        Respond(
            client_id=request.client_id,
            challenge=request.challenge_name,
            answers=plain(request.challenge_responses),
            session=request.session,
            client_metadata=plain(request.client_metadata),
            origin=_origin(call),
        )
    )
    if isinstance(outcome, SignedIn):
        return shapes.RespondToAuthChallengeResponse(
            challenge_parameters={}, authentication_result=_result(outcome)
        )
    return shapes.RespondToAuthChallengeResponse(
        challenge_name=outcome.challenge,
        session=outcome.session,
        challenge_parameters=outcome.parameters,
        available_challenges=outcome.available,
    )


@operation("cognito-idp", "AdminRespondToAuthChallenge")
async def admin_respond_to_auth_challenge(
    call: Call, request: shapes.AdminRespondToAuthChallengeRequest
) -> shapes.AdminRespondToAuthChallengeResponse:
    """Carry a sign-in one step further as an administrator. Rules: core.signin.SignIn.respond."""
    outcome: Asked | SignedIn = await call.region.sign_in.respond(
        Respond(
            client_id=request.client_id,
            challenge=request.challenge_name,
            answers=plain(request.challenge_responses),
            session=request.session,
            client_metadata=plain(request.client_metadata),
            origin=_origin(call, request.context_data),
            pool_id=request.user_pool_id,
            account=call.account,
        )
    )
    if isinstance(outcome, SignedIn):
        return shapes.AdminRespondToAuthChallengeResponse(
            challenge_parameters={}, authentication_result=_result(outcome)
        )
    return shapes.AdminRespondToAuthChallengeResponse(
        challenge_name=outcome.challenge,
        session=outcome.session,
        challenge_parameters=outcome.parameters,
        available_challenges=outcome.available,
    )


@operation("cognito-idp", "GetTokensFromRefreshToken")
async def get_tokens_from_refresh_token(
    call: Call, request: shapes.GetTokensFromRefreshTokenRequest
) -> shapes.GetTokensFromRefreshTokenResponse:
    """Trade a refresh token for new tokens. Rules: core.tokens.Tokens.refresh_by_operation."""
    if not request.refresh_token:
        raise InvalidParameter("Missing required parameter RefreshToken")
    tokens = await call.region.tokens.refresh_by_operation(
        request.client_id,
        request.client_secret,
        Refresh(
            token=request.refresh_token,
            device_key=request.device_key,
            client_metadata=plain(request.client_metadata) or None,
            activity=_origin(call),
        ),
    )
    return shapes.GetTokensFromRefreshTokenResponse(
        authentication_result=_result(SignedIn(tokens=tokens, new_device=tokens.new_device))
    )


def _origin(call: Call, context: shapes.ContextDataType | None = None) -> Origin:
    """Return where the user is; an administrator's server tells of the user's own address."""
    address = context.ip_address if context is not None else None
    return Origin(ip_address=address or call.source_ip, user_agent=call.user_agent)


def _result(outcome: SignedIn) -> shapes.AuthenticationResultType:
    tokens, device = outcome.tokens, outcome.new_device
    return shapes.AuthenticationResultType(
        access_token=tokens.access_token,
        expires_in=tokens.expires_in_s,
        token_type=BEARER,
        refresh_token=tokens.refresh_token,
        id_token=tokens.id_token,
        new_device_metadata=None
        if device is None
        else shapes.NewDeviceMetadataType(device_key=device.key, device_group_key=device.group_key),
    )
