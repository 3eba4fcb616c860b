"""CUSTOM_AUTH: the pool's own functions decide what is asked, and when enough was proven.

    Define ─▶ CUSTOM_CHALLENGE: Create ─▶ the caller answers ─▶ Verify ─▶ Define ─▶ …
           ─▶ a challenge of ours       ─▶ the caller answers          ─▶ Define ─▶ …
           ─▶ tokens, or a refusal

The state travels in the attempt; each call of the stage reads off it what is owed next.
Source: docs/behaviours/custom-auth.md.
"""

from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidLambdaResponse, InvalidParameter, NotAuthorized
from poolkeep.core.pools.rules import uses_srp
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, CustomRound, CustomState, Flow, Proof
from poolkeep.core.signin.challenges import (
    admin_password,
    custom_challenge,
    new_password,
    password_verifier,
)
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages import built_in
from poolkeep.core.signin.stages.gates import account_state
from poolkeep.core.signin.steps import ChangePassword, CheckPassword, Consult, Proven, Refuse, Step
from poolkeep.core.triggers.service import UNRECOGNIZABLE
from poolkeep.core.triggers.sources import (
    CREATE_AUTH_CHALLENGE,
    DEFINE_AUTH_CHALLENGE,
    VERIFY_AUTH_CHALLENGE,
    ChallengeRound,
    CreateChallengeReply,
    CreateChallengeRequest,
    DefineChallengeReply,
    DefineChallengeRequest,
    Trigger,
    VerifyChallengeReply,
    VerifyChallengeRequest,
    Wire,
)
from poolkeep.core.triggers.telling import attributes_of, metadata
from poolkeep.core.users.model import Status

SOURCE: Final = "Authentication"
SRP_A: Final = "SRP_A"
ROUNDS_MAX: Final = 100
"""A function that never says no would otherwise let its array, and the session, grow for ever."""


