"""Texts that callers of identity pools read, in one place so that they can be corrected.

Source: docs/behaviours/identity-pools.md.
"""

from typing import Final

GUESTS_OFF: Final = "Unauthenticated access is not supported for this identity pool."
LOGINS_DIFFER: Final = (
    "Logins don't match. Please include at least one valid login for this identity or identity "
    "pool."
)
UNSUPPORTED_PROVIDER: Final = "Token is not from a supported provider of this identity pool."
LINKED_ELSEWHERE: Final = "Logins are already linked to another account."
TOO_MANY_LOGINS: Final = "An identity cannot have more than 20 logins."
LOGINS_PER_REQUEST: Final = "A request cannot have more than 10 logins."

NOT_A_TOKEN: Final = "Invalid login token. Not a valid OpenId Connect identity token."
ISSUER_DIFFERS: Final = "Invalid login token. Issuer doesn't match providerName"
BAD_SIGNATURE: Final = "Invalid login token. Couldn't verify signed token."
WRONG_AUDIENCE: Final = "Invalid login token. Incorrect token audience."
NOT_AN_ID_TOKEN: Final = "Invalid login token. Not an ID token."
REVOKED: Final = "Invalid login token. Token has been revoked."
NOT_OURS: Final = "Invalid login token. Not a Cognito token."
NOT_ACCEPTED: Final = "Invalid login token. The provider does not accept it."

NO_CLASSIC: Final = "Basic (classic) flow is not enabled, please use enhanced flow."
NO_CLASSIC_WITH_MAPPINGS: Final = (
    "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
)
NO_ROLE: Final = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
TOKEN_SERVICE_AWAY: Final = "The token service cannot be reached."
NO_ROLE_LEFT: Final = "No role is available for this identity."

DEVELOPER_NAME_FIXED: Final = "Developer provider name can not be changed once it is set."
TAGS_MAX: Final = "A pool cannot have more than 50 tags."
TAG_RESERVED: Final = "Tag keys must not start with 'aws:'."
NOT_AN_ARN: Final = "ResourceArn is not the ARN of an identity pool of this account and region."
POOLS_MAX: Final = "Quota of 1000 identity pools is used up."
PROVIDER_NAME: Final = "Please provide a valid public provider or developer provider"
DEVELOPER_TAKEN: Final = (
    "Developer user identifier is already registered with a different identity id"
)
DEVELOPER_NOTHING: Final = "Please provide an identity id or a developer user identifier."
DEVELOPER_MISMATCH: Final = "Developer user identifier is not linked to this identity."
DEVELOPER_UNKNOWN: Final = "Developer user identifier not found."
TAG_BYTES: Final = "The principal tags together must not exceed 460 bytes."
RULES_NEEDED: Final = "RulesConfiguration is required for role mappings of type Rules."
RESOLUTION_NEEDED: Final = "AmbiguousRoleResolution is required for role mappings."
RULES_MAX: Final = "A role mapping has between 1 and 25 rules."
RULES_OF_TOKEN: Final = "RulesConfiguration is not allowed for role mappings of type Token."


def no_pool(pool_id: str) -> str:
    """Say that there is no such pool."""
    return f"IdentityPool '{pool_id}' not found."


def developer_taken(name: str | None) -> str:
    """Say that a developer provider cannot be called so."""
    return f"The developer provider cannot be called {name}, as another provider of logins is."


def no_identity(identity_id: str) -> str:
    """Say that there is no such identity."""
    return f"Identity '{identity_id}' not found."


def forbidden(identity_id: str) -> str:
    """Say that an identity needs its logins; SDKs drop the id when they read exactly this."""
    return f"Access to Identity '{identity_id}' is forbidden."


def role_forbidden(role: str) -> str:
    """Say that a role is not to be had."""
    return f"Access to Role '{role}' is forbidden."


def missing_claim(name: str) -> str:
    """Say that a token lacks a claim."""
    return f"Invalid login token. Missing a required claim: {name}"


def expired(now_s: int, exp: int) -> str:
    """Say that a token is too old: now first, its end second."""
    return f"Invalid login token. Token expired: {now_s} >= {exp}"


def not_believed(why: str) -> str:
    """Say what is wrong with a SAML response."""
    return f"Invalid login token. {why}"


def not_a_mapped_provider(key: str) -> str:
    """Say that a role mapping is for nobody."""
    return f"({key}) is not a valid RoleMapping ProviderName or is not a configured provider."


def not_a_tagged_provider(key: str) -> str:
    """Say that a tag map is for nobody."""
    return f"({key}) is not a configured provider of this identity pool."


def away(provider: str) -> str:
    """Say that a provider does not answer."""
    return f"{provider} cannot be reached."


def malformed(kind: str, value: str) -> str:
    """Say that a provider has no usable name."""
    return f"Invalid {kind}: {value}"
