"""Texts of token refusals. Source: docs/behaviours/tokens.md."""

INVALID_ACCESS_TOKEN = "Invalid Access Token"
BAD_SIGNATURE = "Could not verify signature for Access Token"
ACCESS_TOKEN_EXPIRED = "Access Token has expired"
ACCESS_TOKEN_REVOKED = "Access Token has been revoked"
SCOPE_MISSING = "Access Token does not have required scopes"
INVALID_REFRESH_TOKEN = "Invalid Refresh Token"
REFRESH_TOKEN_EXPIRED = "Refresh Token has expired"
REFRESH_TOKEN_REVOKED = "Refresh Token has been revoked"
REFRESH_TOKEN_REUSED = "Refresh token reuse detected"
OWNER_DELETED = "The user has been deleted for the associated refresh token"
TOKEN_REQUIRED = "Token is required"
INVALID_CLIENT = "Invalid client or secret"
REVOCATION_OFF = "This feature is not enabled for this client"
UNSUPPORTED_TOKEN = "Unsupported token type"
ROTATION_UNSUPPORTED = "This API does not support refresh token rotation"
USER_DOES_NOT_EXIST = "User does not exist."
USER_DISABLED = "User is disabled."
USER_NOT_CONFIRMED = "User is not confirmed."
RESET_REQUIRED = "Password reset required for the user"

INVALID_SCOPES = "Invalid scopes."
OTHER_AUDIENCE = "The sign-in was for another resource"
CLIENT_TOKEN_OFF = "Client token auth flow not enabled for this client"
TOO_MANY_SECRETS_TRIED = "Rate exceeded"
EXCHANGE_OFF = "Token exchange is not enabled for the client."
ACTOR_TYPE_MISSING = "ActorTokenType is required with ActorToken."
ACTOR_MISSING = "ActorToken is required with ActorTokenType and ActorTokenProviderName."
AUDIENCE_AND_RESOURCE = "Audiences and Resources cannot be used together."
MACHINE_AS_SUBJECT = "The token of a machine cannot be the subject token."
TOO_MANY_ACTORS = "The subject token has been delegated too often."


def client_does_not_exist(client_id: str) -> str:
    """Return the text for an unknown or deleted client."""
    return f"User pool client {client_id} does not exist."


def secret_missing(client_id: str) -> str:
    """Return the text for a confidential client that sent no secret."""
    return f"Client {client_id} is configured for secret but secret was not received"


def secret_wrong(client_id: str) -> str:
    """Return the text for a client secret that is not one of the client's."""
    return f"Unable to verify secret for client {client_id}"


def unreadable(attribute: str) -> str:
    """Return the text for an attribute that a scope asks for and the client may not read."""
    return f"The client does not have read permission for {attribute}"


def invalid_token(role: str) -> str:
    """Return the text for a subject or actor token that is not one of the pool."""
    return f"Invalid {role} token."


def expired_token(role: str) -> str:
    """Return the text for a subject or actor token past its life."""
    return f"The {role} token has expired."


def revoked_token(role: str) -> str:
    """Return the text for a subject or actor token of a sign-in that was taken back."""
    return f"The {role} token has been revoked."


def provider_missing(role: str) -> str:
    """Return the text for an assertion of which nobody says who made it."""
    return f"{role.capitalize()}TokenProviderName is required with SAML2."


def no_provider(name: str) -> str:
    """Return the text for an identity provider that the pool lacks."""
    return f"Identity provider {name} does not exist."


def no_server(identifier: str) -> str:
    """Return the text for a resource server that the pool lacks."""
    return f"Resource server {identifier} does not exist."
