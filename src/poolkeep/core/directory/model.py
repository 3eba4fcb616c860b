"""The directory as values. Attribute names are those of Cognito's API in snake case."""

import builtins
from typing import Any, Final, Literal

import msgspec

DomainKind = Literal["prefix", "custom"]
CLASSIC: Final = 1
MANAGED_LOGIN: Final = 2


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """One permission of a resource server."""

    scope_name: str
    scope_description: str


class ResourceServer(msgspec.Struct, frozen=True, kw_only=True):
    """An API that access tokens are for."""

    pool_id: str
    identifier: str
    name: str
    scopes: tuple[Scope, ...] = ()
    created_ms: int
    version: int = 1

    def scope_names(self) -> frozenset[str]:
        """Return the scopes as tokens and clients name them."""
        return frozenset(f"{self.identifier}/{scope.scope_name}" for scope in self.scopes)


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else who vouches for users. `provider_details` are as given, secrets included."""

    pool_id: str
    provider_name: str
    provider_type: str
    provider_details: dict[str, str]
    attribute_mapping: dict[str, str] | None = None
    idp_identifiers: tuple[str, ...] = ()
    acr_mapping: dict[str, str] | None = None
    encryption_key: bytes | None = None
    """PKCS #8, of a SAML provider that encrypts its responses; never told."""
    encryption_certificate: bytes | None = None
    """DER, of the same."""
    created_ms: int
    modified_ms: int
    version: int = 1

    def __repr__(self) -> str:
        """Never show the details."""
        return f"IdentityProvider({self.provider_name!r}, {self.provider_type})"


class CustomDomainConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate of a custom domain, and the oldest TLS that it takes."""

    certificate_arn: str
    security_policy: str | None = None


class Failover(msgspec.Struct, frozen=True, kw_only=True):
    """Which region answers when the primary is not well."""

    secondary_region: str
    primary_route53_health_check_id: str


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """How requests to a custom domain find a region."""

    failover: Failover | None = None


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A name under which a pool's pages answer: a prefix of ours, or a whole name of theirs."""

    name: str
    kind: DomainKind
    managed_login_version: int = CLASSIC
    custom_domain_config: CustomDomainConfig | None = None
    routing: Routing | None = None
    created_ms: int
    modified_ms: int


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a branding style."""

    category: str
    color_mode: str
    extension: str
    bytes: builtins.bytes | None = None
    resource_id: str | None = None


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """The style of one client's managed login pages."""

    id: str
    pool_id: str
    client_id: str
    use_cognito_provided_values: bool = False
    settings: dict[str, Any] | None = None
    assets: tuple[Asset, ...] = ()
    created_ms: int
    modified_ms: int
    version: int = 1


class UICustomization(msgspec.Struct, frozen=True, kw_only=True):
    """Style sheet and logo of the classic pages, of one client or of all."""

    pool_id: str
    client_id: str
    css: str | None = None
    image: bytes | None = None
    created_ms: int
    modified_ms: int


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Where a document that users accept is found, by language."""

    id: str
    pool_id: str
    client_id: str
    terms_name: str
    terms_source: str
    enforcement: str
    links: dict[str, str]
    created_ms: int
    modified_ms: int
    version: int = 1


class CloudWatchLogs(msgspec.Struct, frozen=True, kw_only=True):
    """A log group."""

    log_group_arn: str | None = None


class S3Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket."""

    bucket_arn: str | None = None


class Firehose(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery stream."""

    stream_arn: str | None = None


class LogConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Which log goes where."""

    log_level: str
    event_source: str
    cloud_watch_logs_configuration: CloudWatchLogs | None = None
    s3_configuration: S3Bucket | None = None
    firehose_configuration: Firehose | None = None


class CompromisedActions(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to a password that is known to have leaked: BLOCK or NO_ACTION."""

    event_action: str


class CompromisedCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """Where leaked passwords are looked for, and what then."""

    event_filter: tuple[str, ...] | None = None
    actions: CompromisedActions


class NotifyEmail(msgspec.Struct, frozen=True, kw_only=True):
    """A message to the user about a sign-in."""

    subject: str
    html_body: str | None = None
    text_body: str | None = None


class NotifyConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Messages to users about risky sign-ins."""

    source_arn: str
    from_: str | None = None
    reply_to: str | None = None
    block_email: NotifyEmail | None = None
    no_action_email: NotifyEmail | None = None
    mfa_email: NotifyEmail | None = None


class TakeoverAction(msgspec.Struct, frozen=True, kw_only=True):
    """What happens at one level of risk."""

    notify: bool
    event_action: str


class TakeoverActions(msgspec.Struct, frozen=True, kw_only=True):
    """What happens at each level of risk."""

    low_action: TakeoverAction | None = None
    medium_action: TakeoverAction | None = None
    high_action: TakeoverAction | None = None

    def all(self) -> tuple[TakeoverAction, ...]:
        """Return the actions that are set."""
        given = (self.low_action, self.medium_action, self.high_action)
        return tuple(action for action in given if action is not None)


class AccountTakeover(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about sign-ins that do not look like the user's."""

    notify_configuration: NotifyConfiguration | None = None
    actions: TakeoverActions


class RiskException(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses that are always refused, or never weighed."""

    blocked_ip_range_list: tuple[str, ...] | None = None
    skipped_ip_range_list: tuple[str, ...] | None = None


class RiskConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Threat protection of a pool, or of one client in place of the pool's."""

    compromised_credentials_risk_configuration: CompromisedCredentials | None = None
    account_takeover_risk_configuration: AccountTakeover | None = None
    risk_exception_configuration: RiskException | None = None
    modified_ms: int = 0


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at another provider, and the one user of the pool that this is.

    `attribute_name` is what the value is of: the subject, or an attribute that the provider maps.
    """

    pool_id: str
    provider_name: str
    provider_type: str
    attribute_name: str
    value: str
    user_id: str
    is_primary: bool = False
    issuer: str | None = None
    created_ms: int
