"""USER_AUTH: the user chooses how to prove who they are."""

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.signin import choices, step_up, wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.challenges import (
    one_time_code,
    password,
    password_verifier,
    select_challenge,
    software_token,
    web_authn,
)
from poolkeep.core.signin.choices import Offer
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages import second_factor
from poolkeep.core.signin.steps import CheckPassword, Refuse, Step


def first_factor(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for the preferred factor, or let the user choose."""
    offer = choices.offer(attempt, facts)
    if not offer.challenges:
        return Refuse(refusal=NotAuthorized(wording.INCORRECT))
    leading = step_up.narrow(attempt, facts, offer)
    if not leading:
        # A factor was taken from the user since the sign-in began.
        return Refuse(refusal=InvalidParameter(wording.LEVEL_UNREACHABLE))
    towards = msgspec.structs.replace(offer, challenges=leading)
    return put(attempt, facts, entropy, offer=towards)


def put(
    attempt: Attempt, facts: Facts, entropy: Entropy, *, offer: Offer, alone: bool = False
) -> Step:
    """Ask for what the caller prefers if it is offered, else let the caller choose.

    `alone`: where only one is offered there is nothing to choose.
    """
    preferred = facts.given.get(select_challenge.PREFERRED, "")
    if preferred not in offer.challenges:
        if not alone or len(offer.challenges) > 1:
            return select_challenge.prompt(attempt, offer.challenges)
        preferred = offer.challenges[0]
    match preferred:
        case password.PASSWORD:
            return _password(attempt, facts)
        case password.PASSWORD_SRP if facts.given.get("SRP_A"):
            return password_verifier.prompt(attempt, facts, entropy)
        case password.PASSWORD_SRP:
            return password.prompt(attempt, preferred)
        case web_authn.NAME:
            return web_authn.prompt(attempt, facts, entropy)
        case one_time_code.SMS_MFA | software_token.NAME if facts.user is not None:
            return second_factor.ask(attempt, facts, facts.user, factors=(preferred,))
        case _:
            return one_time_code.send(
                attempt,
                preferred,
                destination=choices.destination(attempt, facts, preferred),
                available=offer.challenges,
                pretended=offer.pretended,
            )


def _password(attempt: Attempt, facts: Facts) -> Step:
    if not password.brings_password(facts.given):
        return password.prompt(attempt, password.PASSWORD)
    if facts.row.locked_until_ms > facts.now_ms:
        return Refuse(refusal=NotAuthorized(wording.ATTEMPTS_EXCEEDED))
    return CheckPassword(attempt=attempt, password=facts.given["PASSWORD"])
