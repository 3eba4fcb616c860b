"""MFA_SETUP: who has no second factor where one is required sets one up.

    an app       AssociateSoftwareToken and VerifySoftwareToken with the session, each of which
                 gives the next one (`core/signin/setup.py`); then the last one is the answer
    an address   is the answer itself; a code goes there, and proves it as EMAIL_OTP
    a number     the same as SMS_MFA, on the hosted pages alone

Somebody who learned the password must not put another factor in the place of the user's own: all
of it is for users who still have none. Source: docs/behaviours/mfa.md.
"""

import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.factors.model import ADDRESS_OF, EMAIL_OTP, SMS_MFA, SoftwareToken
from poolkeep.core.factors.setup import may_set_up
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Proof, SetupState
from poolkeep.core.signin.challenges import one_time_code, software_token
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, Refuse, Step
from poolkeep.core.users.attributes import changed, check_writable

NAME: Final = "MFA_SETUP"
EMAIL_ANSWERS: Final = ("EMAIL", "email")
"""SDKs send the one, the guide writes the other."""
PHONE_ANSWER: Final = "PHONE_NUMBER"


def prompt(attempt: Attempt, factors: tuple[str, ...]) -> Ask:
    """Ask to set one of the factors up."""
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, available=factors, setup=None),
        challenge=NAME,
        parameters={
            "MFAS_CAN_SETUP": msgspec.json.encode(factors).decode(),
            "USER_ID_FOR_SRP": attempt.username,
        },
        addressed=True,
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Take the session of an app that was proven, or an address to send a code to."""
    state, user = attempt.setup, facts.user
    invalid = Refuse(refusal=NotAuthorized(wording.SESSION_INVALID))
    if user is None:
        return invalid
    if state is not None and state.is_proven:
        token = facts.evidence.software_token
        # An administrator may have deleted it, or the user may have set up another one meanwhile.
        same = isinstance(token, SoftwareToken) and hmac.compare_digest(token.seed, state.seed)
        return attempt.proved(Proof.SECOND_FACTOR, software_token.FACTOR) if same else invalid
    factor, address = _address(attempt, answers)
    if address is None or not may_set_up(facts.pool, user, factor):
        return invalid
    name = ADDRESS_OF[factor]
    check_writable(facts.pool, facts.client, [name])
    changed(facts.pool, user, {name: address}, by_admin=False)
    new = SetupState(email=address) if factor == EMAIL_OTP else SetupState(phone_number=address)
    started = msgspec.structs.replace(attempt, setup=new, available=())
    return one_time_code.send(started, factor, destination=address)


def _address(attempt: Attempt, answers: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the factor that an answer sets up, and the address for it."""
    number = answers.get(PHONE_ANSWER)
    if number and attempt.authorization_request is not None:
        return SMS_MFA, number
    return EMAIL_OTP, next((answers[name] for name in EMAIL_ANSWERS if answers.get(name)), None)
