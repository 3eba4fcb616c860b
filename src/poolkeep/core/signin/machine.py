"""Decide what comes next. Pure: no store, no clock, no waiting.

next_step   the first thing still owed
judged      after a password was checked
after       after a function answered
needs       what must be looked up before an answer
answer      after the caller answered a challenge
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import NotAuthorized, PasswordResetRequired
from poolkeep.core.pools.rules import hides_user_existence
from poolkeep.core.signin import choices, wording
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.challenges import CHALLENGES, NEEDS
from poolkeep.core.signin.challenges.password_verifier import FACTOR
from poolkeep.core.signin.evidence import Need
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages import STAGES, custom, device
from poolkeep.core.signin.steps import Complete, Consult, Proven, Refuse, Step
from poolkeep.core.triggers.sources import Wire
from poolkeep.core.users.limits import PASSWORD
from poolkeep.core.users.model import Status
from poolkeep.core.users.names import login_key, logins_of

ANOTHER_WAY: Final = "ANOTHER_WAY"
"""What the pages answer for somebody who wants to choose again; the API has no such answer."""


def next_step(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step:
    """Ask for the first thing still owed; complete when nothing is."""
    for stage in STAGES:
        if (owed := stage(attempt, facts, entropy)) is not None:
            return owed
    return Complete(attempt=attempt)


def judged(attempt: Attempt, facts: Facts, entropy: Entropy, *, right: bool) -> Step:
    """Go on after a password check."""
    user = facts.user
    if right and user is not None:
        proven = attempt.proved(Proof.FIRST_FACTOR, FACTOR)
        # What answered a challenge is used up before anything follows from it.
        return Proven(attempt=proven) if attempt.awaiting else next_step(proven, facts, entropy)
    if (
        user is not None
        and user.credential is None
        and user.status == Status.RESET_REQUIRED
        and not hides_user_existence(facts.client)
    ):
        # An imported user has no password that could be right.
        return Refuse(refusal=PasswordResetRequired(wording.RESET_REQUIRED))
    return Refuse(refusal=NotAuthorized(wording.INCORRECT), counts=PASSWORD)


def after(step: Consult, reply: Wire | None, facts: Facts, entropy: Entropy) -> Step:
    """Go on after a function that did not refuse; custom authentication reads its reply."""
    if step.proof is None:
        told = custom.after(step, reply)
        return next_step(told, facts, entropy) if isinstance(told, Attempt) else told
    proven = step.attempt.proofs
    attempt = step.attempt if step.proof in proven else step.attempt.proved(step.proof)
    return next_step(attempt, facts, entropy)


def needs(challenge: str, answers: Mapping[str, str]) -> tuple[Need, ...]:
    """Return what must be known of the user's factors before an answer can be judged."""
    found = NEEDS.get(challenge, ())
    if answers.get("DEVICE_KEY") and Need.DEVICE not in found:
        return (*found, Need.DEVICE)
    return found


def answer(attempt: Attempt, facts: Facts, challenge: str, answers: Mapping[str, str]) -> Step:
    """Judge an answer to the challenge that is awaited, and to no other."""
    check = CHALLENGES.get(challenge)
    if challenge != attempt.awaiting or check is None or not _is_for(attempt, facts, answers):
        return Refuse(refusal=NotAuthorized(wording.SESSION_INVALID))
    if not choices.still_holds(attempt, facts):
        return Refuse(refusal=NotAuthorized(wording.SESSION_INVALID))
    if attempt.authorization_request is not None and answers.get(ANOTHER_WAY):
        return Proven(attempt=_undecided(attempt))
    named = device.named_by(attempt, facts, answers)
    if isinstance(named, Refuse):
        return named
    verdict = check(named, facts, answers)
    step = Proven(attempt=verdict) if isinstance(verdict, Attempt) else verdict
    return custom.answered(step, challenge)


def _undecided(attempt: Attempt) -> Attempt:
    """Return the attempt with the same proofs, and with no choice of what comes next."""
    return msgspec.structs.replace(
        attempt, awaiting=None, available=(), code=None, setup=None, passkey_challenge=None
    )


def _is_for(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> bool:
    """Tell whether USERNAME names the attempt's own user, by whichever of the user's names."""
    claimed = answers.get("USERNAME", "")
    if claimed in {attempt.username, attempt.name}:
        return True
    user = facts.user
    if user is None:
        return False
    return login_key(facts.pool, claimed) in {login.key for login in logins_of(facts.pool, user)}
