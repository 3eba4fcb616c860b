"""The rules that a pool's settings must obey. Each check is pure and raises the first refusal.

    check_new          CreateUserPool
    check_update       UpdateUserPool
    check_shared       these two, and SetUserPoolMfaConfig (`mfa.py`)

What a type, a bound or an enumeration says is refused before; here stands what relates one
setting to another. Source: docs/behaviours/pools.md.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from poolkeep.base.limits import TAGS_PER_POOL
from poolkeep.base.refusal import FeatureUnavailableInTier, InvalidParameter, UserPoolTagging
from poolkeep.core.directory.model import MANAGED_LOGIN
from poolkeep.core.pools import wording
from poolkeep.core.pools.defaults import ACR_DEFAULTS, acr_values
from poolkeep.core.pools.model import (
    AccountRecoverySetting,
    EmailConfiguration,
    KeyConfiguration,
    LambdaConfig,
    PoolSettings,
    SmsConfiguration,
    UserPool,
)
from poolkeep.core.pools.rules import (
    DEFAULT_FIRST_FACTORS,
    effective_password_policy,
    first_factors,
    mfa_mode,
    sms_factor,
    tier,
)

_ADDRESS: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+", re.ASCII)
_NAMED_ADDRESS: Final = re.compile(r"[^<>]*<([^\s@<>]+@[^\s@<>]+)>\s*", re.ASCII)
_LAMBDA_REGION: Final = 3
"""The part of an ARN, split at colons, that names the region."""


def check_new(pool: UserPool, *, tiers_enforced: bool) -> None:
    """Refuse settings that a new pool cannot have."""
    settings = pool.settings
    if settings.alias_attributes and settings.username_attributes:
        raise InvalidParameter(wording.ALIASES_AND_USERNAMES)
    if "preferred_username" in (settings.alias_attributes or ()) and any(
        attribute.name == "preferred_username" and attribute.required
        for attribute in settings.schema_attributes
    ):
        raise InvalidParameter(wording.PREFERRED_USERNAME_TWICE)
    if mfa_mode(pool) != "OFF" and settings.sms_configuration is None:
        raise InvalidParameter(wording.MFA_NEEDS_SMS)
    _check_settings(pool, tiers_enforced=tiers_enforced)


def check_update(old: UserPool, new: UserPool, *, tiers_enforced: bool) -> None:
    """Refuse a change of settings that `new` would make to `old`."""
    wanted = mfa_mode(new)
    if wanted != mfa_mode(old) and (wanted == "ON" or mfa_mode(old) == "OFF"):
        raise InvalidParameter(wording.MFA_TURNED_ON_LATE)
    if wanted != "OFF" and not has_factor(new):
        raise InvalidParameter(wording.MFA_NEEDS_SMS)
    _check_settings(new, tiers_enforced=tiers_enforced)


def has_factor(pool: UserPool) -> bool:
    """Tell whether the pool offers any second factor."""
    totp = pool.mfa.software_token_mfa_configuration
    return (
        sms_factor(pool)
        or (totp is not None and totp.enabled is True)
        or pool.mfa.email_mfa_configuration is not None
    )


def check_shared(pool: UserPool, *, tiers_enforced: bool) -> None:
    """Refuse what settings and MFA configuration together must not say."""
    _check_first_factors(pool)
    if pool.mfa.email_mfa_configuration is not None:
        sender = pool.settings.email_configuration
        if sender is None or sender.email_sending_account != "DEVELOPER":
            raise InvalidParameter(wording.EMAIL_MFA_NEEDS_SENDER)
        recovery = pool.settings.account_recovery_setting
        ways = (recovery and recovery.recovery_mechanisms) or ()
        if [way.name for way in ways] == ["verified_email"]:
            raise InvalidParameter(wording.EMAIL_MFA_AND_RECOVERY)
    if tiers_enforced:
        _check_tier(pool)


def check_sms(sms: SmsConfiguration, region: str) -> None:
    """Refuse an SMS sender that names none or two ways, or another region."""
    if bool(sms.sns_caller_arn) == (sms.eums_sms is not None):
        raise InvalidParameter(wording.ONE_SMS_SENDER)
    if sms.eums_sms is not None and sms.eums_sms.region not in {None, region}:
        raise InvalidParameter(wording.EUMS_REGION)


def check_tags(tags: Mapping[str, str], refusal: type[InvalidParameter | UserPoolTagging]) -> None:
    """Refuse too many tags, and keys that are not the caller's to set."""
    if len(tags) > TAGS_PER_POOL:
        raise refusal(wording.TOO_MANY_TAGS)
    if any(key.lower().startswith("aws:") for key in tags):
        raise refusal(wording.RESERVED_TAG)


