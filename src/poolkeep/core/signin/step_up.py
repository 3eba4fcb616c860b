"""Towards a level: what a sign-in must prove beyond its usual proofs. Pure.

    aim      the best of the wanted levels that the user's factors reach, fixed at the beginning
    narrow   of what may be chosen, what leads there
    owed     what is still missing, once the usual proofs are given

What an access token has proven counts as proven here, unless it is too old.
Source: docs/behaviours/user-auth.md.
"""

from collections.abc import Collection
from typing import Final

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.factors.model import SOFTWARE_TOKEN_MFA
from poolkeep.core.factors.rules import usable_factors
from poolkeep.core.signin import choices, wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.challenges.one_time_code import EMAIL_OTP, SMS_MFA, SMS_OTP
from poolkeep.core.signin.challenges.password import PASSWORD, PASSWORD_SRP
from poolkeep.core.signin.choices import WEB_AUTHN, Offer
from poolkeep.core.signin.facts import Facts
from poolkeep.core.tokens import levels

FACTOR_OF: Final = {
    WEB_AUTHN: levels.PASSKEY,
    EMAIL_OTP: levels.EMAIL_CODE,
    SMS_OTP: levels.SMS_CODE,
    SMS_MFA: levels.SMS_CODE,
    PASSWORD: levels.PASSWORD,
    PASSWORD_SRP: levels.PASSWORD,
    SOFTWARE_TOKEN_MFA: levels.TOTP,
}
"""Which factor a challenge proves."""


def aim(attempt: Attempt, facts: Facts, offer: Offer) -> int:
    """Return the level to reach.

    Refuses where the user cannot reach any of the wanted ones, and where the best is held already.
    """
    able = _able(facts, offer)
    for level in levels.targets(facts.pool, attempt.target_acr_values or ""):
        if attempt.held is not None and attempt.held >= level:
            raise InvalidParameter(wording.LEVEL_HELD)
        if levels.missing(attempt.factors, able, level):
            return level
    raise InvalidParameter(wording.LEVEL_UNREACHABLE)


def narrow(attempt: Attempt, facts: Facts, offer: Offer) -> tuple[str, ...]:
    """Return the first factors that lead to the level, of those that may be chosen."""
    level = attempt.goal
    if level is None:
        return offer.challenges
    able = _able(facts, offer)
    ways = levels.missing(attempt.factors, able, level)
    wanted = {factor for way in ways for factor in way}
    direct = tuple(name for name in offer.challenges if FACTOR_OF[name] in wanted)
    return direct or tuple(
        name
        for name in offer.challenges
        if levels.missing((*attempt.factors, FACTOR_OF[name]), able, level)
    )


def is_reached(attempt: Attempt) -> bool:
    """Tell whether the proofs reach the level, if one is wanted."""
    return attempt.goal is None or levels.reaches(attempt.factors, attempt.goal)


def owed(attempt: Attempt, facts: Facts, offer: Offer) -> tuple[str, ...]:
    """Return the challenges one of which comes next towards a level that is not reached yet."""
    ways = levels.missing(attempt.factors, _able(facts, offer), attempt.goal or 0)
    wanted = {way[0] for way in ways}
    second = _second(facts)
    names = [name for name in offer.challenges if name != SMS_OTP or SMS_MFA not in second]
    return tuple(name for name in dict.fromkeys((*names, *second)) if FACTOR_OF[name] in wanted)


def serves(attempt: Attempt, facts: Facts, second: Collection[str]) -> tuple[str, ...]:
    """Return which second factors lead to the level; all of them where none does."""
    if attempt.goal is None:
        return tuple(second)
    able = _able(facts, choices.offer(attempt, facts))
    ways = levels.missing(attempt.factors, able, attempt.goal)
    wanted = {factor for way in ways for factor in way}
    return tuple(name for name in second if FACTOR_OF[name] in wanted) or tuple(second)


def _able(facts: Facts, offer: Offer) -> set[str]:
    """Return the factors that the user could prove, as first ones or as second ones."""
    return {FACTOR_OF[name] for name in (*offer.challenges, *_second(facts))}


def _second(facts: Facts) -> tuple[str, ...]:
    return () if facts.user is None else usable_factors(facts.pool, facts.user)
