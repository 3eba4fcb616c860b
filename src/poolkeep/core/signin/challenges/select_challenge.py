"""SELECT_CHALLENGE: the user chooses how to go on. Source: docs/behaviours/user-auth.md.

The first proof may come along: PASSWORD, or SRP_A. A CREDENTIAL cannot, since no challenge of ours
was signed yet; the choice of WEB_AUTHN is answered with one.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, Resume, Step

NAME: Final = "SELECT_CHALLENGE"
PREFERRED: Final = "PREFERRED_CHALLENGE"
INLINE: Final = ("PASSWORD", "SRP_A")


def prompt(attempt: Attempt, available: tuple[str, ...]) -> Ask:
    """Let the user choose."""
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, available=available),
        challenge=NAME,
        parameters={},
        available=available,
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Take the choice up, as if it had been preferred from the beginning."""
    answer = answers.get("ANSWER")
    if not answer:
        raise InvalidParameter(wording.missing("ANSWER"))
    if answer not in attempt.available:
        raise InvalidParameter(wording.NOT_OFFERED)
    brought = {name: answers[name] for name in INLINE if answers.get(name)}
    return Resume(attempt=attempt, given={PREFERRED: answer, **brought})
