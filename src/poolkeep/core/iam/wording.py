"""Texts that callers of IAM read. Source: docs/behaviours/iam.md."""

from typing import Final

from poolkeep.core.iam.model import Entity, Group, ManagedPolicy, OidcProvider, Role, User

DETACH_FIRST: Final = "Cannot delete entity, must detach all policies first."
POLICIES_FIRST: Final = "Cannot delete entity, must delete policies first."
KEYS_FIRST: Final = "Cannot delete entity, must delete access keys first."
GROUPS_FIRST: Final = "Cannot delete entity, must remove user from groups first."
USERS_FIRST: Final = "Cannot delete entity, must remove users from group first."
ATTACHED: Final = "Cannot delete a policy attached to entities."
VERSIONS_FIRST: Final = (
    "This policy has more than one version. Before you delete a policy, you must delete the "
    "policy's versions. The default version is deleted with the policy."
)
DEFAULT_VERSION: Final = "Cannot delete the default version of a policy."
VERSIONS_MAX: Final = (
    "A managed policy can have up to 5 versions. Before you create a new version, you must delete "
    "an existing version."
)
OLD_VERSION: Final = "Policy document must be version 2012-10-17 or greater."
ONLY_STS: Final = "AssumeRole policy may only specify STS AssumeRole actions."
POOLS_UNNAMED: Final = (
    "A trust policy for cognito-identity.amazonaws.com must name the identity pools: a condition "
    "StringEquals on cognito-identity.amazonaws.com:aud is missing."
)
USER_NAME_MISSING: Final = "Must specify userName when calling with non-User credentials"
BAD_MARKER: Final = "Invalid Marker."
SAME_TAG: Final = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
RESERVED_TAG: Final = "Tag keys that begin with aws: are reserved."
TAGS_MAX: Final = "The number of tags has reached the maximum limit."
BAD_URL: Final = "Invalid Open ID Connect Provider URL"
BAD_THUMBPRINT: Final = "Invalid thumbprint: 40 hexadecimal digits are expected."
BAD_METADATA: Final = "Could not parse metadata"
NO_PRIVATE_KEYS: Final = "Encrypted assertions are not supported: there are no private keys here."
METADATA_MISSING: Final = "A SAML metadata document is required."
RESERVED_ROLE: Final = "The role functions is the installation's own."
RESERVED_USER: Final = "The name root is reserved for the account itself."
OF_AWS: Final = "Policies of AWS cannot be changed."


def no_entity(of: type[Entity], name: str) -> str:
    """Say that there is no entity of this name; providers and policies go by their ARN."""
    if of is OidcProvider:
        return f"OpenIDConnect Provider not found for arn {name}"
    if of is ManagedPolicy:
        return f"Policy {name} was not found."
    if of in {Role, User, Group}:
        return f"The {of.KIND} with name {name} cannot be found."
    return f"Manifest not found for arn {name}"


def exists(of: type[Entity], name: str) -> str:
    """Say that a name is taken."""
    if of is ManagedPolicy:
        return f"A policy called {name} already exists. Duplicate names are not allowed."
    if of is OidcProvider:
        return f"Provider with url https://{name} already exists."
    if of in {Role, User, Group}:
        return f"{of.KIND.capitalize()} with name {name} already exists."
    return f"SAMLProvider with name {name} already exists."


def not_attachable(arn: str) -> str:
    """Say that a policy cannot be attached."""
    return f"Policy {arn} does not exist or is not attachable."


def no_version(arn: str, version: str) -> str:
    """Say that a policy has no such version."""
    return f"Policy {arn} version {version} does not exist or is not attachable."


def not_attached(arn: str) -> str:
    """Say that a policy was not attached."""
    return f"Policy {arn} was not found."


def no_inline(of: type[Entity], name: str) -> str:
    """Say that there is no inline policy of this name."""
    return f"The {of.KIND} policy with name {name} cannot be found."


def no_key(key_id: str) -> str:
    """Say that there is no such access key."""
    return f"The Access Key with id {key_id} cannot be found."


def quota(name: str, most: int) -> str:
    """Say that a quota is used up."""
    return f"Cannot exceed quota for {name}: {most}"


def inline_size(of: type[Entity], name: str, most: int) -> str:
    """Say that the inline policies are too long together."""
    return f"Maximum policy size of {most} bytes exceeded for {of.KIND} {name}"


def invalid_principal(kind: str, name: str) -> str:
    """Say that a principal does not exist."""
    return f'Invalid principal in policy: "{kind}":"{name}"'
