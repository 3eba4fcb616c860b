"""Users' passkeys. Rules: `core/passkeys`."""

from poolkeep.core.passkeys.model import Passkey
from poolkeep.crypto.webauthn import to_text
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes

MS_PER_S = 1000


@operation("cognito-idp", "StartWebAuthnRegistration")
async def start_web_authn_registration(
    call: Call, request: shapes.StartWebAuthnRegistrationRequest
) -> shapes.StartWebAuthnRegistrationResponse:
    """Begin to register a passkey: `PasskeyService.start`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    options = await call.region.passkeys.start(caller)
    return shapes.StartWebAuthnRegistrationResponse(credential_creation_options=options)


@operation("cognito-idp", "CompleteWebAuthnRegistration")
async def complete_web_authn_registration(
    call: Call, request: shapes.CompleteWebAuthnRegistrationRequest
) -> shapes.CompleteWebAuthnRegistrationResponse:
    """Keep the passkey: `PasskeyService.complete`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.passkeys.complete(caller, request.credential)
    return shapes.CompleteWebAuthnRegistrationResponse()


@operation("cognito-idp", "ListWebAuthnCredentials")
async def list_web_authn_credentials(
    call: Call, request: shapes.ListWebAuthnCredentialsRequest
) -> shapes.ListWebAuthnCredentialsResponse:
    """List the user's passkeys: `PasskeyService.list`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    page = await call.region.passkeys.list(
        caller, limit=request.max_results, next_token=request.next_token
    )
    return shapes.ListWebAuthnCredentialsResponse(
        credentials=[_description(passkey) for passkey in page.passkeys],
        next_token=page.next_token,
    )


@operation("cognito-idp", "DeleteWebAuthnCredential")
async def delete_web_authn_credential(
    call: Call, request: shapes.DeleteWebAuthnCredentialRequest
) -> shapes.DeleteWebAuthnCredentialResponse:
    """Remove a passkey: `PasskeyService.delete`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.passkeys.delete(caller, request.credential_id)
    return shapes.DeleteWebAuthnCredentialResponse()


def _description(passkey: Passkey) -> shapes.WebAuthnCredentialDescription:
    return shapes.WebAuthnCredentialDescription(
        credential_id=to_text(passkey.id),
        friendly_credential_name=passkey.friendly_name,
        relying_party_id=passkey.relying_party_id,
        authenticator_attachment=passkey.attachment,
        authenticator_transports=passkey.transports,
        created_at=passkey.created_ms / MS_PER_S,
    )
