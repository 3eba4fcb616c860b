"""SMS_MFA, EMAIL_OTP, SMS_OTP: a code that was sent. Source: docs/behaviours/mfa.md.

One check serves every code: what it proves depends on whether a first factor came before it. The
code itself stands in nobody's database; its keyed hash travels in the sealed handle.
"""

import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import CodeMismatch, InvalidParameter, NotAuthorized
from poolkeep.core.factors.setup import may_set_up, with_address
from poolkeep.core.messages.masks import ATTRIBUTE_OF, mask
from poolkeep.core.messages.model import EMAIL, SMS
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, CodeState, Proof
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Proven, Refuse, SendCode, Step
from poolkeep.core.users.limits import CODE
from poolkeep.core.users.model import Status, User
from poolkeep.crypto.codes import code_digest
from poolkeep.crypto.envelope import Purpose

SMS_MFA: Final = "SMS_MFA"
EMAIL_OTP: Final = "EMAIL_OTP"
SMS_OTP: Final = "SMS_OTP"
MEDIUM: Final = {SMS_MFA: SMS, SMS_OTP: SMS, EMAIL_OTP: EMAIL}
FACTOR: Final = {SMS: "sms", EMAIL: "email_otp"}
AGAIN: Final = "SEND_AGAIN"
"""What the pages answer for somebody who waits for a code in vain; the API has no such answer."""

SECOND_FACTOR_DIGITS: Final = 6
FIRST_FACTOR_DIGITS: Final = 8


def send(
    attempt: Attempt,
    challenge: str,
    *,
    destination: str,
    available: tuple[str, ...] | None = None,
    pretended: bool = False,
) -> SendCode:
    """Send a code to `destination` and ask for it as `challenge`; `pretended`: send none."""
    medium = MEDIUM[challenge]
    is_second = Proof.FIRST_FACTOR in attempt.proofs
    return SendCode(
        attempt=attempt,
        challenge=challenge,
        medium=medium,
        destination=destination,
        digits=SECOND_FACTOR_DIGITS if is_second else FIRST_FACTOR_DIGITS,
        parameters={
            "CODE_DELIVERY_DELIVERY_MEDIUM": medium,
            "CODE_DELIVERY_DESTINATION": mask(medium, destination),
            "USER_ID_FOR_SRP": attempt.username,
        },
        available=available,
        pretended=pretended,
    )


def digest_of(pool: LoadedPool, attempt: Attempt, challenge: str, code: str) -> bytes:
    """Return what the handle keeps of a code: bound to the user, the challenge and the attempt."""
    return code_digest(
        pool.keys.key(Purpose.CODES),
        pool=pool.pool.id,
        user=attempt.username,
        purpose=f"sign-in/{challenge}/{attempt.event_id}",
        code=code,
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Judge a code; a wrong one leaves the session usable until too many were wrong."""
    challenge = attempt.awaiting or ""
    if attempt.authorization_request is not None and answers.get(AGAIN):
        return _again(attempt, facts, challenge)
    name = f"{challenge}_CODE"
    claimed = answers.get(name)
    if not claimed:
        raise InvalidParameter(wording.missing(name))
    state, user = attempt.code, facts.user
    expected = b"" if state is None else state.digest
    right = hmac.compare_digest(digest_of(facts.pool, attempt, challenge, claimed), expected)
    if not right or state is None or user is None:
        return Refuse(refusal=CodeMismatch(wording.CODE_WRONG), counts=CODE)
    is_new = attempt.setup is not None
    if not _still_the_users(facts.pool, user, state, sets_up=challenge if is_new else None):
        return Refuse(refusal=NotAuthorized(wording.SESSION_INVALID))
    is_second = Proof.FIRST_FACTOR in attempt.proofs
    proof = Proof.SECOND_FACTOR if is_second else Proof.FIRST_FACTOR
    return Proven(
        attempt=attempt.proved(proof, FACTOR[state.medium]),
        guard=CODE,
        user=with_address(
            facts.pool,
            user,
            challenge,
            address=state.destination,
            now_ms=facts.now_ms,
        )
        if is_new
        else _verified(
            user,
            state.medium,
            state.destination,
            confirms=not is_second,
            now_ms=facts.now_ms,
        ),
    )


def _again(attempt: Attempt, facts: Facts, challenge: str) -> Step:
    """Send another code to where the last one went; that one proves nothing any more."""
    state = attempt.code
    if state is None:
        return Refuse(refusal=NotAuthorized(wording.SESSION_INVALID))
    return send(attempt, challenge, destination=state.destination, pretended=facts.user is None)


def _still_the_users(
    pool: LoadedPool, user: User, state: CodeState, *, sets_up: str | None
) -> bool:
    """Tell whether the address that the code went to is the user's, or may become it.

    It may have been changed since, by somebody who found it in the wrong hands.
    """
    if sets_up is not None:
        return may_set_up(pool, user, sets_up)
    return user.attributes.get(ATTRIBUTE_OF[state.medium]) == state.destination


def _verified(
    user: User, medium: str, destination: str, *, confirms: bool, now_ms: int
) -> User | None:
    """Return the user with the address verified and, by a first factor, confirmed; None: as is."""
    attribute = ATTRIBUTE_OF[medium]
    flag = f"{attribute}_verified"
    changed = user
    same = user.attributes.get(attribute) == destination
    if same and user.attributes.get(flag) != "true":
        document = msgspec.structs.replace(
            user.document, attributes={**user.attributes, flag: "true"}
        )
        changed = msgspec.structs.replace(changed, document=document)
    # Who was imported without a password has none that could be asked to be reset.
    imported = user.status == Status.RESET_REQUIRED and user.credential is None
    if confirms and (imported or user.status == Status.UNCONFIRMED):
        changed = msgspec.structs.replace(changed, status=Status.CONFIRMED)
    if changed is user:
        return None
    return msgspec.structs.replace(changed, modified_ms=now_ms)
