"""`client_credentials`: a client speaks for itself (RFC 6749, 4.4)."""

from typing import Final
from urllib.parse import unquote_plus

import msgspec

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.oauth.grants import (
    INVALID_TARGET,
    Members,
    TokenCall,
    demand_flow,
    in_oauth_words,
    with_scope,
)
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.tokens.machine import Machines

GRANT_TYPE: Final = "client_credentials"
METADATA: Final = "aws_client_metadata"

_metadata = msgspec.json.Decoder(dict[str, str])


class ClientCredentialsGrant:
    """Issues tokens of machines."""

    def __init__(self, *, machines: Machines) -> None:
        """Issue by `machines`."""
        self._machines = machines

    async def __call__(self, call: TokenCall) -> Members:
        """Answer the grant."""
        demand_flow(call.client, GRANT_TYPE)
        if not call.client.secrets:
            raise OAuthRefusal("unauthorized_client")
        if call.resource() is not None:
            raise OAuthRefusal(INVALID_TARGET, "A client's own token is for no resource")
        asked = call.scopes()
        metadata = _metadata_of(call.form.get(METADATA))
        with in_oauth_words():
            try:
                token = await self._machines.grant(
                    call.pool,
                    call.client,
                    scopes=asked,
                    client_metadata=metadata,
                    key_thumbprint=call.key_thumbprint,
                )
            except NotAuthorized as refusal:  # the client is proven: its function has failed
                raise OAuthRefusal("invalid_request", refusal.text) from refusal
        found = {
            "access_token": token.access_token,
            "expires_in": token.expires_in_s,
            "token_type": call.token_type,
        }
        return with_scope(call, found, token.scope, asked)


def _metadata_of(text: str | None) -> dict[str, str] | None:
    """Return what the function is to be told: JSON, which clients percent-encode once more."""
    if text is None:
        return None
    for written in (text, unquote_plus(text)):
        try:
            return _metadata.decode(written)
        except (msgspec.DecodeError, UnicodeEncodeError):
            continue
    raise OAuthRefusal("invalid_request", f"{METADATA} must be a JSON object of texts")
