"""Credentials of another token service, for which an identity's OpenID token is exchanged.

    role, as the pool chooses it ─┐
    a token of ours, just signed ─┼─▶ AssumeRoleWithWebIdentity ─▶ its credentials
    what guests may at most      ─┘

The other service judges the role's trust policy, and whatever is done with the credentials: of
both nothing is known here. Source: docs/behaviours/identity-pools.md.
"""

import json
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from poolkeep.base.secret import Secret
from poolkeep.base.trace import note
from poolkeep.core.iam.shipped import GUEST_ACTIONS
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import Credentials, IdentityPool
from poolkeep.core.identities.openid import OpenIdTokens, OwnClaims
from poolkeep.core.identities.refusals import PoolConfigurationInvalid, ProviderAway

EVERYTHING: Final = "*"
PASSING: Final = frozenset(
    {
        "ExpiredToken", "ExpiredTokenException", "IDPCommunicationError",
        "IDPCommunicationErrorException", "InternalError", "InternalFailure",
        "RequestLimitExceeded", "ServiceUnavailable", "SlowDown", "Throttling",
        "ThrottlingException",
    }
)  # fmt: skip
"""Codes that say nothing of role or pool. A token that was just signed is too old by a clock."""


class RefusedElsewhere(Exception):
    """The other service says no, with a code and a text of its own."""

    def __init__(self, code: str, text: str) -> None:
        """Carry both, for the log."""
        super().__init__(f"{code}: {text}")
        self.code = code


class NoAnswer(Exception):
    """The other service does not answer, or not as a token service does; the text says how."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the other service."""

    role_arn: str
    session_name: str
    token: Secret[str]
    duration_s: int
    policy: str | None = None


class Exchanges(Protocol):
    """Asks another token service."""

    async def credentials(self, url: str, asked: Exchange) -> Credentials:
        """Return what it gives. Raises RefusedElsewhere and NoAnswer."""
        ...


class ExternalSessions:
    """Gives credentials of other token services, where a pool is to have them."""

    def __init__(
        self,
        tokens: OpenIdTokens,
        exchanges: Exchanges,
        *,
        place_of: Callable[[str], str | None],
        guest_actions: Sequence[str] = (),
    ) -> None:
        """`place_of` tells where a pool's credentials come from, None for here."""
        self._tokens = tokens
        self._exchanges = exchanges
        self.place_of = place_of
        self._guests = guest_policy(guest_actions)

    async def credentials(
        self, url: str, pool: IdentityPool, claims: OwnClaims, *, role_arn: str, session_name: str,
        duration_s: int,
    ) -> Credentials:  # fmt: skip
        """Return credentials of a role there. Raises PoolConfigurationInvalid and ProviderAway."""
        token = await self._tokens.issue(pool, claims.identity_id, amr=claims.amr, tags=claims.tags)
        asked = Exchange(
            role_arn=role_arn,
            session_name=session_name,
            token=Secret(token),
            duration_s=duration_s,
            policy=None if claims.is_authenticated else self._guests,
        )
        try:
            return await self._exchanges.credentials(url, asked)
        except RefusedElsewhere as refused:
            note(why_not=str(refused))
            if refused.code in PASSING:
                raise ProviderAway(wording.TOKEN_SERVICE_AWAY) from refused
            raise PoolConfigurationInvalid(wording.NO_ROLE) from refused
        except NoAnswer as silence:
            note(why_not=str(silence))
            raise ProviderAway(wording.TOKEN_SERVICE_AWAY) from silence


def guest_policy(actions: Sequence[str]) -> str | None:
    """Return the session policy that limits guests elsewhere, None where nothing does.

    Without blanks, which not every gateway reads back from a form.
    """
    if EVERYTHING in actions:
        return None
    statement = {"Effect": "Allow", "Action": list(actions or GUEST_ACTIONS), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
