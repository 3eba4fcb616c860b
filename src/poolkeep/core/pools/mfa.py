"""SetUserPoolMfaConfig as a pure function. Source: docs/behaviours/pools.md.

The operation replaces the pool's second factors: what is left out while MFA is ON or OPTIONAL is
off afterwards. A call that holds only passkey settings leaves the rest alone.
"""

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.pools import wording
from poolkeep.core.pools.defaults import MfaConfig, replace
from poolkeep.core.pools.model import MfaSettings, UserPool
from poolkeep.core.pools.pool_checks import check_shared, check_sms, has_factor
from poolkeep.core.pools.relying_party import check_passkeys


def change_mfa(pool: UserPool, change: MfaConfig, *, tiers_enforced: bool) -> UserPool:
    """Return the pool with the change made; refuses what contradicts itself or the pool."""
    factors = (
        change.sms_mfa_configuration,
        change.software_token_mfa_configuration,
        change.email_mfa_configuration,
    )
    if change.web_authn_configuration is not None:
        check_passkeys(change.web_authn_configuration)
    passkeys = change.web_authn_configuration or pool.mfa.web_authn_configuration
    if change.mfa_configuration is None and factors == (None, None, None):
        changed = _off(pool) if change.web_authn_configuration is None else pool
    elif (change.mfa_configuration or "OFF") == "OFF":
        _refuse_factors(change)
        changed = _off(pool)
    else:
        changed = _on(pool, change)
    changed = replace(changed, mfa=replace(changed.mfa, web_authn_configuration=passkeys))
    check_shared(changed, tiers_enforced=tiers_enforced)
    return changed


def _refuse_factors(change: MfaConfig) -> None:
    totp = change.software_token_mfa_configuration
    if (
        change.sms_mfa_configuration is not None
        or change.email_mfa_configuration is not None
        or (totp is not None and totp.enabled)
    ):
        raise InvalidParameter(wording.MFA_OFF_WITH_FACTOR)


def _off(pool: UserPool) -> UserPool:
    """Turn MFA off; the SMS sender stays, because verification may need it."""
    return replace(
        pool,
        settings=replace(pool.settings, mfa_configuration="OFF"),
        mfa=MfaSettings(),
    )


def _on(pool: UserPool, change: MfaConfig) -> UserPool:
    settings = replace(pool.settings, mfa_configuration=change.mfa_configuration)
    sms = change.sms_mfa_configuration
    if sms is not None:
        if sms.sms_configuration is None:
            raise InvalidParameter(wording.SMS_MFA_NEEDS_SMS)
        check_sms(sms.sms_configuration, pool.region)
        settings = replace(
            settings,
            sms_configuration=sms.sms_configuration,
            sms_authentication_message=sms.sms_authentication_message,
        )
    changed = replace(
        pool,
        settings=settings,
        mfa=MfaSettings(
            sms_mfa_enabled=sms is not None,
            software_token_mfa_configuration=change.software_token_mfa_configuration,
            email_mfa_configuration=change.email_mfa_configuration,
        ),
    )
    if not has_factor(changed):
        raise InvalidParameter(wording.MFA_NEEDS_FACTOR)
    return changed
