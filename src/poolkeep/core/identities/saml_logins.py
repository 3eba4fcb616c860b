"""Logins by SAML responses, of providers that IAM has the metadata of.

One response serves the calls of one sign-in, GetId and then GetCredentialsForIdentity, so it is
good until it expires and not for a single use. Source: docs/behaviours/identity-pools.md.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final, Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.iam.model import SamlProvider
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import IdentityPool, Login, Proven
from poolkeep.core.saml import (
    Assertion,
    Expected,
    MetadataRefused,
    ProviderMetadata,
    ResponseRefused,
    metadata_of,
    response_of,
)

AUDIENCE: Final = "urn:amazon:webservices"
RECIPIENT: Final = "https://signin.aws.amazon.com/saml"
ATTRIBUTES: Final = "https://aws.amazon.com/SAML/Attributes"
ROLE: Final = f"{ATTRIBUTES}/Role"
METADATA_KEPT_MAX: Final = 256
MS_PER_S: Final = 1_000


class SamlProviders(Protocol):
    """What IAM knows of SAML providers."""

    async def saml_provider(self, arn: str) -> SamlProvider | None:
        """Return a provider by its ARN."""
        ...


class SamlLogins:
    """Checks SAML responses."""

    def __init__(
        self, providers: SamlProviders, clock: Clock, *, recipients: Collection[str] = ()
    ) -> None:
        """Take responses for AWS's own address, and for `recipients`."""
        self._providers = providers
        self._clock = clock
        self._recipients = {RECIPIENT, *recipients}

    async def check(self, pool: IdentityPool, key: str, token: str) -> Proven:
        """Return whose response it is. Refuses NotAuthorized."""
        provider = await self._providers.saml_provider(key)
        if provider is None or provider.account != pool.account:
            raise NotAuthorized(wording.UNSUPPORTED_PROVIDER)
        expected = Expected(
            audiences={AUDIENCE},
            recipients=self._recipients,
            now_s=self._clock.now_ms() / MS_PER_S,
            any_request=True,
        )
        try:
            said = response_of(token, _metadata(provider.metadata), expected)
        except (ResponseRefused, MetadataRefused) as refused:
            raise NotAuthorized(wording.not_believed(str(refused))) from None
        return Proven(
            login=Login(key, said.name_id),
            kind="saml",
            audience=said.audience,
            amr=(key, f"{key}:SAML:{said.name_id}"),
            claims=_claims(said),
            mapping_keys=(key,),
            roles=_roles(said, key),
        )


@lru_cache(METADATA_KEPT_MAX)
def _metadata(text: str) -> ProviderMetadata:
    return metadata_of(text.encode())


def _claims(said: Assertion) -> dict[str, Any]:
    """Return the attributes by name, a single value as itself.

    What the assertion says of itself comes first: an attribute may have any name.
    """
    claims: dict[str, Any] = {
        name: values[0] if len(values) == 1 else list(values)
        for name, values in said.attributes.items()
    }
    return {**claims, "sub": said.name_id, "iss": said.issuer, "aud": said.audience}


def _roles(said: Assertion, provider: str) -> tuple[str, ...]:
    """Return the roles that a response offers by this provider, named in either order."""
    found = []
    for value in said.attributes.get(ROLE, ()):
        pair = [part.strip() for part in value.split(",")]
        if len(pair) == 2 and provider in pair:
            found += [part for part in pair if part != provider]
    return tuple(found)
