"""Our own factors, where DefineAuthChallenge asks for one.

The pool's MFA setting does not count here: the function has said what is owed. The user must have
what the factor needs. Source: docs/behaviours/custom-auth.md.
"""

from poolkeep.core.factors.model import EMAIL_OTP, SMS_MFA, SOFTWARE_TOKEN_MFA
from poolkeep.core.factors.preferences import can_use
from poolkeep.core.pools.rules import sms_factor
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages import second_factor
from poolkeep.core.signin.steps import Step


def ask(name: str, attempt: Attempt, facts: Facts) -> Step | None:
    """Return the step that asks for a factor of this name; None where the user has no such one."""
    user = facts.user
    offered = {
        SMS_MFA: sms_factor(facts.pool),
        EMAIL_OTP: True,
        SOFTWARE_TOKEN_MFA: True,
    }.get(name, False)
    if user is None or not offered or not can_use(user, name):
        return None
    return second_factor.ask(attempt, facts, user, factors=(name,))
