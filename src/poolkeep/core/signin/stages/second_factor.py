"""Multi-factor authentication: which second proof is owed, and what must be set up first."""

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import NotBuilt
from poolkeep.core.pools.rules import mfa_mode
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Refuse, Step


def second_factor(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for the second factor that the pool insists on or the user prefers."""
    if mfa_mode(facts.pool) == "ON" and Proof.SECOND_FACTOR not in attempt.proofs:
        return Refuse(
            refusal=NotBuilt("Multi-factor authentication, which this user pool requires,")
        )
    return None
