"""What a description shows where the caller set nothing, and what shows in two places.

Source: docs/behaviours/pools.md, POOL-02, POOL-13, POOL-18; clients.md, CLIENT-02.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.core.pools.model import (
    AcrLevel,
    AdminCreateUserConfig,
    ClientSettings,
    DcrConfiguration,
    DeviceConfiguration,
    EmailConfiguration,
    EmailMfaConfiguration,
    LambdaConfig,
    MfaSettings,
    Policies,
    PoolSettings,
    SignInPolicy,
    SmsMfaConfiguration,
    SoftwareTokenMfaConfiguration,
    TokenValidityUnits,
    UserPool,
    VerificationMessageTemplate,
    WebAuthnConfiguration,
)
from poolkeep.core.pools.rules import (
    AUTH_SESSION_VALIDITY_MIN,
    DEFAULT_FIRST_FACTORS,
    DEFAULT_TIER,
    REFRESH_TOKEN_VALIDITY,
    effective_password_policy,
    sms_factor,
)

ACR_DEFAULTS: Final = {f"Level{level}": f"urn:cognito:loa:{level}" for level in range(1, 5)}

replace = msgspec.structs.replace


def described_pool(pool: UserPool) -> PoolSettings:
    """Return the pool's settings as a description shows them."""
    settings = pool.settings
    return replace(
        settings,
        policies=_policies(settings),
        deletion_protection=settings.deletion_protection or "INACTIVE",
        lambda_config=_lambda_config(settings.lambda_config or LambdaConfig()),
        mfa_configuration=settings.mfa_configuration or "OFF",
        user_pool_tier=settings.user_pool_tier or DEFAULT_TIER,
        user_pool_tags=settings.user_pool_tags or {},
        admin_create_user_config=_admin_create_user_config(settings),
        email_configuration=_email_configuration(settings.email_configuration),
        device_configuration=_device_configuration(settings.device_configuration),
        dcr_configuration=_dcr_configuration(settings.dcr_configuration),
        acr_configuration=_acr_configuration(settings),
    )


def mirrored(settings: PoolSettings) -> PoolSettings:
    """Return settings whose verification texts agree at the top and in the template.

    They are the same settings under two names; where both are given, the template wins.
    """
    template = settings.verification_message_template or VerificationMessageTemplate()
    template = replace(
        template,
        sms_message=template.sms_message or settings.sms_verification_message,
        email_message=template.email_message or settings.email_verification_message,
        email_subject=template.email_subject or settings.email_verification_subject,
        default_email_option=template.default_email_option or "CONFIRM_WITH_CODE",
    )
    return replace(
        settings,
        verification_message_template=template,
        sms_verification_message=template.sms_message,
        email_verification_message=template.email_message,
        email_verification_subject=template.email_subject,
    )


def acr_values(configured: Mapping[str, AcrLevel] | None) -> dict[str, str]:
    """Return the effective name of each authentication level."""
    return ACR_DEFAULTS | {
        level: named.acr_value or "" for level, named in (configured or {}).items()
    }


class MfaConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's MFA settings, as SetUserPoolMfaConfig takes them and both operations answer them."""

    mfa_configuration: str | None = None
    sms_mfa_configuration: SmsMfaConfiguration | None = None
    software_token_mfa_configuration: SoftwareTokenMfaConfiguration | None = None
    email_mfa_configuration: EmailMfaConfiguration | None = None
    web_authn_configuration: WebAuthnConfiguration | None = None


def described_mfa(pool: UserPool) -> MfaConfig:
    """Return the pool's MFA settings; factors that are not configured are None."""
    settings, mfa = pool.settings, pool.mfa
    sms = None
    if sms_factor(pool):
        sms = SmsMfaConfiguration(
            sms_authentication_message=settings.sms_authentication_message,
            sms_configuration=settings.sms_configuration,
        )
    return MfaConfig(
        mfa_configuration=settings.mfa_configuration or "OFF",
        sms_mfa_configuration=sms,
        software_token_mfa_configuration=mfa.software_token_mfa_configuration,
        email_mfa_configuration=mfa.email_mfa_configuration,
        web_authn_configuration=_web_authn(mfa),
    )


