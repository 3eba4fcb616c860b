"""The rules that an app client's settings must obey, in the order in which they are refused.

Source: docs/behaviours/clients.md.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from poolkeep.base.refusal import (
    FeatureUnavailableInTier,
    InvalidOAuthFlow,
    InvalidParameter,
    ScopeDoesNotExist,
)
from poolkeep.core.pools import wording
from poolkeep.core.pools.model import ClientSettings, SchemaAttribute, UserPool
from poolkeep.core.pools.ports import ProviderFacts
from poolkeep.core.pools.rules import (
    NEVER_WRITABLE,
    auth_flows,
    rotates,
    tier,
    token_validity_s,
)

ACCESS_RANGE_S: Final = (300, 86_400)
"""Of access and ID tokens: 5 minutes to 24 hours."""
REFRESH_RANGE_S: Final = (3_600, 315_360_000)
"""1 hour to 3650 days."""
USER_SCOPES: Final = frozenset(
    {"phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"}
)
"""Scopes of a user's own data, which a machine has none of."""
REGISTER_SCOPE: Final = "aws.cognito/dcr/register"
RUNS_OR_READS: Final = frozenset(
    {"about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"}
)
"""Schemes that lead a browser to no application, but to code or files."""
LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
LOCAL_USERS: Final = "COGNITO"
"""The provider that stands for the pool's own users."""
_CLIENT_TOKEN: Final = "ALLOW_CLIENT_TOKEN_AUTH"


def check_client(
    pool: UserPool,
    settings: ClientSettings,
    *,
    has_secret: bool,
    providers: Mapping[str, ProviderFacts],
    scopes: frozenset[str],
    tiers_enforced: bool,
) -> None:
    """Refuse settings that a client of the pool cannot have.

    `providers` are the pool's identity providers by name, `scopes` those of its resource servers.
    """
    schema = {attribute.name or "": attribute for attribute in pool.settings.schema_attributes}
    _check_flows(settings, has_secret=has_secret)
    if tiers_enforced and rotates(settings) and tier(pool) == "LITE":
        raise FeatureUnavailableInTier(wording.above_tier("LITE", [wording.ROTATION_FEATURE]))
    check_validity(settings)
    _check_attributes(schema, settings)
    _check_oauth(settings, has_secret=has_secret)
    _check_urls(settings)
    _check_scopes(settings, scopes)
    _check_providers(pool, settings, providers)
    _check_analytics(settings)
    if settings.enable_propagate_additional_user_context_data and not has_secret:
        raise InvalidParameter(wording.PROPAGATION_NEEDS_SECRET)


def check_validity(settings: ClientSettings) -> None:
    """Refuse lifetimes out of range, and a refresh token that dies before its fruits."""
    access, identity, refresh = token_validity_s(settings)
    shortest, longest = ACCESS_RANGE_S
    in_range = (
        shortest <= access <= longest
        and shortest <= identity <= longest
        and REFRESH_RANGE_S[0] <= refresh <= REFRESH_RANGE_S[1]
    )
    if not in_range or refresh < max(access, identity):
        raise InvalidParameter(wording.TOKEN_VALIDITY)


def _check_flows(settings: ClientSettings, *, has_secret: bool) -> None:
    listed = set(settings.explicit_auth_flows or ())
    new = {flow for flow in listed if flow.startswith("ALLOW_")}
    if new and new != listed:
        raise InvalidParameter(wording.LEGACY_AND_NEW_FLOWS)
    if _CLIENT_TOKEN in listed:
        if len(listed) > 1:
            raise InvalidParameter(wording.CLIENT_TOKEN_ALONE)
        if not has_secret:
            raise InvalidParameter(wording.CLIENT_TOKEN_NEEDS_SECRET)
    if rotates(settings) and "REFRESH_TOKEN_AUTH" in auth_flows(settings):
        raise InvalidParameter(wording.REFRESH_AND_ROTATION)


