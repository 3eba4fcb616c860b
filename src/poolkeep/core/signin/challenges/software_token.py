"""SOFTWARE_TOKEN_MFA: a code of the user's authenticator app. Source: docs/behaviours/mfa.md.

A code proves its time step, and a step proves something once: of answers racing with one code,
in whatever sessions, one gets through.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import (
    CodeMismatch,
    ExpiredCode,
    InvalidParameter,
    SoftwareTokenMFANotFound,
)
from poolkeep.core.factors.model import SOFTWARE_TOKEN_MFA, SoftwareToken
from poolkeep.core.factors.wording import NO_TOKEN, TOKEN_USED
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.marks import Mark
from poolkeep.core.signin.steps import Ask, Proven, Refuse, Step
from poolkeep.core.users.limits import CODE
from poolkeep.crypto import totp

NAME: Final = SOFTWARE_TOKEN_MFA
CODE_ANSWER: Final = f"{NAME}_CODE"
FACTOR: Final = "otp"


class StepUsed(Mark, frozen=True, kw_only=True):
    """A time step of one seed has proven something, and never will again."""

    version: int
    step: int


def prompt(attempt: Attempt, friendly_name: str | None) -> Ask:
    """Ask for a code of the app, by the name that its owner gave it."""
    named = {} if friendly_name is None else {"FRIENDLY_DEVICE_NAME": friendly_name}
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, available=()),
        challenge=NAME,
        parameters={**named, "USER_ID_FOR_SRP": attempt.username},
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Judge a code; a wrong or used one leaves the session usable until too many were wrong."""
    claimed = answers.get(CODE_ANSWER)
    if not claimed:
        raise InvalidParameter(wording.missing(CODE_ANSWER))
    token = facts.evidence.software_token
    if not isinstance(token, SoftwareToken):
        return Refuse(refusal=SoftwareTokenMFANotFound(NO_TOKEN))
    step = totp.matching_step(claimed, token.seed, facts.wall_ms)
    if step is None:
        return Refuse(refusal=CodeMismatch(wording.TOKEN_CODE_WRONG), counts=CODE)
    if token.used_step is not None and step <= token.used_step:
        return Refuse(refusal=ExpiredCode(TOKEN_USED), counts=CODE)
    return Proven(
        attempt=attempt.proved(Proof.SECOND_FACTOR, FACTOR),
        guard=CODE,
        marks=(StepUsed(version=token.version, step=step),),
    )
