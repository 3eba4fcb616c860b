"""Where a reset code may go, and who may ask for one. Pure.

Source: docs/behaviours/recovery.md.
"""

from typing import Final

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.factors.preferences import active_factors
from poolkeep.core.messages.model import EMAIL, SMS, Target
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import recovery_mechanisms
from poolkeep.core.recovery import wording
from poolkeep.core.users.model import Status, User

ADMIN_ONLY: Final = "admin_only"
ADDRESSES: Final = {
    "verified_email": ("email", EMAIL),
    "verified_phone_number": ("phone_number", SMS),
}
WITHOUT_SETTING: Final = ("verified_phone_number", "verified_email")
MFA_OF_MEDIUM: Final = {SMS: "SMS_MFA", EMAIL: "EMAIL_OTP"}
NO_RESET: Final = frozenset({Status.FORCE_CHANGE_PASSWORD, Status.EXTERNAL_PROVIDER})
NO_ADMIN_RESET: Final = NO_RESET | {Status.UNCONFIRMED}


def is_left_to_administrators(pool: LoadedPool) -> bool:
    """Tell whether users cannot recover by themselves."""
    return ADMIN_ONLY in (recovery_mechanisms(pool) or ())


def target_of(pool: LoadedPool, user: User) -> Target | None:
    """Return where the user's reset code goes, None without a verified address that counts.

    Where the pool has the setting, an address that is also the user's second factor does not
    count: one stolen mailbox would be both proofs.
    """
    listed = recovery_mechanisms(pool)
    for mechanism in WITHOUT_SETTING if listed is None else listed:
        if mechanism not in ADDRESSES:
            continue
        attribute, medium = ADDRESSES[mechanism]
        value = user.attributes.get(attribute)
        is_verified = user.attributes.get(f"{attribute}_verified") == "true"
        is_factor = listed is not None and MFA_OF_MEDIUM[medium] in active_factors(pool, user)
        if value and is_verified and not is_factor:
            return Target(medium=medium, destination=value)
    return None


def decoy_medium(pool: LoadedPool) -> str:
    """Return how a reset code would reach an unknown user."""
    listed = recovery_mechanisms(pool)
    settings = pool.pool.settings
    has_sms = settings.sms_configuration is not None
    if listed is None:
        verified = settings.auto_verified_attributes or ()
        return SMS if has_sms and "phone_number" in verified else EMAIL
    first = ADDRESSES.get(listed[0], ("email", EMAIL))[1]
    return first if first == EMAIL or has_sms else EMAIL


def check_may_recover(user: User) -> None:
    """Refuse a user who has no password of their own to forget."""
    if user.status in NO_RESET:
        raise NotAuthorized(wording.NOT_IN_THIS_STATE)


def check_may_be_reset(user: User) -> None:
    """Refuse an administrator's reset of a disabled user, or of one without an own password."""
    if not user.enabled:
        raise NotAuthorized(wording.DISABLED_FOR_ADMINISTRATORS)
    if user.status in NO_ADMIN_RESET:
        raise NotAuthorized(wording.NOT_IN_THIS_STATE)
