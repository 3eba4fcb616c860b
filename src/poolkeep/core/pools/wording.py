"""What callers read about pools and app clients. Source: docs/behaviours/pools.md, clients.md."""

from collections.abc import Iterable
from typing import Final

ALIASES_AND_USERNAMES: Final = (
    "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."
)
AUTO_VERIFY_NEEDS_SMS: Final = (
    "SMS configuration is required when phone_number is selected for auto verification"
)
MFA_NEEDS_SMS: Final = (
    "SMS configuration and Auto verification for phone_number are required "
    "when MFA is required/optional"
)
MFA_TURNED_ON_LATE: Final = "Cannot turn MFA functionality ON, once the user pool has been created"
MFA_NEEDS_FACTOR: Final = (
    "At least one of [SmsMfaConfiguration] or [SoftwareTokenMfaConfiguration] must be provided."
)
MFA_OFF_WITH_FACTOR: Final = (
    "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
)
SMS_MFA_NEEDS_SMS: Final = (
    "[SmsConfiguration] is a required member of [SoftwareTokenMfaConfiguration]."
)
EMAIL_MFA_NEEDS_SENDER: Final = (
    "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an "
    "EmailSendingAccount of COGNITO_DEFAULT."
)
EMAIL_MFA_AND_RECOVERY: Final = (
    "Cannot set EmailMfaConfiguration when email is the only account recovery mechanism."
)
RELYING_PARTY_FORM: Final = "RelyingPartyId is not a domain name."
RELYING_PARTY_PUBLIC: Final = "RelyingPartyId is a public suffix, which nobody owns."
MFA_AND_PASSWORDLESS: Final = (
    "MFA cannot be required while passwordless factors are allowed as first auth factors."
)
PASSWORD_FACTOR_REQUIRED: Final = (
    "Password should be configured as one of the allowed first auth factors."
)
TOKEN_IS_NO_FIRST_FACTOR: Final = "SOFTWARE_TOKEN is not a supported first auth factor."
BOTH_VALIDITIES: Final = (
    "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of "
    "UnusedAccountValidityDays"
)
UPDATES_NOT_AUTO_VERIFIED: Final = (
    "All attributes in AttributesRequireVerificationBeforeUpdate must exist in "
    "AutoVerifiedAttributes"
)
PREFERRED_USERNAME_TWICE: Final = (
    "preferred_username can be a required attribute or an alias, not both."
)
DEVELOPER_SENDER_NEEDS_SOURCE: Final = "Source ARN is required to use DEVELOPER email sending owner"
INVALID_FROM: Final = "Provided From email address is invalid"
SOURCE_REGIONS: Final = ("eu-west-1", "us-east-1", "us-west-2")
INVALID_SOURCE_REGION: Final = (
    f"Provided SourceArn must be in one of the following SES regions: {', '.join(SOURCE_REGIONS)}."
)
ONE_SMS_SENDER: Final = "SmsConfiguration needs exactly one of SnsCallerArn and EumsSms."
EUMS_REGION: Final = "EumsSms.Region must be the region of the user pool."
RECOVERY_PRIORITIES: Final = "Account recovery priorities must be unique."
RECOVERY_NAMES: Final = "Account recovery mechanisms must be unique."
RECOVERY_ADMIN_ALONE: Final = (
    "admin_only cannot be combined with other account recovery mechanisms."
)
CROSS_REGION_LAMBDA: Final = "Cross-region lambda functions are not supported"
TOKEN_TRIGGER_TWICE: Final = (
    "PreTokenGeneration and PreTokenGenerationConfig must name the same Lambda function."
)
SENDER_NEEDS_KEY: Final = "KMSKeyID is required with CustomSMSSender or CustomEmailSender."
CUSTOMER_KEY_NEEDS_ARN: Final = "KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY."
OWNED_KEY_HAS_NO_ARN: Final = "KmsKeyArn can only be given when KeyType is CUSTOMER_MANAGED_KEY."
ACR_LEVELS: Final = "AcrConfiguration keys must be Level1, Level2, Level3 or Level4."
ACR_VALUES_UNIQUE: Final = "AcrValue must be unique over all levels."
HAS_REPLICA: Final = "The user pool has a replica. Delete the replica first."
DELETION_PROTECTED: Final = (
    "The user pool cannot be deleted because deletion protection is activated. "
    "Deletion protection must be inactivated first."
)
HAS_DOMAIN: Final = (
    "User pool cannot be deleted. It has a domain configured that should be deleted first."
)
IMPORT_IN_PROGRESS: Final = "An import of users is in progress in this user pool."
TOO_MANY_POOLS: Final = "The account has reached its limit of user pools."
TOO_MANY_TAGS: Final = "A user pool has at most 50 tags."
RESERVED_TAG: Final = "Tag keys that begin with aws: are reserved."
INVALID_ARN: Final = "Invalid resource ARN."
PASSWORD_STORAGE_TAG: Final = "poolkeep:password-storage"
INVALID_PASSWORD_STORAGE: Final = (
    f"The tag {PASSWORD_STORAGE_TAG} must be srp-verifier or argon2id."
)

