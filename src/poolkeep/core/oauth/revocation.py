"""A client takes a refresh token back, and everything that came of it (RFC 7009)."""

from poolkeep.base.refusal import Unauthorized, UnsupportedOperation, UnsupportedTokenType
from poolkeep.core.oauth.client_authentication import (
    ClientAuthentication,
    unauthorized_client_proof,
)
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.oauth.token_endpoint import TokenRequest, refuse_repeated
from poolkeep.core.tokens import Tokens


class Revocation:
    """Answers for every pool of a region."""

    def __init__(self, *, clients: ClientAuthentication, tokens: Tokens) -> None:
        """Prove clients by `clients`."""
        self._clients = clients
        self._tokens = tokens

    async def revoke(self, request: TokenRequest) -> None:
        """Take a token back; one that is unknown or dead already is no error."""
        refuse_repeated(request.form)
        pool = request.pool
        try:
            client = await self._clients.prove(pool, request.credentials)
        except OAuthRefusal as refusal:
            if refusal.error == "invalid_client":
                raise unauthorized_client_proof(pool) from refusal
            raise
        token = request.form.get("token")
        if token is None or not token.strip():
            raise OAuthRefusal("invalid_request", "Required parameter token is missing")
        try:
            await self._tokens.revoke_by_client(pool, client, token)
        except (UnsupportedOperation, Unauthorized) as refusal:
            raise OAuthRefusal("invalid_request", refusal.text) from refusal
        except UnsupportedTokenType as refusal:
            raise OAuthRefusal("unsupported_token_type", refusal.text) from refusal
