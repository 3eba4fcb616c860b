"""Auth events of a sign-in, where the pool keeps them."""

from poolkeep.base.refusal import Refusal
from poolkeep.core.audit.events import AuthEvent, AuthEvents, ChallengeOutcome, wants_events
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.challenges.password_verifier import FACTOR
from poolkeep.core.signin.course import Course


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
            challenge_name="Password" if factor == FACTOR else "Mfa", challenge_response="Success"
        )
        for factor in attempt.factors
    ]
    if refusal is not None and (attempt.awaiting is not None or not attempt.factors):
        failed = "Mfa" if Proof.FIRST_FACTOR in attempt.proofs else "Password"
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
