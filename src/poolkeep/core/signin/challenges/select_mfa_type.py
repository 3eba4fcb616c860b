"""SELECT_MFA_TYPE: the user chooses a second factor. Source: docs/behaviours/mfa.md."""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.factors.model import EMAIL_OTP
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, Resume, Step

NAME: Final = "SELECT_MFA_TYPE"
ANSWER: Final = "ANSWER"
SYNONYMS: Final = {"EMAIL_MFA": EMAIL_OTP}
"""The model's prose has another name for codes by e-mail than its enumeration."""


def prompt(attempt: Attempt, factors: tuple[str, ...]) -> Ask:
    """Ask which of the factors it shall be."""
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, available=factors),
        challenge=NAME,
        parameters={"MFAS_CAN_CHOOSE": msgspec.json.encode(factors).decode()},
        # Only a caller who aims at a level reads the list here as well.
        available=None if attempt.goal is None else factors,
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Go on with the factor that was chosen; refuses one that was not offered."""
    answer = answers.get(ANSWER)
    if not answer:
        raise InvalidParameter(wording.missing(ANSWER))
    chosen = SYNONYMS.get(answer, answer)
    if chosen not in attempt.available:
        raise InvalidParameter(wording.NOT_AMONG_FACTORS)
    return Resume(attempt=msgspec.structs.replace(attempt, available=(chosen,)), given={})
