"""Remembered devices: what they spare their users, and how they prove themselves."""

from poolkeep.base.entropy import Entropy
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Step


def known_device(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Look the named device up, before anything follows from it; refuses an unknown one."""
    return None


def spares_second_factor(attempt: Attempt, facts: Facts) -> bool:
    """Tell whether the device's own proof takes the place of the second factor."""
    return False


def device_proof(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask a remembered device for the proof of its password."""
    return None
