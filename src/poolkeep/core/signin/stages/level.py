"""Step-up: proofs beyond the usual ones, towards the level that the caller wants."""

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.factors.model import MFA_FACTORS
from poolkeep.core.signin import choices, step_up, wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages import choice, second_factor
from poolkeep.core.signin.steps import Refuse, Resume, Step


def level_aim(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Fix the level to aim at; refuses one that is held already, or out of the user's reach."""
    if attempt.target_acr_values is None:
        return None
    user = facts.user
    signed_out = user is not None and user.signed_out_ms >= attempt.started_ms
    if attempt.held is not None and signed_out:
        # The access token counts no longer, and neither does what it has proven.
        return Refuse(refusal=NotAuthorized(wording.SESSION_INVALID))
    if attempt.goal is not None:
        return None
    goal = step_up.aim(attempt, facts, choices.offer(attempt, facts))
    return Resume(attempt=msgspec.structs.replace(attempt, goal=goal), given=facts.given)


def level_reached(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for what the level still lacks."""
    if step_up.is_reached(attempt):
        return None
    offer = choices.offer(attempt, facts)
    owed = step_up.owed(attempt, facts, offer)
    if not owed:
        # A factor was taken from the user since the sign-in began.
        return Refuse(refusal=InvalidParameter(wording.LEVEL_UNREACHABLE))
    user = facts.user
    if user is not None and set(owed) <= set(MFA_FACTORS):
        return second_factor.ask(attempt, facts, user, factors=owed)
    rest = msgspec.structs.replace(offer, challenges=owed)
    return choice.put(attempt, facts, entropy, offer=rest, alone=True)