def _check_settings(pool: UserPool, *, tiers_enforced: bool) -> None:
    settings = pool.settings
    _check_validity(settings)
    _check_verification(settings)
    if settings.sms_configuration is not None:
        check_sms(settings.sms_configuration, pool.region)
    if settings.email_configuration is not None:
        _check_email(settings.email_configuration, pool.region)
    if settings.lambda_config is not None:
        _check_triggers(settings.lambda_config, pool.region)
    if settings.account_recovery_setting is not None:
        _check_recovery(settings.account_recovery_setting)
    if settings.key_configuration is not None:
        _check_key(settings.key_configuration)
    if settings.acr_configuration is not None:
        _check_acr(settings)
    check_tags(settings.user_pool_tags or {}, UserPoolTagging)
    check_shared(pool, tiers_enforced=tiers_enforced)


def _check_validity(settings: PoolSettings) -> None:
    policy = settings.policies.password_policy if settings.policies else None
    config = settings.admin_create_user_config
    if (
        policy is not None
        and policy.temporary_password_validity_days is not None
        and config is not None
        and config.unused_account_validity_days is not None
    ):
        raise InvalidParameter(wording.BOTH_VALIDITIES)


def _check_verification(settings: PoolSettings) -> None:
    verified = settings.auto_verified_attributes or ()
    if "phone_number" in verified and settings.sms_configuration is None:
        raise InvalidParameter(wording.AUTO_VERIFY_NEEDS_SMS)
    updates = settings.user_attribute_update_settings
    before = (updates and updates.attributes_require_verification_before_update) or ()
    if not set(before) <= set(verified):
        raise InvalidParameter(wording.UPDATES_NOT_AUTO_VERIFIED)


def _check_first_factors(pool: UserPool) -> None:
    factors = first_factors(pool)
    if "SOFTWARE_TOKEN" in factors:
        raise InvalidParameter(wording.TOKEN_IS_NO_FIRST_FACTOR)
    if "PASSWORD" not in factors:
        raise InvalidParameter(wording.PASSWORD_FACTOR_REQUIRED)
    if mfa_mode(pool) != "ON":
        return
    passkeys = pool.mfa.web_authn_configuration
    verified = passkeys is not None and (
        passkeys.factor_configuration == "MULTI_FACTOR_WITH_USER_VERIFICATION"
    )
    if set(factors) - {"PASSWORD"} - ({"WEB_AUTHN"} if verified else set()):
        raise InvalidParameter(wording.MFA_AND_PASSWORDLESS)


def _check_email(email: EmailConfiguration, region: str) -> None:
    if email.email_sending_account == "DEVELOPER" and not email.source_arn:
        raise InvalidParameter(wording.DEVELOPER_SENDER_NEEDS_SOURCE)
    if email.from_:
        named = _NAMED_ADDRESS.fullmatch(email.from_)
        if not _ADDRESS.fullmatch(named.group(1) if named else email.from_):
            raise InvalidParameter(wording.INVALID_FROM)
    if email.source_arn and _region_of(email.source_arn) not in {*wording.SOURCE_REGIONS, region}:
        raise InvalidParameter(wording.INVALID_SOURCE_REGION)


