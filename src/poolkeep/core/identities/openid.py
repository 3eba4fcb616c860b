"""OpenID tokens of identities: give them out, read them again, publish the keys.

    {"sub": identity, "aud": pool, "amr": ["authenticated", provider, provider:…:subject], …}

The token service takes them without any registered provider. Source:
docs/behaviours/identity-pools.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.core.identities.model import COGNITO, IdentityPool
from poolkeep.core.sts.model import ContextValue, WebIdentity
from poolkeep.crypto.identity_tokens import IdentityKey, IdentityTokenRefused, Unproven, read

AWS_ISSUER: Final = f"https://{COGNITO}"
PLACE: Final = "identity"
"""The path below the installation's own address where keys and discovery are."""
AUTHENTICATED: Final = "authenticated"
UNAUTHENTICATED: Final = "unauthenticated"
ARN_CLAIM: Final = f"{AWS_ISSUER}/identity-pool-arn"
TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
CLASSIC_S: Final = 600
MS_PER_S: Final = 1_000


class OwnTokenRefused(Exception):
    """A token names us as its issuer and is not good; `exp` is set when it is only too old."""

    def __init__(self, now_s: int = 0, exp: int | None = None) -> None:
        """Carry the moment, and the token's end."""
        super().__init__()
        self.now_s = now_s
        self.exp = exp


class IdentityKeys(Protocol):
    """The keys of an installation, the newest first."""

    async def all(self) -> Sequence[IdentityKey]:
        """Return the keys, at least one."""
        ...


class OwnClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token of ours says."""

    identity_id: str
    pool_id: str
    amr: tuple[str, ...]
    tags: dict[str, str]
    transitive: tuple[str, ...] = ()

    @property
    def is_authenticated(self) -> bool:
        """Whether a login stands behind it."""
        return self.amr[:1] == (AUTHENTICATED,)


class OpenIdTokens:
    """Tokens of the identities of every region of an installation."""

    def __init__(self, keys: IdentityKeys, *, issuer: str, place: str, clock: Clock) -> None:
        """Sign as `issuer`; what verifiers need is published at the URL `place`."""
        self._keys = keys
        self._issuer = issuer
        self._place = place
        self._clock = clock

    async def issue(
        self,
        pool: IdentityPool,
        identity_id: str,
        *,
        amr: Sequence[str],
        life_s: int = CLASSIC_S,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Return a token for an identity."""
        now_s = self._clock.now_ms() // MS_PER_S
        claims: dict[str, Any] = {
            "sub": identity_id,
            "aud": pool.id,
            "amr": list(amr),
            "iss": self._issuer,
            ARN_CLAIM: pool.arn,
            "exp": now_s + life_s,
            "iat": now_s,
        }
        if tags:
            told = {key: [text] for key, text in tags.items()}
            claims[TAGS_CLAIM] = {"principal_tags": told, "transitive_tag_keys": []}
        keys = await self._keys.all()
        return keys[0].sign(msgspec.json.encode(claims))

    async def read(self, text: str) -> WebIdentity | None:
        """Return whom a token of ours speaks for; None when another issuer signed it."""
        try:
            unproven = read(text)
        except IdentityTokenRefused:
            return None
        if unproven.claims.get("iss") != self._issuer:
            return None
        return self.web_identity(await self._proven(unproven))

    async def own(self, text: str) -> OwnClaims:
        """Return what a token of ours says. Raises OwnTokenRefused."""
        try:
            unproven = read(text)
        except IdentityTokenRefused:
            raise OwnTokenRefused from None
        return await self._proven(unproven)

    def web_identity(self, claims: OwnClaims) -> WebIdentity:
        """Return an identity as the token service knows it.

        The condition keys have the literal name that trust policies use, and that of the issuer.
        """
        context: dict[str, ContextValue] = {}
        for host in {COGNITO, self._issuer.partition("://")[2].lower()}:
            context[f"{host}:aud"] = claims.pool_id
            context[f"{host}:sub"] = claims.identity_id
            context[f"{host}:amr"] = claims.amr
        return WebIdentity(
            principal=COGNITO,
            provider=COGNITO,
            subject=claims.identity_id,
            audience=claims.pool_id,
            context=context,
            tags=claims.tags,
            transitive=claims.transitive,
        )

    async def _proven(self, unproven: Unproven) -> OwnClaims:
        claims, now_s = unproven.claims, self._clock.now_ms() // MS_PER_S
        keys = await self._keys.all()
        is_ours = claims.get("iss") == self._issuer and any(key.proves(unproven) for key in keys)
        if not is_ours:
            raise OwnTokenRefused
        if claims["exp"] <= now_s:
            raise OwnTokenRefused(now_s, claims["exp"])
        told = claims.get(TAGS_CLAIM, {})
        return OwnClaims(
            identity_id=claims["sub"],
            pool_id=claims["aud"],
            amr=tuple(claims["amr"]),
            tags={key: values[0] for key, values in told.get("principal_tags", {}).items()},
            transitive=tuple(told.get("transitive_tag_keys", ())),
        )

    async def published(self) -> dict[str, Any]:
        """Return the key set."""
        return {"keys": [key.jwk() for key in await self._keys.all()]}

    def configuration(self) -> dict[str, Any]:
        """Return the discovery document."""
        return {
            "issuer": self._issuer,
            "jwks_uri": f"{self._place}/.well-known/jwks_uri",
            "authorization_endpoint": f"{self._place}/authorize",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS512"],
        }
