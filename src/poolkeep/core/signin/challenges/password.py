"""PASSWORD and PASSWORD_SRP: what was chosen, asked for. Source: docs/behaviours/user-auth.md."""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.challenges.select_challenge import PREFERRED
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, Resume, Step

PASSWORD: Final = "PASSWORD"
PASSWORD_SRP: Final = "PASSWORD_SRP"
ASKS_FOR: Final = {PASSWORD: "PASSWORD", PASSWORD_SRP: "SRP_A"}


def prompt(attempt: Attempt, challenge: str) -> Ask:
    """Ask for the password, or for the first number of its proof."""
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=challenge, available=()),
        challenge=challenge,
        parameters={},
    )


def brings_password(given: Mapping[str, str]) -> bool:
    """Tell whether a request brings a password that is to be checked at once."""
    return given.get(PREFERRED) == PASSWORD and bool(given.get("PASSWORD"))


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Go on as if the answer had come with the choice."""
    challenge = attempt.awaiting or ""
    name = ASKS_FOR[challenge]
    answer = answers.get(name)
    if not answer:
        raise InvalidParameter(wording.missing(name))
    return Resume(attempt=attempt, given={PREFERRED: challenge, name: answer})
