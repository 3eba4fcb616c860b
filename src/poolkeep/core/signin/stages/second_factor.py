"""Multi-factor authentication: which second proof is owed, and what must be set up first."""

from typing import Final

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.factors.model import ADDRESS_OF, EMAIL_OTP, SMS_MFA, Demand, SoftwareToken
from poolkeep.core.factors.preferences import preferences_of
from poolkeep.core.factors.rules import Adaptive, demand_of, usable_factors
from poolkeep.core.pools.rules import passkeys_are_multi_factor
from poolkeep.core.risk import assess
from poolkeep.core.signin import step_up, wording
from poolkeep.core.signin.attempt import Attempt, Flow, Proof
from poolkeep.core.signin.challenges import (
    mfa_setup,
    one_time_code,
    select_mfa_type,
    software_token,
)
from poolkeep.core.signin.evidence import Need
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages.device import spares_second_factor
from poolkeep.core.signin.steps import Load, Refuse, Step
from poolkeep.core.users.model import User

PASSKEYS: Final = frozenset({"swk", "hwk"})
SAME_AS_FIRST: Final = {"sms": SMS_MFA, "email_otp": EMAIL_OTP}
"""The second factor that would only prove once more what a first one has proven."""


def second_factor(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for the second factor that the pool insists on or the user prefers."""
    user = facts.user
    demand = second_factor_owed(attempt, facts)
    if demand is None or user is None:
        return None
    if demand.factors:
        return ask(attempt, facts, user, factors=demand.factors)
    if demand.setup:
        return mfa_setup.prompt(attempt, demand.setup)
    if _adaptive(facts) is Adaptive.REQUIRED:
        return Refuse(refusal=NotAuthorized(wording.SECURITY_REASONS))
    return Refuse(refusal=InvalidParameter(wording.NO_USABLE_FACTOR))


def second_factor_owed(attempt: Attempt, facts: Facts) -> Demand | None:
    """Return what is owed beside the first factor; None for nothing.

    Custom authentication decides for itself. A passkey that has checked its user is both factors
    where the pool says so, and a remembered device may stand for the second. Who aims at a level
    may have to use another factor than the preferred one, never less than one.
    """
    user = facts.user
    if user is None or Proof.SECOND_FACTOR in attempt.proofs or attempt.flow is Flow.CUSTOM_AUTH:
        return None
    if _passkey_is_enough(attempt, facts) or spares_second_factor(attempt, facts):
        return None
    barred = {SAME_AS_FIRST[factor] for factor in attempt.factors if factor in SAME_AS_FIRST}
    demand = demand_of(facts.pool, user, adaptive=_adaptive(facts), barred=barred)
    if demand is None or attempt.goal is None or not demand.factors:
        return demand
    able = usable_factors(facts.pool, user, barred) or demand.factors
    return Demand(factors=step_up.serves(attempt, facts, able))


def ask(attempt: Attempt, facts: Facts, user: User, *, factors: tuple[str, ...]) -> Step:
    """Ask for one of the factors: for the one that was chosen, or else for a choice."""
    if len(attempt.available) == 1 and attempt.available[0] in factors:
        factors = attempt.available
    if len(factors) > 1:
        return select_mfa_type.prompt(attempt, factors)
    factor = factors[0]
    if factor != software_token.NAME:
        destination = user.attributes.get(ADDRESS_OF[factor], "")
        return one_time_code.send(attempt, factor, destination=destination)
    if not preferences_of(user).software_token_named:
        return software_token.prompt(attempt, None)
    if facts.evidence.lacks(Need.SOFTWARE_TOKEN):
        return Load(attempt=attempt, need=Need.SOFTWARE_TOKEN)
    token = facts.evidence.software_token
    name = token.friendly_name if isinstance(token, SoftwareToken) else None
    return software_token.prompt(attempt, name)


def _passkey_is_enough(attempt: Attempt, facts: Facts) -> bool:
    by_passkey = attempt.user_verified and not PASSKEYS.isdisjoint(attempt.factors)
    return by_passkey and passkeys_are_multi_factor(facts.pool)


def _adaptive(facts: Facts) -> Adaptive:
    return Adaptive(assess(facts.pool, now_ms=facts.now_ms).demands)
