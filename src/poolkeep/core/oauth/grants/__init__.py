"""The grants of the token endpoint, one file each: what is asked, and what is answered.

token_endpoint.py ── proves the client, finds the grant ──▶ grants/<grant>.py ──▶ an answer
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from poolkeep.base.refusal import (
    InvalidLambdaResponse,
    InvalidParameter,
    NotAuthorized,
    PasswordResetRequired,
    RefreshTokenReuse,
    UnexpectedLambda,
    UserLambdaValidation,
    UserNotConfirmed,
    UserNotFound,
)
from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.profile import Profile, profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.sessions import Activity
from poolkeep.core.tokens import IssuedTokens, wording

BEARER: Final = "Bearer"
DPOP: Final = "DPoP"
INVALID_TARGET: Final = "invalid_target"
ERRORS: Final = {
    wording.INVALID_SCOPES: "invalid_scope",
    wording.OTHER_AUDIENCE: INVALID_TARGET,
}
"""What the RFCs call parameters that cannot be granted."""


class TokenCall(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the token endpoint by a client that has proven itself.

    `key_thumbprint` is the key of which the client has proven possession.
    """

    pool: LoadedPool
    client: AppClient
    form: Params
    activity: Activity
    key_thumbprint: str | None = None

    @property
    def profile(self) -> Profile:
        """How the pool speaks."""
        return profile_of(self.pool)

    @property
    def token_type(self) -> str:
        """How an access token that comes out is to be shown."""
        return BEARER if self.key_thumbprint is None else DPOP

    def required(self, name: str) -> str:
        """Return a parameter that the grant needs."""
        value = self.form.get(name)
        if value is None:
            raise OAuthRefusal("invalid_request", f"Required parameter {name} is missing")
        return value

    def scopes(self) -> tuple[str, ...]:
        """Return the scopes asked for, each once."""
        return tuple(dict.fromkeys((self.form.get("scope") or "").split()))

    def resource(self) -> str | None:
        """Return the API that the tokens are to be for (RFC 8707); Cognito does not look at it."""
        return self.form.get("resource") if self.profile.strict else None


Members = Mapping[str, Any]
GrantHandler = Callable[[TokenCall], Awaitable[Members]]


def demand_flow(client: AppClient, flow: str) -> None:
    """Refuse a flow of OAuth that the client may not use."""
    settings = client.settings
    if not settings.allowed_o_auth_flows_user_pool_client or flow not in (
        settings.allowed_o_auth_flows or ()
    ):
        raise OAuthRefusal("unauthorized_client")


def members_of(call: TokenCall, tokens: IssuedTokens, *, asked: Sequence[str] = ()) -> Members:
    """Return tokens as the endpoint answers; `asked` are the scopes that the client wanted."""
    found: dict[str, Any] = {}
    if tokens.id_token is not None:
        found["id_token"] = tokens.id_token
    found["access_token"] = tokens.access_token
    if tokens.refresh_token is not None:
        found["refresh_token"] = tokens.refresh_token
    found["expires_in"] = tokens.expires_in_s
    found["token_type"] = call.token_type
    return with_scope(call, found, tokens.scope, asked)


def with_scope(call: TokenCall, found: dict[str, Any], scope: str, asked: Sequence[str]) -> Members:
    """Add `scope` where the granted one differs from what was asked for; in strict always."""
    if call.profile.strict or (asked and set(asked) != set(scope.split())):
        found["scope"] = scope
    return found


@contextmanager
def in_oauth_words() -> Iterator[None]:
    """Say what the core refuses as the token endpoint says it."""
    try:
        yield
    except (UserLambdaValidation, UnexpectedLambda, InvalidLambdaResponse) as refusal:
        raise OAuthRefusal("invalid_request", refusal.text) from refusal
    except (
        NotAuthorized,
        RefreshTokenReuse,
        PasswordResetRequired,
        UserNotConfirmed,
        UserNotFound,
    ) as refusal:
        raise OAuthRefusal("invalid_grant", refusal.text) from refusal
    except InvalidParameter as refusal:
        raise OAuthRefusal(ERRORS.get(refusal.text, "invalid_request"), refusal.text) from refusal