def custom_gate(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Refuse, before any function is asked, what no function could allow."""
    if attempt.flow is not Flow.CUSTOM_AUTH or attempt.custom is not None:
        return None
    if not _has(facts, DEFINE_AUTH_CHALLENGE):
        return Refuse(refusal=InvalidParameter(wording.NO_CUSTOM_FUNCTIONS))
    if facts.given.get("CHALLENGE_NAME") == SRP_A and not uses_srp(facts.pool):
        return Refuse(refusal=InvalidParameter(wording.flow_off("USER_SRP_AUTH")))
    return None if facts.user is None else account_state(attempt, facts, entropy)


def custom_steps(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask whoever has the next word, until the functions are content."""
    state = attempt.custom
    if state is None:
        state = _begun(facts)
        attempt = msgspec.structs.replace(attempt, custom=state)
    if state.issues:
        return None
    if state.answer is not None:
        return _verify(attempt, state, state.answer, facts=facts)
    match state.challenge_name:
        case None:
            return _define(attempt, state, facts)
        case custom_challenge.NAME:
            return _create(attempt, state, facts)
        case _:
            return _ask(attempt, state, state.challenge_name, facts=facts, entropy=entropy)


def after(step: Consult, reply: Wire | None) -> Attempt | Step:
    """Note what a function said; the stage reads on."""
    attempt, state = step.attempt, step.attempt.custom
    if state is None:
        return Refuse(refusal=NotAuthorized(wording.SESSION_INVALID))
    match reply:
        case DefineChallengeReply():
            return _defined(attempt, state, reply)
        case CreateChallengeReply():
            return custom_challenge.prompt(attempt, state, reply)
        case VerifyChallengeReply():
            right = reply.answer_correct is True
            return _with_round(attempt, state, custom_challenge.NAME, right=right)
        case _:  # the function was taken from the pool meanwhile
            return Refuse(refusal=InvalidParameter(wording.NO_CUSTOM_FUNCTIONS))


def answered(step: Step, challenge: str) -> Step:
    """Return a right answer's step, with the round that the functions are to see."""
    if not isinstance(step, Proven | ChangePassword | CheckPassword):
        return step
    state = step.attempt.custom
    if state is None or state.issues or challenge == custom_challenge.NAME:
        return step
    attempt = _with_round(step.attempt, state, challenge, right=True)
    return msgspec.structs.replace(step, attempt=attempt)


def _begun(facts: Facts) -> CustomState:
    if facts.given.get("CHALLENGE_NAME") != SRP_A:
        return CustomState()
    round_ = CustomRound(challenge_name=SRP_A, challenge_result=True)
    return CustomState(rounds=(round_,), srp_a=facts.given.get(SRP_A))


def _with_round(attempt: Attempt, state: CustomState, name: str, *, right: bool) -> Attempt:
    own = name == custom_challenge.NAME
    finished = CustomRound(
        challenge_name=name,
        challenge_result=right,
        challenge_metadata=state.metadata if own else None,
    )
    following = CustomState(rounds=(*state.rounds, finished), srp_a=state.srp_a)
    return msgspec.structs.replace(attempt, custom=following)


def _defined(attempt: Attempt, state: CustomState, reply: DefineChallengeReply) -> Attempt | Step:
    if reply.fail_authentication:
        return Refuse(refusal=NotAuthorized(wording.INCORRECT))
    if reply.issue_tokens:
        # No factor of the pool's settings is asked for behind the functions' back.
        content = msgspec.structs.replace(attempt, custom=CustomState(issues=True))
        return content.proved(Proof.FIRST_FACTOR).proved(Proof.SECOND_FACTOR)
    if not reply.challenge_name:
        return Refuse(refusal=InvalidLambdaResponse(UNRECOGNIZABLE))
    if len(state.rounds) >= ROUNDS_MAX:
        return Refuse(refusal=NotAuthorized(wording.INCORRECT))
    asked = msgspec.structs.replace(state, challenge_name=reply.challenge_name)
    return msgspec.structs.replace(attempt, custom=asked)


def _define(attempt: Attempt, state: CustomState, facts: Facts) -> Step:
    return Consult(
        attempt=attempt,
        trigger=DEFINE_AUTH_CHALLENGE,
        source=SOURCE,
        request=DefineChallengeRequest(
            user_attributes=_attributes(facts),
            session=_session(state),
            user_not_found=facts.user is None,
            client_metadata=metadata(dict(facts.client_metadata)),
        ),
        reply=DefineChallengeReply,
    )


def _create(attempt: Attempt, state: CustomState, facts: Facts) -> Step:
    if not _has(facts, CREATE_AUTH_CHALLENGE) or not _has(facts, VERIFY_AUTH_CHALLENGE):
        return Refuse(refusal=InvalidParameter(wording.NO_CUSTOM_FUNCTIONS))
    return Consult(
        attempt=attempt,
        trigger=CREATE_AUTH_CHALLENGE,
        source=SOURCE,
        request=CreateChallengeRequest(
            user_attributes=_attributes(facts),
            challenge_name=custom_challenge.NAME,
            session=_session(state),
            user_not_found=facts.user is None,
            client_metadata=metadata(dict(facts.client_metadata)),
        ),
        reply=CreateChallengeReply,
    )


def _verify(attempt: Attempt, state: CustomState, answer: str, *, facts: Facts) -> Step:
    return Consult(
        attempt=attempt,
        trigger=VERIFY_AUTH_CHALLENGE,
        source=SOURCE,
        request=VerifyChallengeRequest(
            user_attributes=_attributes(facts),
            private_challenge_parameters=state.private_parameters,
            challenge_answer=answer,
            user_not_found=facts.user is None,
            client_metadata=metadata(dict(facts.client_metadata)),
        ),
        reply=VerifyChallengeReply,
    )


def _ask(
    attempt: Attempt, state: CustomState, name: str, *, facts: Facts, entropy: Entropy
) -> Step:
    """Ask one of our own challenges, where there is anything to ask."""
    user = facts.user
    match name:
        case password_verifier.NAME:
            if state.srp_a is None:
                return Refuse(refusal=InvalidParameter(wording.missing(SRP_A)))
            return password_verifier.prompt(attempt, facts, entropy, state.srp_a)
        case admin_password.NAME if attempt.by_admin:
            return admin_password.prompt(attempt)
        case new_password.NAME if user is not None and user.status == Status.FORCE_CHANGE_PASSWORD:
            return new_password.prompt(attempt, facts, user)
    found = built_in.ask(name, attempt, facts)
    return found or Refuse(refusal=InvalidLambdaResponse(UNRECOGNIZABLE))


def _attributes(facts: Facts) -> dict[str, str]:
    return {} if facts.user is None else attributes_of(facts.user)


def _session(state: CustomState) -> list[ChallengeRound]:
    return [
        ChallengeRound(
            challenge_name=one.challenge_name,
            challenge_result=one.challenge_result,
            challenge_metadata=one.challenge_metadata,
        )
        for one in state.rounds
    ]


def _has(facts: Facts, trigger: Trigger) -> bool:
    lambdas = facts.pool.pool.settings.lambda_config
    return lambdas is not None and getattr(lambdas, trigger.member) is not None
