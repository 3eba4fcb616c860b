"""User pools and app clients as values.

Attribute names are those of Cognito's API in snake case, so that the AWS face converts by
attribute. `None` means that the caller never set the member (it is then not returned);
`rules.py` says what absence means.
"""

from typing import Literal

import msgspec

from poolkeep.base.secret import Secret
from poolkeep.core.directory.model import (
    Domain,
    DomainKind,
    LogConfiguration,
    RiskConfiguration,
)

PasswordStorage = Literal["srp-verifier", "argon2id"]


class PasswordPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a new password must hold; lengths in characters, validity in days."""

    minimum_length: int | None = None
    require_uppercase: bool | None = None
    require_lowercase: bool | None = None
    require_numbers: bool | None = None
    require_symbols: bool | None = None
    password_history_size: int | None = None
    temporary_password_validity_days: int | None = None


class SignInPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """First factors that USER_AUTH may offer."""

    allowed_first_auth_factors: tuple[str, ...] | None = None


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """The pool's policies."""

    password_policy: PasswordPolicy | None = None
    sign_in_policy: SignInPolicy | None = None


class VersionedLambda(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger with an event version."""

    lambda_version: str
    lambda_arn: str


class LambdaConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which function each trigger source calls."""

    pre_sign_up: str | None = None
    custom_message: str | None = None
    post_confirmation: str | None = None
    pre_authentication: str | None = None
    post_authentication: str | None = None
    define_auth_challenge: str | None = None
    create_auth_challenge: str | None = None
    verify_auth_challenge_response: str | None = None
    pre_token_generation: str | None = None
    user_migration: str | None = None
    pre_token_generation_config: VersionedLambda | None = None
    custom_sms_sender: VersionedLambda | None = None
    custom_email_sender: VersionedLambda | None = None
    kms_key_id: str | None = None
    inbound_federation: VersionedLambda | None = None


class NumberConstraints(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a number attribute, as text."""

    min_value: str | None = None
    max_value: str | None = None


class StringConstraints(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a text attribute's length, as text."""

    min_length: str | None = None
    max_length: str | None = None


class SchemaAttribute(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute of the pool's schema; custom names carry their prefix."""

    name: str | None = None
    attribute_data_type: str | None = None
    developer_only_attribute: bool | None = None
    mutable: bool | None = None
    required: bool | None = None
    number_attribute_constraints: NumberConstraints | None = None
    string_attribute_constraints: StringConstraints | None = None


class VerificationMessageTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """Texts of verification messages."""

    sms_message: str | None = None
    email_message: str | None = None
    email_subject: str | None = None
    email_message_by_link: str | None = None
    email_subject_by_link: str | None = None
    default_email_option: str | None = None


class UserAttributeUpdateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes whose old value stays in force until the new one is verified."""

    attributes_require_verification_before_update: tuple[str, ...] | None = None


class DeviceConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """How devices are remembered; absent means that they are not tracked."""

    challenge_required_on_new_device: bool | None = None
    device_only_remembered_on_user_prompt: bool | None = None


class EmailConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends the pool's e-mail."""

    source_arn: str | None = None
    reply_to_email_address: str | None = None
    email_sending_account: str | None = None
    from_: str | None = None
    configuration_set: str | None = None


class EumsSms(msgspec.Struct, frozen=True, kw_only=True):
    """SMS by End User Messaging."""

    caller_arn: str | None = None
    external_id: str | None = None
    origination_identity: str | None = None
    configuration_set_name: str | None = None
    in_entity_id: str | None = None
    in_template_id: str | None = None
    region: str | None = None


class SmsConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends the pool's SMS."""

    sns_caller_arn: str | None = None
    external_id: str | None = None
    sns_region: str | None = None
    eums_sms: EumsSms | None = None


class InviteMessageTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """Texts of an invitation."""

    sms_message: str | None = None
    email_message: str | None = None
    email_subject: str | None = None


class AdminCreateUserConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Who may create users, and what an invitation says."""

    allow_admin_create_user_only: bool | None = None
    unused_account_validity_days: int | None = None
    invite_message_template: InviteMessageTemplate | None = None


class AdvancedSecurityAdditionalFlows(msgspec.Struct, frozen=True, kw_only=True):
    """Threat protection of custom authentication."""

    custom_auth_mode: str | None = None


class UserPoolAddOns(msgspec.Struct, frozen=True, kw_only=True):
    """Threat protection: OFF, AUDIT or ENFORCED."""

    advanced_security_mode: str | None = None
    advanced_security_additional_flows: AdvancedSecurityAdditionalFlows | None = None


class DcrConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Dynamic client registration."""

    enable_status: str | None = None
    open_dcr_enabled: bool | None = None
    authenticated_grant_types: tuple[str, ...] | None = None
    open_dcr_grant_types: tuple[str, ...] | None = None
    allowed_scopes: tuple[str, ...] | None = None


class UsernameConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Whether names that differ in case are different users."""

    case_sensitive: bool | None = None


class RecoveryOption(msgspec.Struct, frozen=True, kw_only=True):
    """One way to a new password; 1 is tried first."""

    priority: int
    name: str


class AccountRecoverySetting(msgspec.Struct, frozen=True, kw_only=True):
    """Ways to a new password, in order of priority."""

    recovery_mechanisms: tuple[RecoveryOption, ...] | None = None


class KeyConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key encrypts the pool at rest."""

    key_type: str | None = None
    kms_key_arn: str | None = None


class IssuerConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Form of the `iss` claim: ORIGINAL or UPDATED."""

    type: str | None = None


class AcrLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The name of one authentication level."""

    acr_value: str | None = None


class SmsMfaConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The SMS factor."""

    sms_authentication_message: str | None = None
    sms_configuration: SmsConfiguration | None = None


class SoftwareTokenMfaConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The TOTP factor."""

    enabled: bool | None = None


class EmailMfaConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The e-mail factor; its presence turns it on."""

    message: str | None = None
    subject: str | None = None


class WebAuthnConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Passkeys."""

    relying_party_id: str | None = None
    user_verification: str | None = None
    factor_configuration: str | None = None


class PoolSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What CreateUserPool and UpdateUserPool set."""

    name: str
    policies: Policies | None = None
    deletion_protection: str | None = None
    lambda_config: LambdaConfig | None = None
    schema_attributes: tuple[SchemaAttribute, ...] = ()
    auto_verified_attributes: tuple[str, ...] | None = None
    alias_attributes: tuple[str, ...] | None = None
    username_attributes: tuple[str, ...] | None = None
    sms_verification_message: str | None = None
    email_verification_message: str | None = None
    email_verification_subject: str | None = None
    verification_message_template: VerificationMessageTemplate | None = None
    sms_authentication_message: str | None = None
    user_attribute_update_settings: UserAttributeUpdateSettings | None = None
    mfa_configuration: str | None = None
    device_configuration: DeviceConfiguration | None = None
    email_configuration: EmailConfiguration | None = None
    sms_configuration: SmsConfiguration | None = None
    user_pool_tags: dict[str, str] | None = None
    admin_create_user_config: AdminCreateUserConfig | None = None
    user_pool_add_ons: UserPoolAddOns | None = None
    dcr_configuration: DcrConfiguration | None = None
    username_configuration: UsernameConfiguration | None = None
    account_recovery_setting: AccountRecoverySetting | None = None
    user_pool_tier: str | None = None
    key_configuration: KeyConfiguration | None = None
    issuer_configuration: IssuerConfiguration | None = None
    acr_configuration: dict[str, AcrLevel] | None = None


class MfaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What SetUserPoolMfaConfig sets beside the pool; UpdateUserPool never resets it.

    `sms_mfa_enabled` is None until the operation was first used: the pool's SMS sender then
    carries MFA codes too.
    """

    sms_mfa_enabled: bool | None = None
    software_token_mfa_configuration: SoftwareTokenMfaConfiguration | None = None
    email_mfa_configuration: EmailMfaConfiguration | None = None
    web_authn_configuration: WebAuthnConfiguration | None = None


class UserPool(msgspec.Struct, frozen=True, kw_only=True):
    """A user pool as stored; `version` counts changes for compare-and-swap.

    Whether sessions are tracked, and how many a user may have, is set beside the settings.
    `replica_regions` has the regions of copies; a copy also has the region of its original and
    its own status (docs/behaviours/replicas.md).
    """

    id: str
    account: str
    region: str
    created_ms: int
    modified_ms: int
    settings: PoolSettings
    mfa: MfaSettings = MfaSettings()
    password_storage: PasswordStorage = "srp-verifier"
    session_tracking: bool = False
    token_sessions_per_user: int = 20
    replica_regions: tuple[str, ...] = ()
    primary_region: str | None = None
    replica_status: str | None = None
    domains: tuple[Domain, ...] = ()
    log_configurations: tuple[LogConfiguration, ...] = ()
    risk: RiskConfiguration | None = None
    version: int = 1

    @property
    def arn(self) -> str:
        """The pool's resource name."""
        return f"arn:aws:cognito-idp:{self.region}:{self.account}:userpool/{self.id}"

    def domain(self, kind: DomainKind) -> Domain | None:
        """Return the pool's domain of a kind."""
        return next((domain for domain in self.domains if domain.kind == kind), None)


class TokenValidityUnits(msgspec.Struct, frozen=True, kw_only=True):
    """seconds, minutes, hours or days for each kind of token."""

    access_token: str | None = None
    id_token: str | None = None
    refresh_token: str | None = None


class AnalyticsConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Pinpoint settings; stored and returned."""

    application_id: str | None = None
    application_arn: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    user_data_shared: bool | None = None


class RefreshTokenRotation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether each refresh replaces the refresh token, and the grace in seconds."""

    feature: str | None = None
    retry_grace_period_seconds: int | None = None


class ClientSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What CreateUserPoolClient and UpdateUserPoolClient set."""

    client_name: str
    refresh_token_validity: int | None = None
    access_token_validity: int | None = None
    id_token_validity: int | None = None
    token_validity_units: TokenValidityUnits | None = None
    read_attributes: tuple[str, ...] | None = None
    write_attributes: tuple[str, ...] | None = None
    explicit_auth_flows: tuple[str, ...] | None = None
    supported_identity_providers: tuple[str, ...] | None = None
    callback_urls: tuple[str, ...] | None = None
    logout_urls: tuple[str, ...] | None = None
    default_redirect_uri: str | None = None
    allowed_o_auth_flows: tuple[str, ...] | None = None
    allowed_o_auth_scopes: tuple[str, ...] | None = None
    allowed_o_auth_flows_user_pool_client: bool | None = None
    analytics_configuration: AnalyticsConfiguration | None = None
    prevent_user_existence_errors: str | None = None
    enable_token_revocation: bool | None = None
    enable_propagate_additional_user_context_data: bool | None = None
    auth_session_validity: int | None = None
    refresh_token_rotation: RefreshTokenRotation | None = None


class ClientSecret(msgspec.Struct, frozen=True, kw_only=True):
    """One active secret of a client."""

    id: str
    value: str
    created_ms: int

    def secret(self) -> Secret[str]:
        """Return the value in its wrapper."""
        return Secret(self.value)

    def __repr__(self) -> str:
        """Never show the value."""
        return f"ClientSecret(id={self.id!r})"


class AppClient(msgspec.Struct, frozen=True, kw_only=True):
    """An app client as used; its secrets are sealed at rest.

    `sso_minutes` is for how long a browser's sign-in is good for this client without asking.
    """

    id: str
    pool_id: str
    created_ms: int
    modified_ms: int
    settings: ClientSettings
    secrets: tuple[ClientSecret, ...] = ()
    client_type: str = "REGULAR"
    sso_minutes: int = 60
    risk: RiskConfiguration | None = None
    version: int = 1
