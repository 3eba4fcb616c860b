"""Logins by ID tokens of other issuers: Google, Apple, whatever IAM knows as an OIDC provider.

Every reason to refuse has Cognito's words. Source: docs/behaviours/identity-pools.md.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.iam.model import OidcProvider
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import IdentityPool, Login, Proven
from poolkeep.core.identities.naming import APPLE, GOOGLE, OIDC_PROVIDER
from poolkeep.core.identities.refusals import ProviderAway
from poolkeep.core.webidentity import refusals
from poolkeep.core.webidentity.tokens import audience_of

SKEW_S: Final = 300
FACEBOOK_ISSUER: Final = "https://www.facebook.com"
WELL_KNOWN: Final = frozenset({GOOGLE, APPLE})
"""Issuers that SupportedLoginProviders may name; any other one is registered in IAM."""


class ForeignTokens(Protocol):
    """Verifies tokens of other issuers by the keys that they publish."""

    async def verified(self, text: str, *, issuer_url: str, skew_s: int) -> dict[str, Any]:
        """Return the claims of a token. Raises TokenRefused."""
        ...


class OidcProviders(Protocol):
    """What IAM knows of OIDC providers."""

    async def oidc_provider(self, account: str, host_and_path: str) -> OidcProvider | None:
        """Return a provider by its issuer without the scheme."""
        ...


class IssuedTokens:
    """Tokens of other issuers, refused in Cognito's words."""

    def __init__(self, foreign: ForeignTokens) -> None:
        """Let `foreign` verify."""
        self._foreign = foreign

    async def verified(self, key: str, token: str, issuer_url: str) -> dict[str, Any]:
        """Return the claims of a token; refuses NotAuthorized, and a provider that is away."""
        try:
            return await self._foreign.verified(token, issuer_url=issuer_url, skew_s=SKEW_S)
        except refusals.KeysAway:
            raise ProviderAway(wording.away(key)) from None
        except refusals.TokenRefused as refused:
            raise NotAuthorized(words_for(refused)) from None


class OpenIdLogins:
    """Checks ID tokens of providers of an identity pool."""

    def __init__(
        self, providers: OidcProviders, tokens: IssuedTokens, *, urls: Mapping[str, str]
    ) -> None:
        """Find clients in `providers`; `urls` are issuers in the place of the keys' own."""
        self._providers = providers
        self._tokens = tokens
        self._urls = urls

    async def check(self, pool: IdentityPool, key: str, token: str) -> Proven:
        """Return whose token it is. Refuses NotAuthorized."""
        listed = pool.settings.supported_login_providers or {}
        client = listed.get(key) if key in WELL_KNOWN else None
        arn, provider = await self._registered(pool, key)
        if client is None and provider is None:
            raise NotAuthorized(wording.UNSUPPORTED_PROVIDER)
        own = f"https://{key}" if provider is None else provider.issuer
        claims = await self._tokens.verified(key, token, self._urls.get(key, own))
        clients = {*(() if provider is None else provider.client_ids), *filter(None, (client,))}
        audience = audience_among(claims, clients)
        sub = claims["sub"]
        word = f"{key}:{audience}:{sub}" if provider is None else f"{arn}:OIDC:{sub}"
        return Proven(
            login=Login(key, sub),
            kind="oidc",
            audience=audience,
            amr=(key, word),
            claims=claims,
            mapping_keys=(key, *filter(None, (arn,))),
        )

    async def _registered(self, pool: IdentityPool, key: str) -> tuple[str, OidcProvider | None]:
        """Return the provider of IAM that a pool has by this name."""
        for arn in pool.settings.open_id_connect_provider_arns or ():
            front, _, name = arn.partition(OIDC_PROVIDER)
            if name == key:
                if front.rpartition(":")[2] != pool.account:
                    return arn, None
                return arn, await self._providers.oidc_provider(pool.account, name)
        return "", None


class LimitedLogins:
    """ID tokens of Facebook's limited login."""

    def __init__(self, tokens: IssuedTokens) -> None:
        """Let `tokens` verify."""
        self._tokens = tokens

    async def check(self, pool: IdentityPool, key: str, token: str) -> Proven:
        """Return whose token it is. Refuses NotAuthorized."""
        claims = await self._tokens.verified(key, token, FACEBOOK_ISSUER)
        app_id = (pool.settings.supported_login_providers or {})[key]
        audience = audience_among(claims, {app_id})
        sub = claims["sub"]
        return Proven(
            login=Login(key, sub),
            kind="oidc",
            audience=audience,
            amr=(key, f"{key}:{audience}:{sub}"),
            claims=claims,
            mapping_keys=(key,),
        )


class PoolsElsewhere:
    """User pools of AWS. Implements `core.identities.user_pool_logins.ElsewherePools`."""

    def __init__(self, tokens: IssuedTokens) -> None:
        """Let `tokens` verify."""
        self._tokens = tokens

    async def check(self, _pool: IdentityPool, key: str, token: str) -> dict[str, Any]:
        """Return the claims of an ID token."""
        return await self._tokens.verified(key, token, f"https://{key}")


def audience_among(claims: Mapping[str, Any], clients: Collection[str]) -> str:
    """Return the client that a token is for; it must be one of these."""
    named = [each for each in audience_of(claims) if each in clients]
    if not named:
        raise NotAuthorized(wording.WRONG_AUDIENCE)
    return named[0]


def words_for(refused: refusals.TokenRefused) -> str:
    """Return Cognito's words for why a token is not believed."""
    match refused:
        case refusals.IssuerDiffers():
            return wording.ISSUER_DIFFERS
        case refusals.ClaimMissing():
            return wording.missing_claim(refused.name)
        case refusals.TokenExpired():
            return wording.expired(refused.now_s, refused.exp)
        case refusals.SignatureWrong():
            return wording.BAD_SIGNATURE
        case _:
            return wording.NOT_A_TOKEN
