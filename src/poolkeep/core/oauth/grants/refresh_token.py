"""`refresh_token`: new tokens for old, with rotation where the client has it (RFC 6749, 6)."""

from typing import Final

from poolkeep.core.oauth.grants import Members, TokenCall, in_oauth_words, members_of
from poolkeep.core.tokens import Tokens
from poolkeep.core.tokens.service import Refresh

GRANT_TYPE: Final = "refresh_token"


class RefreshGrant:
    """Refreshes."""

    def __init__(self, *, tokens: Tokens) -> None:
        """Issue by `tokens`."""
        self._tokens = tokens

    async def __call__(self, call: TokenCall) -> Members:
        """Answer the grant."""
        asked = call.scopes()
        command = Refresh(
            token=call.required("refresh_token"),
            scopes=asked or None,
            audience=call.resource(),
            activity=call.activity,
            key_thumbprint=call.key_thumbprint,
        )
        with in_oauth_words():
            tokens = await self._tokens.refresh_by_grant(call.pool, call.client, command)
        return members_of(call, tokens, asked=asked)
