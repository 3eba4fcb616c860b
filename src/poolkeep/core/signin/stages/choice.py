"""USER_AUTH: the user chooses how to prove who they are."""

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import NotBuilt
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Refuse, Step


def first_factor(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for the preferred factor, or let the user choose."""
    return Refuse(refusal=NotBuilt(f"The flow {attempt.flow}"))
