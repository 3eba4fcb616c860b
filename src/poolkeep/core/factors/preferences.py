"""A user's factors in the user's own document, where a sign-in finds them without a second read."""

from typing import Any, Final

import msgspec

from poolkeep.core.factors.model import (
    ADDRESS_OF,
    EMAIL_OTP,
    LISTED,
    MFA_FACTORS,
    SMS_MFA,
    SOFTWARE_TOKEN_MFA,
    MfaPreferences,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import mfa_mode, sms_factor
from poolkeep.core.users.model import User
from poolkeep.core.users.revision import redocumented

_NONE: Final = MfaPreferences()


def preferences_of(user: User) -> MfaPreferences:
    """Return what is known of the user's factors."""
    stored = user.document.mfa
    return msgspec.convert(stored, MfaPreferences) if stored else _NONE


def pool_factors(pool: LoadedPool) -> tuple[str, ...]:
    """Return the second factors that the pool offers; none where MFA is off."""
    if mfa_mode(pool) == "OFF":
        return ()
    mfa = pool.pool.mfa
    totp = mfa.software_token_mfa_configuration
    offered = {
        SMS_MFA: sms_factor(pool),
        SOFTWARE_TOKEN_MFA: totp is not None and totp.enabled is True,
        EMAIL_OTP: mfa.email_mfa_configuration is not None,
    }
    return tuple(factor for factor in MFA_FACTORS if offered[factor])


def active_factors(pool: LoadedPool, user: User) -> tuple[str, ...]:
    """Return the second factors that the user has turned on and the pool lets the user use.

    An authenticator app that is in use stays in use where the pool stops offering new ones.
    """
    if mfa_mode(pool) == "OFF":
        return ()
    enabled = preferences_of(user).enabled
    usable = {*pool_factors(pool), SOFTWARE_TOKEN_MFA}
    return tuple(factor for factor in MFA_FACTORS if factor in enabled and factor in usable)


def can_use(user: User, factor: str) -> bool:
    """Tell whether the user has what the factor needs: an address, or a verified app."""
    if factor == SOFTWARE_TOKEN_MFA:
        return preferences_of(user).software_token
    return bool(user.attributes.get(ADDRESS_OF[factor]))


def with_preferences(user: User, now_ms: int, **members: Any) -> User:  # noqa: ANN401  of MfaPreferences
    """Return the user with other preferences, modified now; the same user where nothing changes."""
    before = preferences_of(user)
    after = msgspec.structs.replace(before, **members)
    if after == before:
        return user
    others = {
        name: value
        for name, value in user.document.mfa.items()
        if name not in MfaPreferences.__struct_fields__
    }
    return redocumented(user, now_ms, mfa={**others, **msgspec.to_builtins(after)})


def with_factor(user: User, factor: str, now_ms: int, **members: Any) -> User:  # noqa: ANN401  as above
    """Return the user with a factor turned on."""
    enabled = {*preferences_of(user).enabled, factor}
    return with_preferences(user, now_ms, enabled=in_order(enabled), **members)


def without_software_token(user: User, now_ms: int) -> User:
    """Return the user without an authenticator app: neither turned on nor preferred."""
    before = preferences_of(user)
    rest = {factor for factor in before.enabled if factor != SOFTWARE_TOKEN_MFA}
    preferred = before.preferred if before.preferred in rest else None
    return with_preferences(
        user,
        now_ms,
        enabled=in_order(rest),
        preferred=preferred,
        software_token=False,
        software_token_named=False,
    )


def in_order(factors: set[str]) -> tuple[str, ...]:
    """Return factors in the order of every list."""
    return tuple(factor for factor in LISTED if factor in factors)
