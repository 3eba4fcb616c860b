"""Sign the access and ID token of one issue, as the pre-token function would have them."""

from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid
from poolkeep.core.pools.rules import revocable, rotates, token_validity_s
from poolkeep.core.tokens import pre_token
from poolkeep.core.tokens.claims import (
    OPENID,
    Claims,
    access_claims,
    binding_claims,
    id_claims,
    shared_claims,
)
from poolkeep.core.tokens.issuer import Issuers
from poolkeep.core.tokens.levels import tells_levels
from poolkeep.core.tokens.model import Grant, IssuedTokens, RefreshContents
from poolkeep.core.triggers import Consultant, Subject
from poolkeep.core.triggers.sources import PRE_TOKEN_GENERATION
from poolkeep.crypto.jose import sign

MS_PER_S: Final = 1_000

_encoder = msgspec.json.Encoder()


class Mint:
    """Signs for every pool of a region."""

    def __init__(self, *, issuers: Issuers, consultant: Consultant, entropy: Entropy) -> None:
        """Consult functions through `consultant`."""
        self._issuers = issuers
        self._consultant = consultant
        self._entropy = entropy

    async def sign(
        self,
        grant: Grant,
        contents: RefreshContents,
        *,
        now_ms: int,
        source: str,
        client_metadata: dict[str, str] | None,
    ) -> IssuedTokens:
        """Return access and ID token. `source` names the occasion to the pre-token function.

        `jti` carries the time of the sign-in, not of this issue: a sign-out is compared with it,
        and a refresh that races a sign-out must not outlive it.
        """
        pool = grant.pool
        access_s, id_s, _ = token_validity_s(grant.client)
        issued_s = now_ms // MS_PER_S
        named = revocable(grant.client) or rotates(grant.client) or pool.pool.session_tracking
        shared = shared_claims(
            grant,
            self._issuers.of(pool.pool),
            issued_s=issued_s,
            origin_jti=contents.origin_jti if named else None,
            acr=contents.acr if tells_levels(pool) else None,
        )
        access = access_claims(
            grant, shared, jti=self._jti(contents), expires_s=issued_s + access_s
        )
        identity = id_claims(grant, shared, jti=self._jti(contents), expires_s=issued_s + id_s)
        await self.shape(grant, identity, access, source=source, client_metadata=client_metadata)
        access_token = sign(pool.signing.signer("access", now_ms), _encoder.encode(access))
        tells_user = True
        if grant.from_pages:
            tells_user = OPENID in grant.scopes
            identity.update(binding_claims(grant, access_token))
        return IssuedTokens(
            access_token=access_token,
            id_token=sign(pool.signing.signer("id", now_ms), _encoder.encode(identity))
            if tells_user
            else None,
            refresh_token=None,
            expires_in_s=access_s,
            scope=access["scope"],
        )

    async def shape(
        self,
        grant: Grant,
        identity: Claims,
        access: Claims,
        *,
        source: str,
        client_metadata: dict[str, str] | None,
    ) -> None:
        """Change the claims in place as the pool's pre-token function asks, if it has one."""
        pool = grant.pool
        if self._consultant.function(pool, PRE_TOKEN_GENERATION) is None:
            return
        version = self._consultant.event_version(pool, PRE_TOKEN_GENERATION)
        reply = await self._consultant.consult(
            pool,
            PRE_TOKEN_GENERATION,
            source=f"TokenGeneration_{source}",
            subject=Subject(username=grant.user.username, client_id=grant.client.id),
            request=pre_token.request_of(grant, client_metadata, version=version),
            reply=pre_token.REPLIES[version],
        )
        if reply is not None:
            pre_token.apply(reply, identity, access)

    def _jti(self, contents: RefreshContents) -> str:
        return timed_uuid(self._entropy, contents.issued_ms)
