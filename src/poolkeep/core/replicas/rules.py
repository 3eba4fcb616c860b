"""What a pool must have to be copied, and what a copy may do.

Source: docs/behaviours/replicas.md; the list is the one of Cognito's guide to several regions.
"""

from typing import Final

from poolkeep.base.refusal import (
    FeatureUnavailableInTier,
    InvalidParameter,
    OperationNotEnabled,
)
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.rules import tier
from poolkeep.core.pools.wording import above_tier
from poolkeep.core.replicas import wording

MULTI_REGION_KEY: Final = ":key/mrk-"

ALWAYS: Final = frozenset({
    "AdminGetDevice", "AdminGetUser", "AdminListDevices", "AdminListGroupsForUser",
    "AdminListUserAuthEvents", "CreateUserPoolDomain", "UpdateUserPoolDomain",
    "DeleteUserPoolDomain", "DescribeUserPoolDomain", "ListUserPoolReplicas",
    "UpdateUserPoolReplica", "DescribeIdentityProvider", "DescribeManagedLoginBranding",
    "DescribeManagedLoginBrandingByClient", "DescribeResourceServer",
    "DescribeRiskConfiguration", "DescribeTerms", "DescribeUserPool", "DescribeUserPoolClient",
    "GetGroup", "GetLogDeliveryConfiguration", "SetLogDeliveryConfiguration",
    "GetSigningCertificate", "GetUICustomization", "GetUserPoolMfaConfig",
    "SetUserPoolMfaConfig", "ListIdentityProviders", "ListGroups", "ListResourceServers",
    "ListTagsForResource", "ListTerms", "ListUserPoolClients", "ListUserPoolClientSecrets",
    "ListUserPools", "ListUsers", "ListUsersInGroup", "SetRiskConfiguration", "TagResource",
    "UntagResource", "UpdateUserPool",
    # Younger than the list:
    "AdminGetUserAuthFactors", "AdminListUserSessions", "DescribeTermsByClient",
    "GetUserPoolClientSessionConfiguration", "GetUserPoolSessionConfiguration",
    "ListUserSessions",
})  # fmt: skip
"""Operations of a copy, active or not."""

WHEN_ACTIVE: Final = frozenset({
    "InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge",
    "AdminRespondToAuthChallenge", "AdminUpdateAuthEventFeedback", "UpdateAuthEventFeedback",
    "AdminUserGlobalSignOut", "GlobalSignOut", "GetDevice", "ListDevices",
    "GetIdentityProviderByIdentifier", "GetTokensFromRefreshToken", "GetUser",
    "GetUserAuthFactors", "ListWebAuthnCredentials", "RevokeToken",
    # Younger than the list:
    "AdminRevokeUserSession", "GetClientToken", "GetDerivedToken", "RevokeUserSession",
})  # fmt: skip
"""What an active copy offers beside."""

PRIMARY_CHALLENGES: Final = {
    "NEW_PASSWORD_REQUIRED": "Setting a new password",
    "MFA_SETUP": "Setting up MFA",
    "SOFTWARE_TOKEN_MFA": "A software token",
}
"""Challenges that change the user or, like a time step, may be used only once in all regions."""


def check_original(pool: UserPool, *, tiers_enforced: bool) -> None:
    """Refuse a pool that cannot be copied: its tier, or a key that another region cannot have."""
    if tiers_enforced and tier(pool) == "LITE":
        raise FeatureUnavailableInTier(above_tier("LITE", [wording.FEATURE]))
    key = pool.settings.key_configuration
    if (
        key is None
        or key.key_type != "CUSTOMER_MANAGED_KEY"
        or MULTI_REGION_KEY not in (key.kms_key_arn or "")
    ):
        raise InvalidParameter(wording.NEEDS_KEY)


def check_operation(pool: UserPool, operation: str) -> None:
    """Refuse an operation that a copy does not offer; an original offers all."""
    if pool.primary_region is None or operation in ALWAYS:
        return
    if pool.replica_status != "ACTIVE" or operation not in WHEN_ACTIVE:
        raise OperationNotEnabled(wording.not_enabled(operation, pool.replica_status or ""))


def check_challenge(pool: UserPool, challenge: str | None) -> None:
    """Refuse a challenge that only the primary region may ask or hear."""
    if pool.primary_region is not None and challenge in PRIMARY_CHALLENGES:
        what = PRIMARY_CHALLENGES[challenge]
        raise OperationNotEnabled(wording.primary_only(what, pool.primary_region))