def _check_triggers(triggers: LambdaConfig, region: str) -> None:
    versioned = triggers.pre_token_generation_config
    if (
        versioned is not None
        and triggers.pre_token_generation is not None
        and triggers.pre_token_generation != versioned.lambda_arn
    ):
        raise InvalidParameter(wording.TOKEN_TRIGGER_TWICE)
    if (triggers.custom_sms_sender or triggers.custom_email_sender) and not triggers.kms_key_id:
        raise InvalidParameter(wording.SENDER_NEEDS_KEY)
    for arn in trigger_arns(triggers):
        if arn.split(":")[2:3] == ["lambda"] and _region_of(arn) != region:
            raise InvalidParameter(wording.CROSS_REGION_LAMBDA)


def trigger_arns(triggers: LambdaConfig) -> Iterator[str]:
    """Yield every function that the configuration names."""
    for name in triggers.__struct_fields__:
        value = getattr(triggers, name)
        if value is None or name == "kms_key_id":
            continue
        yield value if isinstance(value, str) else value.lambda_arn


def _check_recovery(recovery: AccountRecoverySetting) -> None:
    ways = recovery.recovery_mechanisms or ()
    if len({way.priority for way in ways}) != len(ways):
        raise InvalidParameter(wording.RECOVERY_PRIORITIES)
    names = [way.name for way in ways]
    if len(set(names)) != len(names):
        raise InvalidParameter(wording.RECOVERY_NAMES)
    if "admin_only" in names and len(names) > 1:
        raise InvalidParameter(wording.RECOVERY_ADMIN_ALONE)


def _check_key(key: KeyConfiguration) -> None:
    customer = key.key_type == "CUSTOMER_MANAGED_KEY"
    if customer and not key.kms_key_arn:
        raise InvalidParameter(wording.CUSTOMER_KEY_NEEDS_ARN)
    if key.kms_key_arn and not customer:
        raise InvalidParameter(wording.OWNED_KEY_HAS_NO_ARN)


def _check_acr(settings: PoolSettings) -> None:
    configured = settings.acr_configuration or {}
    if not configured.keys() <= ACR_DEFAULTS.keys():
        raise InvalidParameter(wording.ACR_LEVELS)
    values = acr_values(configured)
    if len(set(values.values())) != len(values):
        raise InvalidParameter(wording.ACR_VALUES_UNIQUE)


def _check_tier(pool: UserPool) -> None:
    level = tier(pool)
    features = list(_features_above(pool, level))
    if features:
        raise FeatureUnavailableInTier(wording.above_tier(level, features))


def _features_above(pool: UserPool, level: str) -> Iterator[str]:
    """Yield what the pool uses and its tier lacks."""
    settings = pool.settings
    if level == "LITE":
        if set(first_factors(pool)) - set(DEFAULT_FIRST_FACTORS):
            yield "Passwordless Sign-In"
        if pool.mfa.email_mfa_configuration is not None:
            yield "Email MFA"
        if effective_password_policy(settings).password_history_size:
            yield "Password History"
        triggers = settings.lambda_config
        versioned = triggers.pre_token_generation_config if triggers else None
        if versioned is not None and versioned.lambda_version != "V1_0":
            yield f"Token Customization with Pre-Token Generation Lambda {versioned.lambda_version}"
        if settings.acr_configuration is not None:
            yield "Step-Up Authentication"
        if pool.session_tracking:
            yield "User Session Tracking"
        registration = settings.dcr_configuration
        if registration is not None and registration.enable_status != "Disabled":
            yield "Dynamic Client Registration"
    if level != "PLUS":
        add_ons = settings.user_pool_add_ons
        if add_ons is not None and add_ons.advanced_security_mode in {"AUDIT", "ENFORCED"}:
            yield "Threat Protection"
    yield from _directory_features_above(pool, level)


def _directory_features_above(pool: UserPool, level: str) -> Iterator[str]:
    """Yield what stands beside the pool's settings and its tier lacks."""
    managed = any(domain.managed_login_version == MANAGED_LOGIN for domain in pool.domains)
    if level == "LITE" and managed:
        yield "Managed Login"
    exports = any(log.event_source == "userAuthEvents" for log in pool.log_configurations)
    if level != "PLUS" and exports:
        yield "User Activity Log Export"


def _region_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[_LAMBDA_REGION] if len(parts) > _LAMBDA_REGION else ""
