"""Which factors a pool offers, a user can use, and a sign-in owes. Pure.

Source: docs/behaviours/mfa.md.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.factors import wording
from poolkeep.core.factors.model import (
    EMAIL_OTP,
    SMS_MFA,
    SOFTWARE_TOKEN_MFA,
    WEB_AUTHN,
    AuthFactors,
    Demand,
    MfaOption,
    PreferenceChange,
)
from poolkeep.core.factors.preferences import (
    active_factors,
    can_use,
    in_order,
    pool_factors,
    preferences_of,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import (
    first_factors,
    mfa_mode,
    passkeys_are_multi_factor,
    recovery_mechanisms,
)
from poolkeep.core.users.model import Status, User

_ONLY_WAY_BACK: Final[dict[tuple[str, ...], str]] = {
    ("verified_email",): EMAIL_OTP,
    ("verified_phone_number",): SMS_MFA,
}


class Adaptive(StrEnum):
    """What threat protection demands of one sign-in."""

    NONE = "NO_ACTION"
    IF_CONFIGURED = "MFA_IF_CONFIGURED"
    REQUIRED = "MFA_REQUIRED"


def demand_of(
    pool: LoadedPool,
    user: User,
    *,
    adaptive: Adaptive = Adaptive.NONE,
    barred: Collection[str] = (),
) -> Demand | None:
    """Return what the pool, the user's preferences and the risk demand; None for nothing.

    `barred` are factors that cannot be second because they came first.
    """
    mode = mfa_mode(pool)
    if mode == "OFF" or user.status == Status.EXTERNAL_PROVIDER:
        return None
    active, usable = active_factors(pool, user), usable_factors(pool, user, barred)
    preferred = preferences_of(user).preferred
    if preferred in usable:
        return Demand(factors=(preferred,))
    if usable:
        return Demand(factors=usable)
    if mode == "ON":
        return _required(pool, user, barred)
    if active:
        # Turned on, and its address is gone: whoever took it away must not have taken away MFA.
        return Demand()
    return _adaptive(pool, user, adaptive, barred)


def usable_factors(pool: LoadedPool, user: User, barred: Collection[str] = ()) -> tuple[str, ...]:
    """Return the factors that are turned on and can be asked for."""
    return tuple(
        factor
        for factor in active_factors(pool, user)
        if factor not in barred and can_use(user, factor)
    )


def _required(pool: LoadedPool, user: User, barred: Collection[str]) -> Demand:
    """Return what a user without a factor turned on owes a pool that requires one."""
    factors, bound = _candidates(pool, user, barred)
    if factors or bound:
        return Demand(factors=factors)
    return Demand(setup=pool_factors(pool))


def _adaptive(
    pool: LoadedPool, user: User, adaptive: Adaptive, barred: Collection[str]
) -> Demand | None:
    match adaptive:
        case Adaptive.NONE:
            return None
        case Adaptive.IF_CONFIGURED:
            is_set_up = preferences_of(user).software_token
            offered = SOFTWARE_TOKEN_MFA in pool_factors(pool)
            return Demand(factors=(SOFTWARE_TOKEN_MFA,)) if is_set_up and offered else None
        case Adaptive.REQUIRED:
            return Demand(factors=_candidates(pool, user, barred)[0])


def _candidates(
    pool: LoadedPool, user: User, barred: Collection[str]
) -> tuple[tuple[str, ...], bool]:
    """Return the factors that the user could use at once, and whether recovery has taken any.

    An address that is the pool's only way back to an account cannot be a second factor as well:
    one stolen mailbox would be both proofs.
    """
    possible = [
        factor for factor in pool_factors(pool) if factor not in barred and can_use(user, factor)
    ]
    bound = _ONLY_WAY_BACK.get(recovery_mechanisms(pool) or ())
    free = tuple(factor for factor in possible if factor != bound)
    return free, len(free) < len(possible)


def chosen(
    pool: LoadedPool, user: User, change: PreferenceChange
) -> tuple[tuple[str, ...], str | None]:
    """Return what is turned on and preferred after a change; refuses what cannot be.

    Where the pool requires MFA no factor is turned off: only the preference changes.
    """
    choices = change.by_factor()
    wished = [factor for factor, choice in choices.items() if choice.preferred_mfa]
    if len(wished) > 1:
        raise InvalidParameter(wording.ONE_PREFERRED)
    before = preferences_of(user)
    enabled, preferred = set(before.enabled), before.preferred
    for factor, choice in choices.items():
        if choice.enabled:
            check_may_enable(pool, user, factor)
            enabled.add(factor)
        elif choice.preferred_mfa:
            raise InvalidParameter(wording.PREFERRED_IS_OFF)
        elif mfa_mode(pool) != "ON":
            enabled.discard(factor)
        if preferred == factor:
            preferred = None
    turned_on = choices.get(WEB_AUTHN)
    if turned_on is not None and turned_on.enabled and enabled == {WEB_AUTHN}:
        raise InvalidParameter(wording.PASSKEY_NEEDS_ANOTHER)
    return in_order(enabled), wished[0] if wished else preferred


def check_may_enable(pool: LoadedPool, user: User, factor: str) -> None:
    """Refuse a factor that the pool does not offer or the user has nothing for."""
    if factor == WEB_AUTHN:
        offered, ready = passkeys_are_multi_factor(pool), preferences_of(user).passkeys > 0
    else:
        offered, ready = factor in pool_factors(pool), can_use(user, factor)
    if not offered:
        raise InvalidParameter(wording.not_enabled_for_pool(factor))
    if not ready:
        raise InvalidParameter(wording.no_delivery(factor))


def with_settings(
    pool: LoadedPool, user: User, options: Collection[MfaOption]
) -> tuple[tuple[str, ...], str | None]:
    """Return what is turned on and preferred after the older settings, which know only SMS."""
    before = preferences_of(user)
    enabled, preferred = set(before.enabled), before.preferred
    for option in options:
        if (option.delivery_medium, option.attribute_name) != ("SMS", "phone_number"):
            raise InvalidParameter(wording.ONLY_SMS_SETTINGS)
    if options:
        if not can_use(user, SMS_MFA):
            raise InvalidParameter(wording.no_delivery(SMS_MFA))
        enabled.add(SMS_MFA)
    elif mfa_mode(pool) != "ON":
        enabled.discard(SMS_MFA)
        preferred = None if preferred == SMS_MFA else preferred
    return in_order(enabled), preferred


def auth_factors(pool: LoadedPool, user: User) -> AuthFactors:
    """Return what the user can sign in with, first or second."""
    known = preferences_of(user)
    first, second = first_factors(pool), set(active_factors(pool, user))
    has = user.attributes.get
    configured = {
        "PASSWORD": user.credential is not None,
        "EMAIL_OTP": EMAIL_OTP in second or ("EMAIL_OTP" in first and bool(has("email"))),
        "SMS_OTP": SMS_MFA in second or ("SMS_OTP" in first and bool(has("phone_number"))),
        "WEB_AUTHN": known.passkeys > 0 and "WEB_AUTHN" in first,
        "SOFTWARE_TOKEN": known.software_token,
    }
    return AuthFactors(
        username=user.username,
        preferred=known.preferred,
        enabled=known.enabled,
        configured=tuple(factor for factor, is_there in configured.items() if is_there),
    )