NO_DATA_TYPE: Final = (
    "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
)
NO_NAME: Final = "Attribute name is required."
REQUIRED_CUSTOM: Final = "Required custom attributes are not supported currently."
SUB_IS_FIXED: Final = "The attribute sub cannot be made mutable or optional."
TOO_MANY_CUSTOM: Final = "A user pool has at most 50 custom attributes."

TOO_MANY_CLIENTS: Final = "The user pool has reached its limit of app clients."
TWO_SECRETS: Final = "ClientSecret cannot be given when GenerateSecret is true."
LEGACY_AND_NEW_FLOWS: Final = (
    "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."
)
REFRESH_AND_ROTATION: Final = (
    "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation "
    "is enabled."
)
CLIENT_TOKEN_ALONE: Final = "ALLOW_CLIENT_TOKEN_AUTH cannot be used with other ExplicitAuthFlows."
CLIENT_TOKEN_NEEDS_SECRET: Final = (
    "ALLOW_CLIENT_TOKEN_AUTH can only be enabled for clients with a secret."
)
TOKEN_VALIDITY: Final = "Invalid range for token validity."
WRITE_ATTRIBUTES: Final = "Invalid write attributes specified while creating a client"
READ_ATTRIBUTES: Final = "Invalid read attributes specified while creating a client"
CREDENTIALS_WITH_CODE: Final = (
    "client_credentials flow can not be selected along with code flow or implicit flow."
)
CREDENTIALS_NEED_SECRET: Final = (
    "client_credentials flow can not be selected if client does not have a client secret."
)
CREDENTIALS_WITH_DEFAULT_SCOPES: Final = (
    "client_credentials flow can not be selected along with default scopes."
)
OAUTH_LISTS: Final = (
    "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use "
    "OAuth flows."
)
NO_CALLBACK: Final = "CallbackUrls can not be empty when code flow or implicit flow is selected"
ANALYTICS: Final = (
    "Invalid analytics configuration given, either <application arn> or <application id, role "
    "arn, external id> are valid"
)
PROPAGATION_NEEDS_SECRET: Final = (
    "EnablePropagateAdditionalUserContextData can only be enabled for clients with a secret"
)
IDP_INITIATED_ALONE: Final = (
    "An app client with a provider that accepts IdP-initiated SAML can have SAML providers only."
)
ROTATION_FEATURE: Final = "Refresh Token Rotation"
TOO_MANY_SECRETS: Final = "An app client has at most two secrets."
LAST_SECRET: Final = "The last secret of an app client cannot be deleted."
PUBLIC_CLIENT: Final = "The app client was created without a secret."
REGISTERED_CLIENT: Final = "The secrets of a dynamically registered client cannot be managed."


def no_pool(pool_id: str) -> str:
    """Return the text for a pool that is not there (for this account)."""
    return f"User pool {pool_id} does not exist."


def no_client(client_id: str) -> str:
    """Return the text for a client that is not there (in this pool)."""
    return f"User pool client {client_id} does not exist."


def no_secret(secret_id: str) -> str:
    """Return the text for a secret that the client does not have."""
    return f"Client secret {secret_id} does not exist."


def above_tier(tier: str, features: Iterable[str]) -> str:
    """Return the text for features that the tier lacks."""
    return (
        f"The following features need to be disabled for the {tier} pricing tier configured: "
        f"{', '.join(features)}"
    )


def standard_attribute_fixed(name: str) -> str:
    """Return the text for a standard attribute of another type."""
    return (
        "You can not change AttributeDataType or set developerOnlyAttribute for standard schema "
        f"attribute {name}"
    )


def duplicate_attribute(name: str) -> str:
    """Return the text for a name that stands twice in a schema."""
    return f"Duplicate custom attribute names {name} are not allowed in a user pool schema."


def existing_attribute(name: str) -> str:
    """Return the text for an added attribute that the pool has."""
    return f"{name}: Existing attribute already has name {name}."


def length_bounds(name: str) -> str:
    """Return the text for lengths the wrong way round."""
    return f"Attribute {name} cannot have a max length shorter than it's min length"


def value_bounds(name: str) -> str:
    """Return the text for values the wrong way round."""
    return f"Attribute {name} cannot have a max value smaller than it's min value"


def too_long(name: str) -> str:
    """Return the text for text attributes beyond 2048 characters."""
    return f"user.{name}: String attributes cannot have a length of more than 2048"


def invalid_constraints(kind: str, name: str) -> str:
    """Return the text for bounds that are no numbers."""
    return f"Invalid {kind}AttributeConstraints for schema attribute {name}"


def http_callback(url: str) -> str:
    """Return the text for a callback that is neither https nor local."""
    return f"{url} cannot use the HTTP protocol."


def invalid_callback(url: str) -> str:
    """Return the text for what is no absolute address, or has a fragment."""
    return f"{url} is not a valid redirect URI."


def default_not_listed(url: str) -> str:
    """Return the text for a default that is no callback."""
    return f"The default redirect URI {url} is not in the callback URIs list."


def unknown_scope(scope: str) -> str:
    """Return the text for a scope that does not exist."""
    return f"Invalid scope requested: {scope}"


def unknown_provider(name: str, pool_id: str) -> str:
    """Return the text for a provider that the pool lacks."""
    return f"The provider {name} does not exist for User Pool {pool_id}"
