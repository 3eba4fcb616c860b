"""Who the holder of an access token is (OpenID Connect Core, 5.3; RFC 6750)."""

from typing import Any, Final

from poolkeep.base.refusal import Refusal, Unavailable
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens import Tokens
from poolkeep.core.tokens.access import ScopeMissing
from poolkeep.core.tokens.claims import OPENID, userinfo_claims

BAD_REQUEST: Final = "Bad OAuth2 request at UserInfo Endpoint"
BAD_TOKEN: Final = (
    "Access token is expired, disabled, or deleted, or the user has globally signed out."
)
TOO_NARROW: Final = "The access token does not have the scope openid"


class UserInfo:
    """Answers for every pool of a region."""

    def __init__(self, *, tokens: Tokens) -> None:
        """Judge access tokens by `tokens`."""
        self._tokens = tokens

    async def tell(
        self, pool: LoadedPool, access_token: str, *, key_thumbprint: str | None = None
    ) -> dict[str, Any]:
        """Return the claims of the token's user that its scopes let be told.

        `key_thumbprint` is the key that the caller has proven; a token bound to another one, or a
        bound one without a proof, is refused.
        """
        strict = profile_of(pool).strict
        try:
            caller = await self._tokens.authenticate(
                access_token, scope=OPENID, key_thumbprint=key_thumbprint
            )
        except Unavailable:
            raise
        except ScopeMissing as refusal:
            raise too_narrow(strict=strict) from refusal
        except Refusal as refusal:
            raise refused("invalid_token", BAD_TOKEN, status=401) from refusal
        if caller.pool.pool.id != pool.pool.id:
            raise refused("invalid_token", BAD_TOKEN, status=401)
        return userinfo_claims(
            caller.pool, caller.client, caller.user, caller.claims.scope.split(), strict=strict
        )


def refused(error: str, description: str, *, status: int, scope: str | None = None) -> OAuthRefusal:
    """Return a refusal of a bearer, with its challenge (RFC 6750, 3)."""
    challenge = f'Bearer error="{error}", error_description="{description}"'
    if scope is not None:
        challenge += f', scope="{scope}"'
    return OAuthRefusal(
        error, description, status=status, headers=(("WWW-Authenticate", challenge),)
    )


def too_narrow(*, strict: bool) -> OAuthRefusal:
    """Return the refusal of a good token that may not ask who its user is."""
    if strict:
        return refused("insufficient_scope", TOO_NARROW, status=403, scope=OPENID)
    return refused("invalid_token", BAD_TOKEN, status=401)


def missing(pool: LoadedPool) -> OAuthRefusal:
    """Return the refusal of who shows no token; RFC 6750, 3.1, wants no error in it."""
    if not profile_of(pool).strict:
        return refused("invalid_request", BAD_REQUEST, status=400)
    challenge = (("WWW-Authenticate", f'Bearer realm="{pool.pool.id}"'),)
    return OAuthRefusal("invalid_request", BAD_REQUEST, status=401, headers=challenge)
