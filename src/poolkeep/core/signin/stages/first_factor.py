"""The first factor of each flow."""

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Flow, Proof
from poolkeep.core.signin.challenges import new_password, password_verifier
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages import choice
from poolkeep.core.signin.stages.custom import custom_steps
from poolkeep.core.signin.steps import CheckPassword, Refuse, Step
from poolkeep.core.users.model import Status


def first_factor(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for what the flow proves first."""
    if attempt.flow is Flow.CUSTOM_AUTH:
        return custom_steps(attempt, facts, entropy)
    if Proof.FIRST_FACTOR in attempt.proofs:
        return None
    match attempt.flow:
        case Flow.USER_PASSWORD_AUTH | Flow.ADMIN_USER_PASSWORD_AUTH:
            if facts.row.locked_until_ms > facts.now_ms:
                return Refuse(refusal=NotAuthorized(wording.ATTEMPTS_EXCEEDED))
            password = facts.given.get("PASSWORD")
            if password is None:
                return Refuse(refusal=InvalidParameter(wording.missing("PASSWORD")))
            return CheckPassword(attempt=attempt, password=password)
        case Flow.USER_SRP_AUTH:
            return password_verifier.prompt(attempt, facts, entropy)
        case Flow.USER_AUTH:
            return choice.first_factor(attempt, facts, entropy)


def forced_new_password(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for a new password while the present one is temporary."""
    user = facts.user
    if user is None or user.status != Status.FORCE_CHANGE_PASSWORD:
        return None
    return new_password.prompt(attempt, facts, user)
