"""What a token is worth, for who may not or will not read it (RFC 7662). Strict profile only.

A client with a secret may ask about any access token of its pool, as an API must, and about its
own refresh tokens. Whatever is not good is only `active: false`: nobody learns why.
"""

from typing import Any, Final

from poolkeep.base.refusal import Refusal, Unavailable
from poolkeep.core.oauth.client_authentication import (
    ClientAuthentication,
    unauthorized_client_proof,
)
from poolkeep.core.oauth.grants import BEARER, DPOP
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.oauth.token_endpoint import TokenRequest, refuse_repeated
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.tokens import Issuers, Tokens
from poolkeep.core.tokens.own_tokens import OwnTokens
from poolkeep.core.tokens.refresh import looks_like_one

INACTIVE: Final[dict[str, Any]] = {"active": False}
COPIED: Final = (
    *("scope", "client_id", "username", "sub", "iss", "aud", "exp", "iat", "jti"),
    *("auth_time", "acr", "amr", "act", "cnf"),
)
MS_PER_S: Final = 1_000


class Introspection:
    """Answers for every pool of a region."""

    def __init__(
        self, *, clients: ClientAuthentication, own: OwnTokens, tokens: Tokens, issuers: Issuers
    ) -> None:
        """Prove clients by `clients`, judge access tokens by `own`."""
        self._clients = clients
        self._own = own
        self._tokens = tokens
        self._issuers = issuers

    async def tell(self, request: TokenRequest) -> dict[str, Any]:
        """Return what RFC 7662, 2.2, lists, as far as the token has it."""
        refuse_repeated(request.form)
        pool = request.pool
        client = await self._clients.prove(pool, request.credentials)
        if not client.secrets:
            # An open endpoint would let anybody fish for live tokens (RFC 7662, 2.1).
            raise unauthorized_client_proof(pool)
        token = request.form.get("token")
        if token is None:
            raise OAuthRefusal("invalid_request", "Required parameter token is missing")
        if looks_like_one(token):
            return await self._refresh_token(pool, client, token)
        return await self._access_token(pool, token)

    async def _access_token(self, pool: LoadedPool, token: str) -> dict[str, Any]:
        try:
            bearer = await self._own.judge(pool, token, "access", role="subject")
        except Unavailable:
            raise
        except Refusal:
            return INACTIVE
        said = bearer.claims
        found = {name: getattr(said, name) for name in COPIED}
        kind = BEARER if said.cnf is None else DPOP
        told = {name: value for name, value in found.items() if value not in (None, "")}
        return {"active": True, "token_type": kind, **told}

    async def _refresh_token(
        self, pool: LoadedPool, client: AppClient, token: str
    ) -> dict[str, Any]:
        standing = await self._tokens.standing(pool, client, token)
        if standing is None:
            return INACTIVE
        contents, user = standing
        return {
            "active": True,
            "scope": " ".join(contents.scopes),
            "client_id": client.id,
            "username": user.username,
            "sub": user.id,
            "iss": self._issuers.of(pool.pool),
            "exp": contents.expires_ms // MS_PER_S,
            "iat": contents.issued_ms // MS_PER_S,
            "auth_time": contents.auth_time,
        }
