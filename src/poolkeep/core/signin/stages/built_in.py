"""Our own factors, where DefineAuthChallenge asks for one.

Source: docs/behaviours/custom-auth.md.
"""

from poolkeep.core.messages.masks import ATTRIBUTE_OF
from poolkeep.core.pools.rules import sms_factor
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.challenges import one_time_code
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Step


def ask(name: str, attempt: Attempt, facts: Facts) -> Step | None:
    """Return the step that asks for a factor of this name; None where the user has no such one."""
    match name:
        case one_time_code.SMS_MFA if sms_factor(facts.pool):
            return _code(name, attempt, facts)
        case one_time_code.EMAIL_OTP:
            return _code(name, attempt, facts)
        case _:
            return None


def _code(name: str, attempt: Attempt, facts: Facts) -> Step | None:
    user = facts.user
    destination = user.attributes.get(ATTRIBUTE_OF[one_time_code.MEDIUM[name]]) if user else None
    if not destination:
        return None
    return one_time_code.send(attempt, name, destination=destination)
