"""Which first factors a user may choose from in USER_AUTH. Pure.

    allowed by the pool            AllowedFirstAuthFactors
    and had by the user            a password, an address, a number, a passkey
    and not barred by their state  a temporary password, a second factor in use

Where the client hides who exists, a user who does not exist is offered what one who has everything
would be, and so is a user who cannot sign in here at all. Only a passkey, which few people have, is
left to a coin that always falls the same way for the same name.
Source: docs/behaviours/user-auth.md.
"""

from typing import Final

import msgspec

from poolkeep.core.factors.preferences import active_factors, preferences_of
from poolkeep.core.messages.decoy import decoy_destination
from poolkeep.core.messages.masks import ATTRIBUTE_OF
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import (
    first_factors,
    hides_user_existence,
    mfa_mode,
    passkeys_are_multi_factor,
    uses_srp,
)
from poolkeep.core.signin.attempt import Attempt, Flow, Proof
from poolkeep.core.signin.challenges.one_time_code import EMAIL_OTP, MEDIUM, SMS_OTP
from poolkeep.core.signin.challenges.password import PASSWORD, PASSWORD_SRP
from poolkeep.core.signin.decoy import decoy_has_passkey
from poolkeep.core.signin.facts import Facts
from poolkeep.core.users.model import Status, User
from poolkeep.core.users.names import login_key
from poolkeep.core.users.passwords import stored_verifier

WEB_AUTHN: Final = "WEB_AUTHN"
CODES: Final = (EMAIL_OTP, SMS_OTP)
ORDER: Final = (WEB_AUTHN, EMAIL_OTP, SMS_OTP, PASSWORD, PASSWORD_SRP)
NATIVE: Final = frozenset(
    {
        Status.UNCONFIRMED,
        Status.CONFIRMED,
        Status.FORCE_CHANGE_PASSWORD,
        Status.RESET_REQUIRED,
    }
)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What may be chosen, in the order of the answer; `pretended` where nothing can come of it."""

    challenges: tuple[str, ...]
    pretended: bool = False


def offer(attempt: Attempt, facts: Facts) -> Offer:
    """Return what this user may choose from; nobody's offer looks like somebody's."""
    user = facts.user
    found = () if user is None else _of_user(facts, user)
    if found or not hides_user_existence(facts.client):
        return Offer(challenges=found)
    return Offer(challenges=_of_nobody(attempt, facts), pretended=True)


def destination(attempt: Attempt, facts: Facts, challenge: str) -> str:
    """Return where a code goes; for nobody, what the name suggests."""
    medium = MEDIUM[challenge]
    value = None if facts.user is None else facts.user.attributes.get(ATTRIBUTE_OF[medium])
    return value or decoy_destination(facts.pool, login_key(facts.pool, attempt.name), medium)


def still_holds(attempt: Attempt, facts: Facts) -> bool:
    """Tell whether the first factor that is awaited may still prove anything.

    The pool may have dropped it since it was asked for, an administrator may have set a temporary
    password, and the user may have left the address that the code went to.
    """
    factor = attempt.awaiting
    if (
        attempt.flow is not Flow.USER_AUTH
        or Proof.FIRST_FACTOR in attempt.proofs
        or factor not in {WEB_AUTHN, *CODES}
    ):
        return True
    if factor not in offer(attempt, facts).challenges:
        return False
    if attempt.code is None or facts.user is None:
        return True
    return attempt.code.destination == destination(attempt, facts, factor)


def _of_user(facts: Facts, user: User) -> tuple[str, ...]:
    if user.status not in NATIVE:
        return ()
    pool = facts.pool
    had = {EMAIL_OTP: user.attributes.get("email"), SMS_OTP: user.attributes.get("phone_number")}
    able = {challenge for challenge, value in had.items() if value}
    if preferences_of(user).passkeys:
        able.add(WEB_AUTHN)
    if user.status == Status.FORCE_CHANGE_PASSWORD:
        able.clear()
    elif mfa_mode(pool) == "ON" or active_factors(pool, user):
        able &= {WEB_AUTHN} if passkeys_are_multi_factor(pool) else set()
    if user.credential is not None:
        able.add(PASSWORD)
        if uses_srp(pool) and stored_verifier(pool, user) is not None:
            able.add(PASSWORD_SRP)
    return _listed(pool, able)


def _of_nobody(attempt: Attempt, facts: Facts) -> tuple[str, ...]:
    pool = facts.pool
    able = {PASSWORD}
    if uses_srp(pool):
        able.add(PASSWORD_SRP)
    if mfa_mode(pool) != "ON":
        able.update(CODES)
    if decoy_has_passkey(pool, attempt.name) and (
        mfa_mode(pool) != "ON" or passkeys_are_multi_factor(pool)
    ):
        able.add(WEB_AUTHN)
    return _listed(pool, able)


def _listed(pool: LoadedPool, able: set[str]) -> tuple[str, ...]:
    allowed = set(first_factors(pool))
    if PASSWORD in allowed:
        allowed.add(PASSWORD_SRP)
    return tuple(name for name in ORDER if name in able & allowed)
