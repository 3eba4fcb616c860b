"""Identity pools and identities as values."""

from typing import Any, Final, Literal, NamedTuple

import msgspec

from poolkeep.base.secret import Secret

ENABLED: Final = "enabled"
ORPHANED: Final = "orphaned"
"""Its last login was taken away; it never becomes a guest again."""
DISABLED: Final = "disabled"
"""Another identity has its logins now."""

COGNITO: Final = "cognito-identity.amazonaws.com"
"""The provider key of our own tokens, and their name in trust policies."""

State = Literal["enabled", "orphaned", "disabled"]
Kind = Literal["user-pool", "oidc", "social", "saml", "developer"]


class UserPoolProvider(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An app client whose ID tokens a pool takes."""

    provider_name: str | None = None
    client_id: str | None = None
    server_side_token_check: bool | None = None


class MappingRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A claim that leads to a role."""

    claim: str
    match_type: str
    value: str
    role_arn: str


class RoleMapping(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a provider's users get their role: by their token, or by rules."""

    type: str
    ambiguous_role_resolution: str | None = None
    rules: tuple[MappingRule, ...] | None = None


class TagMap(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which claims become tags of the session: claim by tag."""

    use_defaults: bool = False
    tags: dict[str, str] = {}


class PoolSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What CreateIdentityPool and UpdateIdentityPool set, all of it."""

    name: str
    allows_guests: bool
    allow_classic_flow: bool | None = None
    supported_login_providers: dict[str, str] | None = None
    developer_provider_name: str | None = None
    open_id_connect_provider_arns: tuple[str, ...] | None = None
    user_pools: tuple[UserPoolProvider, ...] | None = None
    saml_provider_arns: tuple[str, ...] | None = None
    tags: dict[str, str] | None = None


class IdentityPool(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pool with everything that is set for it."""

    id: str
    account: str
    created_ms: int
    version: int
    settings: PoolSettings
    roles: dict[str, str] = {}
    role_mappings: dict[str, RoleMapping] = {}
    tag_maps: dict[str, TagMap] = {}

    @property
    def region(self) -> str:
        """The region that the id names."""
        return region_of(self.id)

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, as policies ask for them."""
        return self.settings.tags or {}

    @property
    def arn(self) -> str:
        """The name by which policies know it."""
        return arn_of(self.account, self.id)


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, or some device, that uses a pool."""

    id: str
    pool_id: str
    state: State
    version: int
    created_ms: int
    modified_ms: int
    merged_into: str | None = None


class Login(NamedTuple):
    """A subject of a provider: what belongs to one identity of a pool at most."""

    provider: str
    subject: str


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """A login whose token was checked.

    `mapping_keys` are the names that role mappings and tag maps may know the provider by, `amr`
    what tokens and guarded services tell of it, `roles` those that a SAML assertion offers.
    """

    login: Login
    kind: Kind
    audience: str = ""
    amr: tuple[str, ...] = ()
    claims: dict[str, Any] = {}
    mapping_keys: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """An identity with its logins."""

    identity: Identity
    logins: tuple[Login, ...] = ()

    @property
    def providers(self) -> list[str]:
        """The names of the providers, each once."""
        return sorted({login.provider for login in self.logins})


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """Temporary credentials, whoever made them, for the one answer that shows them."""

    access_key_id: str
    secret: Secret[str]
    token: Secret[str]
    expires_ms: int


def region_of(name: str) -> str:
    """Return the region in the id of a pool or an identity."""
    return name.partition(":")[0]


def arn_of(account: str, pool_id: str) -> str:
    """Return the ARN of a pool."""
    return f"arn:aws:cognito-identity:{region_of(pool_id)}:{account}:identitypool/{pool_id}"
