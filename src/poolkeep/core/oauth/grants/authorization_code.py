"""`authorization_code`: a code becomes tokens, once (RFC 6749, 4.1.3; RFC 7636)."""

from typing import Final, Protocol

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.core.oauth.grants import (
    INVALID_TARGET,
    Members,
    TokenCall,
    demand_flow,
    in_oauth_words,
    members_of,
)
from poolkeep.core.oauth.issuing import CodeTokens
from poolkeep.core.oauth.model import Code
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.tokens import wording

GRANT_TYPE: Final = "authorization_code"
FLOW: Final = "code"


class Codes(Protocol):
    """Authorization codes that are waiting."""

    async def redeem(
        self,
        pool: LoadedPool,
        client: AppClient,
        code: str,
        redirect_uri: str,
        code_verifier: str | None,
        *,
        origin_jti: str,
    ) -> Code:
        """Spend a code for the sign-in `origin_jti`; a second time revokes that sign-in."""
        ...


class CodeGrant:
    """Redeems codes."""

    def __init__(self, *, codes: Codes, issuing: CodeTokens, entropy: Entropy) -> None:
        """Spend in `codes`, issue by `issuing`."""
        self._codes = codes
        self._issuing = issuing
        self._entropy = entropy

    async def __call__(self, call: TokenCall) -> Members:
        """Answer the grant."""
        demand_flow(call.client, FLOW)
        code, redirect_uri = call.required("code"), call.required("redirect_uri")
        # Named before it begins: whoever brings the code again finds what to take back.
        origin_jti = uuid4(self._entropy)
        redeemed = await self._codes.redeem(
            call.pool,
            call.client,
            code,
            redirect_uri,
            call.form.get("code_verifier"),
            origin_jti=origin_jti,
        )
        if call.resource() not in {None, redeemed.request.resource}:
            raise OAuthRefusal(INVALID_TARGET, wording.OTHER_AUDIENCE)
        with in_oauth_words():
            tokens = await self._issuing.issue(call, redeemed, origin_jti=origin_jti)
        return members_of(call, tokens, asked=redeemed.request.scopes)