def _check_attributes(schema: Mapping[str, SchemaAttribute], settings: ClientSettings) -> None:
    if settings.write_attributes is not None:
        writes = set(settings.write_attributes)
        required = {name for name, each in schema.items() if each.required and name != "sub"}
        if (
            not writes <= schema.keys()
            or writes & NEVER_WRITABLE
            or any(name.startswith("dev:") for name in writes)
            or not required <= writes
        ):
            raise InvalidParameter(wording.WRITE_ATTRIBUTES)
    if not set(settings.read_attributes or ()) <= schema.keys():
        raise InvalidParameter(wording.READ_ATTRIBUTES)


def _check_oauth(settings: ClientSettings, *, has_secret: bool) -> None:
    flows = set(settings.allowed_o_auth_flows or ())
    if "client_credentials" in flows:
        if len(flows) > 1:
            raise InvalidOAuthFlow(wording.CREDENTIALS_WITH_CODE)
        if not has_secret:
            raise InvalidOAuthFlow(wording.CREDENTIALS_NEED_SECRET)
    if settings.allowed_o_auth_flows_user_pool_client and not (
        flows and settings.allowed_o_auth_scopes
    ):
        raise InvalidParameter(wording.OAUTH_LISTS)
    if flows & {"code", "implicit"} and not settings.callback_urls:
        raise InvalidParameter(wording.NO_CALLBACK)


def _check_urls(settings: ClientSettings) -> None:
    callbacks = settings.callback_urls or ()
    for url in (*callbacks, *(settings.logout_urls or ())):
        check_redirect(url)
    default = settings.default_redirect_uri
    if default is not None and default not in callbacks:
        raise InvalidParameter(wording.default_not_listed(default))


def check_redirect(url: str) -> None:
    """Refuse an address that a browser should not be sent back to.

    Any scheme of an app is fine; plain http only to the user's own machine.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:  # such as a broken IPv6 address
        raise InvalidParameter(wording.invalid_callback(url)) from None
    web = parts.scheme in {"http", "https"}
    nowhere = not parts.scheme or parts.scheme in RUNS_OR_READS
    if nowhere or "#" in url or (web and not host):
        raise InvalidParameter(wording.invalid_callback(url))
    if parts.scheme == "http" and host not in LOCAL_HOSTS:
        raise InvalidParameter(wording.http_callback(url))


def _check_scopes(settings: ClientSettings, scopes: frozenset[str]) -> None:
    known = USER_SCOPES | scopes | {REGISTER_SCOPE}
    asked = settings.allowed_o_auth_scopes or ()
    for scope in asked:
        if scope not in known:
            raise ScopeDoesNotExist(wording.unknown_scope(scope))
    if "client_credentials" in (settings.allowed_o_auth_flows or ()) and USER_SCOPES & set(asked):
        raise InvalidOAuthFlow(wording.CREDENTIALS_WITH_DEFAULT_SCOPES)


def _check_providers(
    pool: UserPool, settings: ClientSettings, providers: Mapping[str, ProviderFacts]
) -> None:
    """Refuse unknown providers, and other ones beside a SAML provider that begins by itself.

    Nothing protects a response that nobody asked for against being slipped in, so no other way
    to sign in stands beside it.
    """
    listed = settings.supported_identity_providers or ()
    for name in listed:
        if name != LOCAL_USERS and name not in providers:
            raise InvalidParameter(wording.unknown_provider(name, pool.id))
    found = [providers.get(name, ProviderFacts(provider_type="")) for name in listed]
    if any(provider.idp_initiated for provider in found) and any(
        provider.provider_type != "SAML" for provider in found
    ):
        raise InvalidParameter(wording.IDP_INITIATED_ALONE)


def _check_analytics(settings: ClientSettings) -> None:
    given = settings.analytics_configuration
    if given is None:
        return
    by_id = (given.application_id, given.role_arn, given.external_id)
    if given.application_arn is not None:
        fine = given.application_id is None and given.external_id is None
    else:
        fine = None not in by_id
    if not fine:
        raise InvalidParameter(wording.ANALYTICS)
