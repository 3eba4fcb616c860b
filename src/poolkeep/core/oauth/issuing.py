"""Tokens for who signed in on the pages, whichever grant carries it: a code, or a device."""

from typing import Final

from poolkeep.base.refusal import NotAuthorized
from poolkeep.base.transaction import Database
from poolkeep.core.oauth.grants import TokenCall
from poolkeep.core.oauth.model import Code
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens import Grant, IssuedTokens, Tokens, wording
from poolkeep.core.tokens.access import refuse_by_state
from poolkeep.core.tokens.model import RefreshFacts
from poolkeep.core.tokens.ports import TokenRows

SOURCE: Final = "HostedAuth"
"""What the pre-token function is told of the occasion."""


class CodeTokens:
    """Issues for every pool of a region."""

    def __init__(self, *, database: Database, rows: TokenRows, tokens: Tokens) -> None:
        """Look users up in `database`."""
        self._database = database
        self._rows = rows
        self._tokens = tokens

    async def issue(self, call: TokenCall, code: Code, *, origin_jti: str) -> IssuedTokens:
        """Return the first tokens of a sign-in; refuses who may not sign in any more."""
        facts = await self._facts(call.pool, code, origin_jti)
        asked = code.request
        if asked.dpop_jkt is not None and asked.dpop_jkt != call.key_thumbprint:
            raise OAuthRefusal("invalid_grant", "The code is bound to another key.")
        return await self._tokens.issue(
            Grant(
                pool=call.pool,
                client=call.client,
                user=facts.user,
                groups=facts.groups,
                auth_time_ms=code.authenticated_ms,
                event_id=code.event_id,
                factors=code.factors,
                scopes=asked.scopes,
                device_key=code.device_key,
                sso_session_id=code.sso_session_id,
                nonce=asked.nonce,
                level=code.level,
                activity=call.activity,
                audience=asked.resource,
                provider=code.provider,
                from_pages=True,
                key_thumbprint=call.key_thumbprint,
                origin_jti=origin_jti,
            ),
            source=SOURCE,
        )

    async def _facts(self, pool: LoadedPool, code: Code, origin_jti: str) -> RefreshFacts:
        facts = await self._database.read(
            lambda tx: self._rows.refresh_facts(
                tx, pool.pool.id, code.user_id, origin_jti=origin_jti, token_id=""
            )
        )
        if facts is None:
            raise NotAuthorized(wording.USER_DOES_NOT_EXIST)
        if facts.revoked or code.issued_ms <= facts.user.signed_out_ms:
            raise NotAuthorized(wording.ACCESS_TOKEN_REVOKED)
        refuse_by_state(facts.user)
        return facts
