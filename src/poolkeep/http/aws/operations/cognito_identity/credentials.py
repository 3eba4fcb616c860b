"""What identities get: OpenID tokens and temporary credentials."""

from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.present.identities import services
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_identity import shapes

SERVICE = "cognito-identity"


@operation(SERVICE, "GetOpenIdToken")
async def get_open_id_token(
    call: Call, request: shapes.GetOpenIdTokenInput
) -> shapes.GetOpenIdTokenResponse:
    """Return a token for the classic flow."""
    identity_id, token = await services(call).classic.token(
        request.identity_id, plain(request.logins)
    )
    return shapes.GetOpenIdTokenResponse(identity_id=identity_id, token=token)
