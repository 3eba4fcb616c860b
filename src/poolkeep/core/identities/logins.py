"""The logins of a request, each checked as its provider's tokens are.

One that fails fails the whole request, and nothing is written.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import IdentityPool, Login, Proven
from poolkeep.core.identities.naming import Names

PER_REQUEST_MAX: Final = 10
SAML_ARN: Final = ":saml-provider/"


class Checker(Protocol):
    """Checks the tokens of one kind of provider."""

    async def check(self, pool: IdentityPool, key: str, token: str) -> Proven:
        """Return whose token it is; `key` is the provider's canonical name."""
        ...


class Logins:
    """Checks logins of every kind."""

    def __init__(
        self,
        names: Names,
        *,
        user_pools: Checker,
        openid: Checker,
        saml: Checker,
        social: Mapping[str, Checker],
    ) -> None:
        """Ask the checker of each kind; `social` are those by key that are asked over HTTP."""
        self.names = names
        self._user_pools = user_pools
        self._openid = openid
        self._saml = saml
        self._social = social

    async def proven(self, pool: IdentityPool, logins: Mapping[str, str]) -> list[Proven]:
        """Return the logins whose tokens are good, in the order of the request."""
        if not logins:
            return []
        if len(logins) > PER_REQUEST_MAX:
            raise InvalidParameter(wording.LOGINS_PER_REQUEST)
        supported = self.names.supported(pool)
        if not supported:
            raise NotAuthorized(wording.LOGINS_DIFFER)
        keys = {key: self.names.canonical(key) for key in logins}
        if not supported.issuperset(keys.values()):
            raise NotAuthorized(wording.UNSUPPORTED_PROVIDER)
        found: dict[Login, Proven] = {}
        for key, token in logins.items():
            proven = await self._checker(pool, keys[key]).check(pool, keys[key], token)
            found.setdefault(proven.login, proven)
        return list(found.values())

    def _checker(self, pool: IdentityPool, key: str) -> Checker:
        if self.names.user_pool(key) is not None:
            return self._user_pools
        if SAML_ARN in key:
            return self._saml
        if key in (pool.settings.supported_login_providers or {}) and key in self._social:
            return self._social[key]
        return self._openid
