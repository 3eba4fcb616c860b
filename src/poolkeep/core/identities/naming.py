"""By which names providers of logins go.

A user pool of ours has three: Cognito's, which SDKs build from region and id and which is the one
that is stored, and those of our two issuers. Source: docs/behaviours/identity-pools.md.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from poolkeep.core.identities.model import IdentityPool, UserPoolProvider

GOOGLE: Final = "accounts.google.com"
APPLE: Final = "appleid.apple.com"
FACEBOOK: Final = "graph.facebook.com"
AMAZON: Final = "www.amazon.com"
TWITTER: Final = "api.twitter.com"
DIGITS: Final = "www.digits.com"
OIDC_PROVIDER: Final = ":oidc-provider/"
REMEMBERED_MAX: Final = 1_024

_AWS: Final = re.compile(
    r"(?:issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com/(?P<pool>[\w-]+_[0-9A-Za-z]+)"
)
_POOL: Final = re.compile(r"(?P<region>[\w-]+)_[0-9A-Za-z]+")


class Names:
    """The names of an installation's providers."""

    def __init__(self, addresses: Callable[[str], tuple[str, ...]]) -> None:
        """Take what says under which names a user pool goes, Cognito's own aside."""
        self._addresses = addresses
        # Each request asks several times, always for the same few.
        self._user_pool = lru_cache(REMEMBERED_MAX)(self._find_user_pool)
        self._canonical = lru_cache(REMEMBERED_MAX)(self._make_canonical)

    def user_pool(self, key: str) -> str | None:
        """Return the id of the user pool that a login key names; None for any other provider."""
        return self._user_pool(key)

    def canonical(self, key: str) -> str:
        """Return the one name under which a provider's logins are kept.

        Role mappings and tag maps may name the client of a user pool, too, which stays.
        """
        return self._canonical(key)

    def _find_user_pool(self, key: str) -> str | None:
        found = _AWS.fullmatch(key)
        if found is not None:
            return found["pool"]
        pool_id = key.rpartition("/")[2]
        named = _POOL.fullmatch(pool_id) and key in self._addresses(pool_id)
        return pool_id if named else None

    def _make_canonical(self, key: str) -> str:
        bare, colon, client = key.rpartition(":")
        for name, rest in ((key, ""), (bare, f":{client}" if colon else "")):
            pool_id = self.user_pool(name)
            if pool_id is not None:
                return f"cognito-idp.{pool_id.partition('_')[0]}.amazonaws.com/{pool_id}{rest}"
        return key.partition(OIDC_PROVIDER)[2] or key if OIDC_PROVIDER in key else key

    def clients(self, pool: IdentityPool, key: str) -> list[UserPoolProvider]:
        """Return the app clients of a user pool that an identity pool takes tokens of."""
        return [
            each for each in pool.settings.user_pools or ()
            if self.canonical(each.provider_name or "") == key
        ]  # fmt: skip

    def mapped(self, pool: IdentityPool) -> frozenset[str]:
        """Return the providers of a pool as role mappings know them, canonically."""
        settings = pool.settings
        found = {
            f"{self.canonical(each.provider_name or '')}:{each.client_id}"
            for each in settings.user_pools or ()
        }
        found.update(settings.supported_login_providers or {})
        found.update(self.canonical(arn) for arn in settings.open_id_connect_provider_arns or ())
        found.update(settings.saml_provider_arns or ())
        return frozenset(found)

    def supported(self, pool: IdentityPool) -> frozenset[str]:
        """Return the keys under which a pool takes logins, canonically."""
        settings = pool.settings
        found = {self.canonical(each.provider_name or "") for each in settings.user_pools or ()}
        found.update(settings.supported_login_providers or {})
        found.update(self.canonical(arn) for arn in settings.open_id_connect_provider_arns or ())
        found.update(settings.saml_provider_arns or ())
        return frozenset(found)
