"""CUSTOM_CHALLENGE: a question that the pool's own function made.

An answer uses its session up before any function hears of it: whoever sends many answers to one
question at once gets one of them judged. Source: docs/behaviours/custom-auth.md.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, CustomState
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, Proven, Step
from poolkeep.core.triggers.sources import CreateChallengeReply

NAME: Final = "CUSTOM_CHALLENGE"


def prompt(attempt: Attempt, state: CustomState, made: CreateChallengeReply) -> Ask:
    """Ask what the function made; what it keeps to itself stays in the handle."""
    kept = msgspec.structs.replace(
        state,
        private_parameters=made.private_challenge_parameters or {},
        metadata=made.challenge_metadata,
    )
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, custom=kept),
        challenge=NAME,
        parameters={**(made.public_challenge_parameters or {}), "USERNAME": attempt.username},
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Take an answer, which the function that verifies will judge."""
    given = answers.get("ANSWER")
    if given is None:
        raise InvalidParameter(wording.missing("ANSWER"))
    state = attempt.custom
    if state is None:
        raise NotAuthorized(wording.SESSION_INVALID)
    answered = msgspec.structs.replace(state, answer=given)
    return Proven(attempt=msgspec.structs.replace(attempt, awaiting=None, custom=answered))
