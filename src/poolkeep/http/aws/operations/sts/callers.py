"""Operations about the caller, and about keys."""

from poolkeep.core.sts.asking import Federated
from poolkeep.core.sts.refusals import InvalidMessage
from poolkeep.core.sts.wording import MESSAGE
from poolkeep.http.aws.operations.sts.roles import limits, tags
from poolkeep.http.aws.present import sts as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.sts import shapes


@operation("sts", "GetCallerIdentity")
async def get_caller_identity(
    call: Call, _request: shapes.GetCallerIdentityRequest
) -> shapes.GetCallerIdentityResponse:
    """Tell who signs."""
    asker = call.caller
    return shapes.GetCallerIdentityResponse(
        user_id=await call.installation.sts.roles.user_id(asker),
        account=asker.account,
        arn=asker.arn,
    )


@operation("sts", "GetSessionToken")
async def get_session_token(
    call: Call, request: shapes.GetSessionTokenRequest
) -> shapes.GetSessionTokenResponse:
    """Give temporary credentials of the caller's own."""
    sts = call.installation.sts
    issued = await sts.roles.session_token(call.caller, request.duration_seconds)
    return shapes.GetSessionTokenResponse(credentials=present.credentials(issued))


@operation("sts", "GetFederationToken")
async def get_federation_token(
    call: Call, request: shapes.GetFederationTokenRequest
) -> shapes.GetFederationTokenResponse:
    """Give credentials for somebody whom the caller vouches for."""
    sts = call.installation.sts
    issued, size = await sts.roles.federation_token(
        call.caller,
        Federated(
            name=request.name,
            duration_s=request.duration_seconds,
            limits=limits(request.policy, request.policy_arns),
            tags=tags(request.tags),
        ),
    )
    return shapes.GetFederationTokenResponse(
        credentials=present.credentials(issued),
        federated_user=shapes.FederatedUser(
            federated_user_id=issued.session.unique_id, arn=issued.session.arn
        ),
        packed_policy_size=size,
    )


@operation("sts", "GetAccessKeyInfo")
async def get_access_key_info(
    call: Call, request: shapes.GetAccessKeyInfoRequest
) -> shapes.GetAccessKeyInfoResponse:
    """Tell whose account a key is of."""
    account = await call.installation.sts.account_of_key(request.access_key_id)
    return shapes.GetAccessKeyInfoResponse(account=account)


@operation("sts", "DecodeAuthorizationMessage")
async def decode_authorization_message(
    _call: Call, _request: shapes.DecodeAuthorizationMessageRequest
) -> shapes.DecodeAuthorizationMessageResponse:
    """Refuse: no refusal of ours carries an encoded message yet."""
    raise InvalidMessage(MESSAGE)
