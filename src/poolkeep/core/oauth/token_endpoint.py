"""The token endpoint: who asks, for which grant. Source: docs/behaviours/oauth-tokens.md."""

from collections.abc import Mapping

import msgspec

from poolkeep.core.oauth.client_authentication import ClientAuthentication, Credentials
from poolkeep.core.oauth.grants import GrantHandler, Members, TokenCall
from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.sessions import Activity


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request before anything of it is believed, but for the key that signed its proof."""

    pool: LoadedPool
    form: Params
    authorization: str | None
    activity: Activity
    key_thumbprint: str | None = None

    @property
    def credentials(self) -> Credentials:
        """What it says of its client."""
        return Credentials(
            authorization=self.authorization,
            form=self.form,
            ip_address=self.activity.ip_address,
        )


class TokenEndpoint:
    """Answers for every pool of a region."""

    def __init__(
        self, *, clients: ClientAuthentication, grants: Mapping[str, GrantHandler]
    ) -> None:
        """Prove clients by `clients`; `grants` are handlers by `grant_type`."""
        self._clients = clients
        self._grants = grants

    async def answer(self, request: TokenRequest) -> Members:
        """Return the members of the answer; refuses with OAuthRefusal."""
        refuse_repeated(request.form)
        grant_type = request.form.get("grant_type")
        if grant_type is None:
            raise OAuthRefusal("invalid_request", "Required parameter grant_type is missing")
        client = await self._clients.prove(request.pool, request.credentials)
        grant = self._grants.get(grant_type)
        if grant is None:
            raise OAuthRefusal("unsupported_grant_type")
        return await grant(
            TokenCall(
                pool=request.pool,
                client=client,
                form=request.form,
                activity=request.activity,
                key_thumbprint=request.key_thumbprint,
            )
        )


def refuse_repeated(form: Params) -> None:
    """Refuse a parameter that comes twice (RFC 6749, 3.2)."""
    if form.repeated:
        raise OAuthRefusal("invalid_request", f"Parameter {min(form.repeated)} is repeated")
