"""CUSTOM_AUTH: the pool's own functions decide what is proven."""

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import NotBuilt
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Consult, Refuse, Step
from poolkeep.core.triggers.sources import Wire


def first_factor(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask DefineAuthChallenge what comes first."""
    return Refuse(refusal=NotBuilt(f"The flow {attempt.flow}"))


def after(step: Consult, reply: Wire | None, facts: Facts, entropy: Entropy) -> Step:
    """Go on after one of the three functions answered."""
    raise NotImplementedError