def described_client(settings: ClientSettings) -> ClientSettings:
    """Return a client's settings as a description shows them."""
    return replace(
        settings,
        refresh_token_validity=settings.refresh_token_validity or REFRESH_TOKEN_VALIDITY,
        token_validity_units=settings.token_validity_units or TokenValidityUnits(),
        allowed_o_auth_flows_user_pool_client=bool(settings.allowed_o_auth_flows_user_pool_client),
        enable_token_revocation=settings.enable_token_revocation is not False,
        enable_propagate_additional_user_context_data=bool(
            settings.enable_propagate_additional_user_context_data
        ),
        auth_session_validity=settings.auth_session_validity or AUTH_SESSION_VALIDITY_MIN,
    )


def _policies(settings: PoolSettings) -> Policies:
    given = settings.policies or Policies()
    policy = effective_password_policy(settings)
    own = given.password_policy
    return Policies(
        password_policy=replace(
            policy, password_history_size=own.password_history_size if own else None
        ),
        sign_in_policy=SignInPolicy(
            allowed_first_auth_factors=(
                given.sign_in_policy and given.sign_in_policy.allowed_first_auth_factors
            )
            or DEFAULT_FIRST_FACTORS
        ),
    )


def _lambda_config(given: LambdaConfig) -> LambdaConfig:
    """Show a version 1 configuration of token generation under the old name too."""
    versioned = given.pre_token_generation_config
    if versioned is None or versioned.lambda_version != "V1_0":
        return given
    return replace(given, pre_token_generation=versioned.lambda_arn)


def _admin_create_user_config(settings: PoolSettings) -> AdminCreateUserConfig:
    given = settings.admin_create_user_config or AdminCreateUserConfig()
    return replace(
        given,
        allow_admin_create_user_only=bool(given.allow_admin_create_user_only),
        unused_account_validity_days=effective_password_policy(
            settings
        ).temporary_password_validity_days,
    )


def _email_configuration(given: EmailConfiguration | None) -> EmailConfiguration:
    given = given or EmailConfiguration()
    return replace(given, email_sending_account=given.email_sending_account or "COGNITO_DEFAULT")


def _device_configuration(given: DeviceConfiguration | None) -> DeviceConfiguration | None:
    if given is None:
        return None
    return DeviceConfiguration(
        challenge_required_on_new_device=bool(given.challenge_required_on_new_device),
        device_only_remembered_on_user_prompt=bool(given.device_only_remembered_on_user_prompt),
    )


def _dcr_configuration(given: DcrConfiguration | None) -> DcrConfiguration | None:
    if given is None:
        return None
    authenticated, open_types = given.authenticated_grant_types, given.open_dcr_grant_types
    return replace(
        given,
        enable_status=given.enable_status or "Enabled",
        open_dcr_enabled=bool(given.open_dcr_enabled),
        authenticated_grant_types=(
            ("code", "client_credentials") if authenticated is None else authenticated
        ),
        open_dcr_grant_types=("code",) if open_types is None else open_types,
    )


def _acr_configuration(settings: PoolSettings) -> dict[str, AcrLevel] | None:
    """Show all four levels, save on the tier that has none."""
    if settings.user_pool_tier == "LITE":
        return None
    values = acr_values(settings.acr_configuration)
    return {level: AcrLevel(acr_value=value) for level, value in values.items()}


def _web_authn(mfa: MfaSettings) -> WebAuthnConfiguration | None:
    given = mfa.web_authn_configuration
    if given is None:
        return None
    return replace(
        given,
        user_verification=given.user_verification or "preferred",
        factor_configuration=given.factor_configuration or "SINGLE_FACTOR",
    )
