"""The texts of the token service, which clients know."""

from typing import Final

NOT_BY_WEB: Final = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
NOT_BY_SAML: Final = "Not authorized to perform sts:AssumeRoleWithSAML"
NO_JWT: Final = (
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)
WRONG_AUDIENCE: Final = "Incorrect token audience"
NO_KEYS: Final = (
    "Couldn't retrieve verification key from your identity provider,  please reference "
    "AssumeRoleWithWebIdentity documentation for requirements"
)
WRONG_SIGNATURE: Final = "The signature of the ID Token provided is wrong"
OPAQUE: Final = "Tokens of this provider are taken by identity pools, not by the token service"
TOO_LONG: Final = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
CHAINED_TOO_LONG: Final = (
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
    "chaining"
)
ROOT_ASSUMES: Final = "Roles may not be assumed by root accounts."
BAD_SESSION_NAME: Final = (
    "The assertion must have one RoleSessionName, of 2 to 64 letters, digits and _+=,.@-"
)
BAD_SOURCE: Final = "The source identity must have 2 to 64 letters, digits and _+=,.@-"
FEDERATED_ASSUMES: Final = "Cannot call AssumeRole with the credentials of a federated user"
NO_SESSION_TOKEN: Final = "Cannot call GetSessionToken with session credentials"
NO_FEDERATION_TOKEN: Final = "Cannot call GetFederationToken with session credentials"
EXPIRED: Final = "The security token included in the request is expired"
UNKNOWN: Final = "The security token included in the request is invalid."
PACKED: Final = "Packed size of session policies and tags consumes {}% of allotted space."
PLAIN_POLICIES: Final = (
    "The inline session policy and the ARNs of managed ones have at most 2048 characters together"
)
TRANSITIVE: Final = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive "
    "tag key from the calling session."
)
SOURCE_SET: Final = "The source identity of the calling session cannot be changed."
SAME_TAG: Final = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
RESERVED_TAG: Final = "aws: prefixed tag key names are not allowed for external use."
NOT_TRANSITIVE: Final = "The specified transitive tag key must be included in the requested tags."
FOREIGN_POLICY: Final = "The policy is not present in the account of the role: {}"
NO_PROVIDER: Final = "No OpenIDConnect provider found in your account for {}"
LATE: Final = "Token expired: current date/time {} must be before the expiration date/time {}"
MESSAGE: Final = "The authorization message is not valid."


def not_allowed(arn: str, action: str, resource: str, because: str = "") -> str:
    """Return IAM's words for a refusal."""
    told = f"User: {arn} is not authorized to perform: {action} on resource: {resource}"
    return f"{told} {because}".rstrip()
