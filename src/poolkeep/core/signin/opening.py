"""What USER_AUTH may bring from before: a sign-up's session, or an access token to build upon.

Source: docs/behaviours/user-auth.md.
"""

import msgspec

from poolkeep.base.refusal import FeatureUnavailableInTier, InvalidParameter, NotAuthorized
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import DEFAULT_FIRST_FACTORS, first_factors, tier
from poolkeep.core.pools.wording import above_tier
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.commands import Start
from poolkeep.core.signin.continuation import redeem
from poolkeep.core.signin.course import Course
from poolkeep.core.signin.facts import Facts
from poolkeep.core.tokens import Tokens, levels
from poolkeep.core.tokens.model import Caller
from poolkeep.core.users.model import Status

PASSWORDLESS_FEATURE = "Passwordless Sign-In"
S_TO_MS = 1000


class Openings:
    """Opens sign-ins by USER_AUTH."""

    def __init__(self, *, tokens: Tokens, tiers_enforced: bool) -> None:
        """Judge access tokens by `tokens`; `tiers_enforced` is the setting of that name."""
        self._tokens = tokens
        self._tiers_enforced = tiers_enforced

    async def opened(self, attempt: Attempt, course: Course, command: Start) -> Attempt:
        """Return the attempt with what was proven before.

        Refuses a session or a token that is not this user's, and what the pool's tier lacks.
        """
        facts = course.facts
        self._check_tier(facts.pool)
        given = facts.given
        targets = given.get("TARGET_ACR_VALUES")
        token = given.get("ACCESS_TOKEN")
        if token and not targets:
            raise InvalidParameter(wording.ACCESS_TOKEN_ALONE)
        if command.session is not None:
            attempt = _continued(attempt, course, command.session)
        if not targets:
            return attempt
        levels.targets(facts.pool, targets, tiers_enforced=self._tiers_enforced)
        attempt = msgspec.structs.replace(
            attempt, target_acr_values=targets, max_age_s=_seconds(given.get("MAX_AGE"))
        )
        return await self._credited(attempt, facts, token) if token else attempt

    async def _credited(self, attempt: Attempt, facts: Facts, token: str) -> Attempt:
        """Return the attempt with what the owner's token has proven, unless that is too old."""
        caller = await self._tokens.authenticate(token)
        if (caller.pool.pool.id, caller.client.id) != (facts.pool.pool.id, facts.client.id):
            raise NotAuthorized(wording.ACCESS_TOKEN_INVALID)
        if facts.user is None or caller.user.id != facts.user.id:
            raise NotAuthorized(wording.INCORRECT)
        age_ms = facts.now_ms - caller.claims.auth_time * S_TO_MS
        if attempt.max_age_s is not None and age_ms > attempt.max_age_s * S_TO_MS:
            return attempt
        proven = tuple(
            factor for factor in caller.claims.amr if factor in levels.TOKEN_METHODS
            and factor != levels.FEDERATED
        )  # fmt: skip
        for factor in proven:
            proof = (
                Proof.SECOND_FACTOR if Proof.FIRST_FACTOR in attempt.proofs else Proof.FIRST_FACTOR
            )
            attempt = attempt.proved(proof, factor)
        return msgspec.structs.replace(attempt, held=_level_of(facts.pool, caller, proven))

    def _check_tier(self, pool: LoadedPool) -> None:
        passwordless = set(first_factors(pool)) - set(DEFAULT_FIRST_FACTORS)
        if self._tiers_enforced and passwordless and tier(pool) == "LITE":
            raise FeatureUnavailableInTier(above_tier("LITE", [PASSWORDLESS_FEATURE]))


def _continued(attempt: Attempt, course: Course, session: str) -> Attempt:
    """Return the attempt of a user who has just proven an address; the session is used up."""
    facts = course.facts
    ticket = redeem(facts.pool, facts.client, facts.user, session=session, now_ms=facts.now_ms)
    if ticket.status != Status.CONFIRMED:
        raise NotAuthorized(wording.SESSION_INVALID)
    course.spends = msgspec.structs.replace(
        attempt, handle=ticket.handle, expires_ms=ticket.expires_ms
    )
    return attempt.proved(Proof.FIRST_FACTOR)


def _level_of(pool: LoadedPool, caller: Caller, proven: tuple[str, ...]) -> int | None:
    """Return the token's level: what its proofs are worth, or what its name says today."""
    known = (levels.level_of(proven), levels.level_named(pool, caller.claims.acr))
    return max((level for level in known if level is not None), default=None)


def _seconds(text: str | None) -> int | None:
    """Return MAX_AGE; refuses what is no natural number."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidParameter(wording.MAX_AGE_FORMAT)
    return int(text)
