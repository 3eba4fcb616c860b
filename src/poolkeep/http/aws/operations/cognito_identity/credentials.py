"""What identities get: OpenID tokens and temporary credentials."""

from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.present.identities import services
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_identity import shapes

SERVICE = "cognito-identity"
MS_PER_S = 1_000


@operation(SERVICE, "GetOpenIdToken")
async def get_open_id_token(
    call: Call, request: shapes.GetOpenIdTokenInput
) -> shapes.GetOpenIdTokenResponse:
    """Return a token for the classic flow."""
    identity_id, token = await services(call).classic.token(
        request.identity_id, plain(request.logins)
    )
    return shapes.GetOpenIdTokenResponse(identity_id=identity_id, token=token)


@operation(SERVICE, "GetCredentialsForIdentity")
async def get_credentials_for_identity(
    call: Call, request: shapes.GetCredentialsForIdentityInput
) -> shapes.GetCredentialsForIdentityResponse:
    """Return temporary credentials of the role that the pool chooses."""
    identity_id, found = await services(call).enhanced.credentials(
        request.identity_id, plain(request.logins), request.custom_role_arn
    )
    return shapes.GetCredentialsForIdentityResponse(
        identity_id=identity_id,
        credentials=shapes.Credentials(
            access_key_id=found.access_key_id,
            secret_key=found.secret.reveal(),
            session_token=found.token.reveal(),
            expiration=found.expires_ms / MS_PER_S,
        ),
    )
