"""Auth events of a sign-in, where the pool keeps them. Source: docs/behaviours/auth-events.md."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from poolkeep.base.refusal import CodeMismatch, ExpiredCode, Refusal, Unavailable
from poolkeep.core.audit.events import AuthEvent, AuthEvents, ChallengeOutcome, wants_events
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.challenges import (
    admin_password,
    one_time_code,
    password,
    password_verifier,
    software_token,
)
from poolkeep.core.signin.course import Course

WRONG: Final = frozenset({wording.INCORRECT, wording.ATTEMPTS_EXCEEDED})
PASSWORD: Final = "Password"
MFA: Final = "Mfa"
JUDGES: Final = {
    None: PASSWORD,  # where a sign-in begins, only a password is judged
    password_verifier.NAME: PASSWORD,
    password.PASSWORD: PASSWORD,
    password.PASSWORD_SRP: PASSWORD,
    admin_password.NAME: PASSWORD,
    one_time_code.SMS_MFA: MFA,
    one_time_code.EMAIL_OTP: MFA,
    one_time_code.SMS_OTP: MFA,
    software_token.NAME: MFA,
}
"""What a challenge proves, in the two words that events have for it."""


@asynccontextmanager
async def failures_recorded(
    events: AuthEvents, course: Course, attempt: Attempt
) -> AsyncIterator[None]:
    """Keep an event of what is refused inside."""
    try:
        yield
    except Unavailable:
        raise
    except Refusal as refusal:
        await record(events, course, attempt, "Fail", refusal)
        raise


async def record(
    events: AuthEvents,
    course: Course,
    attempt: Attempt,
    response: str,
    refusal: Refusal | None = None,
) -> None:
    """Keep the event before the answer leaves; `response` is Pass, Fail or InProgress."""
    if attempt.user_id is None or not wants_events(course.facts.pool):
        return
    outcomes = [
        ChallengeOutcome(
            challenge_name=PASSWORD if factor == password_verifier.FACTOR else MFA,
            challenge_response="Success",
        )
        for factor in attempt.factors
    ]
    failed = None if refusal is None else failed_proof(attempt, refusal)
    if failed is not None:
        outcomes.append(ChallengeOutcome(challenge_name=failed, challenge_response="Failure"))
    event = AuthEvent(
        id=attempt.event_id,
        pool_id=course.facts.pool.pool.id,
        user_id=attempt.user_id,
        client_id=attempt.client_id,
        event_type="SignIn",
        event_response=response,
        at_ms=course.facts.now_ms,
        ip_address=course.origin.ip_address,
        user_agent=course.origin.user_agent,
        challenges=tuple(outcomes),
    )
    await events.record(course.facts.pool, event)


def failed_proof(attempt: Attempt, refusal: Refusal) -> str | None:
    """Return what was proven wrongly; None where the refusal is about something else."""
    judged = JUDGES.get(attempt.awaiting)
    if attempt.awaiting is None and Proof.FIRST_FACTOR in attempt.proofs:
        return None
    if isinstance(refusal, CodeMismatch | ExpiredCode):
        return judged
    return judged if refusal.text in WRONG else None
