"""The classic flow: an OpenID token for an identity, to be traded at the token service."""

from collections.abc import Mapping, Sequence

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import IdentityPool, Proven
from poolkeep.core.identities.openid import AUTHENTICATED, UNAUTHENTICATED, OpenIdTokens
from poolkeep.core.identities.people import People
from poolkeep.core.identities.principal_tags import session_tags


class ClassicFlow:
    """Gives tokens to identities of one region."""

    def __init__(self, people: People, tokens: OpenIdTokens) -> None:
        """Sign with `tokens`."""
        self._people = people
        self._tokens = tokens

    async def token(self, identity_id: str, logins: Mapping[str, str]) -> tuple[str, str]:
        """Return who it is, and a token."""
        pool, _ = await self._people.pool_of(identity_id)
        check_classic(pool)
        who = await self._people.resolved(pool, identity_id, logins)
        token = await self._tokens.issue(
            pool, who.identity.id, amr=amr_of(who.proven), tags=session_tags(pool, who.proven)
        )
        return who.identity.id, token


def check_classic(pool: IdentityPool) -> None:
    """Refuse where the pool has the enhanced flow alone. Not to be set is not to be off."""
    if pool.settings.allow_classic_flow is False:
        raise InvalidParameter(wording.NO_CLASSIC)
    if pool.role_mappings:
        raise InvalidParameter(wording.NO_CLASSIC_WITH_MAPPINGS)


def amr_of(proven: Sequence[Proven]) -> tuple[str, ...]:
    """Return what a token says of how somebody has proven to be an identity."""
    if not proven:
        return (UNAUTHENTICATED,)
    return (AUTHENTICATED, *(word for each in proven for word in each.amr))
